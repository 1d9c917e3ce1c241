"""Where an order stands in a payer's eyes, and whether paying again is wise."""

from datetime import datetime
from enum import StrEnum

from chalicelib.domain.cases import CaseKind
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payments import Attempt, PaymentStatus


class Standing(StrEnum):
    """READY: nothing tried yet. TRY_AGAIN: the channel said that no money moved. SET_RIGHT: money
    came that was not the amount to pay, and a person decided what becomes of it. TAKEN_BACK: the
    bank reversed a payment. ASKING: handed to a channel, no answer yet. UNKNOWN: the channel cannot
    tell. REVIEW: a person must decide. PAID_REVIEW: paid, and more money came. PAID_PART: a basket,
    of which a bill could not take its part of the money."""

    READY = "ready"
    TRY_AGAIN = "try_again"
    SET_RIGHT = "set_right"
    TAKEN_BACK = "taken_back"
    ASKING = "asking"
    UNKNOWN = "unknown"
    REVIEW = "review"
    PAID = "paid"
    PAID_REVIEW = "paid_review"
    PAID_PART = "paid_part"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_SETTLED = {
    OrderStatus.PAID: Standing.PAID,
    OrderStatus.PARTIALLY_REFUNDED: Standing.PARTLY_REFUNDED,
    OrderStatus.REFUNDED: Standing.REFUNDED,
    OrderStatus.CANCELLED: Standing.CANCELLED,
    OrderStatus.EXPIRED: Standing.EXPIRED,
}

MAY_START = frozenset(
    {
        Standing.READY,
        Standing.TRY_AGAIN,
        Standing.SET_RIGHT,
        Standing.TAKEN_BACK,
        Standing.ASKING,
    }
)
WAITS_FOR_ANSWER = frozenset({Standing.ASKING, Standing.UNKNOWN})
MONEY_ARRIVED = frozenset(
    {
        Standing.PAID,
        Standing.PAID_REVIEW,
        Standing.PAID_PART,
        Standing.PARTLY_REFUNDED,
        Standing.REFUNDED,
    }
)


def standing_of(order: Order, now: datetime) -> Standing:
    waiting = set(order.cases.values()) - {CaseKind.REVERSAL_ASKED}
    if waiting:
        return _standing_in_review(order, waiting)
    if order.status in _SETTLED:
        return _SETTLED[order.status]
    if order.has_unknown_outcome:
        return Standing.UNKNOWN
    if any(attempt.is_in_flight for attempt in order.attempts):
        return Standing.ASKING
    if now >= order.expires_at:
        return Standing.EXPIRED
    return _standing_after(latest_attempt(order))


def _standing_in_review(order: Order, waiting: set[str]) -> Standing:
    if waiting == {CaseKind.BILL_NOT_PAID}:
        return Standing.PAID_PART
    return Standing.PAID_REVIEW if order.status is OrderStatus.PAID else Standing.REVIEW


def _standing_after(latest: Attempt | None) -> Standing:
    if latest is None:
        return Standing.READY
    if latest.status is PaymentStatus.REVERSED:
        return Standing.TAKEN_BACK
    moved = latest.status is PaymentStatus.SUCCEEDED
    return Standing.SET_RIGHT if moved else Standing.TRY_AGAIN


def may_start(order: Order, now: datetime) -> bool:
    return standing_of(order, now) in MAY_START and now < order.expires_at


def latest_attempt(order: Order) -> Attempt | None:
    return max(order.attempts, key=lambda attempt: attempt.attempt_no, default=None)


def awaited_attempt(order: Order) -> Attempt | None:
    """The attempt that the page speaks of: an unknown one first, else the newest in flight."""
    in_flight = [attempt for attempt in order.attempts if attempt.is_in_flight]
    return max(
        in_flight, key=lambda attempt: (attempt.is_unknown, attempt.attempt_no), default=None
    )


def paying_attempt(order: Order) -> Attempt | None:
    """The newest that succeeded at the account whose money paid the order; else the first."""
    succeeded = [each for each in order.attempts if each.status is PaymentStatus.SUCCEEDED]
    paid_at = (order.paid_by or "").split("#")[1:3]
    there = [each for each in succeeded if [each.channel, each.account] == paid_at]
    return next(iter(there[-1:] or succeeded), None)


def missing_receipts(order: Order) -> int:
    return len(set(order.receipt_kinds) - {receipt.kind for receipt in order.receipts})
