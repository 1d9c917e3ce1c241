"""How a bank wants our file, where it wants more than our own form: data of its account. Pure.

{"name": "icbc", "extension": "csv", "encoding": "gb18030", "delimiter": ",", "line_end": "\\n",
 "amount": "minor", "columns": {"payment_no": "缴款码", "amount": "金额"}, "totals": "合计"}

`columns`: our name of each to the one in its header row, in the file's order. `amount`: `minor` for
whole smallest units, else `decimal`. `totals`: the first cell of the closing row, none where it is
not said. All but `name` and `columns` may be left out.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

FIELDS = (
    "payment_no",
    "transaction_no",
    "amount",
    "currency",
    "paid_at",
    "business_day",
    "disposition",
)
TOTAL = "TOTAL"
_TEXTS = {
    "name": re.compile(r"[a-z0-9-]{1,32}"),
    "extension": re.compile(r"[a-z0-9]{1,8}"),
    "encoding": re.compile(r"[a-z0-9_-]{1,16}"),
    "delimiter": re.compile(r"[|,;\t]"),
    "line_end": re.compile(r"\r?\n"),
    "amount": re.compile(r"decimal|minor"),
    "totals": re.compile(r"[^|,;\t\r\n]{1,32}"),
}


@dataclass(frozen=True, slots=True)
class OwnLayout:
    """The standing form: as every bank can have it. `columns`: our name of each → its title."""

    name: str = "standard"
    extension: str = "txt"
    encoding: str = "utf-8"
    delimiter: str = "|"
    line_end: str = "\r\n"
    amount: str = "decimal"
    totals: str | None = TOTAL
    columns: Mapping[str, str] = field(default_factory=lambda: {each: each for each in FIELDS})


STANDARD = OwnLayout()


def layout_faults(layout: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with it, in sentences."""
    for key in layout.keys() - {*_TEXTS, "columns"}:
        yield f"unknown key {key}"
    for key, pattern in _TEXTS.items():
        value = layout.get(key)
        if value is None and key != "name":
            continue
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield f"{key}: {value!r} is not of its form"
    if layout.get("name") == STANDARD.name:
        yield f"name: {STANDARD.name} is our own form"
    columns = layout.get("columns")
    if not isinstance(columns, Mapping) or not columns or not columns.keys() <= set(FIELDS):
        yield f"columns: a title for some of {', '.join(FIELDS)}"
    elif layout.get("totals") is not None and not _has_places_for_totals(list(columns)):
        yield "totals: columns must begin with payment_no and have transaction_no and amount"
    yield from _encoding_faults(layout.get("encoding", STANDARD.encoding))


def _has_places_for_totals(columns: list[str]) -> bool:
    return columns[0] == "payment_no" and {"transaction_no", "amount"} <= set(columns)


def _encoding_faults(encoding: Any) -> Iterator[str]:
    try:
        codecs.lookup(str(encoding))
    except LookupError:
        yield f"encoding: nobody knows {encoding!r}"


def read_own_layout(layout: Mapping[str, Any]) -> OwnLayout:
    """Raises: ValueError"""
    faults = list(layout_faults(layout))
    if faults:
        raise ValueError("; ".join(faults))
    return OwnLayout(**{"totals": None, **layout})
