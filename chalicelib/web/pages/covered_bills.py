"""The bills of a basket, by payee unit with sums, and what became of each."""

from itertools import groupby

from chalicelib.domain.baskets import Covered
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.receipts import format_number
from chalicelib.web.pages.formats import format_amount
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, join
from chalicelib.web.pages.order_view import OrderView


def covered_bills(view: OrderView, frame: Frame) -> Html:
    groups = groupby(view.order.covers, key=lambda each: each.payee_unit)
    return join(*(_unit(unit, list(bills), view, frame) for unit, bills in groups))


def outdated_notice(frame: Frame) -> Html:
    """In place of the ways to pay: no money is asked for what is known to be paid or changed."""
    link = element("a", frame.texts("basket.title"), href=frame.link("/basket"), class_="button")
    return element(
        "section",
        element("h2", frame.texts("basket.outdated")),
        element("p", frame.texts("basket.outdated_hint")),
        element("p", link),
        class_="card",
    )


def _unit(code: str, bills: list[Covered], view: OrderView, frame: Frame) -> Html:
    unit = frame.province.units_by_code.get(code)
    name = frame.named(unit.names) if unit else join(code)
    total = _amount(sum(each.amount_minor for each in bills), view, frame)
    return element(
        "div",
        element("h2", name),
        element("ul", *(_bill(each, view, frame) for each in bills), class_="lines"),
        element("p", frame.texts("basket.sum"), " ", element("strong", total)),
        class_="unit",
    )


def _bill(covered: Covered, view: OrderView, frame: Frame) -> Html:
    bill = view.bills.get(covered.payment_code)
    names = dict.fromkeys(frame.named(line.names) for line in bill.lines) if bill else {}
    title = join(bill.reference if bill else covered.payment_code)
    notes = (*names, _state(covered, view, frame))
    small = (element("small", note) for note in notes if note)
    amount = _amount(covered.amount_minor, view, frame)
    receipts = _receipts(bill, frame) if bill and bill.paid_in == view.order.payment_code else ()
    return element("li", element("span", title, *small, *receipts), element("span", amount))


def _state(covered: Covered, view: OrderView, frame: Frame) -> Html | None:
    unplaced = {each.payment_code for each in view.order.split.unplaced}
    if covered.payment_code in unplaced:
        return element("strong", frame.texts("basket.not_paid"))
    if view.order.is_payable and covered.payment_code in view.changed_bills:
        return element("strong", frame.texts("basket.changed"))
    return None


def _receipts(bill: Order, frame: Frame) -> list[Html]:
    return [
        element(
            "small",
            element(
                "a",
                frame.texts("basket.receipt", number=format_number(each.number)),
                href=frame.link(f"/r/{each.token}"),
            ),
        )
        for each in bill.receipts
    ]


def _amount(amount_minor: int, view: OrderView, frame: Frame) -> str:
    return format_amount(Money(amount_minor, view.order.amount.currency), frame.texts)
