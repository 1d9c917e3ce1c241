"""Start one attempt to pay an order. The attempt is written before the provider hears of it."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.channels.contract import PayerAction, PaymentRequest
from chalicelib.checkout.closed_orders import closed_conflict, lock_on
from chalicelib.checkout.covered_bills import require_open_bills
from chalicelib.checkout.desk import Desk
from chalicelib.checkout.offer_channels import offer_account, offer_for
from chalicelib.checkout.price_bill_today import amount_holds_until, is_outdated, price_today
from chalicelib.domain.business_day import business_day_of, to_rfc3339
from chalicelib.domain.identifiers import MAX_ATTEMPTS, build_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt, Client, PaymentEvent, PaymentStatus
from chalicelib.domain.province import ChannelAccount
from chalicelib.errors import (
    ChannelRefused,
    Conflict,
    FieldError,
    InvalidRequest,
    OutcomeUnknown,
    TryLater,
)

ATTEMPT_LIFE = timedelta(minutes=15)
FIRST_ASK_AFTER = timedelta(minutes=2)
MAX_TRIES = 3


@dataclass(frozen=True, slots=True)
class Lock:
    """What a provider asks for that is about to take the money: `amount` exactly, for as long as
    `life`."""

    amount: Money
    life: timedelta


@dataclass(frozen=True, slots=True)
class StartCommand:
    """`key_hash`: of the Idempotency-Key; the same key finds the same attempt again. `account`: the
    one that the payer chose, None where the province's order decides. `lock` None: a payer starts,
    and others may start beside him."""

    channel: str
    client: Client
    client_ip: str
    key_hash: bytes
    now: datetime
    account: str | None = None
    lock: Lock | None = None


@dataclass(frozen=True, slots=True)
class StartedPayment:
    payment_no: str
    attempt: Attempt
    action: PayerAction


def start_payment(desk: Desk, order: Order, command: StartCommand) -> StartedPayment:
    """Raises: Conflict when the order takes no payment or the channel says no; InvalidRequest for a
    channel that cannot take it; TryLater when nobody can tell: the attempt stays and is asked
    about, and the same key goes on with it."""
    for _ in range(MAX_TRIES):
        attempt = _find_attempt(order, command)
        if attempt is None:
            order = price_today(desk.ledger, order, command.now, desk.province.zone)
            require_payable(order, command.now, desk.province.zone)
            require_open_bills(desk.ledger, order, command.now)
            _require_amount(order, command.lock)
            account = _choose_account(desk, order, command)
            attempt = _new_attempt(order, account, command, desk.province.zone)
            due_at = command.now + FIRST_ASK_AFTER
            if desk.ledger.add_attempt(order, attempt, due_at) is None:
                order = desk.ledger.read_order(order.payment_code) or order
                continue
        return _hand_over(desk, order, attempt, command)
    raise TryLater("busy", "the order changed at the same moment; send it again")


def _find_attempt(order: Order, command: StartCommand) -> Attempt | None:
    for attempt in order.attempts:
        if attempt.idempotency_key_hash == command.key_hash:
            if attempt.channel != command.channel or command.account not in (None, attempt.account):
                raise InvalidRequest(
                    "idempotency_key_reused", "this Idempotency-Key was used for another request"
                )
            return attempt
    return None


def require_payable(order: Order, now: datetime, zone: str) -> None:
    """Raises: Conflict with the reason why no payment can be started now."""
    if not order.is_payable:
        raise closed_conflict(order)
    if now >= order.expires_at:
        raise Conflict("order_expired", "the time to pay this order is over")
    if order.needs_review:
        raise Conflict(
            "payment_in_review",
            "money for this order is waiting for a person's decision",
            suggested_action="Do not pay again.",
        )
    if is_outdated(order, business_day_of(now, zone)):
        raise Conflict(
            "payment_in_progress",
            "a payment of an earlier day's amount is under way and may still succeed",
            suggested_action="Wait for its outcome, then look again.",
        )
    lock = lock_on(order, now)
    if lock is not None:
        raise Conflict(
            "payment_locked",
            "a bank is taking the money for this order now",
            suggested_action=f"Look again after {to_rfc3339(lock.expires_at)}.",
        )
    if len(order.attempts) >= MAX_ATTEMPTS:
        raise Conflict("too_many_payments", "too many attempts to pay this order")


def _require_amount(order: Order, lock: Lock | None) -> None:
    if lock is not None and lock.amount != order.amount:
        raise Conflict(
            "amount_differs",
            "this is not the amount that is owed now",
            suggested_action="Look the bill up again, before any money is taken.",
        )


def _choose_account(desk: Desk, order: Order, command: StartCommand) -> ChannelAccount:
    if command.lock is not None:
        return _own_account(desk, order, command)
    offered = offer_for(desk.province, order)
    channel = next((each for each in offered if each.channel == command.channel), None)
    found = channel.find(command.account) if channel else None
    if found is not None and found.is_available:
        return found.account
    is_about_account = channel is not None and found is None
    what = "account of this channel" if is_about_account else "channel"
    detail = f"this {what} cannot take this order now"
    place = "/account" if is_about_account else "/channel"
    field = FieldError(place, "channel_unavailable", detail)
    raise InvalidRequest("channel_unavailable", detail, errors=(field,))


def _own_account(desk: Desk, order: Order, command: StartCommand) -> ChannelAccount:
    """Of the provider that asks for a lock."""
    account = desk.province.account_of(command.channel, command.account or "")
    offered = offer_account(account, order) if account else None
    if offered is None or not offered.is_available:
        raise Conflict("channel_unavailable", "this account cannot take this order now")
    return offered.account


def _new_attempt(
    order: Order, account: ChannelAccount, command: StartCommand, zone: str
) -> Attempt:
    amount_ends = amount_holds_until(order, command.now, zone)
    life = command.lock.life if command.lock else ATTEMPT_LIFE
    return Attempt(
        attempt_no=max((attempt.attempt_no for attempt in order.attempts), default=0) + 1,
        channel=account.channel,
        account=account.account,
        status=PaymentStatus.INITIATED,
        client=command.client,
        started_at=command.now.replace(microsecond=0),
        expires_at=min(amount_ends, command.now + life).replace(microsecond=0),
        idempotency_key_hash=command.key_hash,
        is_lock=command.lock is not None,
    )


def _require_under_way(order: Order, attempt: Attempt) -> None:
    """A key that comes again sends nobody to pay for what is over."""
    if not order.is_payable:
        raise closed_conflict(order)
    if not attempt.is_in_flight:
        raise Conflict(
            "payment_over",
            "this payment is over",
            suggested_action="Start another with a new Idempotency-Key.",
        )


def _hand_over(desk: Desk, order: Order, attempt: Attempt, command: StartCommand) -> StartedPayment:
    _require_under_way(order, attempt)
    account = desk.province.account_of(attempt.channel, attempt.account)
    if account is None:
        raise Conflict("channel_unavailable", "this channel is no longer open")
    payment_no = build_payment_no(order.payment_code, attempt.attempt_no)
    request = _payment_request(desk, order, attempt, command)
    channel = desk.channels[attempt.channel]
    try:
        action = channel.start_payment(desk.credentials_of(account), request)
    except ChannelRefused as refusal:
        failed = replace(attempt, reason=refusal.code)
        desk.ledger.move_attempt(
            order.payment_code, failed, PaymentEvent.REPORTED_FAILURE, PaymentStatus.FAILED
        )
        raise Conflict(
            "channel_refused",
            "the channel refused this payment",
            suggested_action="Choose another channel.",
        ) from refusal
    except OutcomeUnknown as lost:
        desk.ledger.move_attempt(
            order.payment_code, attempt, PaymentEvent.OUTCOME_LOST, PaymentStatus.UNKNOWN
        )
        raise TryLater("channel_unreachable", "the channel did not answer clearly") from lost
    return StartedPayment(payment_no, attempt, action)


def _payment_request(
    desk: Desk, order: Order, attempt: Attempt, command: StartCommand
) -> PaymentRequest:
    own = f"{desk.public_base_url}/channels/{attempt.channel}/{attempt.account}"
    verb = "Nop" if order.language == "vi" else "Pay"
    words = (verb, order.payment_code, order.reference)
    return PaymentRequest(
        payment_no=build_payment_no(order.payment_code, attempt.attempt_no),
        amount=order.amount,
        description=plain_description(" ".join(dict.fromkeys(words))),
        language=order.language,
        client=attempt.client,
        client_ip=command.client_ip,
        started_at=attempt.started_at,
        expires_at=attempt.expires_at,
        return_url=f"{own}/return",
        notification_url=f"{own}/notifications",
    )


def plain_description(text: str) -> str:
    """At most 100 characters of `[A-Za-z0-9 ]`: what every bank carries unchanged."""
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    ascii_only = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", " ", ascii_only).strip()[:100].rstrip()
