"""The packaged function as Lambda unpacks it, and programs that run in it as fresh processes."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from infra.bench.report import FOLDER
from infra.bench.requests import create_request, notification_request
from infra.bench.stub_aws import Snapshot
from infra.errandless.package import build_package
from infra.errandless.paths import ROOT
from tests.support.clients import REGION

BENCH = Path(__file__).parent
TIMEOUT_SECONDS = 120


def unpack(name: str = "ours") -> Path:
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(build_package().code) as code:
        code.extractall(folder)
    return folder


def write_events(snapshot: Snapshot) -> Path:
    """A create and a webhook."""
    events = [create_request(snapshot.portal_key), notification_request()]
    file = FOLDER / "events.json"
    file.write_text(json.dumps(events))
    return file


def environment_of(snapshot: Snapshot, address: str) -> dict[str, str]:
    return {
        **snapshot.environment,
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_LAMBDA_FUNCTION_NAME": "app",
        "PATH": os.environ["PATH"],
    }


def run_child(program: str, folder: Path, events: Path, environment: dict[str, str]) -> Any:
    """What it printed last, as JSON. Only what is in the folder can be imported, and no bytecode is
    written: Lambda's folder is read-only."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(BENCH / program), str(folder), str(events)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program} in {folder.name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
