"""Amend or cancel a bill, with a reason: only while nothing is paid or being paid."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.checkout.bill_terms import BillChanges, change_terms
from chalicelib.checkout.cancel_order import cancel_order, require_cancellable
from chalicelib.checkout.desk import Desk
from chalicelib.checkout.issue_bill import end_of_validity
from chalicelib.checkout.price_bill_today import priced_on
from chalicelib.domain.bills import MAX_AMENDMENTS, Amendment, Cancellation
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.portals import Portal
from chalicelib.errors import Conflict, NotFound, TryLater
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.stored_answers import StoredAnswer

# What the caller is answered for the bill as it becomes, kept in the write that changes it.
AnswerOf = Callable[[Order], StoredAnswer]


@dataclass(frozen=True, slots=True)
class BillAct:
    """`reason`: why, in the words of whoever asks."""

    portal: Portal
    reason: str
    now: datetime


def amend_bill(
    desk: Desk, order: Order, changes: BillChanges, act: BillAct, answer_of: AnswerOf
) -> StoredAnswer:
    """Raises: NotFound; InvalidRequest; Conflict as `require_cancellable`, `payment_in_review`,
    `bill_paid_in_part`, `too_many_amendments`; TryLater when the bill changed meanwhile."""
    if order.bill is None:
        raise NotFound("bill_not_found", "no such bill")
    require_cancellable(order)
    if order.needs_review:
        raise Conflict(
            "payment_in_review", "money for this order is waiting for a person's decision"
        )
    if order.parts and changes.lines is not None:
        # Who names all lines, as a unit's own system does, may not know of the parts.
        raise Conflict(
            "bill_paid_in_part",
            "parts of this bill are paid, and its lines stand for what is left",
            suggested_action="Cancel it; issue what is still owed under another reference.",
        )
    if len(order.bill.amendments) >= MAX_AMENDMENTS:
        raise Conflict("too_many_amendments", "cancel this bill and issue another one")
    zone = desk.province.zone
    today = business_day_of(act.now, zone)
    terms = change_terms(desk.province, act.portal, order, changes, today)
    made = Amendment(act.now, act.portal.portal_id, act.reason, order.bill.terms)
    priced = priced_on(order, today, terms)
    assert priced.bill is not None
    bill = replace(
        priced.bill,
        version=order.bill.version + 1,
        amendments=(*order.bill.amendments, made),
    )
    amended = replace(priced, bill=bill, expires_at=end_of_validity(terms, zone))
    answer = answer_of(amended)
    if not desk.ledger.bills.amend(order, amended, answer):
        raise TryLater("busy", "the order changed at the same moment; send it again")
    return answer


def cancel_bill(ledger: Ledger, order: Order, act: BillAct, answer_of: AnswerOf) -> StoredAnswer:
    """Raises: NotFound; Conflict as `require_cancellable`; TryLater."""
    if order.bill is None:
        raise NotFound("bill_not_found", "no such bill")
    require_cancellable(order)
    why = Cancellation(act.now, act.portal.portal_id, act.reason)
    bill = replace(order.bill, version=order.bill.version + 1, cancellation=why)
    answer = answer_of(replace(order, status=OrderStatus.CANCELLED, bill=bill))
    cancel_order(ledger, order, answer, act.now, cancelled=bill)
    return answer
