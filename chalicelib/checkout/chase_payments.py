"""Ask channels about payments whose outcome is open, and expire orders only after asking.

Unknown is never failed: silence, garbage and unmapped codes only plan the next question.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.channels.contract import PaymentQuery
from chalicelib.checkout.cancel_order import expire_order
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
    """`outcome` None: the channel gave no clear answer. `raw`: what is kept as evidence."""

    attempt: Attempt
    outcome: Outcome | None


def chase_order(
    desk: Desk, payment_code: str, now: datetime, new_request_id: Callable[[], str]
) -> Order | None:
    """Do what is due for one unpaid order; returns it as it is afterwards.

    Safe to run twice at once: every write is conditional on what was read."""
    order = desk.ledger.read_order(payment_code)
    if order is None or not order.is_payable:
        return order
    asked = [
        ask_about(desk, order, attempt, now, new_request_id())
        for attempt in order.attempts
        if attempt.is_in_flight
    ]
    order = desk.ledger.read_order(payment_code) if asked else order
    if order is None or not order.is_payable:
        return order
    if _may_expire(desk, order, asked, now):
        if expire_order(desk.ledger, order, now):
            return desk.ledger.read_order(payment_code)
    elif not any(attempt.is_in_flight for attempt in order.attempts):
        # Nothing in flight: the order is next looked at when its time is over.
        desk.ledger.postpone(payment_code, max(order.expires_at, now + timedelta(minutes=1)))
    return order


def ask_about(desk: Desk, order: Order, attempt: Attempt, now: datetime, request_id: str) -> Asked:
    """One question to the channel, its answer recorded and the next question planned."""
    account = desk.province.account_of(attempt.channel, attempt.account)
    query = PaymentQuery(
        payment_no=build_payment_no(order.payment_code, attempt.attempt_no),
        amount=order.amount,
        started_at=attempt.started_at,
        asked_at=now,
        request_id=request_id,
    )
    next_ask_at = now + _pause(desk, attempt, now)
    try:
        if account is None:
            raise OutcomeUnknown("account_gone", "the account is no longer in the profile")
        channel = desk.channels[attempt.channel]
        answered = channel.query_payment(desk.credentials_of(account), query)
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
    outcome = _settle_absence(desk, attempt, answered.outcome, now)
    report = Report(
        channel=attempt.channel,
        account=attempt.account,
        payment_no=query.payment_no,
        outcome=outcome,
        raw=answered.raw,
        next_ask_at=next_ask_at,
        request_id=request_id,
    )
    record_outcome(desk.ledger, report, now)
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


def _settle_absence(desk: Desk, attempt: Attempt, outcome: Outcome, now: datetime) -> Outcome:
    """ "No such payment" means "not paid" once the channel can no longer take money for it."""
    is_over = now >= attempt.expires_at + timedelta(seconds=desk.province.limits.grace_seconds)
    if isinstance(outcome, Pending) and outcome.is_absent and is_over:
        return Failed(outcome.code)
    return outcome


def _pause(desk: Desk, attempt: Attempt, now: datetime) -> timedelta:
    if now >= attempt.expires_at + timedelta(seconds=desk.province.limits.grace_seconds):
        return LATE_ASK_AFTER
    index = min(attempt.asks, len(ASK_AGAIN_AFTER_SECONDS) - 1)
    return timedelta(seconds=ASK_AGAIN_AFTER_SECONDS[index])


def _may_expire(desk: Desk, order: Order, asked: list[Asked], now: datetime) -> bool:
    grace = timedelta(seconds=desk.province.limits.grace_seconds if order.attempts else 0)
    if now < order.expires_at + grace:
        return False
    clear = {
        each.attempt.attempt_no
        for each in asked
        if isinstance(each.outcome, Pending) and not each.outcome.needs_person
    }
    in_flight = {each.attempt_no for each in order.attempts if each.is_in_flight}
    return in_flight <= clear
