"""What an operator did wrong is one sentence and exit code 1, without a traceback."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def errandless(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.errandless", *arguments],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["deploy", "run"])
def test_an_unknown_province_is_named_with_those_that_are_known(command: str) -> None:
    done = errandless(command, "atlantis")
    assert done.returncode == 1
    assert "There is no province 'atlantis'; known are: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = errandless("run", "quangninh", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_destroying_on_aws_is_refused() -> None:
    done = errandless("destroy", "quangninh")
    assert done.returncode == 1
    assert "Only a local province is destroyed" in done.stderr


def test_help_names_every_command() -> None:
    done = errandless("--help")
    assert done.returncode == 0
    for command in ("run", "deploy", "destroy", "package", "template"):
        assert command in done.stdout
