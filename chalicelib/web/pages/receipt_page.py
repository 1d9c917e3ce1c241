"""What a stranger may see of a receipt: enough to compare it, with the least personal data."""

import unicodedata

from chalicelib.domain.catalog import PayeeUnit
from chalicelib.domain.province import Mode
from chalicelib.domain.receipts import Receipt, format_number
from chalicelib.web.pages.formats import format_amount, format_day
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import element, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import facts


def receipt_page(receipt: Receipt, unit: PayeeUnit, payer_name: str | None, frame: Frame) -> Page:
    texts, province = frame.texts, frame.province
    panel = element(
        "section",
        element("h1", texts("receipt.genuine")),
        element(
            "p", frame.sentence("receipt.genuine_sentence", province=frame.named(province.names))
        ),
        element("p", frame.sentence("receipt.genuine_next", phone=frame.phone_link())),
        element("p", texts("receipt.test"), class_="warning") if frame.mode is Mode.TEST else None,
        class_="panel paid",
    )
    entries = {
        texts("receipt.number"): element("strong", format_number(receipt.number)),
        texts("receipt.pattern"): receipt.pattern or None,
        texts("receipt.serial"): receipt.serial or None,
        texts("receipt.unit"): frame.named(unit.names),
        texts("receipt.tax_code"): unit.tax_code,
        texts("receipt.payer"): mask_name(payer_name) if payer_name else None,
        texts("receipt.amount"): element("strong", format_amount(receipt.amount, texts)),
        texts("receipt.paid_on"): format_day(receipt.paid_on, texts),
    }
    hint = element("p", texts("receipt.masked_hint"), class_="hint") if payer_name else None
    title = texts(f"receipt.{receipt.kind}")
    card = element("section", element("h2", title), facts(entries), hint, class_="card")
    return Page(title, join(panel, card))


def mask_name(name: str) -> str:
    """`Nguyễn Văn A` → `N*** V*** A***`: first letters only, and not even the length."""
    words = unicodedata.normalize("NFC", name).split()
    return " ".join(f"{word[0]}***" for word in words)
