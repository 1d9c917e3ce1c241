"""Tables and figures of a report page. Text is escaped here and nowhere else."""

from collections.abc import Iterable, Sequence
from html import escape

from chalicelib.domain.identifiers import split_payment_no


def section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def table(head: Sequence[str], rows: Iterable[str]) -> str:
    """`head`: cells as `cell` and `figure` make them."""
    return f"<table><thead><tr>{''.join(head)}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def row(*cells: str) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def cell(text: str, *, kind: str = "", tag: str = "td") -> str:
    name = f' class="{kind}"' if kind else ""
    return f"<{tag}{name}>{escape(text)}</{tag}>"


def heading(text: str, *, is_figure: bool = False) -> str:
    return cell(text, kind="figure" if is_figure else "", tag="th")


def figure(text: str, *, is_off: bool = False) -> str:
    return cell(text, kind="figure off" if is_off else "figure")


def number(text: str) -> str:
    """A payment number of ours in groups of three, as printed on paper; any other as it is."""
    if split_payment_no(text) is not None:
        text = " ".join(text[start : start + 3] for start in range(0, len(text), 3))
    return cell(text, kind="number")


def note(text: str) -> str:
    return f'<p class="small">{escape(text)}</p>'
