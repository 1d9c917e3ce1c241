"""A portal's orders as a list, from derived rows: seconds behind."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.business_day import start_of, to_rfc3339
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.portals import Portal, Scope
from chalicelib.errors import BadRequest
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.orders import read_list_request
from chalicelib.web.paging import PAGE_PARAMETERS, write_cursor
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.storage.views import OrderSearch

order_search = Blueprint(__name__)

FILTERS = ("reference", "status", "payee_unit", "from", "to")


@operation(
    order_search,
    Operation(
        "GET",
        "/v1/orders",
        "Search the portal's orders, newest first; a page may be short: follow its cursor",
        scope=Scope.ORDERS_READ,
        answer="OrderList",
        errors=(400,),
        parameters=(*FILTERS, *PAGE_PARAMETERS),
        consistency=Consistency.EVENTUAL,
    ),
)
def search(request: Request) -> Response:
    portal, parameters, page = read_list_request(request, FILTERS)
    parts = platform()
    wanted = _read_search(portal, parameters)
    found = parts.views.search_orders(wanted, page.limit, page.after or None)
    by_code = parts.ledger.read_orders(found.payment_codes)
    orders = [by_code.get(code) for code in found.payment_codes]
    body = {
        "items": [_summarize(order) for order in orders if order is not None],
        "next_cursor": write_cursor(found.cursor) if found.cursor else None,
    }
    return json_response(body)


def _read_search(portal: Portal, parameters: Mapping[str, str]) -> "OrderSearch":
    from chalicelib.storage.views import OrderSearch

    zone = platform().setup.read_province().zone
    since, until = read_day(parameters, "from"), read_day(parameters, "to")
    return OrderSearch(
        portal=portal.portal_id,
        reference=parameters.get("reference"),
        status=read_status(parameters.get("status")),
        payee_unit=parameters.get("payee_unit"),
        since=start_of(since, zone) if since else None,
        until=start_of(until + timedelta(days=1), zone) if until else None,
    )


def read_day(parameters: Mapping[str, str], name: str) -> date | None:
    if name not in parameters:
        return None
    try:
        return datetime.strptime(parameters[name], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise BadRequest("invalid_parameter", f"{name} is YYYY-MM-DD") from error


def read_status(text: str | None) -> OrderStatus | None:
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
