"""Open codes in the ledger: issued by the batch, bound once, taken back while unused.

What a refusal means is told from the images that come back, as in the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain.open_codes import Batch, BatchState, OpenCode
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, put_absent_action, update_action
from chalicelib.storage.obligation_changes import hold_action
from chalicelib.storage.open_code_items import (
    act_to_map,
    batch_from_item,
    batch_to_item,
    binding_to_map,
)
from chalicelib.storage.order_items import order_from_item, order_to_item
from chalicelib.storage.stored_answers import StoredAnswer

# Orders in one transaction: four kilobytes of requests, and one call for a printed page.
MAX_PUT = 25
BINDABLE = (OrderStatus.CREATED, OrderStatus.PENDING, OrderStatus.PAID)


@dataclass(frozen=True, slots=True)
class BindRefused:
    """Nothing was written. `order`: the row that refused, None when it agreed; `held_by`: the
    payment code that covers the dossier; `answered`: this request was answered before. All of them
    empty: look again."""

    order: Order | None
    held_by: str | None
    answered: StoredAnswer | None


def set_void(change: Expressions, open_code: OpenCode) -> None:
    """With the change that ends it."""
    assert open_code.void is not None
    change.set(("open_code", "void"), act_to_map(open_code.void))


class OpenCodes:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def read_batch(self, batch_id: str) -> Batch | None:
        item = self._dynamo.get(self._table, keys.batch_key(batch_id))
        return batch_from_item(item) if item else None

    def begin(self, batch: Batch) -> Batch:
        """The batch that stands under this id: this one, or the one that was there first."""
        before = self._dynamo.put_if_absent(self._table, batch_to_item(batch))
        return batch if before is None else batch_from_item(before)

    def put(self, orders: Sequence[Order]) -> dict[str, Order]:
        """All of at most MAX_PUT, or none: then those that were there before, by payment code."""
        actions = [put_absent_action(self._table, order_to_item(order)) for order in orders]
        checks = self._dynamo.transact(actions) or []
        found = (order_from_item(check.image) for check in checks if check.image)
        return {order.payment_code: order for order in found}

    def finish(self, batch: Batch, answer: StoredAnswer) -> bool:
        """All its codes are there. False when that was told before."""
        change = Expressions().set("state", BatchState.ISSUED.value)
        change.require_equal("state", BatchState.ISSUING.value)
        return self._move(batch, change, answer)

    def void_batch(self, batch: Batch) -> bool:
        """`batch`: with its end. False when it had come before."""
        assert batch.void is not None
        change = Expressions().set("state", BatchState.VOID.value)
        change.set("void", act_to_map(batch.void))
        change.require_equal("state", BatchState.ISSUED.value)
        key = keys.batch_key(batch.batch_id)
        return self._dynamo.update(self._table, key, change).passed

    def bind(self, bound: Order, answer: StoredAnswer) -> BindRefused | None:
        """`bound`: the order with its binding and its payer. Takes the dossier's obligation, and
        keeps `answer` for a repeated request; None when it was done."""
        assert bound.open_code is not None
        assert bound.open_code.binding is not None
        change = Expressions()
        change.set(("open_code", "binding"), binding_to_map(bound.open_code.binding))
        change.set("payer", bound.sealed_payer)
        change.require_present("open_code").require_absent(("open_code", "binding"))
        change.require_in("status", tuple(status.value for status in BINDABLE))
        actions = [
            update_action(self._table, keys.order_key(bound.payment_code), change),
            put_absent_action(self._table, answer.item()),
        ]
        if bound.holds_obligation:
            actions.append(hold_action(self._table, bound))
        checks = self._dynamo.transact(actions)
        if checks is None:
            return None
        order, told = checks[0].image, checks[1].image
        held = checks[2].image if len(checks) > 2 else None
        return BindRefused(
            order=order_from_item(order) if order else None,
            held_by=held["payment_code"] if held else None,
            answered=StoredAnswer.from_item(told) if told else None,
        )

    def _move(self, batch: Batch, change: Expressions, answer: StoredAnswer) -> bool:
        action = update_action(self._table, keys.batch_key(batch.batch_id), change)
        told = put_absent_action(self._table, answer.item())
        return self._dynamo.transact([action, told]) is None
