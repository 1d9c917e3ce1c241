"""The biller interface: banks, Mobile Money, POS and terminals look a payment code up, lock it,
take the money and tell us. For partners: infra/guides/connect-a-bank.md.

Before the money: lookup and lock, where everything that can be refused is refused. After it:
whatever a bank tells is recorded, if need be as a case for a person.
"""

from datetime import timedelta

from chalice.app import Blueprint, Response

from chalicelib.bodies.validation import validate
from chalicelib.channels.contract import LocksOrders
from chalicelib.checkout.closed_orders import closed_conflict
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.offer_channels import offer_account
from chalicelib.checkout.price_bill_today import price_today
from chalicelib.checkout.record_outcome import Report, record_outcome
from chalicelib.checkout.start_payment import Lock, StartCommand, start_payment
from chalicelib.domain.identifiers import (
    is_payment_code,
    normalize_payment_code,
    split_payment_no,
)
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import (
    Attempt,
    Client,
    Failed,
    Outcome,
    PaymentStatus,
)
from chalicelib.errors import (
    Conflict,
    FieldError,
    InvalidRequest,
    NotFound,
    TooManyRequests,
)
from chalicelib.observability import record_change
from chalicelib.storage.guesses import Guesser
from chalicelib.web.biller_bodies import (
    describe_lock,
    describe_looked_up,
    describe_money,
    describe_status,
    find_money,
    is_told_before,
    order_of,
    read_payment,
)
from chalicelib.web.biller_calls import CHANNEL, Call, biller_operation
from chalicelib.web.notifications import log_recorded
from chalicelib.web.operations import Operation, json_response
from chalicelib.web.request_reading import client_ip, read_json
from chalicelib.wiring import platform

biller = Blueprint(__name__)


@biller_operation(
    biller,
    Operation(
        "POST",
        "/biller/v1/bills/lookup",
        "What is owed under a payment code, as it is shown at a counter",
        request="BillLookupRequest",
        answer="LookedUpBill",
        errors=(400, 404, 413, 415, 422, 429),
        is_signed=True,
    ),
)
def look_up(call: Call) -> Response:
    from chalicelib.web.models.biller import BillLookupRequest

    body, _ = read_json(call.request)
    order = _find_order(call, validate(BillLookupRequest, body).payment_code)
    return json_response(describe_looked_up(call, order))


@biller_operation(
    biller,
    Operation(
        "POST",
        "/biller/v1/locks",
        "Hold an order for this bank alone, before any money is taken",
        request="LockRequest",
        answer="Locked",
        status=201,
        errors=(400, 404, 409, 413, 415, 422, 429),
        is_signed=True,
    ),
)
def lock(call: Call) -> Response:
    from chalicelib.web.models.biller import LockRequest

    body, _ = read_json(call.request)
    asked = validate(LockRequest, body)
    order = _find_order(call, asked.payment_code)
    command = StartCommand(
        channel=CHANNEL,
        client=Client.COUNTER,
        client_ip=client_ip(call.request),
        key_hash=hash_idempotency_key(f"lock|{call.account.account}|{asked.request_no}"),
        now=call.now,
        account=call.account.account,
        lock=Lock(Money(asked.amount_minor, asked.currency), _lock_life(call)),
    )
    _require_standing(order, command)
    started = start_payment(platform().desk(), order, command)
    record_change("order_locked", payment_no=started.payment_no, account=call.account.account)
    return json_response(describe_lock(order, started.attempt), 201)


@biller_operation(
    biller,
    Operation(
        "POST",
        "/biller/v1/locks/{payment_no}/release",
        "The bank's word that it took no money under this lock and will take none",
        answer="Released",
        errors=(404, 409, 413),
        is_signed=True,
    ),
)
def release(call: Call, payment_no: str) -> Response:
    _, attempt = _own_lock(call, payment_no)
    if attempt.status is PaymentStatus.SUCCEEDED:
        raise Conflict("lock_paid", "the bank has told of money taken under this lock")
    if attempt.is_in_flight:
        raw = call.signed.raw_body or call.signed.fingerprint.encode()
        _record(call, payment_no, Failed("released"), raw)
    return json_response({"payment_no": payment_no, "released": True})


