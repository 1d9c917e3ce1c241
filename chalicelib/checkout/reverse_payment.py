"""A bank takes its own payment of the day back: the debt is open again, its receipts are void.

Only money that alone paid its order, on which nobody has decided. Whatever else stands on the order
is a person's to judge: then nothing is written here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.checkout.record_outcome import EFFECTS_DUE
from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.orders import Order, OrderEvent, sources_of
from chalicelib.domain.payments import Disposition, PaymentStatus, Reversal, Transaction
from chalicelib.errors import Conflict, TryLater
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.messages import ProviderMessage
from chalicelib.storage.reversals import ReversalChange, Reversals, reversed_money
from chalicelib.storage.stored_answers import StoredAnswer

MAX_TRIES = 3


@dataclass(frozen=True, slots=True)
class AskedReversal:
    """`raw`: the bank's own bytes. `answer`: makes what is kept for a repeated request, of the
    money as it is then."""

    reversal_no: str
    reason: str
    raw: bytes
    now: datetime
    answer: Callable[[Transaction], StoredAnswer]


def reverse_payment(
    ledger: Ledger, reversals: Reversals, money: Transaction, asked: AskedReversal
) -> StoredAnswer | None:
    """The answer that stands under the reversal's number; None where a person must decide.

    Raises: Conflict when it was reversed under another number; TryLater."""
    for _ in range(MAX_TRIES):
        order = _order_of(ledger, money)
        if order is None or not _may_be_reversed(order, money):
            return _answer_before(ledger, money, asked)
        change = _plan(order, money, asked)
        ledger.messages.keep(_message(money, asked))
        refused = reversals.reverse(change)
        if refused is None:
            return change.answer
        if refused.answer is not None:
            return refused.answer
        if refused.money is not None:
            money = refused.money
            require_not_reversed(money)
    raise TryLater("busy", "the order changed at the same moment; send it again")


def require_not_reversed(money: Transaction) -> None:
    """Under another number than the one that is asked about. Raises: Conflict."""
    if money.disposition is Disposition.REVERSED:
        raise Conflict(
            "payment_reversed",
            "this payment was reversed before, under another number",
            suggested_action="Compare with GET /biller/v1/payments/{transaction_no}.",
        )


def _answer_before(ledger: Ledger, money: Transaction, asked: AskedReversal) -> StoredAnswer | None:
    """What the same reversal was answered a moment ago; None where there was none at all.

    Raises: Conflict."""
    found = ledger.read_transaction(money.key)
    if found is None or found.disposition is not Disposition.REVERSED:
        return None
    own = asked.answer(found)
    answer = ledger.read_answer(own.portal, own.key_hash)
    if answer is None:
        require_not_reversed(found)
    return answer


def _order_of(ledger: Ledger, money: Transaction) -> Order | None:
    parts = split_payment_no(money.payment_no)
    return ledger.read_order(parts[0]) if parts else None


def _may_be_reversed(order: Order, money: Transaction) -> bool:
    """A basket's bills were each told that they are paid, in their own units."""
    is_its_money = order.paid_by == money.key and order.amount == money.amount
    is_paid = order.status in sources_of(OrderEvent.PAYMENT_REVERSED)
    succeeded = [each for each in order.attempts if each.status is PaymentStatus.SUCCEEDED]
    is_alone = len(succeeded) == 1 and not order.needs_review
    is_told_so = money.told_payment_no is None
    return is_its_money and is_paid and is_alone and is_told_so and not order.covers


def _plan(order: Order, money: Transaction, asked: AskedReversal) -> ReversalChange:
    reversal = Reversal(
        reversal_no=asked.reversal_no,
        at=asked.now,
        reason=asked.reason,
        turn=order.turn,
        voids=tuple(receipt.kind for receipt in order.receipts),
    )
    change = ReversalChange(order, money, reversal, asked.now + EFFECTS_DUE)
    answer = asked.answer(reversed_money(change))
    return ReversalChange(order, money, reversal, change.due_at, answer)


def _message(money: Transaction, asked: AskedReversal) -> ProviderMessage:
    """The bank's words stand before they move anything."""
    return ProviderMessage(
        channel=money.channel,
        account=money.account,
        payment_no=money.payment_no,
        outcome="reversed",
        code=asked.reversal_no,
        received_at=asked.now,
        raw=asked.raw,
    )
