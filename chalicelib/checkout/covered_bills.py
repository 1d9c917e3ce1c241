"""What became of the bills that a basket was made for."""

from datetime import datetime

from chalicelib.checkout.closed_orders import lock_on
from chalicelib.domain.baskets import Covered
from chalicelib.domain.orders import Order
from chalicelib.errors import Conflict, FieldError
from chalicelib.storage.ledger import Ledger


def read_bills(ledger: Ledger, basket: Order) -> dict[str, Order]:
    """By payment code."""
    return ledger.read_orders(each.payment_code for each in basket.covers)


def is_as_covered(bill: Order | None, covered: Covered, now: datetime) -> bool:
    """Whether it would be paid now with its part of the basket's money, and no bank is taking the
    money for it nor is any waiting for a person."""
    if bill is None or not bill.is_payable or bill.bill is None:
        return False
    if bill.needs_review or lock_on(bill, now) is not None:
        return False
    if covered.is_part:
        return not bill.has_payment_in_flight and (
            covered.amount_minor < bill.bill.terms.principal_minor
        )
    return (bill.amount.amount_minor, bill.bill.version) == (covered.amount_minor, covered.version)


def require_open_bills(ledger: Ledger, order: Order, now: datetime) -> None:
    """Before money is asked for a basket: what is known to be paid or changed, or is being paid,
    refuses it. What changes later becomes a case.

    Raises: Conflict (`basket_outdated`)."""
    if not order.covers:
        return
    bills = read_bills(ledger, order)
    errors = tuple(
        FieldError(f"/bills/{index}", "bill_changed", _told(each))
        for index, each in enumerate(order.covers)
        if not is_as_covered(bills.get(each.payment_code), each, now)
    )
    if errors:
        raise Conflict(
            "basket_outdated",
            "some of its bills were paid, cancelled or changed since the basket was made",
            errors=errors,
            suggested_action="Make another basket of the bills that are still open.",
        )


def _told(bill: Covered) -> str:
    return f"{bill.payment_code} is paid, being paid or changed"
