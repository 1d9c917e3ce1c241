"""Is my money safe? One plain sentence, what happens next and by when, and what we know it from."""

from chalicelib.domain.receipts import format_number
from chalicelib.web.pages.formats import format_amount, format_instant
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import (
    OrderView,
    channel_name,
    code_groups,
    facts,
    standing_text,
    unit_names,
)
from chalicelib.web.pages.standing import latest_attempt


def status_page(view: OrderView, frame: Frame) -> Page:
    texts = frame.texts
    panel = element(
        "section",
        element("h1", standing_text(view, frame, "headline")),
        element("p", standing_text(view, frame, "sentence")),
        element("h2", texts("status.next")),
        element("p", standing_text(view, frame, "next")),
        class_=f"panel {view.standing}",
    )
    evidence = element(
        "section", element("h2", texts("status.evidence")), _evidence(view, frame), class_="card"
    )
    link = element(
        "a", texts("status.open_page"), href=frame.link(view.address), class_="button quiet"
    )
    return Page(texts("status.title"), join(panel, evidence, element("p", link)))


def _evidence(view: OrderView, frame: Frame) -> Html:
    texts, order, zone = frame.texts, view.order, frame.province.zone
    latest = latest_attempt(order)
    numbers = [
        f"{texts(f'receipt.{receipt.kind}')} {format_number(receipt.number)}"
        for receipt in order.receipts
    ]
    provider_label = texts("status.provider_transaction", channel=channel_name(view, frame))
    return facts(
        {
            texts("pay.code"): code_groups(order.payment_code),
            texts("pay.amount_settled"): format_amount(order.amount, texts),
            texts("pay.to"): unit_names(view, frame),
            texts("status.started"): format_instant(latest.started_at, zone, texts)
            if latest
            else None,
            texts("status.paid_time"): format_instant(order.paid_at, zone, texts)
            if order.paid_at
            else None,
            provider_label: provider_transaction_of(order.paid_by) if order.paid_by else None,
            texts("receipt.heading"): ", ".join(numbers) or None,
            texts("status.checked"): format_instant(view.now, zone, texts),
        }
    )


def provider_transaction_of(transaction_key: str) -> str:
    """The provider's own number, from a key `T#channel#account#number`."""
    return transaction_key.split("#", 3)[-1]
