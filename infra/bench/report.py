"""What a part of the bench found, as a table to read and JSON to compare releases by."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.errandless.paths import BUILD

FOLDER = BUILD / "bench"


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` and `peer` as they are shown. `ratio`: what the bar is about, None when nothing is
    compared; `bar`: the most that it may be."""

    work: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    bar: float | None = None

    @property
    def verdict(self) -> str:
        if self.ratio is None or self.bar is None:
            return ""
        return "ok" if self.ratio <= self.bar else "bar missed"


@dataclass(frozen=True, slots=True)
class Part:
    """`detail`: everything measured, for the JSON only."""

    title: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()
    detail: dict[str, Any] = field(default_factory=dict)


def show(part: Part, console: Console) -> None:
    table = Table(title=part.title, title_justify="left", title_style="bold")
    for heading in ("work", "ours", "peer or limit", "ratio", "bar", ""):
        table.add_column(heading, justify="left" if heading in ("work", "") else "right")
    for figure in part.figures:
        ratio, bar = (
            "" if value is None else f"{value:.2f}" for value in (figure.ratio, figure.bar)
        )
        table.add_row(figure.work, figure.ours, figure.peer, ratio, bar, figure.verdict)
    console.print(table)
    for note in part.notes:
        console.print(f"  {note}", style="dim", highlight=False)
    console.print()


def write(parts: dict[str, Part]) -> Path:
    """One file per part, so that parts may run alone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        content = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "title": part.title,
            "figures": [{**asdict(each), "verdict": each.verdict} for each in part.figures],
            "notes": list(part.notes),
            "detail": part.detail,
        }
        (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return FOLDER
