"""The only function that moves a payment. Notification, query, chaser and reconciliation come here.

One conditional write marks the order paid; a basket is paid with its bills, by a second one, which
no order but a basket comes to. When it is refused, what to do is decided from the
images that came back, by the table of `Recorded`; each exceptional write is idempotent on the
transaction's key, so a crash before it only means that the provider, or the chaser, comes again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.checkout.keep_words import in_a_word, keep_other_words, tell_unmapped
from chalicelib.checkout.record_basket import pay_bills
from chalicelib.domain.cases import SYSTEM, Case, CaseEvent, CaseKind, Decision, held_case_id
from chalicelib.domain.identifiers import (
    PAYMENT_CODE_LENGTH,
    build_payment_no,
    is_payment_code,
    split_payment_no,
)
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payments import (
    Attempt,
    Disposition,
    Failed,
    Outcome,
    PaymentEvent,
    PaymentStatus,
    Pending,
    Recorded,
    Succeeded,
    Transaction,
)
from chalicelib.errors import TryLater
from chalicelib.storage.baskets import BasketPayment
from chalicelib.storage.confirm_changes import ConfirmRefused
from chalicelib.storage.keys import transaction_key
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.messages import ProviderMessage

# Receipt and notices are made from the stream; an order whose effects are older than this is swept.
EFFECTS_DUE = timedelta(minutes=2)

EXCEPTIONS = {
    Recorded.NO_ORDER: (Disposition.SUSPENSE, CaseKind.SUSPENSE),
    Recorded.WRONG_AMOUNT: (Disposition.WRONG_AMOUNT, CaseKind.WRONG_AMOUNT),
    Recorded.SURPLUS: (Disposition.SURPLUS, CaseKind.DOUBLE_PAYMENT),
    Recorded.LATE_SUCCESS: (Disposition.LATE_SUCCESS, CaseKind.LATE_SUCCESS),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider says of one payment. `payment_no`: also the payment code alone, or "", where
    a transfer's memo has no more. `raw`: its own bytes. `next_ask_at`: set by the chaser, who
    asked: counts the question and plans the next one. `request_id`: of that question."""

    channel: str
    account: str
    payment_no: str
    outcome: Outcome
    raw: bytes
    next_ask_at: datetime | None = None
    request_id: str | None = None

    def as_message(self, now: datetime) -> ProviderMessage:
        word, code = in_a_word(self.outcome)
        return ProviderMessage(
            channel=self.channel,
            account=self.account,
            payment_no=self.payment_no,
            outcome=word,
            code=code,
            received_at=now,
            raw=self.raw,
            request_id=self.request_id,
        )


def record_outcome(ledger: Ledger, report: Report, now: datetime) -> Recorded:
    """Raises: TryLater when the rows kept changing; nothing was written then."""
    message = report.as_message(now)
    match report.outcome:
        case Succeeded():
            return _record_success(ledger, report, report.outcome, now)
        case Failed(code):
            ledger.messages.keep(message)
            return _move(ledger, report, PaymentEvent.REPORTED_FAILURE, code, now)
        case Pending(code, needs_person) as pending:
            ledger.messages.keep(message)
            if pending.is_unmapped:
                tell_unmapped(message)
            recorded = _move(ledger, report, PaymentEvent.REPORTED_PENDING, code, now)
            if needs_person and recorded is Recorded.PENDING:
                _open_held_case(ledger, report, now)
            return recorded


