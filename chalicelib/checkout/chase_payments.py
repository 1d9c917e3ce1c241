"""Ask channels about payments whose outcome is open, and expire orders only after asking.

Unknown is never failed: silence, garbage and unmapped codes only plan the next question.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.checkout.ask_channel import Asked, ask_about
from chalicelib.checkout.cancel_order import expire_order
from chalicelib.checkout.desk import Desk
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Pending


def chase_order(
    desk: Desk, payment_code: str, now: datetime, new_request_id: Callable[[], str]
) -> Order | None:
    """Do what is due for one unpaid order; returns it as it is afterwards.

    Safe to run twice at once: every write is conditional on what was read."""
    order = desk.ledger.read_order(payment_code)
    if order is None or not order.is_payable:
        return order
    asked = [
        ask_about(desk, order, attempt, now, new_request_id())
        for attempt in order.attempts
        if attempt.is_in_flight
    ]
    order = desk.ledger.read_order(payment_code) if asked else order
    if order is None or not order.is_payable:
        return order
    if _may_expire(desk, order, asked, now):
        if expire_order(desk.ledger, order, now):
            return desk.ledger.read_order(payment_code)
    elif not any(attempt.is_in_flight for attempt in order.attempts):
        # Nothing in flight: the order is next looked at when its time is over.
        desk.ledger.postpone(payment_code, max(order.expires_at, now + timedelta(minutes=1)))
    return order


def _may_expire(desk: Desk, order: Order, asked: list[Asked], now: datetime) -> bool:
    grace = timedelta(seconds=desk.province.limits.grace_seconds if order.attempts else 0)
    if now < order.expires_at + grace:
        return False
    clear = {
        each.attempt.attempt_no
        for each in asked
        if isinstance(each.outcome, Pending) and not each.outcome.needs_person
    }
    in_flight = {each.attempt_no for each in order.attempts if each.is_in_flight}
    return in_flight <= clear
