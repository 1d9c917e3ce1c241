"""The slip that a one-stop counter prints when a dossier is accepted: what is owed, and how to pay
it anywhere (decision 0150)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chalicelib.domain.amount_words import amount_in_words
from chalicelib.domain.catalog import PayeeUnit
from chalicelib.domain.identifiers import group_payment_code
from chalicelib.domain.money import Money
from chalicelib.domain.order_lines import LinePart, OrderLine
from chalicelib.domain.orders import Order
from chalicelib.domain.province import Mode, Province
from chalicelib.web.pages.formats import format_amount, format_day, format_instant
from chalicelib.web.pages.standing import Standing
from chalicelib.web.pages.texts import Texts, load_texts
from chalicelib.web.paper.sheet import GRAY, Sheet, Style

LANGUAGES = ("vi", "zh")
_TEXTS = Path(__file__).parent / "texts"

_TITLE = Style(14, is_bold=True)
_STRONG = Style(10, is_bold=True)
_BODY = Style(9)
_SMALL = Style(7.5, color=GRAY)
_NOTE = Style(7)
_CODE = Style(13, is_bold=True)
_LINK = Style(8, is_bold=True)
_BOTTOM = 21.0
_LABEL_WIDTH, _NO_WIDTH, _AMOUNT_WIDTH = 27.0, 9.0, 34.0
_QR_SIZE, _GAP, _CODE_WIDTH = 44.0, 4.0, 59.0

_EMVCO = "000201"  # what every such payload begins with

# A standing in which nobody should pay by this paper → the words in the QR code's place.
WAITING = "waiting"
CHANGED = "changed"  # a bill of a basket was paid or amended
CLOSED = {
    Standing.PAID: "paid",
    Standing.PAID_REVIEW: "paid",
    Standing.PARTLY_REFUNDED: "paid",
    Standing.REFUNDED: "refunded",
    Standing.CANCELLED: "cancelled",
    Standing.EXPIRED: "expired",
    Standing.UNKNOWN: WAITING,
    Standing.REVIEW: WAITING,
}


@dataclass(frozen=True, slots=True)
class DossierReceipt:
    """`order`: with what is owed today. `qr`: what the code says, EMVCo text or an address.
    `holds_until`: to when the amount stays as it is. `closed` None: it can be paid now; else one of
    the values of CLOSED or CHANGED. `legal_bases`: of its fee items, each once.
    `debtor_name` None: the payer himself."""

    order: Order
    unit: PayeeUnit
    province: Province
    language: str
    payer_name: str
    word: str
    qr: str
    link: str
    holds_until: datetime
    closed: str | None
    legal_bases: Sequence[str]
    debtor_name: str | None = None


def choose_language(wanted: str | None, own: str, offered: Sequence[str]) -> str:
    """The first that papers have: the one asked for, the order's own, the province's."""
    usable = [each for each in LANGUAGES if each in offered] or list(LANGUAGES)
    return next(each for each in (wanted, own, *offered, *usable) if each in usable)


def write_dossier_receipt(receipt: DossierReceipt) -> bytes:
    """A5, as many pages as its lines need. The same receipt gives the same bytes."""
    return _Writer(receipt).write()


def _load(language: str) -> Texts:
    return Texts(language, json.loads((_TEXTS / f"{language}.json").read_text("utf-8")))


class _Writer:
    def __init__(self, receipt: DossierReceipt) -> None:
        self._receipt = receipt
        self._order = receipt.order
        self._words = _load(receipt.language)
        self._formats = load_texts(receipt.language)
        self._sheet = Sheet(
            title=f"{self._words('title')} {receipt.order.payment_code}",
            language=receipt.language,
            made_at=receipt.order.created_at,
            bottom=_BOTTOM,
            foot=self._write_foot,
        )

    def write(self) -> bytes:
        self._write_head()
        self._write_facts()
        self._write_lines()
        self._write_total()
        self._write_payment()
        return self._sheet.finish()

    def _name(self, line: OrderLine) -> str:
        return self._words.choose(line.names)[0]

    def _amount(self, minor: int) -> str:
        amount = Money(minor, self._order.amount.currency)
        return format_amount(amount, self._formats).replace("\u00a0", " ")

    def _instant(self, instant: datetime) -> str:
        return format_instant(instant, self._receipt.province.zone, self._formats)

    def _write_head(self) -> None:
        sheet, unit = self._sheet, self._receipt.unit
        sheet.text(self._words.choose(unit.names)[0], _STRONG)
        contact = self._words("unit_contact", address=unit.address, phone=unit.phone)
        sheet.text(contact, _SMALL)
        sheet.y += 1.5
        sheet.rule()
        sheet.y += 3
        sheet.text(self._words("title"), _TITLE, align="C")
        if self._order.mode is Mode.TEST:
            sheet.text(self._words("test"), _STRONG, align="C")
        sheet.y += 2

    def _write_facts(self) -> None:
        order, words, bill = self._order, self._words, self._order.bill
        until = self._instant(self._receipt.holds_until)
        if self._receipt.holds_until < order.expires_at:
            until = words("amount_until", until=until)
        facts = [
            *([(words("reference"), order.reference, _STRONG)] if order.reference else []),
            (words("payer"), self._receipt.payer_name, _STRONG),
            (words("accepted"), self._instant(order.created_at), _BODY),
        ]
        if self._receipt.debtor_name:
            label = self._formats("receipt.debtor")
            facts.insert(-1, (label, self._receipt.debtor_name, _STRONG))
        if bill is not None:
            facts.append((words("due"), format_day(bill.terms.due_on, self._formats), _BODY))
        facts.append((words("until"), until, _BODY))
        for label, value, style in facts:
            self._write_fact(label, value, style)
        self._sheet.y += 2

    def _write_fact(self, label: str, value: str, style: Style) -> None:
        sheet, left = self._sheet, self._sheet.margin + _LABEL_WIDTH
        # On one base line, whatever the sizes.
        offset = (style.line_height - _SMALL.line_height) * 0.6
        sheet.text(label, _SMALL, y=sheet.y + offset, width=_LABEL_WIDTH)
        sheet.y += sheet.text(value, style, x=left, y=sheet.y, width=sheet.width - 10 - left)
        sheet.y += 0.4

    def _write_lines(self) -> None:
        self._write_line_heads()
        for number, line in enumerate(self._order.lines, 1):
            self._write_line(number, line)

    def _write_line_heads(self) -> None:
        sheet, right = self._sheet, self._sheet.width - self._sheet.margin - _AMOUNT_WIDTH
        sheet.rule(thickness=0.3)
        sheet.y += 0.8
        sheet.text(self._words("line.no"), _SMALL, y=sheet.y)
        sheet.text(self._words("line.what"), _SMALL, x=sheet.margin + _NO_WIDTH, y=sheet.y)
        head = self._words("line.amount")
        sheet.text(head, _SMALL, x=right, width=_AMOUNT_WIDTH, align="R")
        sheet.y += 0.6
        sheet.rule()
        sheet.y += 0.8

    def _write_line(self, number: int, line: OrderLine) -> None:
        sheet = self._sheet
        width = sheet.inner_width - _NO_WIDTH - _AMOUNT_WIDTH - 2
        name, notes = self._name(line), self._notes(line)
        height = len(sheet.lines(name, width, _BODY)) * _BODY.line_height
        height += len(sheet.lines(notes, width, _SMALL)) * _SMALL.line_height if notes else 0
        if not sheet.has_room(height):
            sheet.new_page()
            self._write_line_heads()
        top, left = sheet.y, sheet.margin + _NO_WIDTH
        sheet.text(str(number), _BODY, y=top, width=_NO_WIDTH)
        sheet.text(name, _BODY, x=left, width=width)
        right = sheet.width - sheet.margin - _AMOUNT_WIDTH
        amount = self._amount(line.amount_minor)
        sheet.text(amount, _BODY, x=right, y=top, width=_AMOUNT_WIDTH, align="R")
        if notes:
            sheet.text(notes, _SMALL, x=left, width=width)
        sheet.y += 0.8

    def _notes(self, line: OrderLine) -> str:
        words = self._words
        late = words("line.surcharge") if line.part is LinePart.SURCHARGE else ""
        count = words("line.quantity", quantity=str(line.quantity)) if line.quantity != 1 else ""
        return " · ".join(each for each in (late, count, line.description or "") if each)

    def _write_total(self) -> None:
        sheet, order = self._sheet, self._order
        in_words = amount_in_words(order.amount, self._receipt.language)
        said = self._words("words", words=in_words)
        height = len(sheet.lines(said, sheet.inner_width, _BODY)) * _BODY.line_height
        self._make_room(height + _STRONG.line_height + 2)
        sheet.rule()
        sheet.y += 0.8
        sheet.text(self._words("total"), _STRONG, y=sheet.y)
        sheet.text(self._amount(order.amount.amount_minor), _STRONG, align="R")
        sheet.text(said, _BODY)
        if self._receipt.legal_bases:
            basis = "; ".join(self._receipt.legal_bases)
            sheet.text(self._words("line.legal", basis=basis), _SMALL)
        sheet.y += 2

    def _make_room(self, height: float) -> None:
        if not self._sheet.has_room(height):
            self._sheet.new_page()

    def _write_payment(self) -> None:
        """The code beside what to do with it, on one page."""
        sheet, closed = self._sheet, self._receipt.closed
        self._make_room(_QR_SIZE + 6)
        top, size = sheet.y, _QR_SIZE
        sheet.frame(sheet.margin, top, size, size)
        if closed is None:
            sheet.qr(self._receipt.qr, sheet.margin, top, size)
        else:
            self._write_closed(closed, top)
        height = self._write_codes(top, sheet.margin + size + _GAP)
        sheet.y = top + max(size, height) + 2

    def _write_closed(self, closed: str, top: float) -> None:
        sheet, words = self._sheet, self._words
        told = words(f"closed.{closed}")
        paid_at = self._order.paid_at or self._order.created_at
        sentence = words(f"closed.{closed}_sentence", time=self._instant(paid_at))
        left, width = sheet.margin + 3, _QR_SIZE - 6
        height = len(sheet.lines(told, width, _STRONG)) * _STRONG.line_height
        height += len(sheet.lines(sentence, width, _BODY)) * _BODY.line_height
        start = top + (_QR_SIZE - height) / 2
        start += sheet.text(told, _STRONG, x=left, y=start, width=width, align="C")
        sheet.text(sentence, _BODY, x=left, y=start, width=width, align="C")

    def _write_codes(self, top: float, left: float) -> float:
        sheet, words, receipt = self._sheet, self._words, self._receipt
        width, y = sheet.width - sheet.margin - left, top
        for label, value, x, room in (
            (words("code"), group_payment_code(self._order.payment_code), left, _CODE_WIDTH),
            (words("word"), receipt.word, left + _CODE_WIDTH, width - _CODE_WIDTH),
        ):
            label_height = sheet.text(label, _SMALL, x=x, y=top, width=room)
            sheet.text(value, _CODE, x=x, y=top + label_height, width=room)
        y += _SMALL.line_height + _CODE.line_height + 0.5
        y += sheet.text(words("link"), _SMALL, x=left, y=y, width=width)
        link = receipt.link.removeprefix("https://")
        y += sheet.text(link, _LINK, x=left, y=y, width=width) + 1.5
        if receipt.closed is None:
            how = "how.bank" if receipt.qr.startswith(_EMVCO) else "how.page"
            y += sheet.text(words(how), _NOTE, x=left, y=y, width=width) + 0.6
        phone = receipt.province.phone
        y += sheet.text(words("help", phone=phone), _NOTE, x=left, y=y, width=width)
        return y - top

    def _write_foot(self, sheet: Sheet) -> None:
        words, y = self._words, sheet.height - _BOTTOM + 2
        page = words(
            "foot", code=group_payment_code(self._order.payment_code), page=sheet.page_of_pages
        )
        y += sheet.text(words("legal"), _NOTE, y=y)
        if sheet.lacks:
            y += sheet.text(words("unprintable"), _NOTE, y=y)
        sheet.text(page, _SMALL, y=sheet.height - 8)
