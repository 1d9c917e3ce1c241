"""What an operator sees: the plan as a table, a bar for each resource on its way."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.errandless.change_set import Event, Plan

# Standard output is left to what a script reads (`--json`).
console = Console(stderr=True, highlight=False)
_COLORS = {
    "Add": "green",
    "Modify": "yellow",
    "Maybe replace": "red",
    "Replace": "red",
    "Remove": "red",
}
_STEPS = {"_IN_PROGRESS": 1, "_COMPLETE": 2}


def show_plan(plan: Plan) -> None:
    verb = "Create" if plan.creates_stack else "Update"
    table = Table(title=f"{verb} {plan.stack_name}", title_justify="left")
    for heading in ("Change", "Resource", "Type"):
        table.add_column(heading, overflow="fold")
    for change in sorted(plan.changes, key=lambda each: (each.action, each.resource_type)):
        color = _COLORS.get(change.action, "white")
        table.add_row(f"[{color}]{change.action}[/]", change.logical_id, change.resource_type)
    console.print(table)


@contextmanager
def step(title: str) -> Iterator[None]:
    """A spinner while it lasts, a line with its time when it is done."""
    columns = (SpinnerColumn(finished_text="[green]ok[/]"), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(title, total=1)
        yield
        progress.advance(task)


class ResourceBars:
    """One bar for the whole plan and one for each resource that is on its way."""

    def __init__(self, plan: Plan) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[status]}"),
        )
        self.progress = Progress(*columns, TimeElapsedColumn(), console=console)
        self._whole = self.progress.add_task("All", total=len(plan.changes), status="")
        self._open: dict[str, TaskID] = {}
        self._done: set[str] = set()
        self._stack_name = plan.stack_name

    def show(self, event: Event) -> None:
        if event.logical_id == self._stack_name:
            return
        ending = next((each for each in _STEPS if event.status.endswith(each)), "")
        if event.logical_id not in self._open:
            self._open[event.logical_id] = self.progress.add_task(
                event.logical_id, total=2, status=""
            )
        task = self._open[event.logical_id]
        self.progress.update(task, completed=_STEPS.get(ending, 0), status=event.status)
        if ending == "_COMPLETE" and event.logical_id not in self._done:
            self._done.add(event.logical_id)
            self.progress.update(task, visible=False)
            self.progress.update(
                self._whole,
                advance=1,
                status=f"{len(self._done)} of {self.progress.tasks[0].total}",
            )
