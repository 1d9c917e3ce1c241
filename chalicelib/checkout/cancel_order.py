"""Cancel an unpaid order, once no payment is in flight. A later success becomes a case."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.checkout.ask_channel import can_close, close_payment
from chalicelib.checkout.closed_orders import closed_conflict
from chalicelib.checkout.desk import Desk
from chalicelib.checkout.record_outcome import EFFECTS_DUE
from chalicelib.domain.bills import Bill
from chalicelib.domain.open_codes import OpenCode
from chalicelib.domain.orders import TRANSITIONS, Order, OrderEvent
from chalicelib.errors import Conflict, TryLater
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.stored_answers import StoredAnswer


def require_cancellable(order: Order) -> None:
    """Raises: Conflict (`order_paid`, `order_cancelled`, `order_expired`,
    `payment_in_progress`)."""
    if (order.status, OrderEvent.ORDER_CANCELLED) not in TRANSITIONS:
        raise closed_conflict(order)
    if order.has_payment_in_flight:
        raise Conflict(
            "payment_in_progress",
            "a payment is under way and may still succeed",
            suggested_action="Wait for its outcome, then look again.",
        )


def close_payments(
    desk: Desk, order: Order, now: datetime, new_request_id: Callable[[], str]
) -> Order:
    """The order after its payments in flight were closed, where the channels of all of them can do
    that; else as it is. Nothing is closed for an order that cannot be cancelled anyway."""
    in_flight = [attempt for attempt in order.attempts if attempt.is_in_flight]
    is_open = (order.status, OrderEvent.ORDER_CANCELLED) in TRANSITIONS
    if not is_open or not in_flight or not all(can_close(desk, each) for each in in_flight):
        return order
    for attempt in in_flight:
        close_payment(desk, order, attempt, now, new_request_id())
    return desk.ledger.read_order(order.payment_code) or order


def cancel_order(
    ledger: Ledger,
    order: Order,
    answer: StoredAnswer,
    now: datetime,
    *,
    cancelled: Bill | OpenCode | None = None,
) -> None:
    """`answer` is kept for a repeated request in the same write; `cancelled`: a bill with its
    cancellation, an open code with why it is void.

    Raises: Conflict as `require_cancellable`; TryLater when the order changed meanwhile."""
    require_cancellable(order)
    due_at = now + EFFECTS_DUE
    event = OrderEvent.ORDER_CANCELLED
    if not ledger.close_unpaid(order, event, due_at, answer, cancelled=cancelled):
        raise TryLater("busy", "the order changed at the same moment; send it again")


def expire_order(ledger: Ledger, order: Order, now: datetime) -> bool:
    """False when something changed since `order` was read, or its time is not over."""
    if now < order.expires_at:
        return False
    return ledger.close_unpaid(order, OrderEvent.ORDER_EXPIRED, now + EFFECTS_DUE)