@biller_operation(
    biller,
    Operation(
        "POST",
        "/biller/v1/payments",
        "Money that the bank has taken; the same number with the same content does nothing more",
        request="BillerPaymentRequest",
        answer="BillerPayment",
        errors=(400, 409, 413, 415, 422),
        is_signed=True,
    ),
    may_repeat=True,
)
def pay(call: Call) -> Response:
    from chalicelib.web.models.biller import BillerPaymentRequest

    body, _ = read_json(call.request)
    asked = validate(BillerPaymentRequest, body)
    paid = read_payment(body, call.province.zone)
    _record(call, asked.payment_no, paid, call.signed.raw_body)
    money = find_money(call, paid.provider_transaction)
    if not is_told_before(money, asked.payment_no, paid):
        raise Conflict(
            "transaction_no_reused",
            "this transaction number was told before with other content; both are kept",
            suggested_action="Compare with GET /biller/v1/payments/{transaction_no}.",
        )
    return json_response(describe_money(money, call.province.zone))


@biller_operation(
    biller,
    Operation(
        "GET",
        "/biller/v1/payments/{transaction_no}",
        "What became of a payment, for the line that broke after it",
        answer="BillerPaymentStatus",
        errors=(404,),
        is_signed=True,
    ),
)
def show(call: Call, transaction_no: str) -> Response:
    money = find_money(call, transaction_no)
    return json_response(describe_status(money, order_of(money), call.province.zone))


def _find_order(call: Call, typed: str) -> Order:
    """With what is owed today. Raises: InvalidRequest for a code that was typed wrongly; NotFound
    for one that nobody has, or that this account does not serve; TooManyRequests."""
    parts = platform()
    code = normalize_payment_code(typed)
    if not is_payment_code(code):
        detail = "its check digits do not fit: a digit is wrong, or two are swapped"
        field = FieldError("/payment_code", "payment_code_mistyped", detail)
        raise InvalidRequest("payment_code_mistyped", detail, errors=(field,))
    guesser = Guesser(code, f"partner#{call.account.account}")
    if parts.guesses.is_over(guesser, call.now):
        raise TooManyRequests("too_many_guesses", "too many codes that nobody has; wait a while")
    order = parts.ledger.read_order(code)
    if order is None:
        parts.guesses.count_wrong(guesser, call.now)
    if order is None or offer_account(call.account, order) is None:
        raise NotFound("bill_not_found", "no bill with this payment code for this account")
    return price_today(parts.ledger, order, call.now, call.province.zone)


def _lock_life(call: Call) -> timedelta:
    channel = platform().channels[CHANNEL]
    assert isinstance(channel, LocksOrders)
    return channel.lock_life(call.account)


def _require_standing(order: Order, command: StartCommand) -> None:
    """Where this lock was given before: that it still stands. Raises: Conflict."""
    same = (each for each in order.attempts if each.idempotency_key_hash == command.key_hash)
    attempt = next(same, None)
    if attempt is None:
        return
    if not order.is_payable:
        raise closed_conflict(order)
    if not attempt.is_in_flight or command.now >= attempt.expires_at:
        raise Conflict("lock_over", "this lock is over; ask for another, with a new request_no")
    if command.lock is not None and command.lock.amount != order.amount:
        raise Conflict("amount_differs", "this is not the amount that is owed now")


def _own_lock(call: Call, payment_no: str) -> tuple[Order, Attempt]:
    """Raises: NotFound."""
    parts = split_payment_no(payment_no)
    order = platform().ledger.read_order(parts[0]) if parts else None
    attempt = order.attempt(parts[1]) if order and parts else None
    own = (CHANNEL, call.account.account)
    if order is None or attempt is None or (attempt.channel, attempt.account) != own:
        raise NotFound("lock_not_found", "this account has no such lock")
    return order, attempt


def _record(call: Call, payment_no: str, outcome: Outcome, raw: bytes) -> None:
    report = Report(CHANNEL, call.account.account, payment_no, outcome, raw)
    recorded = record_outcome(platform().ledger, report, call.now)
    log_recorded(report, recorded)
