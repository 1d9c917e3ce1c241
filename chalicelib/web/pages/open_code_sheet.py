"""Printed sheets of open codes: what a unit keeps, how a slip is checked, and the slips to cut."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chalicelib.domain.catalog import PayeeUnit
from chalicelib.domain.identifiers import group_payment_code
from chalicelib.domain.open_codes import Batch
from chalicelib.domain.province import Mode
from chalicelib.storage.signing_keys import SigningKey
from chalicelib.web.pages.formats import format_amount, format_day
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Child, Html, element, join, trusted
from chalicelib.web.pages.texts import Texts
from chalicelib.web.qr_image import draw_qr

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Slip:
    """`signed_text`: with its signature."""

    payment_code: str
    serial: int
    word: str
    pay_url: str
    signed_text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`left_out`: serials of the asked ones that cannot be sold any more."""

    batch: Batch
    unit: PayeeUnit
    keys: Sequence[SigningKey]
    slips: Sequence[Slip]
    left_out: Sequence[int]


@cache
def load_words(language: str) -> Texts:
    text = (_FOLDER / "sheet_texts" / f"{language}.json").read_text("utf-8")
    return Texts(language, json.loads(text))


def sheet_page(sheet: Sheet, frame: Frame) -> str:
    words = load_words(frame.language)
    slips = (_slip(slip, sheet, frame, words) for slip in sheet.slips)
    main = element(
        "main",
        element("h1", words("title")),
        element("p", words("test"), class_="test") if frame.mode is Mode.TEST else None,
        _facts(sheet, frame, words),
        *_checks(sheet, words),
        _own_list(sheet, words),
        element("section", *slips, class_="slips") if sheet.slips else None,
    )
    title = f"{words('title')} {sheet.batch.batch_id}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", title),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("style", trusted(_style())),
    )
    return "<!doctype html>" + element("html", head, element("body", main), lang=frame.language)


def sheet_headers() -> dict[str, str]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"default-src 'none'; style-src '{_style_hash()}'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


@cache
def _style() -> str:
    return (_FOLDER / "sheet.css").read_text("utf-8")


@cache
def _style_hash() -> str:
    digest = hashlib.sha256(_style().encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def hand_check(payment_code: str) -> list[str]:
    """The steps by which a person divides by 97: `221×30+934=7564→95`. The last one ends in 1."""
    groups = [int(group) for group in group_payment_code(payment_code).split(" ")]
    steps, left = [], groups[0] % 97
    if left != groups[0]:
        steps.append(f"{groups[0]} → {left}")
    for group in groups[1:]:
        total = left * 30 + group
        steps.append(f"{left} × 30 + {group:03d} = {total} → {total % 97}")
        left = total % 97
    return steps


def _facts(sheet: Sheet, frame: Frame, words: Texts) -> Html:
    batch = sheet.batch
    serials = ", ".join(str(slip.serial) for slip in sheet.slips) or words("nothing")
    left_out = ", ".join(map(str, sheet.left_out))
    return join(
        _list(
            {
                words("batch"): element("span", batch.batch_id, class_="code"),
                words("unit"): frame.named(sheet.unit.names),
                words("items"): _items(sheet, frame),
                words("amount"): format_amount(batch.amount, frame.texts),
                words("until"): format_day(batch.valid_until, frame.texts),
                words("purpose"): batch.purpose,
                words("codes"): serials,
            }
        ),
        element("p", words("left_out", serials=left_out)) if left_out else None,
    )


def _items(sheet: Sheet, frame: Frame) -> Html:
    names = [frame.named(line.names) for line in sheet.batch.lines]
    return join(*(part for name in names for part in ("; ", name)[name is names[0] :]))


def _checks(sheet: Sheet, words: Texts) -> list[Html]:
    keys = {
        words("key", key_id=key.key_id): element(
            "span", base64.b64encode(key.public).decode(), class_="code"
        )
        for key in sheet.keys
    }
    found = [
        element("h2", words("check")),
        element("p", words("check_list")),
        element("p", words("check_hand")),
    ]
    if sheet.slips:
        code = sheet.slips[0].payment_code
        steps = "; ".join(hand_check(code))
        example = words("check_example", code=group_payment_code(code))
        found.append(element("p", f"{example} {steps}"))
    return [*found, element("p", words("check_script")), _list(keys)]


def _own_list(sheet: Sheet, words: Texts) -> Html | None:
    if not sheet.slips:
        return None
    names = ("serial", "code", "word", "file", "payer", "sold")
    head = element("tr", *(element("th", words(name), scope="col") for name in names))
    rows = (
        element(
            "tr",
            element("td", str(slip.serial)),
            element("td", group_payment_code(slip.payment_code), class_="code"),
            element("td", slip.word, class_="code"),
            element("td", class_="wide"),
            element("td", class_="wide"),
            element("td"),
        )
        for slip in sheet.slips
    )
    table = element("table", element("thead", head), element("tbody", *rows))
    return join(element("h2", words("list")), element("p", words("list_hint")), table)


def _slip(slip: Slip, sheet: Sheet, frame: Frame, words: Texts) -> Html:
    batch = sheet.batch
    unit = frame.texts.choose(sheet.unit.names)[0]
    told = element(
        "div",
        element("h3", frame.named(sheet.unit.names)),
        element("p", words("test"), class_="test") if frame.mode is Mode.TEST else None,
        element("span", group_payment_code(slip.payment_code), class_="code"),
        _list(
            {
                words("amount"): element("strong", format_amount(batch.amount, frame.texts)),
                words("items"): _items(sheet, frame),
                words("until"): format_day(batch.valid_until, frame.texts),
                words("word"): element("strong", slip.word),
                words("batch"): f"{batch.batch_id} · {slip.serial}",
            }
        ),
        element("small", words("pay_hint")),
        element("small", words("slip_hint", unit=unit)),
    )
    return element(
        "article",
        told,
        _figure(slip.pay_url, words("pay_alternative"), words("pay_here")),
        _figure(slip.signed_text, words("signature_alternative"), words("signature")),
        class_="slip",
    )


def _figure(payload: str, title: str, caption: str) -> Html:
    return element("figure", draw_qr(payload, title), element("figcaption", caption))


def _list(entries: Mapping[str, Child]) -> Html:
    rows = (
        part
        for label, value in entries.items()
        for part in (element("dt", label), element("dd", value))
    )
    return element("dl", *rows)
