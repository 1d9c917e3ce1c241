"""A fresh process: init, first create and first webhook of the packaged function, beside a bare
Chalice application with the same two routes that do one boto3 put each.

Both from a folder like the one that Lambda unpacks, with the same third-party code, against the
same stub. The peer's third-party code is compiled beforehand as ours is, which is kind to it.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from infra.bench.packaged import BENCH, environment_of, run_child, unpack, write_events
from infra.bench.report import Figure, Part
from infra.bench.stub_aws import stub_aws, take_snapshot

TURNS = 9
BAR = 1.5
STEPS = ("init", "first create", "first webhook")

Run = dict[str, Any]


def run() -> Part:
    snapshot = take_snapshot()
    ours = unpack()
    folders = {"ours": ours, "bare": _bare(ours)}
    events = write_events(snapshot)
    runs: dict[str, list[Run]] = {name: [] for name in folders}
    with stub_aws(snapshot) as address:
        environment = environment_of(snapshot, address)
        for _ in range(TURNS + 1):
            for name, folder in folders.items():
                result = run_child("cold_start_child.py", folder, events, environment)
                runs[name].append(_checked(result))
    # The first turn brings the files into memory.
    return _part({name: done[1:] for name, done in runs.items()})


def _bare(ours: Path) -> Path:
    bare = ours.with_name("bare")
    shutil.rmtree(bare, ignore_errors=True)
    shutil.copytree(ours, bare, ignore=shutil.ignore_patterns("chalicelib"))
    shutil.copy(BENCH / "bare_route.py", bare / "app.py")
    return bare


def _checked(result: Run) -> Run:
    statuses = [answer["status"] for answer in result["answers"]]
    assert statuses in ([201, 200], [200, 200]), result["answers"]
    assert json.loads(result["answers"][1]["body"])["RspCode"] == "00", result["answers"]
    return result


def _part(runs: dict[str, list[Run]]) -> Part:
    ours, bare = runs["ours"], runs["bare"]

    def figure(work: str, take: Callable[[Run], float], bar: float | None = None) -> Figure:
        mine, theirs = (median(take(each) for each in side) for side in (ours, bare))
        return Figure(work, f"{mine:.0f} ms", f"{theirs:.0f} ms", mine / theirs, bar)

    figures = [figure("in all, CPU", lambda run: run["total_cpu_ms"], BAR)]
    figures += [
        figure(f"{step}, CPU", lambda run, index=index: run["cpu_ms"][index])  # type: ignore[misc]
        for index, step in enumerate(STEPS)
    ]
    figures.append(figure("in all, wall", lambda run: sum(run["wall_ms"])))
    notes = (
        f"The packaged zip, unpacked; {TURNS} fresh processes each, interleaved, medians.",
        f"Modules loaded: {ours[0]['modules']} beside {bare[0]['modules']}.",
    )
    return Part("First requests of a fresh process", figures, notes, {"runs": runs})
