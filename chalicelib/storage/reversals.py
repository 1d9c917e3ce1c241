"""The one write that takes a payment back: its order is owed again, its receipts are void.

Order, transaction, receipts and the bank's answer change together or not at all. The order must be
paid by this very money and as it was read, so that neither a numberer nor another payment or
decision comes in between.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.orders import TRANSITIONS, Order, OrderEvent, VoidedReceipt, sources_of
from chalicelib.domain.payments import (
    Disposition,
    PaymentEvent,
    PaymentStatus,
    Reversal,
    Transaction,
)
from chalicelib.domain.payments import sources_of as payment_sources_of
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item, put_absent_action, update_action
from chalicelib.storage.order_changes import set_due
from chalicelib.storage.order_items import (
    DECIDED,
    attempt_name,
    order_from_item,
    reversal_to_map,
    transaction_from_item,
    voided_to_map,
)
from chalicelib.storage.stored_answers import StoredAnswer

VOID_REASON = "payment_reversed"


@dataclass(frozen=True, slots=True)
class ReversalChange:
    """`order` and `money` as they were read. `due_at`: by when what follows is made good. `answer`:
    kept for a repeated request."""

    order: Order
    money: Transaction
    reversal: Reversal
    due_at: datetime
    answer: StoredAnswer | None = None


@dataclass(frozen=True, slots=True)
class ReversalRefused:
    """The rows that refused it, as they are: None where a row did not."""

    order: Order | None
    money: Transaction | None
    answer: StoredAnswer | None


class Reversals:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def reverse(self, asked: ReversalChange) -> ReversalRefused | None:
        """None when it was done, all of it."""
        actions = [self._order_action(asked), self._money_action(asked)]
        if asked.answer is not None:
            actions.append(put_absent_action(self._table, asked.answer.item()))
        count = len(actions)
        actions += [self._void_action(asked, each) for each in void_receipts(asked)]
        checks = self._dynamo.transact(actions)
        if checks is None:
            return None
        order, money, *rest = [check.image for check in checks[:count]]
        return ReversalRefused(
            order=order_from_item(order) if order else None,
            money=transaction_from_item(money) if money else None,
            answer=StoredAnswer.from_item(rest[0]) if rest and rest[0] else None,
        )

    def finish(self, pk: str) -> None:
        """All that follows from the reversal was handed over: it is no longer due."""
        change = Expressions().remove("due_at", "due_shard").require_present("due_at")
        self._dynamo.update(self._table, {"pk": pk, "sk": "-"}, change)

    def _order_action(self, asked: ReversalChange) -> Item:
        order, name = asked.order, _attempt_of(asked.money)
        change = Expressions()
        change.set("status", TRANSITIONS[order.status, OrderEvent.PAYMENT_REVERSED].value)
        change.remove("paid_by", "paid_at")
        change.set(("attempts", name, "status"), PaymentStatus.REVERSED.value)
        change.set("reversals", [*order.reversals, asked.money.key])
        set_due(change, keys.DuePurpose.ASK, order.payment_code, asked.reversal.at)
        if order.receipts:
            voided = (*order.voided_receipts, *void_receipts(asked))
            change.set("voided", [voided_to_map(each) for each in voided])
            change.set("receipts", {})
        _require_as_read(change, asked, name)
        return update_action(self._table, keys.order_key(order.payment_code), change)

    def _money_action(self, asked: ReversalChange) -> Item:
        key = asked.money.key
        change = Expressions().set("disposition", Disposition.REVERSED.value)
        change.set("reversal", reversal_to_map(asked.reversal))
        change.set("due_at", to_epoch_ms(asked.due_at))
        change.set("due_shard", keys.due_shard(keys.DuePurpose.EFFECTS, key))
        change.require_equal("disposition", Disposition.APPLIED.value)
        return update_action(self._table, {"pk": key, "sk": "-"}, change)

    def _void_action(self, asked: ReversalChange, voided: VoidedReceipt) -> Item:
        issued = voided.issued
        change = Expressions().set("voided_at", to_epoch_ms(voided.voided_at))
        change.set("void_reason", VOID_REASON)
        change.require_equal("paid_by", asked.money.key).require_absent("voided_at")
        return update_action(self._table, keys.receipt_key(issued.series, issued.number), change)


def void_receipts(asked: ReversalChange) -> tuple[VoidedReceipt, ...]:
    reversal = asked.reversal
    return tuple(VoidedReceipt(each, reversal.at, reversal.turn) for each in asked.order.receipts)


def reversed_money(asked: ReversalChange) -> Transaction:
    """The money as it is once this was done."""
    return replace(asked.money, disposition=Disposition.REVERSED, reversal=asked.reversal)


def _attempt_of(money: Transaction) -> str:
    parts = split_payment_no(money.payment_no)
    assert parts is not None, "money that paid an order names its attempt"
    return attempt_name(parts[1])


def _require_as_read(change: Expressions, asked: ReversalChange, attempt: str) -> None:
    order = asked.order
    change.require_equal("paid_by", asked.money.key)
    change.require_in("status", tuple(each.value for each in _PAID))
    change.require_in(("attempts", attempt, "status"), tuple(each.value for each in _SUCCEEDED))
    change.require(f"size({change.path('receipts')}) = {change.value(len(order.receipts))}")
    for receipt in order.receipts:
        change.require_equal(("receipts", receipt.kind.value, "token"), receipt.token)
    flags = {**order.cases, **dict.fromkeys(order.decided_cases, DECIDED)}
    change.require(f"size({change.path('cases')}) = {change.value(len(flags))}")
    for case_id, flag in flags.items():
        change.require_equal(("cases", case_id), flag)


_PAID = sources_of(OrderEvent.PAYMENT_REVERSED)
_SUCCEEDED = payment_sources_of(PaymentEvent.REPORTED_REVERSAL)
