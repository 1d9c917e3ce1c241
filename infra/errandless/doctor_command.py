"""`errandless doctor`: is a province well, and if not, what is to be done."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

import typer
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.errandless.answers import answer, table
from infra.errandless.arguments import AsJson, Local, Province
from infra.errandless.console import console
from infra.errandless.doctor import Examined, Finding, Health, examine
from infra.errandless.doctor_stack import STACK_CHECKS
from infra.errandless.doctor_work import WORK_CHECKS
from infra.errandless.province_rows import open_province

CHECKS = (*STACK_CHECKS, *WORK_CHECKS)
_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def doctor_command(province: Province, local: Local = False, as_json: AsJson = False) -> None:
    """Checks what a province needs to work and says what to do; it changes nothing.

    Ends with 0 when there is no problem (warnings are allowed), else with 1."""
    opened = open_province(province, local=local)
    findings = _examine(Examined(province, opened, opened.platform.now()))
    worst = _worst(findings)
    result = {"health": worst.value, "findings": [asdict(each) for each in findings]}
    answer(result, lambda: _lines(province, findings), as_json=as_json)
    raise typer.Exit(1 if worst is Health.PROBLEM else 0)


def _examine(examined: Examined) -> list[Finding]:
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=len(CHECKS))
        return examine(
            examined, CHECKS, lambda name: progress.update(task, description=name, advance=1)
        )


def _worst(findings: list[Finding]) -> Health:
    return max((each.health for each in findings), key=list(Health).index, default=Health.OK)


def _lines(province: str, findings: list[Finding]) -> Iterator[RenderableType | str]:
    rows = [(each.health.value, each.about, each.what) for each in findings]
    yield table(("", "About", "What"), rows, styles=_STYLES)
    for to_do in dict.fromkeys(each.to_do for each in findings if each.to_do):
        yield f"\nTo do: {to_do}"
        yield from (f"  {each.what}" for each in findings if each.to_do == to_do)
    counts = Counter(each.health for each in findings)
    yield f"\n{province}: " + ", ".join(f"{counts[each]} {each.value}" for each in Health)
