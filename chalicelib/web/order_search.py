"""Lists from derived rows: a portal's orders, and the operators' open cases. Seconds behind."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.business_day import start_of, to_rfc3339
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payments import Case
from chalicelib.domain.portals import Portal, Scope
from chalicelib.errors import BadRequest
from chalicelib.web.authorization import require_operator
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.orders import calling_portal
from chalicelib.web.paging import PAGE_PARAMETERS, read_page, write_cursor
from chalicelib.web.request_reading import query_parameters
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.storage.views import OrderSearch

order_search = Blueprint(__name__)

SEARCH_PARAMETERS = ("reference", "status", "payee_unit", "from", "to", *PAGE_PARAMETERS)


@operation(
    order_search,
    Operation(
        "GET",
        "/v1/orders",
        "Search the portal's orders, newest first; a page may be short: follow its cursor",
        scope=Scope.ORDERS_READ,
        answer="OrderList",
        errors=(400,),
        parameters=SEARCH_PARAMETERS,
        consistency=Consistency.EVENTUAL,
    ),
)
def search(request: Request) -> Response:
    portal = calling_portal(request, Scope.ORDERS_READ)
    parameters = query_parameters(request, SEARCH_PARAMETERS)
    parts, page = platform(), read_page(parameters)
    wanted = _read_search(portal, parameters)
    found = parts.views.search_orders(wanted, page.limit, page.after or None)
    by_code = parts.ledger.read_orders(found.payment_codes)
    orders = [by_code.get(code) for code in found.payment_codes]
    body = {
        "items": [_summarize(order) for order in orders if order is not None],
        "next_cursor": write_cursor(found.cursor) if found.cursor else None,
    }
    return json_response(body)


@operation(
    order_search,
    Operation(
        "GET",
        "/v1/cases",
        "The open cases, newest first",
        scope=Scope.FINANCE_READ,
        answer="CaseList",
        errors=(400,),
        parameters=PAGE_PARAMETERS,
        consistency=Consistency.EVENTUAL,
    ),
)
def list_cases(request: Request) -> Response:
    parts = platform()
    require_operator(request, parts.setup, parts.now(), Scope.FINANCE_READ)
    page = read_page(query_parameters(request, PAGE_PARAMETERS))
    cases, cursor = parts.views.list_open_cases(page.limit, page.after or None)
    body = {
        "items": [_describe_case(case) for case in cases],
        "next_cursor": write_cursor(cursor) if cursor else None,
    }
    return json_response(body)


def _read_search(portal: Portal, parameters: Mapping[str, str]) -> "OrderSearch":
    from chalicelib.storage.views import OrderSearch

    zone = platform().setup.read_province().zone
    since, until = _read_day(parameters, "from"), _read_day(parameters, "to")
    return OrderSearch(
        portal=portal.portal_id,
        reference=parameters.get("reference"),
        status=_read_status(parameters.get("status")),
        payee_unit=parameters.get("payee_unit"),
        since=start_of(since, zone) if since else None,
        until=start_of(until + timedelta(days=1), zone) if until else None,
    )


def _read_day(parameters: Mapping[str, str], name: str) -> date | None:
    if name not in parameters:
        return None
    try:
        return datetime.strptime(parameters[name], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise BadRequest("invalid_parameter", f"{name} is YYYY-MM-DD") from error


def _read_status(text: str | None) -> OrderStatus | None:
    try:
        return OrderStatus(text) if text is not None else None
    except ValueError as error:
        raise BadRequest("invalid_parameter", "no such status") from error


def _summarize(order: Order) -> dict[str, Any]:
    return {
        "payment_code": order.payment_code,
        "status": order.status.value,
        "payee_unit": order.payee_unit,
        "reference": order.reference,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "created_at": to_rfc3339(order.created_at),
    }


def _describe_case(case: Case) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "kind": case.kind.value,
        "payment_no": case.payment_no,
        "amount_minor": case.amount.amount_minor if case.amount else None,
        "currency": case.amount.currency if case.amount else None,
        "opened_at": to_rfc3339(case.opened_at),
    }
