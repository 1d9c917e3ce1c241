"""A fresh process: init, first create and first webhook of the packaged function, beside a bare
Chalice application with the same two routes that do one boto3 put each.

Both from a folder like the one that Lambda unpacks, with the same third-party code, against the same
stub. The peer's third-party code is compiled beforehand as ours is, which is kind to it.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from infra.bench.report import FOLDER, Figure, Part
from infra.bench.requests import create_request, notification_request
from infra.bench.stub_aws import Snapshot, stub_aws, take_snapshot
from infra.errandless.package import build_package
from infra.errandless.paths import ROOT
from tests.clients import REGION

BENCH = Path(__file__).parent
TURNS = 9
BAR = 1.5
STEPS = ("init", "first create", "first webhook")
TIMEOUT_SECONDS = 60

Run = dict[str, Any]


def run() -> Part:
    snapshot = take_snapshot()
    folders = _folders()
    events = [create_request(snapshot.portal_key), notification_request()]
    (FOLDER / "events.json").write_text(json.dumps(events))
    runs: dict[str, list[Run]] = {name: [] for name in folders}
    with stub_aws(snapshot) as address:
        environment = _environment(snapshot, address)
        for _ in range(TURNS + 1):
            for name, folder in folders.items():
                runs[name].append(_run_child(folder, environment))
    # The first turn brings the files into memory.
    return _part({name: done[1:] for name, done in runs.items()})


def _folders() -> dict[str, Path]:
    ours, bare = FOLDER / "ours", FOLDER / "bare"
    for folder in (ours, bare):
        shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(build_package().code) as code:
        code.extractall(ours)
    shutil.copytree(ours, bare, ignore=shutil.ignore_patterns("chalicelib"))
    shutil.copy(BENCH / "bare_route.py", bare / "app.py")
    return {"ours": ours, "bare": bare}


def _environment(snapshot: Snapshot, address: str) -> dict[str, str]:
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


def _run_child(folder: Path, environment: dict[str, str]) -> Run:
    command = [sys.executable, "-I", "-S", "-B", str(BENCH / "cold_start_child.py")]
    done = subprocess.run(
        [*command, str(folder), str(FOLDER / "events.json")],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{folder.name}: {done.stderr[-2000:]}")
    result: Run = json.loads(done.stdout.splitlines()[-1])
    statuses = [answer["status"] for answer in result["answers"]]
    assert statuses in ([201, 200], [200, 200]), result["answers"]
    assert json.loads(result["answers"][1]["body"])["RspCode"] == "00", result["answers"]
    return result


def _part(runs: dict[str, list[Run]]) -> Part:
    ours, bare = runs["ours"], runs["bare"]
    figures = [_figure("in all, CPU", _totals(ours), _totals(bare), BAR)]
    figures += [
        _figure(
            f"{step}, CPU", *([each["cpu_ms"][index] for each in side] for side in (ours, bare))
        )
        for index, step in enumerate(STEPS)
    ]
    walls = [[sum(each["wall_ms"]) for each in side] for side in (ours, bare)]
    figures.append(_figure("in all, wall", *walls))
    notes = (
        f"The packaged zip, unpacked; {TURNS} fresh processes each, interleaved, medians.",
        f"Modules loaded: {ours[0]['modules']} beside {bare[0]['modules']}.",
    )
    return Part("First requests of a fresh process", figures, notes, {"runs": runs})


def _totals(runs: Sequence[Run]) -> list[float]:
    return [each["total_cpu_ms"] for each in runs]


def _figure(
    work: str, ours: Sequence[float], bare: Sequence[float], bar: float | None = None
) -> Figure:
    mine, theirs = median(ours), median(bare)
    ratio = mine / theirs if theirs else None
    return Figure(work, f"{mine:.0f} ms", f"{theirs:.0f} ms", ratio, bar)
