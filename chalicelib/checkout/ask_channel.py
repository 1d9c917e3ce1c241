"""One conversation with a channel about one payment, and what it said recorded.

Unknown is never failed: silence, garbage and unmapped codes only plan the next question.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.channels.contract import (
    Answered,
    Channel,
    Closes,
    Credentials,
    LocksOrders,
    PaymentQuery,
)
from chalicelib.checkout.desk import Desk
from chalicelib.checkout.record_outcome import Report, record_outcome
from chalicelib.domain.identifiers import build_payment_no
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import (
    Attempt,
    Failed,
    Outcome,
    PaymentEvent,
    PaymentStatus,
    Pending,
)
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.observability import Metric, count, warn
from chalicelib.storage.messages import ProviderMessage

# After the n-th question; the last entry repeats until the attempt and its grace are over.
ASK_AGAIN_AFTER_SECONDS = (60, 120, 180, 300, 600, 900)
# A channel that says nothing clear after that is asked hourly, until a person decides.
LATE_ASK_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """`outcome` None: the channel gave no clear answer."""

    attempt: Attempt
    outcome: Outcome | None


Say = Callable[[Channel, Credentials, PaymentQuery], Answered]


def ask_about(desk: Desk, order: Order, attempt: Attempt, now: datetime, request_id: str) -> Asked:
    """One question to the channel, its answer recorded and the next question planned."""

    def ask(channel: Channel, credentials: Credentials, query: PaymentQuery) -> Answered:
        return channel.query_payment(credentials, query)

    return _converse(desk, order, attempt, _query(order, attempt, now, request_id), ask)


def can_close(desk: Desk, attempt: Attempt) -> bool:
    return isinstance(desk.channels.get(attempt.channel), Closes)


def close_payment(
    desk: Desk, order: Order, attempt: Attempt, now: datetime, request_id: str
) -> Asked:
    """The channel is told to take no more money for it; what it says is recorded like an answer.
    `can_close` comes first."""

    def close(channel: Channel, credentials: Credentials, query: PaymentQuery) -> Answered:
        assert isinstance(channel, Closes)
        return channel.close_payment(credentials, query)

    return _converse(desk, order, attempt, _query(order, attempt, now, request_id), close)


def _query(order: Order, attempt: Attempt, now: datetime, request_id: str) -> PaymentQuery:
    return PaymentQuery(
        payment_no=build_payment_no(order.payment_code, attempt.attempt_no),
        amount=order.amount,
        started_at=attempt.started_at,
        asked_at=now,
        request_id=request_id,
    )


def _converse(desk: Desk, order: Order, attempt: Attempt, query: PaymentQuery, say: Say) -> Asked:
    account = desk.province.account_of(attempt.channel, attempt.account)
    next_ask_at = query.asked_at + _pause(desk, attempt, query.asked_at)
    try:
        if account is None:
            raise OutcomeUnknown("account_gone", "the account is no longer in the profile")
        answered = say(desk.channels[attempt.channel], desk.credentials_of(account), query)
    except (OutcomeUnknown, TryLater) as silence:
        warn("question_failed", channel=attempt.channel, code=silence.code)
        count(Metric.QUESTIONS_FAILED, channel=attempt.channel)
        if isinstance(silence, OutcomeUnknown):
            desk.ledger.messages.keep(_unclear_answer(attempt, query, silence))
        lost = replace(attempt, asks=attempt.asks + 1)
        desk.ledger.move_attempt(
            order.payment_code,
            lost,
            PaymentEvent.OUTCOME_LOST,
            PaymentStatus.UNKNOWN,
            due_at=next_ask_at,
        )
        return Asked(attempt, None)
    outcome = _settle_end(desk, attempt, answered.outcome, query.asked_at)
    report = Report(
        channel=attempt.channel,
        account=attempt.account,
        payment_no=query.payment_no,
        outcome=outcome,
        raw=answered.raw,
        next_ask_at=next_ask_at,
        request_id=query.request_id,
    )
    record_outcome(desk.ledger, report, query.asked_at)
    return Asked(attempt, outcome)


def _unclear_answer(
    attempt: Attempt, query: PaymentQuery, silence: OutcomeUnknown
) -> ProviderMessage:
    return ProviderMessage(
        channel=attempt.channel,
        account=attempt.account,
        payment_no=query.payment_no,
        outcome="unknown",
        code=silence.code,
        received_at=query.asked_at,
        raw=silence.answer,
        request_id=query.request_id,
    )


def _settle_end(desk: Desk, attempt: Attempt, outcome: Outcome, now: datetime) -> Outcome:
    """ "No such payment" means "not paid" once the channel can no longer take money for it. So does
    silence where that is the contract: who locks an order takes nothing when the lock is over."""
    is_over = now >= attempt.expires_at + timedelta(seconds=desk.province.limits.grace_seconds)
    if not isinstance(outcome, Pending) or not is_over:
        return outcome
    is_by_lock = isinstance(desk.channels[attempt.channel], LocksOrders)
    return Failed(outcome.code) if outcome.is_absent or is_by_lock else outcome


def _pause(desk: Desk, attempt: Attempt, now: datetime) -> timedelta:
    if now >= attempt.expires_at + timedelta(seconds=desk.province.limits.grace_seconds):
        return LATE_ASK_AFTER
    index = min(attempt.asks, len(ASK_AGAIN_AFTER_SECONDS) - 1)
    return timedelta(seconds=ASK_AGAIN_AFTER_SECONDS[index])
