"""Why an order that is paid or closed takes nothing more."""

from chalicelib.domain.orders import Order, OrderStatus
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
