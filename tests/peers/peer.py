"""Asks npm vnpay, in a Node process of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def ask_npm(tasks: list[dict[str, Any]]) -> list[Any]:
    ran = subprocess.run(
        ["node", str(FOLDER / "vnpay_peer.mjs")],
        input=json.dumps(tasks).encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    results = json.loads(ran.stdout)
    assert len(results) == len(tasks)
    return list(results)
