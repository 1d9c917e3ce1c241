"""A portal's bills, found by derived rows. Seconds behind."""

from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Scope
from chalicelib.storage.bill_list import BillSearch
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.order_search import read_day, read_status
from chalicelib.web.orders import read_list_request
from chalicelib.web.paging import PAGE_PARAMETERS, Page, write_cursor
from chalicelib.wiring import platform

bill_search = Blueprint(__name__)

FILTERS = ("payee_unit", "status", "due_before", "reference")


@operation(
    bill_search,
    Operation(
        "GET",
        "/v1/bills",
        "Search the portal's bills, newest first; a page may be short: follow its cursor",
        scope=Scope.ORDERS_READ,
        answer="BillList",
        errors=(400,),
        parameters=(*FILTERS, *PAGE_PARAMETERS),
        consistency=Consistency.EVENTUAL,
    ),
)
def search(request: Request) -> Response:
    portal, parameters, page = read_list_request(request, FILTERS)
    wanted = BillSearch(
        portal=portal.portal_id,
        payee_unit=parameters.get("payee_unit"),
        status=read_status(parameters.get("status")),
        due_before=read_day(parameters, "due_before"),
    )
    codes, cursor = _find(wanted, parameters.get("reference"), page)
    by_code = platform().ledger.read_orders(codes)
    found = [by_code[code] for code in codes if code in by_code]
    items = [_summarize(order) for order in found if _is_wanted(order, wanted)]
    return json_response({"items": items, "next_cursor": write_cursor(cursor) if cursor else None})


def _find(wanted: BillSearch, reference: str | None, page: Page) -> tuple[list[str], str | None]:
    from chalicelib.storage.views import OrderSearch

    views = platform().views
    if reference is None:
        return views.bills.search(wanted, page.limit, page.after or None)
    asked = OrderSearch(wanted.portal, reference, wanted.status, wanted.payee_unit)
    found = views.search_orders(asked, page.limit, page.after or None)
    return found.payment_codes, found.cursor


def _is_wanted(order: Order, wanted: BillSearch) -> bool:
    """Rows found by reference say neither that it is a bill nor when it is due."""
    if order.bill is None:
        return False
    return wanted.due_before is None or order.bill.terms.due_on < wanted.due_before


def _summarize(order: Order) -> dict[str, Any]:
    assert order.bill is not None
    return {
        "payment_code": order.payment_code,
        "status": order.status.value,
        "payee_unit": order.payee_unit,
        "reference": order.reference,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "due_date": order.bill.terms.due_on.isoformat(),
        "valid_until": order.bill.terms.valid_until.isoformat(),
        "priced_on": order.bill.priced_on.isoformat(),
        "created_at": to_rfc3339(order.created_at),
    }
