"""The writes that change what is owed for a bill, none of them while a payment is in flight."""

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.orders import Order
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item, put_absent_action, update_action
from chalicelib.storage.order_changes import require_payable
from chalicelib.storage.order_items import attempt_name, money_attributes
from chalicelib.storage.part_items import parts_to_map
from chalicelib.storage.stored_answers import StoredAnswer


def require_as_read(change: Expressions, order: Order) -> None:
    """No attempt was added or moved since, no bill amended or priced for another day, and no open
    code bound."""
    change.require(f"size({change.path('attempts')}) = {change.value(len(order.attempts))}")
    for attempt in order.attempts:
        change.require_equal(
            ("attempts", attempt_name(attempt.attempt_no), "status"), attempt.status.value
        )
    if order.bill is not None:
        change.require_equal("bill_version", order.bill.version)
        change.require_equal("priced_on", order.bill.priced_on.isoformat())
    if order.is_unbound:
        change.require_absent(("open_code", "binding"))


def set_bill(change: Expressions, order: Order) -> None:
    """What is owed, as `order` has it."""
    for name, value in money_attributes(order).items():
        change.set(name, value)


class Bills:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def reprice(self, order: Order, priced: Order) -> bool:
        """`order` as it was read, `priced` for another business day. False when something changed
        since; nothing was written then."""
        change = self._change(order, priced)
        return self._dynamo.update(self._table, keys.order_key(order.payment_code), change).passed

    def amend(self, order: Order, amended: Order, answer: StoredAnswer) -> bool:
        """As `reprice`; `answer` is kept for a repeated request in the same write. The end of its
        time is when it is looked at again."""
        change = self._change(order, amended)
        change.set("due_at", to_epoch_ms(amended.expires_at))
        action = update_action(self._table, keys.order_key(order.payment_code), change)
        return (
            self._dynamo.transact([action, put_absent_action(self._table, answer.item())]) is None
        )

    def lower_action(self, order: Order, lowered: Order) -> Item:
        """As `reprice`, with a part more that was paid; for a transaction with its money."""
        change = self._change(order, lowered)
        change.set("parts", parts_to_map(lowered.parts))
        return update_action(self._table, keys.order_key(order.payment_code), change)

    def _change(self, order: Order, changed: Order) -> Expressions:
        if order.has_payment_in_flight:
            raise AssertionError("what is owed never changes under a payment")
        change = Expressions()
        set_bill(change, changed)
        require_payable(change)
        require_as_read(change, order)
        return change
