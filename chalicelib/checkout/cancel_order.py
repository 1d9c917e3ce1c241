"""Cancel an unpaid order, only while no payment is in flight. A later success becomes a case."""

from datetime import datetime

from chalicelib.checkout.closed_orders import closed_conflict
from chalicelib.checkout.record_outcome import EFFECTS_DUE
from chalicelib.domain.bills import Bill
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


def cancel_order(
    ledger: Ledger,
    order: Order,
    answer: StoredAnswer,
    now: datetime,
    *,
    cancelled: Bill | None = None,
) -> None:
    """`answer` is kept for a repeated request in the same write; `cancelled`: a bill with its
    cancellation.

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