def _record_success(ledger: Ledger, report: Report, paid: Succeeded, now: datetime) -> Recorded:
    payment_no = _complete(ledger, report)
    pk = transaction_key(report.channel, report.account, paid.provider_transaction)["pk"]
    transaction = Transaction(
        channel=report.channel,
        account=report.account,
        provider_transaction=paid.provider_transaction,
        payment_no=payment_no,
        amount=paid.amount,
        paid_at=paid.paid_at,
        recorded_at=now,
        disposition=Disposition.APPLIED,
        raw=ledger.evidence.pack(report.raw, report.channel, pk),
        business_day=paid.business_day,
    )
    parts = split_payment_no(payment_no)
    refused = ledger.confirm(transaction, *parts, due_at=now + EFFECTS_DUE) if parts else None
    if parts and refused is None:
        return Recorded.PAID
    if refused is None:
        recorded = _record_exception(ledger, transaction, Recorded.NO_ORDER, None)
    else:
        recorded = _decide(ledger, transaction, refused)
    kept = refused.transaction if refused else None
    kept = kept or ledger.read_transaction(pk)
    if kept is not None:
        keep_other_words(ledger, report.as_message(now), kept)
    return recorded


def _complete(ledger: Ledger, report: Report) -> str:
    """A payer who typed the payment code alone means the only attempt on this account."""
    if not is_payment_code(report.payment_no):
        return report.payment_no
    order = ledger.read_order(report.payment_no)
    own = [
        attempt.attempt_no
        for attempt in (order.attempts if order else ())
        if (attempt.channel, attempt.account) == (report.channel, report.account)
    ]
    return build_payment_no(report.payment_no, own[0]) if len(own) == 1 else report.payment_no


def _decide(ledger: Ledger, transaction: Transaction, refused: ConfirmRefused) -> Recorded:
    order, earlier = refused.order, refused.transaction
    is_reversed = earlier is not None and earlier.disposition is Disposition.REVERSED
    if refused.order_passed or is_reversed:
        has_order = refused.order_passed or order is not None
        return _repeated(ledger, transaction, earlier, has_order=has_order)
    attempt = _own_attempt(order, transaction)
    if order is None or attempt is None:
        return _record_exception(ledger, transaction, Recorded.NO_ORDER, None)
    ends_held = _end_of_hold(order, attempt, PaymentStatus.SUCCEEDED, transaction.recorded_at)
    if order.amount != transaction.amount:
        return _record_exception(ledger, transaction, Recorded.WRONG_AMOUNT, attempt, ends_held)
    if order.paid_by == transaction.key or earlier is not None:
        return _repeated(ledger, transaction, earlier, has_order=True)
    is_closed = order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED)
    if is_closed or order.paid_by is not None:
        surplus = Recorded.LATE_SUCCESS if is_closed else Recorded.SURPLUS
        return _record_exception(ledger, transaction, surplus, attempt, ends_held)
    return _confirm_again(ledger, transaction, order, attempt, ends_held)


def _confirm_again(
    ledger: Ledger,
    transaction: Transaction,
    order: Order,
    attempt: Attempt,
    ends_held: Decision | None,
) -> Recorded:
    """Where only that stood in the way: the order pays bills, or its provider held the money."""
    due_at, number = transaction.recorded_at + EFFECTS_DUE, attempt.attempt_no
    if order.covers:
        again = pay_bills(ledger, BasketPayment(order, number, transaction, due_at, ends_held))
        return Recorded.PAID if again is None else _decide(ledger, transaction, again)
    if ends_held is not None:
        code = order.payment_code
        refused = ledger.confirm(transaction, code, number, due_at=due_at, ends_held=ends_held)
        if refused is None:
            return Recorded.PAID
    raise TryLater("busy", "the order changed at the same moment")


def _end_of_hold(
    order: Order, attempt: Attempt, end: PaymentStatus, now: datetime
) -> Decision | None:
    """What closes the case that this payment's money is held by its provider, if there is one."""
    if held_case_id(build_payment_no(order.payment_code, attempt.attempt_no)) not in order.cases:
        return None
    return Decision(CaseEvent.DISMISSED, SYSTEM, now, f"the payment has {end}")


def _own_attempt(order: Order | None, transaction: Transaction) -> Attempt | None:
    parts = split_payment_no(transaction.payment_no)
    attempt = order.attempt(parts[1]) if order and parts else None
    if attempt is None or attempt.status is PaymentStatus.REVERSED:
        return None
    is_own = (attempt.channel, attempt.account) == (transaction.channel, transaction.account)
    return attempt if is_own else None


