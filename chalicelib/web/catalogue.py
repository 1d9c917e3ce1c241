"""What a portal may charge, for whom, and through which channels; and the service's own health."""

from datetime import date
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.checkout.create_order import describe_channels
from chalicelib.checkout.offer_channels import offer_channels
from chalicelib.domain.business_day import business_day_of, to_rfc3339
from chalicelib.domain.catalog import (
    FeeItem,
    FixedTariff,
    OpenTariff,
    PerUnitTariff,
    RangeTariff,
    Tariff,
)
from chalicelib.domain.catalog import PayeeUnit as Unit
from chalicelib.domain.money import Money
from chalicelib.domain.onboarding import is_in_catalogue
from chalicelib.domain.portals import Portal, Scope
from chalicelib.domain.province import Province
from chalicelib.errors import BadRequest, InvalidRequest
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.orders import calling_portal, read_list_request
from chalicelib.web.paging import PAGE_PARAMETERS, cut_page
from chalicelib.web.request_reading import query_parameters
from chalicelib.wiring import platform

catalogue = Blueprint(__name__)


@operation(
    catalogue,
    Operation(
        "GET",
        "/v1/fee-items",
        "The fee items that this portal may charge today",
        scope=Scope.ORDERS_READ,
        answer="FeeItemList",
        errors=(400,),
        parameters=("payee_unit", *PAGE_PARAMETERS),
        consistency=Consistency.CACHED,
    ),
)
def list_fee_items(request: Request) -> Response:
    portal, parameters, page = read_list_request(request, ("payee_unit",))
    province = platform().setup.read_province()
    today = business_day_of(platform().now(), province.zone)
    wanted = parameters.get("payee_unit")
    pairs = [
        (unit, item)
        for item in province.fee_items
        for unit in item.payee_units
        if portal.may_use(unit) and item.is_valid_on(today) and wanted in (None, unit)
        if is_in_catalogue(province.units_by_code[unit], today)
    ]
    items, next_cursor = cut_page(pairs, page)
    body = {
        "items": [_describe_item(unit, item, province) for unit, item in items],
        "catalogue_version": province.version,
        "next_cursor": next_cursor,
    }
    return json_response(body)


@operation(
    catalogue,
    Operation(
        "GET",
        "/v1/payee-units",
        "The payee units that this portal may charge for today",
        scope=Scope.ORDERS_READ,
        answer="PayeeUnitList",
        errors=(400,),
        parameters=PAGE_PARAMETERS,
        consistency=Consistency.CACHED,
    ),
)
def list_payee_units(request: Request) -> Response:
    portal, _, page = read_list_request(request, ())
    province = platform().setup.read_province()
    today = business_day_of(platform().now(), province.zone)
    own = [
        unit
        for unit in province.payee_units
        if portal.may_use(unit.code) and unit.is_valid_on(today)
    ]
    units, next_cursor = cut_page(own, page)
    live = _describe_sources(province, {unit.code for unit in units})
    items = [_describe_unit(unit, today) | {"live_bills": live.get(unit.code)} for unit in units]
    return json_response({"items": items, "next_cursor": next_cursor})


@operation(
    catalogue,
    Operation(
        "GET",
        "/v1/channels",
        "The channels that can take an amount for a payee unit, with the reason where one cannot",
        scope=Scope.ORDERS_READ,
        answer="ChannelList",
        errors=(400, 422),
        parameters=("payee_unit", "amount_minor"),
        consistency=Consistency.CACHED,
    ),
)
def list_channels(request: Request) -> Response:
    portal = calling_portal(request, Scope.ORDERS_READ)
    parameters = query_parameters(request, ("payee_unit", "amount_minor"))
    province = platform().setup.read_province()
    units = _units_asked(portal, province, parameters.get("payee_unit"))
    amount = _amount_asked(province, parameters.get("amount_minor"))
    found: dict[str, Any] = {}
    for unit in units:
        offered = offer_channels(province, mode=portal.mode, payee_unit=unit, amount=amount)
        for described in describe_channels(offered):
            found.setdefault(described["channel"], described)
    return json_response({"items": list(found.values())})


@operation(
    catalogue,
    Operation(
        "GET",
        "/health",
        "Whether the province's data can be read",
        answer="Health",
        consistency=Consistency.CACHED,
    ),
)
def health(_: Request) -> Response:
    parts = platform()
    province = parts.setup.read_province()
    read_at = parts.setup.province_read_at
    age = (parts.now() - read_at).total_seconds() if read_at else 0
    return json_response(
        {
            "status": "ok",
            "province": province.code,
            "catalogue_version": province.version,
            "catalogue_age_seconds": int(age),
        }
    )


def _units_asked(portal: Portal, province: Province, wanted: str | None) -> list[str]:
    own = [unit.code for unit in province.payee_units if portal.may_use(unit.code)]
    if wanted is not None and wanted not in own:
        raise InvalidRequest("payee_unit_unknown", "not a payee unit of yours")
    return own if wanted is None else [wanted]


def _amount_asked(province: Province, text: str | None) -> Money | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BadRequest("invalid_parameter", "amount_minor is a whole number")
    return Money(int(text), province.currency)


def _describe_item(unit: str, item: FeeItem, province: Province) -> dict[str, Any]:
    return {
        "code": item.code,
        "payee_unit": unit,
        "names": dict(item.names),
        "receipt_kind": item.receipt_kind.value,
        "tariff": describe_tariff(item.tariff),
        "currency": province.currency,
        "legal_basis": item.legal_basis,
        "valid_from": item.valid_from.isoformat(),
        "valid_to": item.valid_to.isoformat() if item.valid_to else None,
        "repeatable": item.is_repeatable,
        "sample_amount": item.is_sample_amount,
        "scheme": item.scheme,
        "allows_partial": item.parts is not None,
        "min_part_minor": item.parts.min_minor if item.parts else None,
    }


def describe_tariff(tariff: Tariff) -> dict[str, Any]:
    match tariff:
        case FixedTariff(amount_minor):
            return {"rule": "fixed", "amount_minor": amount_minor}
        case PerUnitTariff(amount_minor, unit_name, max_quantity):
            return {
                "rule": "per_unit",
                "amount_minor": amount_minor,
                "unit_name": unit_name,
                "max_quantity": max_quantity,
            }
        case RangeTariff(low, high):
            return {"rule": "range", "min_minor": low, "max_minor": high}
        case OpenTariff(high):
            return {"rule": "open", "max_minor": high}


def _describe_sources(province: Province, units: set[str]) -> dict[str, Any]:
    """Of those units with software of their own: whether it is asked, and since when not."""
    asked = [each.payee_unit for each in province.bill_sources if each.payee_unit in units]
    breakers = platform().breakers.read(asked) if asked else {}
    open_since = {unit: breaker.open_since for unit, breaker in breakers.items()}
    return {
        unit: {
            "available": open_since.get(unit) is None,
            "unavailable_since": to_rfc3339(since) if (since := open_since.get(unit)) else None,
        }
        for unit in asked
    }


def _describe_unit(unit: Unit, today: date) -> dict[str, Any]:
    stage, since = unit.onboarding.stage_on(today), unit.onboarding.since
    return {
        "code": unit.code,
        "names": dict(unit.names),
        "tax_code": unit.tax_code,
        "address": unit.address,
        "phone": unit.phone,
        "valid_from": unit.valid_from.isoformat(),
        "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
        "stage": stage.value,
        "stage_since": since.isoformat() if since and since <= today else None,
    }
