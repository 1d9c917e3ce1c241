"""Asks packages that are not ours, each in a process of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PYTHON = FOLDER.parents[1] / ".local/peers-venv/bin/python"


def ask_npm(tasks: list[dict[str, Any]], script: str = "vnpay_peer.mjs") -> list[Any]:
    return _ask(["node", str(FOLDER / script)], tasks)


def ask_pypi(tasks: list[dict[str, Any]], script: str) -> list[Any]:
    """In the environment of tests/peers/requirements.txt."""
    return _ask([str(PYTHON), str(FOLDER / script)], tasks)


def _ask(command: list[str], tasks: list[dict[str, Any]]) -> list[Any]:
    ran = subprocess.run(
        command,
        input=json.dumps(tasks).encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    results = json.loads(ran.stdout)
    assert len(results) == len(tasks)
    return list(results)
