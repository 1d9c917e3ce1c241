"""The second transaction of a basket's payment: every bill that still takes its part is paid with
it, and for each that does not there is a case, so that one bill paid elsewhere sinks no basket.
"""

from chalicelib.domain.baskets import Covered
from chalicelib.domain.cases import Case, CaseKind
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Transaction
from chalicelib.errors import TryLater
from chalicelib.storage.baskets import BasketPayment
from chalicelib.storage.confirm_changes import ConfirmRefused
from chalicelib.storage.ledger import Ledger

# A refusal names every bill that cannot be paid; more tries are for those that change meanwhile.
MAX_TRIES = 6


def pay_bills(ledger: Ledger, payment: BasketPayment) -> ConfirmRefused | None:
    """None when the basket is paid, with each of its bills or the case for it; else why it takes no
    money any more. Raises: TryLater; nothing was written then."""
    refused: frozenset[str] = frozenset()
    for _ in range(MAX_TRIES):
        unplaced = [
            (bill.payment_code, unplaced_case(payment.transaction, bill))
            for bill in payment.basket.covers
            if bill.payment_code in refused
        ]
        found = ledger.baskets.confirm(payment, unplaced)
        if found is None:
            return None
        if found.own is not None:
            return _require_decided(found.own)
        refused |= found.bills
    raise TryLater("busy", "the basket's bills changed at the same moment")


def unplaced_case(money: Transaction, bill: Covered) -> Case:
    """The part of `money` that was for `bill`."""
    return Case(
        CaseKind.BILL_NOT_PAID,
        f"{money.key}#{bill.payment_code}",
        money.payment_no,
        Money(bill.amount_minor, money.amount.currency),
        money.recorded_at,
    )


def _require_decided(own: ConfirmRefused) -> ConfirmRefused:
    """Raises: TryLater for a basket that would take it now, but for a detail that changed."""
    if not own.order_passed and own.order is not None and own.order.is_payable:
        raise TryLater("busy", "the basket changed at the same moment")
    return own
