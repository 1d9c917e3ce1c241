"""The second transaction of a basket's payment: every bill that still takes its part is paid with
it, and for each that does not there is a case, so that one bill paid elsewhere sinks no basket.
"""

from dataclasses import replace

from chalicelib.checkout.price_bill_today import priced_on
from chalicelib.domain.baskets import Covered
from chalicelib.domain.bill_parts import Part, without
from chalicelib.domain.cases import Case, CaseKind
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
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
    if payment.basket.pays_part:
        return _pay_part(ledger, payment)
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


def _pay_part(ledger: Ledger, payment: BasketPayment) -> ConfirmRefused | None:
    """As `pay_bills`. The bill is read, and written as it is without the part; who changes it in
    between makes us read it again."""
    (covered,) = payment.basket.covers
    for _ in range(MAX_TRIES):
        bill = ledger.read_order(covered.payment_code)
        lowered = None if bill is None else lower(bill, payment.basket, payment.transaction)
        if bill is None or lowered is None:
            case = unplaced_case(payment.transaction, covered)
            found = ledger.baskets.confirm(payment, [(covered.payment_code, case)])
        else:
            found = ledger.baskets.confirm_part(payment, bill, lowered)
        if found is None:
            return None
        if found.own is not None:
            return _require_decided(found.own)
    raise TryLater("busy", "the bill changed at the same moment")


def lower(order: Order, part: Order, money: Transaction) -> Order | None:
    """The bill without what `part` pays of its principal; None where it cannot take it: it is paid
    or ended, a payment of the whole is under way, or not so much of each line is open."""
    bill = order.bill
    if bill is None or not order.is_payable or order.has_payment_in_flight:
        return None
    left = without(bill.terms.lines, part.lines)
    if left is None:
        return None
    priced = priced_on(order, bill.priced_on, replace(bill.terms, lines=left))
    assert priced.bill is not None
    taken = Part(part.payment_code, part.amount.amount_minor, money.paid_at)
    return replace(
        priced,
        bill=replace(priced.bill, version=bill.version + 1),
        parts=(*order.parts, taken),
    )


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
    """Raises: TryLater for a basket that would take it now, but for a detail that changed, as that
    a person has closed the case that the money is held."""
    is_open = not own.order_passed and own.order is not None and own.order.is_payable
    is_only_case = own.order_passed and own.transaction is None
    if is_open or is_only_case:
        raise TryLater("busy", "the basket changed at the same moment")
    return own
