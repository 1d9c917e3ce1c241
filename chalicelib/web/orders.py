"""Orders as portals use them: quote, create, look, pay, cancel."""

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.order_bodies import describe_alone, read_order
from chalicelib.bodies.validation import validate
from chalicelib.channels.contract import (
    AppParams,
    FormPost,
    Instructions,
    PayerAction,
    QrCode,
    Redirect,
)
from chalicelib.checkout.cancel_order import cancel_order, close_payments, require_cancellable
from chalicelib.checkout.create_order import (
    CreateCommand,
    create_order,
    hash_idempotency_key,
    quote_order,
)
from chalicelib.checkout.price_bill_today import price_today
from chalicelib.checkout.start_payment import StartCommand, StartedPayment, start_payment
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.identifiers import is_payment_code
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Client
from chalicelib.domain.portals import Portal, Scope
from chalicelib.domain.representation import describe_progress
from chalicelib.errors import Conflict, NotFound, RequestRefused, TryLater
from chalicelib.observability import record_change
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.authorization import require_portal
from chalicelib.web.basket_orders import create_of_bills, is_basket, quote_bills
from chalicelib.web.operations import Operation, json_response, json_text, operation
from chalicelib.web.paging import PAGE_PARAMETERS, Page, read_page
from chalicelib.web.request_reading import (
    client_ip,
    idempotency_key,
    query_parameters,
    read_json,
)
from chalicelib.wiring import platform

orders = Blueprint(__name__)


def calling_portal(request: Request, scope: Scope) -> Portal:
    parts = platform()
    return require_portal(request, parts.setup, parts.now(), scope)


def read_list_request(
    request: Request, names: tuple[str, ...]
) -> tuple[Portal, dict[str, str], Page]:
    """Who asks for a list, with which of the parameters `names`, and which page of it.

    Raises: Unauthorized, Forbidden, BadRequest."""
    portal = calling_portal(request, Scope.ORDERS_READ)
    parameters = query_parameters(request, (*names, *PAGE_PARAMETERS))
    return portal, parameters, read_page(parameters)


def own_order(portal: Portal, payment_code: str) -> Order:
    """Raises: NotFound when there is none, or it is another portal's: not told apart."""
    order = platform().ledger.read_order(payment_code) if is_payment_code(payment_code) else None
    if order is None or order.portal != portal.portal_id:
        raise NotFound("order_not_found", "no such order")
    return order


def order_today(portal: Portal, payment_code: str) -> Order:
    """As `own_order`, of a bill with what is owed today."""
    parts = platform()
    order = own_order(portal, payment_code)
    zone = parts.setup.read_province().zone
    return price_today(parts.ledger, order, parts.now(), zone)


@operation(
    orders,
    Operation(
        "POST",
        "/v1/quotes",
        "Price an order; nothing is written",
        scope=Scope.ORDERS_READ,
        request="OrderCreateRequest | BasketCreateRequest",
        answer="Quote",
        errors=(400, 409, 413, 415, 422),
    ),
)
def quote(request: Request) -> Response:
    portal = calling_portal(request, Scope.ORDERS_READ)
    body, fingerprint = read_json(request)
    parts = platform()
    if is_basket(body):
        return json_response(quote_bills(portal, body, fingerprint))
    return json_response(quote_order(parts.desk(), portal, read_order(body), parts.now()))


