"""What a stranger may see of a receipt: enough to compare it, with the least personal data."""

import unicodedata

from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.catalog import PayeeUnit
from chalicelib.domain.open_codes import OpenCode
from chalicelib.domain.province import Mode
from chalicelib.domain.receipts import Receipt, format_number
from chalicelib.web.pages.formats import format_amount, format_day
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import facts

GENUINE = ("receipt.genuine", "receipt.genuine_sentence", "receipt.genuine_next")
VOID = ("receipt.void", "receipt.void_sentence", "receipt.void_next")


def receipt_page(
    receipt: Receipt,
    unit: PayeeUnit,
    payer_name: str | None,
    frame: Frame,
    open_code: OpenCode | None = None,
    *,
    debtor_name: str | None = None,
) -> Page:
    """`open_code`: of its order, as it is bound by now. `debtor_name`: for whom it was paid; None:
    for himself."""
    texts = frame.texts
    entries = {
        texts("receipt.number"): element("strong", format_number(receipt.number)),
        texts("receipt.pattern"): receipt.pattern or None,
        texts("receipt.serial"): receipt.serial or None,
        texts("receipt.unit"): frame.named(unit.names),
        texts("receipt.tax_code"): unit.tax_code,
        texts("receipt.payer"): mask_name(payer_name) if payer_name else None,
        texts("receipt.debtor"): mask_name(debtor_name) if debtor_name else None,
        texts("receipt.amount"): element("strong", format_amount(receipt.amount, texts)),
        texts("receipt.paid_on"): format_day(receipt.paid_on, texts),
        texts("receipt.file"): open_code.binding.reference
        if open_code and open_code.binding
        else None,
    }
    hint = element("p", texts("receipt.masked_hint"), class_="hint") if payer_name else None
    title = texts(f"receipt.{receipt.kind}")
    is_unbound = open_code is not None and open_code.binding is None
    unbound = element("p", texts("receipt.no_file_yet"), class_="hint") if is_unbound else None
    card = element("section", element("h2", title), facts(entries), hint, unbound, class_="card")
    return Page(title, join(_panel(receipt, frame), card))


def _panel(receipt: Receipt, frame: Frame) -> Html:
    """Genuine, or void since a day."""
    texts, province = frame.texts, frame.province
    facts: dict[str, Html | str] = {"province": frame.named(province.names)}
    if receipt.voided_at is not None:
        facts["day"] = format_day(business_day_of(receipt.voided_at, province.zone), texts)
    headline, sentence, what_next = VOID if receipt.is_void else GENUINE
    return element(
        "section",
        element("h1", texts(headline)),
        element("p", frame.sentence(sentence, **facts)),
        element("p", frame.sentence(what_next, phone=frame.phone_link())),
        element("p", texts("receipt.test"), class_="warning") if frame.mode is Mode.TEST else None,
        class_="panel void" if receipt.is_void else "panel paid",
    )


def mask_name(name: str) -> str:
    """`Nguyễn Văn A` → `N*** V*** A***`: first letters only, and not even the length."""
    words = unicodedata.normalize("NFC", name).split()
    return " ".join(f"{word[0]}***" for word in words)
