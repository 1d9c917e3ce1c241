"""Figures computed from the ledger's rows."""

from datetime import date

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.portals import Scope
from chalicelib.domain.province import Mode
from chalicelib.errors import BadRequest
from chalicelib.web.authorization import require_operator
from chalicelib.web.counter_bodies import describe_share
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.request_reading import query_parameters
from chalicelib.wiring import platform

figures = Blueprint(__name__)

PARAMETERS = ("business_day", "mode")


@operation(
    figures,
    Operation(
        "GET",
        "/v1/figures/electronic-share",
        "Which part of a day's payments and money was not in cash, by payee unit",
        scope=Scope.FINANCE_READ,
        answer="ElectronicShareOfDay",
        errors=(400,),
        parameters=PARAMETERS,
        consistency=Consistency.EVENTUAL,
    ),
)
def electronic_share(request: Request) -> Response:
    from chalicelib.reconciliation.electronic_share_of_day import shares_of_day, total_of

    parts = platform()
    require_operator(request, parts.setup, parts.now(), Scope.FINANCE_READ)
    given = query_parameters(request, PARAMETERS)
    day, mode = _read_day(given.get("business_day", "")), _read_mode(given.get("mode", Mode.LIVE))
    province = parts.setup.read_province()
    shares = shares_of_day(parts.ledger, parts.views, province, day, mode)
    return json_response(
        {
            "business_day": day.isoformat(),
            "mode": mode.value,
            "currency": province.currency,
            "total": describe_share(total_of(shares)),
            "units": [
                {"payee_unit": unit, **describe_share(share)} for unit, share in shares.items()
            ],
        }
    )


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("invalid_parameter", "business_day is YYYY-MM-DD") from error
    if day.isoformat() != text:
        raise BadRequest("invalid_parameter", "business_day is YYYY-MM-DD")
    return day


def _read_mode(text: str) -> Mode:
    try:
        return Mode(text)
    except ValueError as error:
        raise BadRequest("invalid_parameter", "mode is live or test") from error
