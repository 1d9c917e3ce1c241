"""Why an order takes no payment: it is paid or closed, or a bank is taking the money now."""

from datetime import datetime

from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payments import Attempt
from chalicelib.errors import Conflict


def closed_conflict(order: Order) -> Conflict:
    """For an order that is not payable."""
    match order.status:
        case OrderStatus.CANCELLED:
            return Conflict("order_cancelled", "the order is cancelled")
        case OrderStatus.EXPIRED:
            return Conflict("order_expired", "the time to pay this order is over")
        case _:
            return Conflict("order_paid", "the order is paid")


def lock_on(order: Order, now: datetime) -> Attempt | None:
    """The attempt under which nobody else starts to pay the order."""
    locks = (each for each in order.attempts if each.is_lock and each.is_in_flight)
    return next((each for each in locks if now < each.expires_at), None)
