"""`python -m tests.day`: a day of many payments, with figures at the end.

SEED and PAYMENTS are taken from the environment; two thirds of the payments are made in đồng, the
rest in yuan. The day arrives in one of the orders of arrivals.py, chosen by ARRIVAL.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from tests.day import checks
from tests.day.arrivals import ARRIVALS
from tests.day.facts import CHINA, VIETNAM, Country, Plan
from tests.day.troubles import plan_day
from tests.day.world import Advance, world_of

SHARE_IN_DONG = 2 / 3
VERIFIED = 12
Figures = Counter[str]


def run(country: Country, payments: int, seed: int, arrival: str, console: Console) -> Figures:
    """Raises: AssertionError where anything is not as it must be."""
    plan, started = plan_day(country, seed, payments), time.monotonic()
    arrive = next(each for each in ARRIVALS if each.__name__ == arrival)
    with (
        _bars(plan, console) as (advance, say),
        world_of(plan, seed, advance) as world,
        open(os.devnull, "w") as nowhere,
        redirect_stdout(nowhere),
        TemporaryDirectory() as folder,
    ):
        say("arriving")
        hours = arrive(world)
        say("breaks beside the oracle")
        verdict = checks.check_breaks(world)
        rows = checks.check_files(world, verdict)
        say("told again")
        checks.check_rerun(world)
        say("invariants")
        checks.check_invariants(world)
        say("replay")
        replayed = checks.check_replay(world)
        say("verifier")
        verified = checks.check_by_verifier(world, Path(folder), VERIFIED)
    return Figures(
        {
            "payments": len(plan.facts),
            "orders": len(plan.orders),
            "files": len(plan.files),
            "rows in the newest files": rows,
            "rows matched": sum(each.matched.count for each in verdict.totals.values()),
            **{f"break: {kind}": times for kind, times in _by_kind(verdict.breaks).items()},
            "hours until nothing changed": hours,
            "writes of a re-run": 0,
            "journal batches": replayed.batches,
            "journal records": replayed.records,
            "ledger rows compared": replayed.rows["ledger"],
            "derived rows compared": replayed.rows["views"],
            "rows that differ": replayed.left,
            "payments verified alone": verified,
            "seconds": round(time.monotonic() - started),
        }
    )


def _by_kind(breaks: Counter[Any]) -> Figures:
    return Figures(kind for _, _, _, kind, _ in breaks.elements())


@contextmanager
def _bars(plan: Plan, console: Console) -> Iterator[tuple[Advance, Advance]]:
    """(what one more was done of, what is done now)"""
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn())
    totals = {"orders opened": len(plan.orders), "files announced": len(plan.files)}
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(what: str) -> None:
            if what not in tasks:
                name = f"{plan.country.code}: {what}"
                tasks[what] = progress.add_task(name, total=totals.get(what))
            progress.advance(tasks[what])

        def say(what: str) -> None:
            tasks[what] = progress.add_task(f"{plan.country.code}: {what}", total=None)

        yield advance, say


def _show(figures: dict[str, Figures], console: Console) -> None:
    table = Table("", *figures, "together")
    for name in next(iter(figures.values())):
        found = [each[name] for each in figures.values()]
        table.add_row(name, *(f"{each:,}" for each in found), f"{sum(found):,}")
    console.print(table)


def main() -> None:
    seed, payments = int(os.environ.get("SEED", "1")), int(os.environ.get("PAYMENTS", "2000"))
    arrival = os.environ.get("ARRIVAL", ARRIVALS[-1].__name__)
    console = Console(file=sys.stdout)  # also while the logs go elsewhere
    in_dong = round(payments * SHARE_IN_DONG)
    figures = {
        country.code: run(country, many, seed, arrival, console)
        for country, many in ((VIETNAM, in_dong), (CHINA, payments - in_dong))
    }
    console.print(f"SEED={seed} PAYMENTS={payments} ARRIVAL={arrival}: all as it must be.")
    _show(figures, console)


if __name__ == "__main__":
    main()
