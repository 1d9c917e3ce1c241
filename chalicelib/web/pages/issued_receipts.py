"""The payer's own view of the receipts of a paid order: what is worth printing."""

from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.orders import IssuedReceipt, Order
from chalicelib.domain.province import Mode
from chalicelib.domain.receipts import format_number
from chalicelib.web.pages.formats import format_amount, format_day
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element
from chalicelib.web.pages.order_view import OrderView, facts, order_lines
from chalicelib.web.pages.standing import missing_receipts


def issued_receipts(view: OrderView, frame: Frame) -> Html:
    texts = frame.texts
    is_complete = missing_receipts(view.order) == 0
    note = texts("receipt.print_hint" if is_complete else "receipt.coming")
    return element(
        "section",
        element("h2", texts("receipt.heading")),
        element("p", note, class_="hint"),
        *(_receipt(receipt, view, frame) for receipt in _in_order_of_lines(view.order)),
        class_="card receipts",
    )


def _in_order_of_lines(order: Order) -> list[IssuedReceipt]:
    kinds = [line.receipt_kind for line in order.lines]
    return sorted(order.receipts, key=lambda receipt: kinds.index(receipt.kind))


def _receipt(receipt: IssuedReceipt, view: OrderView, frame: Frame) -> Html:
    texts, order, unit = frame.texts, view.order, view.unit
    zone = frame.province.zone
    pattern = frame.province.receipt_patterns.get(receipt.kind)
    paid_on = None if order.paid_at is None else business_day_of(order.paid_at, zone)
    return element(
        "article",
        element("h3", texts(f"receipt.{receipt.kind}")),
        element("p", texts("receipt.test"), class_="warning") if order.mode is Mode.TEST else None,
        facts(
            {
                texts("receipt.number"): element("strong", format_number(receipt.number)),
                texts("receipt.pattern"): pattern.pattern if pattern else None,
                texts("receipt.serial"): pattern.serial if pattern else None,
                texts("receipt.unit"): frame.named(unit.names),
                texts("receipt.tax_code"): unit.tax_code,
                texts("receipt.payer"): view.payer_name,
                texts("receipt.debtor"): view.debtor_name,
                texts("pay.for"): order_lines(view, frame, receipt.kind),
                texts("receipt.total"): element("strong", _total(view, receipt.kind, frame)),
                texts("receipt.paid_on"): format_day(paid_on, texts) if paid_on else None,
                texts("receipt.issued"): format_day(
                    business_day_of(receipt.issued_at, zone), texts
                ),
            }
        ),
        element("p", element("a", texts("receipt.verify"), href=frame.link(f"/r/{receipt.token}"))),
        element("p", f"{frame.base_url}/r/{receipt.token}", class_="on-paper"),
        class_="receipt",
    )


def _total(view: OrderView, kind: ReceiptKind, frame: Frame) -> str:
    amount = sum(line.amount_minor for line in view.order.lines if line.receipt_kind is kind)
    return format_amount(Money(amount, view.order.amount.currency), frame.texts)
