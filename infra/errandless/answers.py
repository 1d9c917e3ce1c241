"""What a command answers: for a script JSON alone on standard output, for a person tables there."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.box import Box
from rich.console import Console, RenderableType
from rich.prompt import Confirm
from rich.table import Table
from rich.text import Text

from chalicelib.domain.money import EXPONENTS, Money
from infra.errandless.console import console
from infra.errandless.failures import OperatorError

NOTHING = "-"
_NO_BREAK = "\u00a0"
_NUMBER = re.compile(rf"[0-9][0-9 .,{_NO_BREAK}]{{0,14}}( ?{_NO_BREAK}?({'|'.join(EXPONENTS)}))?")
# A line below the headings, and two spaces between columns.
_BREAKS_AT = 24
HORIZONTALS = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")


def answer(
    result: Any, show: Callable[[], Iterable[RenderableType | str]], *, as_json: bool
) -> None:
    """`show` is asked only when a person reads it."""
    if as_json:
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
        return
    output = Console(highlight=False)
    for each in show():
        if isinstance(each, str):
            output.print(plain(each), soft_wrap=True)
        else:
            roomy = output.options.update(width=10_000)
            needed = output.measure(each, options=roomy).minimum
            shown = Console(highlight=False, width=needed) if needed > output.width else output
            shown.print(each)


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str | None = None,
    styles: Mapping[str, str] | None = None,
    wide: Sequence[str] = (),
) -> Table:
    """`styles`: by a cell's own text, as `live` → `green`. `wide`: headings whose cells may break
    where it is narrow; none: all of them. Numbers and amounts stand right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=HORIZONTALS)
    made.pad_edge, made.show_edge, made.collapse_padding = False, False, True
    cells = [[_cell(each, styles or {}) for each in row] for row in rows]
    for number, heading in enumerate(headings):
        column = [row[number] for row in cells]
        may_break = not wide or heading in wide
        longest = max(len(heading), *(each.cell_len for each in column), 0)
        is_number = any(_is_number(each) for each in column) and all(map(_is_figure, column))
        made.add_column(
            heading,
            overflow="fold",
            no_wrap=not may_break,
            min_width=min(longest, _BREAKS_AT if may_break else longest) if wide else None,
            justify="right" if is_number else "left",
        )
    for row in cells:
        made.add_row(*row)
    return made


def facts(title: str, rows: Iterable[tuple[str, object]]) -> Table:
    """Name and value of one thing, below each other."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False)
    made.pad_edge = False
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(name, _cell(value, {}))
    return made


def plain(text: object) -> Text:
    """As it stands: no markup is read in it, and no escape sequence reaches the terminal."""
    shown = "".join(
        each if each.isprintable() or each in f"\n{_NO_BREAK}" else "\ufffd" for each in str(text)
    )
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
    text = plain(value)
    text.stylize(styles.get(str(value), ""))
    return text


def _is_number(cell: Text) -> bool:
    return _NUMBER.fullmatch(cell.plain) is not None


def _is_figure(cell: Text) -> bool:
    return cell.plain == NOTHING or _is_number(cell)
