"""Attempts that are written when their money has moved already: nobody was asked before."""

from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions
from chalicelib.storage.keys import order_key
from chalicelib.storage.order_items import attempt_name, attempt_to_map, order_from_item


class LateAttempts:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def add(self, order: Order, attempt: Attempt) -> Order | None:
        """The order with it, whatever its status: what becomes of the money is decided by the
        write that records it. None when the attempt's number is taken."""
        name = attempt_name(attempt.attempt_no)
        change = Expressions().set(("attempts", name), attempt_to_map(attempt))
        change.require_present("pk").require_absent(("attempts", name))
        check = self._dynamo.update(self._table, order_key(order.payment_code), change)
        return order_from_item(check.image) if check.passed and check.image else None