@operation(
    orders,
    Operation(
        "POST",
        "/v1/orders",
        "Create an order, or a basket that pays up to 95 bills",
        scope=Scope.ORDERS_WRITE,
        request="OrderCreateRequest | BasketCreateRequest",
        answer="OrderCreated",
        status=201,
        errors=(400, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def create(request: Request) -> Response:
    portal = calling_portal(request, Scope.ORDERS_WRITE)
    key = idempotency_key(request)
    body, fingerprint = read_json(request)
    if is_basket(body):
        created = create_of_bills(portal, body, key, fingerprint)
    else:
        parts = platform()
        command = CreateCommand(portal, read_order(body), key, fingerprint, parts.now())
        created = create_order(parts.desk(), command)
    if not created.is_replay:
        record_change("order_created", portal=portal.portal_id)
    return json_response(created.text, 201, replayed(created.is_replay))


@operation(
    orders,
    Operation(
        "GET",
        "/v1/orders/{payment_code}",
        "Look at an order",
        scope=Scope.ORDERS_READ,
        answer="Order",
        errors=(404,),
    ),
)
def look(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.ORDERS_READ)
    return json_response(describe_fully(portal, order_today(portal, payment_code)))


@operation(
    orders,
    Operation(
        "POST",
        "/v1/orders/{payment_code}/payments",
        "Start a payment",
        scope=Scope.ORDERS_WRITE,
        request="PaymentStartRequest",
        answer="PaymentStarted",
        status=201,
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def pay(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.ORDERS_WRITE)
    key_hash = hash_idempotency_key(f"payment|{payment_code}|{idempotency_key(request)}")
    body, fingerprint = read_json(request)
    from chalicelib.bodies.models.orders import PaymentStartRequest

    asked = validate(PaymentStartRequest, body)
    order = own_order(portal, payment_code)
    stored = find_answer(portal, key_hash, fingerprint)
    if stored is not None:
        return json_response(stored.text, stored.status, replayed(True))
    parts = platform()
    command = StartCommand(
        channel=asked.channel,
        client=Client(asked.client),
        client_ip=client_ip(request),
        key_hash=key_hash,
        now=parts.now(),
        account=asked.account,
    )
    started = start_payment(parts.desk(), order, command)
    record_change("payment_started", payment_no=started.payment_no, channel=asked.channel)
    text = json_text(_describe_started(started))
    answer = StoredAnswer(portal.portal_id, key_hash, fingerprint, 201, text)
    kept = parts.ledger.keep_answer(answer)
    return json_response(kept.text, kept.status, replayed(kept is not answer))


@operation(
    orders,
    Operation(
        "POST",
        "/v1/orders/{payment_code}/cancel",
        "Cancel an unpaid order",
        scope=Scope.ORDERS_WRITE,
        request="OrderCancelRequest",
        may_be_empty=True,
        answer="Order",
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def cancel(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.ORDERS_WRITE)
    key_hash = hash_idempotency_key(f"cancel|{payment_code}|{idempotency_key(request)}")
    body, fingerprint = read_json(request, may_be_empty=True)
    from chalicelib.bodies.models.orders import OrderCancelRequest

    validate(OrderCancelRequest, body)
    order = own_order(portal, payment_code)

    def act() -> StoredAnswer:
        _require_plain(order)
        parts = platform()
        closed = close_payments(parts.desk(), order, parts.now(), parts.new_id)
        require_cancellable(closed)
        text = json_text(describe_fully(portal, closed) | {"status": "cancelled"})
        answer = StoredAnswer(portal.portal_id, key_hash, fingerprint, 200, text)
        cancel_order(parts.ledger, closed, answer, parts.now())
        record_change("order_cancelled", payment_code=payment_code)
        return answer

    return answer_once(portal, key_hash, fingerprint, act)


def _require_plain(order: Order) -> None:
    """Raises: Conflict"""
    if order.bill is not None:
        raise Conflict(
            "order_is_bill",
            "a bill is cancelled with a reason",
            suggested_action=f"POST /v1/bills/{order.payment_code}/cancel.",
        )
    if order.open_code is not None:
        raise Conflict(
            "order_is_open_code",
            "an open code is taken back with a reason",
            suggested_action=f"POST /v1/open-codes/{order.payment_code}/void.",
        )


def answer_once(
    portal: Portal, key_hash: bytes, fingerprint: bytes, act: Callable[[], StoredAnswer]
) -> Response:
    """What `act` answers and keeps in its own write. Before its refusal is believed the answer is
    looked for again: another call may have done the same meanwhile. Raises: as both."""
    stored = find_answer(portal, key_hash, fingerprint)
    if stored is None:
        try:
            return json_response(act().text)
        except (RequestRefused, TryLater):
            stored = find_answer(portal, key_hash, fingerprint)
            if stored is None:
                raise
    return json_response(stored.text, stored.status, replayed(True))


def find_answer(portal: Portal, key_hash: bytes, fingerprint: bytes) -> StoredAnswer | None:
    """Raises: InvalidRequest when the key was used for another body."""
    stored = platform().ledger.read_answer(portal.portal_id, key_hash)
    if stored is not None:
        stored.require_same_request(fingerprint)
    return stored


def replayed(is_replay: bool) -> dict[str, str]:
    return {"Idempotent-Replayed": "true"} if is_replay else {}


def describe_fully(portal: Portal, order: Order) -> dict[str, Any]:
    parts = platform()
    case_ids = (*order.cases, *order.decided_cases)
    cases = parts.cases.read_many(case_ids) if case_ids else {}
    progress = describe_progress(order, parts.settings.public_base_url, cases)
    return describe_alone(portal, order) | progress


def _describe_started(started: StartedPayment) -> dict[str, Any]:
    return {
        "payment_no": started.payment_no,
        "status": started.attempt.status.value,
        "expires_at": to_rfc3339(started.attempt.expires_at),
        "action": describe_action(started.action),
    }


def describe_action(action: PayerAction) -> dict[str, Any]:
    match action:
        case Redirect(url):
            return {"type": "redirect", "url": url}
        case FormPost(url, fields):
            return {"type": "form_post", "url": url, "fields": dict(fields)}
        case QrCode(payload):
            return {"type": "qr_code", "payload": payload}
        case AppParams(params):
            return {"type": "app_params", "params": dict(params)}
        case Instructions(text):
            return {"type": "instructions", "text": text}