def _repeated(
    ledger: Ledger, transaction: Transaction, earlier: Transaction | None, *, has_order: bool
) -> Recorded:
    if earlier is None or _is_known(earlier, transaction.payment_no):
        return Recorded.REPEATED
    subject = f"{transaction.key}#{transaction.payment_no}"
    case = _case(CaseKind.TRANSACTION_REUSED, subject, transaction)
    parts = split_payment_no(transaction.payment_no) if has_order else None
    ledger.open_case(case, parts[0] if parts else None)
    return Recorded.TRANSACTION_REUSED


def _is_known(earlier: Transaction, told: str) -> bool:
    """Where a person assigned the money, by the number that was told or by the order it paid."""
    if earlier.told_payment_no is None:
        return _is_same(earlier.payment_no, told)
    code = earlier.payment_no[:PAYMENT_CODE_LENGTH]
    return _is_same(earlier.told_payment_no, told) or told[:PAYMENT_CODE_LENGTH] == code


def _is_same(recorded: str, told: str) -> bool:
    """Of one transaction: who tells of it again may know less of its number, the payment code or
    nothing; or more than the payment code that was recorded."""
    is_less = told in ("", recorded, recorded[:PAYMENT_CODE_LENGTH])
    return is_less or (is_payment_code(recorded) and told[:PAYMENT_CODE_LENGTH] == recorded)


def _record_exception(
    ledger: Ledger,
    transaction: Transaction,
    recorded: Recorded,
    attempt: Attempt | None,
    ends_held: Decision | None = None,
) -> Recorded:
    disposition, kind = EXCEPTIONS[recorded]
    kept = replace(transaction, disposition=disposition)
    earlier = ledger.record_exception(kept, _case(kind, kept.key, kept), attempt, ends_held)
    if earlier is not None and earlier.payment_no != transaction.payment_no:
        return _repeated(ledger, transaction, earlier, has_order=attempt is not None)
    if earlier is not None and recorded in (Recorded.SURPLUS, Recorded.LATE_SUCCESS):
        return Recorded.REPEATED
    return recorded


def _case(kind: CaseKind, subject: str, transaction: Transaction) -> Case:
    return Case(kind, subject, transaction.payment_no, transaction.amount, transaction.recorded_at)


def _move(
    ledger: Ledger, report: Report, event: PaymentEvent, code: str, now: datetime
) -> Recorded:
    """A report without money: it may only move an attempt of ours that is still in flight."""
    parts = split_payment_no(report.payment_no)
    order = ledger.read_order(parts[0]) if parts else None
    attempt = order.attempt(parts[1]) if order and parts else None
    is_own = attempt and (attempt.channel, attempt.account) == (report.channel, report.account)
    if order is None or attempt is None or not is_own:
        return Recorded.NO_ORDER
    if not attempt.is_in_flight:
        return Recorded.REPEATED
    failed = event is PaymentEvent.REPORTED_FAILURE
    status = PaymentStatus.FAILED if failed else PaymentStatus.PENDING
    moved = replace(attempt, reason=code, asks=attempt.asks + (report.next_ask_at is not None))
    due_at = report.next_ask_at if order.is_payable else None
    ends_held = _end_of_hold(order, attempt, status, now) if failed else None
    if not ledger.move_attempt(
        order.payment_code, moved, event, status, due_at=due_at, ends_held=ends_held
    ):
        raise TryLater("busy", "the payment changed at the same moment")
    return Recorded.FAILED if failed else Recorded.PENDING


def _open_held_case(ledger: Ledger, report: Report, now: datetime) -> None:
    """Unless the payment has ended since: then nothing is held any more."""
    parts = split_payment_no(report.payment_no)
    case = Case(CaseKind.HELD_BY_PROVIDER, report.payment_no, report.payment_no, None, now)
    if parts is not None:
        ledger.open_case(case, parts[0], in_flight=parts[1])
