"""The stand-alone check of open codes, run where nobody can be reached."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.open_codes import check

NETWORK = ("socket", "ssl", "urllib", "http")


def check_offline(*texts: str, keys: bytes, csv: bytes = b"") -> tuple[int, list[str]]:
    """How it ended and what it said, a line for each slip; `csv`: a batch's file in their place."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for module in NETWORK:
            (folder / f"{module}.py").write_text("raise ImportError('no network here')\n")
        (folder / "keys.json").write_bytes(keys)
        (folder / "codes.csv").write_bytes(csv)
        asked = ["--csv", str(folder / "codes.csv")] if csv else texts
        script = [sys.executable, "-S", str(Path(check.__file__))]
        done = subprocess.run(
            [*_alone(), *script, "--keys", str(folder / "keys.json"), "--language", "en", *asked],
            env={"PYTHONPATH": name, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            cwd="/",
            capture_output=True,
            check=False,
            timeout=60,
        )
    return done.returncode, (done.stdout + done.stderr).decode().splitlines()


def _alone() -> list[str]:
    """In a network of its own with nothing in it, where the kernel allows that."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    tried = subprocess.run([unshare, "-rn", "true"], check=False, capture_output=True)
    return [] if tried.returncode else [unshare, "-rn"]
