"""What finance systems proposed, as a diff of the province's files: nothing is written into them.

A new row, or a change of one, is what an operator reviews, completes and commits. What the system
did not tell stands as FILL IN, with which no province is deployed. A tariff is never overwritten:
its version ends, and the next one begins.
"""

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from chalicelib.domain.finance_systems import MessageKind
from chalicelib.finance.proposals import DIFFERS, NEW
from chalicelib.storage.finance_inbox import Proposal
from infra.errandless.province_files import ITEMS, MARK, UNITS
from infra.errandless.province_records import PART_COLUMNS, STAGE_COLUMNS

Row = dict[str, str]
_NAMES = "name_"


def diff_of(folder: Path, proposals: Iterable[Proposal], language: str) -> str:
    """For `git apply`; "" where everything is as it was proposed. `language`: of the names that
    the system told."""
    wanted = [each for each in proposals if each.verdict in (NEW, DIFFERS)]
    parts = []
    for file, kind in ((UNITS, MessageKind.UNIT), (ITEMS, MessageKind.FEE_ITEM)):
        own = [each for each in wanted if each.kind == kind.value]
        before = (folder / file).read_text(encoding="utf-8-sig")
        is_staged = kind is MessageKind.UNIT and any(each.verdict == NEW for each in own)
        after = _propose(_with_stages(before) if is_staged else before, own, language)
        path = f"infra/provinces/{folder.name}/{file}"
        lines = difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"a/{path}",
            f"b/{path}",
        )
        parts += list(lines)
    return "".join(parts)


def _propose(text: str, proposals: Sequence[Proposal], language: str) -> str:
    """Rows that do not change keep their bytes."""
    header, *lines = _records(text)
    columns = next(csv.reader([header]))
    rows = [(line, dict(zip(columns, next(csv.reader([line])), strict=True))) for line in lines]
    for proposal in proposals:
        if proposal.kind == MessageKind.UNIT.value:
            rows = list(_with_unit(rows, columns, proposal, language))
        else:
            rows = list(_with_item(rows, columns, proposal, language))
    end = "\r\n" if header.endswith("\r\n") else "\n"
    return header + "".join(line or _line(row, columns, end) for line, row in rows)


def _with_stages(text: str) -> str:
    """In a file without these columns every unit is live; a new one is not, so they are added."""
    header, *lines = _records(text)
    missing = [name for name in STAGE_COLUMNS if name not in next(csv.reader([header]))]
    end = "\r\n" if header.endswith("\r\n") else "\n"
    added = ["".join(f",{name}" for name in missing), *("," * len(missing) for _ in lines)]
    longer = zip([header, *lines], added, strict=True)
    return "".join(f"{line.rstrip(end)}{more}{end}" for line, more in longer)


def _records(text: str) -> list[str]:
    """Lines, of which one with an open quotation mark goes on."""
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        if found and found[-1].count('"') % 2:
            found[-1] += line
        else:
            found.append(line)
    return found


def _with_unit(
    rows: Iterable[tuple[str, Row]], columns: Sequence[str], proposal: Proposal, language: str
) -> Iterator[tuple[str, Row]]:
    told = proposal.fields
    is_there = False
    for line, row in rows:
        if row["code"] != told["code"]:
            yield line, row
            continue
        is_there = True
        changes = {name: told[name] for name in ("tax_code", "address", "phone") if told[name]}
        names = {f"{_NAMES}{language}": told["name"]}
        changed = row | changes | {name: text for name, text in names.items() if name in row}
        yield ("" if changed != row else line), changed
    if not is_there:
        values = {**told, "stage": "surveyed", f"{_NAMES}{language}": told["name"]}
        yield "", _new_row(columns, values, optional=("valid_to", *STAGE_COLUMNS))


def _with_item(
    rows: Iterable[tuple[str, Row]], columns: Sequence[str], proposal: Proposal, language: str
) -> Iterator[tuple[str, Row]]:
    told = proposal.fields
    begins = told["valid_from"]
    before: Row = {}
    for line, row in rows:
        is_current = row["code"] == told["code"] and not row["valid_to"]
        if not (is_current and told["unit"] in row["payee_units"].split("|")):
            yield line, row
            continue
        before = row
        yield "", row | {"valid_to": _day_before(begins)}
    values = {
        **_usual(before),
        **{name: told.get(name, "") for name in ("code", "rule", "unit_name", "amount_minor")},
        **{name: told.get(name, "") for name in ("min_minor", "max_minor")},
        "payee_units": before.get("payee_units", told["unit"]),
        "legal_basis": told["legal_basis"] or before.get("legal_basis", ""),
        "valid_from": begins,
        "valid_to": "",
        f"{_NAMES}{language}": told["name"],
    }
    blank = ("valid_to", "scheme", "amount_minor", "min_minor", "max_minor", "unit_name")
    counted = () if told["rule"] == "per_unit" else ("max_quantity",)
    yield "", _new_row(columns, values, optional=(*blank, *PART_COLUMNS, *counted))


def _usual(before: Mapping[str, str]) -> Row:
    if before:
        return dict(before)
    return {"is_repeatable": "false", "is_sample_amount": "false"}


def _new_row(columns: Sequence[str], values: Mapping[str, str], optional: Sequence[str]) -> Row:
    """What is needed and was not told is for a person."""
    return {name: values.get(name, "") or ("" if name in optional else MARK) for name in columns}


def _day_before(text: str) -> str:
    return (date.fromisoformat(text) - timedelta(days=1)).isoformat() if text else MARK


def _line(row: Row, columns: Sequence[str], end: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerow([row[name] for name in columns])
    return text.getvalue()
