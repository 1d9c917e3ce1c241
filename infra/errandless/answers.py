"""What a command answers: for a script JSON alone on standard output, for a person tables there."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.prompt import Confirm
from rich.table import Table
from rich.text import Text

from chalicelib.domain.money import EXPONENTS, Money
from infra.errandless.console import console
from infra.errandless.failures import OperatorError

NOTHING = "-"
_output = Console(highlight=False)


def answer(
    result: Any, show: Callable[[], Iterable[RenderableType | str]], *, as_json: bool
) -> None:
    """`show` is asked only when a person reads it."""
    if as_json:
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
        return
    for each in show():
        _output.print(plain(each) if isinstance(each, str) else each)


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str | None = None,
    styles: Mapping[str, str] | None = None,
) -> Table:
    """`styles`: by a cell's own text, as `live` → `green`. Numbers and amounts stand right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    cells = [[_cell(each, styles or {}) for each in row] for row in rows]
    for number, heading in enumerate(headings):
        is_number = bool(cells) and all(row[number].justify == "right" for row in cells)
        made.add_column(heading, overflow="fold", justify="right" if is_number else "left")
    for row in cells:
        made.add_row(*row)
    return made


def facts(title: str, rows: Iterable[tuple[str, object]]) -> Table:
    """Name and value of one thing, below each other."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(name, _cell(value, {}))
    return made


def plain(text: object) -> Text:
    """As it stands: no markup is read in it, and no escape sequence reaches the terminal."""
    shown = "".join(each if each.isprintable() or each == "\n" else "\ufffd" for each in str(text))
    return Text(shown)


def amount(money: Money | None) -> str:
    """`150 000 VND`, `80.50 CNY`."""
    if money is None:
        return NOTHING
    whole, dot, fraction = money.decimal_text().partition(".")
    return f"{int(whole):,}".replace(",", " ") + f"{dot}{fraction} {money.currency}"


def local_time(instant: datetime | None, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if instant else NOTHING


def confirm(question: str, *, yes: bool) -> None:
    """Raises: OperatorError unless a person, or `--yes`, says so."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise OperatorError("Nothing was changed: nobody is there to be asked (--yes does it).")
    if not Confirm.ask(question, console=console, default=False):
        raise OperatorError("Nothing was changed.")


def _cell(value: object, styles: Mapping[str, str]) -> Text:
    if value is None or value == "":
        return Text(NOTHING, style="dim")
    if isinstance(value, Text):
        return value
    text = plain(value)
    text.stylize(styles.get(str(value), ""))
    if isinstance(value, int) or str(value).endswith(tuple(f" {each}" for each in EXPONENTS)):
        text.justify = "right"
    return text
