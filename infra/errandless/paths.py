"""Where things lie in the project's folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"
LOCAL = ROOT / ".local"
STACK = ROOT / "infra" / "stack"
PROVINCES = ROOT / "infra" / "provinces"
