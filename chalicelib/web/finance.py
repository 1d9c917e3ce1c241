"""The finance department's own system: its messages in, results and daily totals out.

It calls as its portal; its messages are signed besides, since the same ones may come as files.
What only these calls need is loaded when one comes: every function loads the routes.
"""

from datetime import date
from typing import TYPE_CHECKING

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.validation import validate
from chalicelib.domain.portals import Portal, Scope
from chalicelib.errors import BadRequest, Conflict, Forbidden, NotFound
from chalicelib.web.operations import Operation, json_response, operation
from chalicelib.web.orders import calling_portal
from chalicelib.web.paging import read_page
from chalicelib.web.request_reading import query_parameters, read_json
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.finance.desk import FinanceDesk

finance = Blueprint(__name__)


@operation(
    finance,
    Operation(
        "POST",
        "/v1/finance/messages",
        "Take up to 100 messages of the finance system, in order; one sent again does nothing more",
        scope=Scope.BILLS_WRITE,
        request="FinanceMessagesRequest",
        answer="FinanceMessageAnswers",
        errors=(400, 413, 415, 422),
    ),
)
def take_messages(request: Request) -> Response:
    from chalicelib.finance.inbox import DRAINED_AT_ONCE, drain, receive

    desk = _desk_of(calling_portal(request, Scope.BILLS_WRITE))
    body, _ = read_json(request)
    from chalicelib.web.models.finance import _FinanceMessages

    keys = desk.keys()
    answers = [receive(desk, keys, each) for each in validate(_FinanceMessages, body).messages]
    # What somebody left who died: messages sent again bring it on.
    drain(desk, DRAINED_AT_ONCE)
    awaited = desk.inbox.next_no(desk.system.sender)
    return json_response({"answers": answers, "next_sequence_no": awaited})


@operation(
    finance,
    Operation(
        "GET",
        "/v1/finance/messages/{message_id}",
        "What became of a message",
        scope=Scope.ORDERS_READ,
        answer="FinanceMessageAnswer",
        errors=(404,),
    ),
)
def read_message(request: Request, message_id: str) -> Response:
    from chalicelib.finance.inbox import describe

    desk = _desk_of(calling_portal(request, Scope.ORDERS_READ))
    message = desk.inbox.find(desk.system.sender, message_id)
    if message is None:
        raise NotFound("message_not_found", "no such message")
    return json_response(describe(desk, message))


@operation(
    finance,
    Operation(
        "GET",
        "/v1/finance/results",
        "What became of the finance system's bills, numbered without a gap",
        scope=Scope.ORDERS_READ,
        answer="FinanceResults",
        parameters=("after", "limit"),
        errors=(400,),
    ),
)
def list_results(request: Request) -> Response:
    from chalicelib.finance.day_files import list_new
    from chalicelib.finance.result_bodies import describe_result

    desk = _desk_of(calling_portal(request, Scope.ORDERS_READ))
    parameters = query_parameters(request, ("after", "limit"))
    after, limit = _read_number(parameters.get("after", "0")), read_page(parameters).limit
    sender = desk.system.sender
    found = list_new(desk.results, sender, after, limit)
    items = [describe_result(each, desk.system, desk.province.zone) for each in found]
    return json_response(
        {
            "items": items,
            "last_number": desk.results.next_number(sender) - 1,
            "read_up_to": desk.results.last_read(sender),
        }
    )


@operation(
    finance,
    Operation(
        "POST",
        "/v1/finance/results/ack",
        "Say up to which number the results were read; it never goes back",
        scope=Scope.BILLS_WRITE,
        request="FinanceReadRequest",
        answer="FinanceRead",
        errors=(400, 409, 413, 415, 422),
    ),
)
def acknowledge(request: Request) -> Response:
    desk = _desk_of(calling_portal(request, Scope.BILLS_WRITE))
    body, _ = read_json(request)
    from chalicelib.web.models.finance import FinanceReadRequest

    up_to, sender = validate(FinanceReadRequest, body).up_to_number, desk.system.sender
    if up_to >= desk.results.next_number(sender):
        raise Conflict("number_not_given", "there is no result of this number yet")
    return json_response({"read_up_to": desk.results.acknowledge(sender, up_to)})


@operation(
    finance,
    Operation(
        "GET",
        "/v1/finance/totals",
        "A business day's totals by unit, item and channel, with control totals",
        scope=Scope.ORDERS_READ,
        answer="FinanceTotals",
        parameters=("business_day",),
        errors=(400,),
    ),
)
def read_totals(request: Request) -> Response:
    from chalicelib.finance.day_files import DayDesk, describe_totals

    desk = _desk_of(calling_portal(request, Scope.ORDERS_READ))
    parameters = query_parameters(request, ("business_day",))
    if "business_day" not in parameters:
        raise BadRequest("missing_parameter", "business_day is needed")
    day, sender = _read_day(parameters["business_day"]), desk.system.sender
    up_to = desk.results.next_number(sender) - 1
    numbers = [each for each in desk.results.numbers_of_day(sender, day) if each <= up_to]
    results = desk.results.read(sender, numbers)
    days = DayDesk(
        desk.system, desk.province.zone, desk.province.currency, desk.results, lambda *_: None
    )
    return json_response(describe_totals(days, day, up_to, results))


def _desk_of(portal: Portal) -> "FinanceDesk":
    from chalicelib.finance.desk import open_desk, system_of_portal

    """Raises: Forbidden for a portal that is no finance system's."""
    parts = platform()
    system = system_of_portal(parts.setup.read_province(), portal.portal_id)
    if system is None:
        raise Forbidden("not_a_finance_system", "this portal is not a finance system's")
    return open_desk(parts, system)


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadRequest("invalid_parameter", "business_day is YYYY-MM-DD")
    return day


def _read_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BadRequest("invalid_parameter", "after is a number of a result, or 0")
    return int(text)
