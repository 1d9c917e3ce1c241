"""Open codes one by one: bind, take back, and the day-end list of those that nobody has bound."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.order_bodies import read_payer
from chalicelib.bodies.validation import validate
from chalicelib.checkout.bind_open_code import AnswerOf, BindCommand, bind_code
from chalicelib.checkout.cancel_order import close_payments
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.void_open_codes import VoidAct, void_code
from chalicelib.domain.business_day import start_of, to_rfc3339
from chalicelib.domain.identifiers import group_payment_code
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal, Scope
from chalicelib.errors import BadRequest
from chalicelib.observability import record_change
from chalicelib.storage.open_code_list import BindingState, OpenCodeSearch
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.bill_issuing import as_json
from chalicelib.web.open_code_csv import csv_response
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.order_search import read_day
from chalicelib.web.orders import (
    answer_once,
    calling_portal,
    describe_fully,
    own_order,
    read_list_request,
)
from chalicelib.web.paging import PAGE_PARAMETERS, write_cursor
from chalicelib.web.request_reading import idempotency_key, read_json
from chalicelib.wiring import platform

open_codes = Blueprint(__name__)

FILTERS = ("payee_unit", "state", "day")
CSV_HEADER = (
    *("payment_code", "batch", "serial", "payee_unit", "amount", "currency", "paid_at"),
    "reference",
)


@operation(
    open_codes,
    Operation(
        "POST",
        "/v1/open-codes/{payment_code}/bind",
        "Say for which file and payer a code is; once, before or after it is paid",
        scope=Scope.OPEN_CODES_WRITE,
        request="OpenCodeBindRequest",
        answer="Order",
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def bind(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.OPEN_CODES_WRITE)
    key_hash = hash_idempotency_key(f"bind|{payment_code}|{idempotency_key(request)}")
    body, fingerprint = read_json(request)
    from chalicelib.web.models.open_codes import OpenCodeBindRequest

    asked = validate(OpenCodeBindRequest, body)
    order = own_order(portal, payment_code)
    answer_of = _answer_of(portal, key_hash, fingerprint)

    def tie() -> StoredAnswer:
        parts = platform()
        command = BindCommand(portal, asked.reference, read_payer(asked.payer), parts.now())
        answer = bind_code(parts.desk(), order, command, answer_of)
        record_change("open_code_bound", payment_code=payment_code)
        return answer

    return answer_once(portal, key_hash, fingerprint, tie)


@operation(
    open_codes,
    Operation(
        "POST",
        "/v1/open-codes/{payment_code}/void",
        "Take back an unpaid code, with a reason",
        scope=Scope.OPEN_CODES_WRITE,
        request="OpenCodeVoidRequest",
        answer="Order",
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def void(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.OPEN_CODES_WRITE)
    key_hash = hash_idempotency_key(f"void|{payment_code}|{idempotency_key(request)}")
    body, fingerprint = read_json(request)
    from chalicelib.web.models.open_codes import OpenCodeVoidRequest

    asked = validate(OpenCodeVoidRequest, body)
    order = own_order(portal, payment_code)
    answer_of = _answer_of(portal, key_hash, fingerprint)

    def take_back() -> StoredAnswer:
        parts = platform()
        closed = close_payments(parts.desk(), order, parts.now(), parts.new_id)
        act = VoidAct(portal, asked.reason, parts.now())
        answer = void_code(parts.ledger, closed, act, answer_of)
        record_change("open_code_void", payment_code=payment_code)
        return answer

    return answer_once(portal, key_hash, fingerprint, take_back)


@operation(
    open_codes,
    Operation(
        "GET",
        "/v1/open-codes",
        "Paid codes of a unit that nobody has bound, or with `state=bound` the others",
        scope=Scope.ORDERS_READ,
        answer="PaidOpenCodeList",
        errors=(400,),
        parameters=(*FILTERS, *PAGE_PARAMETERS),
        consistency=Consistency.EVENTUAL,
    ),
)
def search(request: Request) -> Response:
    """`day`: of the payment."""
    portal, parameters, page = read_list_request(request, FILTERS)
    wanted = _read_search(portal, parameters)
    orders, cursor = find_paid(wanted, page.limit, page.after or None)
    items = [_describe_paid(order) for order in orders]
    return json_response({"items": items, "next_cursor": write_cursor(cursor) if cursor else None})


@operation(
    open_codes,
    Operation(
        "GET",
        "/v1/open-codes.csv",
        "The same list as a file, whole",
        scope=Scope.ORDERS_READ,
        errors=(400,),
        parameters=FILTERS,
        consistency=Consistency.EVENTUAL,
        content_type="text/csv",
    ),
)
def download(request: Request) -> Response:
    portal, parameters, _ = read_list_request(request, FILTERS)
    wanted = _read_search(portal, parameters)
    rows: list[list[str]] = []
    cursor: str | None = None
    while True:
        orders, cursor = find_paid(wanted, 100, cursor)
        rows += [_csv_row(order) for order in orders]
        if cursor is None:
            return csv_response(CSV_HEADER, rows, f"open-codes-{wanted.payee_unit}.csv")


def find_paid(
    wanted: OpenCodeSearch, limit: int, cursor: str | None
) -> tuple[list[Order], str | None]:
    """Found by derived rows, and told from the orders as they are now."""
    parts = platform()
    codes, after = parts.views.open_codes.search(wanted, limit, cursor)
    by_code = parts.ledger.read_orders(codes)
    is_wanted = wanted.state is BindingState.UNBOUND
    orders = (by_code[code] for code in codes if code in by_code)
    found = [each for each in orders if each.paid_by and each.is_unbound is is_wanted]
    return found, after


def _read_search(portal: Portal, parameters: Mapping[str, str]) -> OpenCodeSearch:
    """Raises: BadRequest."""
    if "payee_unit" not in parameters:
        raise BadRequest("invalid_parameter", "payee_unit is needed")
    zone = platform().setup.read_province().zone
    day = read_day(parameters, "day")
    try:
        state = BindingState(parameters.get("state", BindingState.UNBOUND.value))
    except ValueError as error:
        raise BadRequest("invalid_parameter", "state is unbound or bound") from error
    return search_of_day(portal.portal_id, parameters["payee_unit"], state, day, zone)


def search_of_day(
    portal: str, payee_unit: str, state: BindingState, day: date | None, zone: str
) -> OpenCodeSearch:
    return OpenCodeSearch(
        portal=portal,
        payee_unit=payee_unit,
        state=state,
        since=start_of(day, zone) if day else None,
        until=start_of(day + timedelta(days=1), zone) if day else None,
    )


def _answer_of(portal: Portal, key_hash: bytes, fingerprint: bytes) -> AnswerOf:
    def answer_of(order: Order) -> StoredAnswer:
        text = as_json(describe_fully(portal, order))
        return StoredAnswer(portal.portal_id, key_hash, fingerprint, 200, text)

    return answer_of


def _describe_paid(order: Order) -> dict[str, Any]:
    known, paid_at = order.open_code, order.paid_at
    assert known is not None
    assert paid_at is not None
    return {
        "payment_code": order.payment_code,
        "batch": known.batch,
        "serial": known.serial,
        "payee_unit": order.payee_unit,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "paid_at": to_rfc3339(paid_at),
        "reference": known.binding.reference if known.binding else None,
    }


def _csv_row(order: Order) -> list[str]:
    told = _describe_paid(order)
    amount = Money(told.pop("amount_minor"), told["currency"]).decimal_text()
    told |= {"amount": amount, "payment_code": group_payment_code(order.payment_code)}
    return [str(told[name] if told[name] is not None else "") for name in CSV_HEADER]
