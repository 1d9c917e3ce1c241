"""A bill's amount as of today: what lateness adds grows from one business day to the next."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from chalicelib.domain.bills import BillTerms, changes_after, is_same_price, price_bill
from chalicelib.domain.business_day import business_day_of, start_of
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.errors import TryLater
from chalicelib.storage.ledger import Ledger

MAX_TRIES = 3


def price_today(ledger: Ledger, order: Order, now: datetime, zone: str) -> Order:
    """The order as it is to be looked at or paid now. Its row is written when its amount is
    another day's, but never while a payment is in flight, which is for the amount as it was, nor
    while money for it waits for a person.

    Raises: TryLater when the row kept changing."""
    today = business_day_of(now, zone)
    for _ in range(MAX_TRIES):
        is_held = order.has_payment_in_flight or order.needs_review
        if is_held or not is_outdated(order, today):
            return order
        priced = priced_on(order, today)
        if ledger.bills.reprice(order, priced):
            return priced
        order = ledger.read_order(order.payment_code) or order
    raise TryLater("busy", "the order changed at the same moment; send it again")


def is_outdated(order: Order, today: date) -> bool:
    """Whether its amount was computed for a day on which it differed."""
    bill = order.bill
    if bill is None or not order.is_payable:
        return False
    return not is_same_price(bill.terms, bill.priced_on, today)


def priced_on(order: Order, day: date, terms: BillTerms | None = None) -> Order:
    """`terms` None: the bill's own."""
    assert order.bill is not None
    terms = terms or order.bill.terms
    lines = price_bill(terms, day)
    return replace(
        order,
        amount=Money(sum(line.amount_minor for line in lines), order.amount.currency),
        lines=lines,
        bill=replace(order.bill, terms=terms, priced_on=day),
    )


def amount_holds_until(order: Order, now: datetime, zone: str) -> datetime:
    """The end of today, if tomorrow more is owed; else the end of the order's time."""
    today = business_day_of(now, zone)
    if order.bill is None or not changes_after(order.bill.terms, today):
        return order.expires_at
    return min(order.expires_at, start_of(today + timedelta(days=1), zone))
