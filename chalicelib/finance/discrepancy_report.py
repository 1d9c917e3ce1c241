"""The report on a compared day: to look at, for a spreadsheet, and for a program.

Its folder is named by its content: the same comparison again writes the same files.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from html import escape
from typing import Any

from chalicelib.domain.money import Money
from chalicelib.domain.province import Province
from chalicelib.finance.compare import Compared, Difference, DifferenceKind
from chalicelib.finance.desk import FinanceDesk
from chalicelib.finance.report_texts import GUIDE, LANGUAGES, TEXTS
from chalicelib.reconciliation import report_markup as markup
from chalicelib.reconciliation.report_csv import neutralize
from chalicelib.reconciliation.report_html import STYLE
from chalicelib.reconciliation.report_texts import amount_text, number_text

HTML, CSV, JSON = "text/html; charset=utf-8", "text/csv; charset=utf-8", "application/json"
MAX_SHOWN = 500
COLUMNS = (
    *("sender", "business_day", "kind", "meaning", "line_no", "unit", "reference"),
    *("payment_code", "ours", "our_status", "theirs", "their_status", "detail", "action"),
)
Write = Callable[[str, bytes, str], None]


def write_reports(desk: FinanceDesk, compared: Compared, write: Write) -> str:
    """The folder's key. `latest.json` beside it names the one written last."""
    province = desk.province
    document = _json(describe(compared, province.currency))
    day_folder = f"finance/{compared.sender}/discrepancies/{compared.day.isoformat()}"
    folder = f"{day_folder}/{hashlib.sha256(document).hexdigest()[:16]}"
    for language in languages_of(province):
        write(f"{folder}/report.{language}.html", render_html(province, compared, language), HTML)
        write(f"{folder}/report.{language}.csv", render_csv(province, compared, language), CSV)
    write(f"{folder}/report.json", document, JSON)
    write(f"{day_folder}/latest.json", _json({"folder": folder}), JSON)
    return folder


def languages_of(province: Province) -> tuple[str, ...]:
    return tuple(each for each in province.languages if each in LANGUAGES) or ("en",)


def describe(compared: Compared, currency: str) -> dict[str, Any]:
    counts = {kind: len(found) for kind, found in by_kind(compared).items()}
    return {
        "sender": compared.sender,
        "business_day": compared.day.isoformat(),
        "currency": currency,
        "theirs": compared.theirs,
        "ours": compared.ours,
        "agreeing": compared.agreeing,
        "differences_by_kind": counts,
        "differences": [asdict(each) for each in compared.differences],
    }


def by_kind(compared: Compared) -> Mapping[DifferenceKind, list[Difference]]:
    found = {
        kind: [each for each in compared.differences if each.kind is kind]
        for kind in DifferenceKind
    }
    return {kind: differences for kind, differences in found.items() if differences}


def render_csv(province: Province, compared: Compared, language: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in compared.differences:
        meaning, action = GUIDE[each.kind][language]
        cells = (
            *(compared.sender, compared.day.isoformat(), each.kind.value, meaning),
            *("" if each.line_no is None else str(each.line_no), each.unit, each.reference),
            *(each.payment_code, _decimal(each.our_amount_minor, province), each.our_status),
            *(_decimal(each.their_amount_minor, province), each.their_status, each.detail, action),
        )
        writer.writerow([neutralize(cell) for cell in cells])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def render_html(province: Province, compared: Compared, language: str) -> bytes:
    texts = TEXTS[language]
    day = f"{compared.day:%d/%m/%Y}"
    title = f"{texts['title']} {compared.sender} {day}"
    name = province.names.get(language) or next(iter(province.names.values()))
    count = number_text(len(compared.differences), language)
    verdict = texts["differs"].format(count=count) if compared.differences else texts["agrees"]
    tone = "breaks" if compared.differences else "matched"
    head = (
        f'<section class="verdict {tone}"><h1>{escape(name)} · {escape(compared.sender)}</h1>'
        f"<div>{escape(texts['day'])} {day}</div><strong>{escape(verdict)}</strong></section>"
    )
    sections = (
        head,
        markup.section(texts["figures"], _figures(compared, language)),
        markup.section(texts["differences"], _differences(province, compared, language)),
    )
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(sections)}</main></body></html>"
    )
    return page.encode()


def _figures(compared: Compared, language: str) -> str:
    texts = TEXTS[language]
    rows: Iterable[tuple[str, int]] = (
        (texts["theirs"], compared.theirs),
        (texts["ours"], compared.ours),
        (texts["agreeing"], compared.agreeing),
    )
    return markup.table(
        (),
        [
            markup.row(markup.cell(name), markup.figure(number_text(count, language)))
            for name, count in rows
        ],
    )


def _differences(province: Province, compared: Compared, language: str) -> str:
    texts = TEXTS[language]
    parts = []
    for kind, found in by_kind(compared).items():
        title, action = GUIDE[kind][language]
        count = number_text(len(found), language)
        words = ("unit", "reference", "payment_code", "our_side", "their_side", "line")
        head = [markup.heading(texts[word]) for word in words]
        rows = [_row(province, each, language) for each in found[:MAX_SHOWN]]
        parts.append(
            f'<h3>{escape(title)} <span class="count">{count}</span></h3>'
            f"<p>{escape(texts['action'])}: {escape(action)}</p>{markup.table(head, rows)}"
        )
        if len(found) > MAX_SHOWN:
            shown = number_text(MAX_SHOWN, language)
            parts.append(markup.note(texts["first_only"].format(shown=shown, count=count)))
    return "".join(parts) or escape(texts["none"])


def _row(province: Province, each: Difference, language: str) -> str:
    line = "" if each.line_no is None else number_text(each.line_no, language)
    ours = _side(province, each.our_amount_minor, each.our_status, language)
    theirs = _side(province, each.their_amount_minor, each.their_status, language)
    if each.detail:
        theirs = f"{theirs} ({each.detail})"
    return markup.row(
        markup.cell(each.unit),
        markup.cell(each.reference, kind="number"),
        markup.cell(each.payment_code, kind="number"),
        markup.cell(ours),
        markup.cell(theirs),
        markup.cell(line),
    )


def _side(province: Province, amount_minor: int | None, status: str, language: str) -> str:
    texts = TEXTS[language]
    if amount_minor is None:
        return texts["nothing"]
    return f"{amount_text(amount_minor, province.currency, language)}, {texts[status]}"


def _decimal(amount_minor: int | None, province: Province) -> str:
    return "" if amount_minor is None else Money(amount_minor, province.currency).decimal_text()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
