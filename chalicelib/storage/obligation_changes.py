"""The row that lets one order, and only one, cover a payee unit's own number."""

from chalicelib.domain.orders import Order
from chalicelib.storage import keys
from chalicelib.storage.expressions import Expressions, Item, put_action, update_action


def hold_action(table: str, order: Order) -> Item:
    """Refused while another order holds it."""
    change = Expressions()
    change.require(
        f"attribute_not_exists(pk) OR {change.path('state')} = {change.value('released')}"
    )
    held = {**_key(order), "payment_code": order.payment_code, "state": "held"}
    return put_action(table, held, change)


def release_action(table: str, order: Order) -> Item:
    change = Expressions().set("state", "released")
    change.require_equal("payment_code", order.payment_code)
    return update_action(table, _key(order), change)


def _key(order: Order) -> keys.Key:
    return keys.obligation_key(order.mode, order.payee_unit, order.covers_reference)
