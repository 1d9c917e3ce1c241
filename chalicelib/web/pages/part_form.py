"""Paying a part of a bill, where its fee items allow it, and the parts that were paid."""

from chalicelib.domain.money import Money
from chalicelib.web.pages.formats import format_amount, format_instant
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, hidden_field
from chalicelib.web.pages.order_view import OrderView


def part_form(view: OrderView, frame: Frame) -> Html | None:
    bill, least = view.order.bill, view.least_part
    if bill is None or least is None or view.order.has_payment_in_flight:
        return None
    texts = frame.texts
    most = bill.terms.principal_minor - 1
    hint = texts("part.hint", least=_amount(least, view, frame), most=_amount(most, view, frame))
    box = element(
        "input",
        id="amount",
        name="amount",
        type="text",
        inputmode="decimal",
        autocomplete="off",
        maxlength=20,
        aria_describedby="amount-hint",
    )
    field = element(
        "div",
        element("label", texts("part.amount"), for_="amount"),
        element("p", hint, id="amount-hint", class_="hint"),
        box,
        class_="field",
    )
    form = element(
        "form",
        hidden_field("key", view.part_key),
        field,
        element("button", texts("part.button"), type="submit"),
        method="post",
        action=frame.link(f"{view.address}/parts"),
    )
    return element("details", element("summary", texts("part.title")), form, class_="card find")


def paid_parts(view: OrderView, frame: Frame) -> Html | None:
    """None where the bill is paid whole, as most are."""
    if not view.order.parts:
        return None
    rows = (
        element(
            "li",
            element("span", format_instant(each.paid_at, frame.province.zone, frame.texts)),
            element("span", _amount(each.amount_minor, view, frame)),
        )
        for each in view.order.parts
    )
    return element("ul", *rows, class_="lines")


def _amount(amount_minor: int, view: OrderView, frame: Frame) -> str:
    return format_amount(Money(amount_minor, view.order.amount.currency), frame.texts)
