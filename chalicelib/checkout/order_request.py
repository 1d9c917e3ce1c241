"""What a portal asks for, already of the right types, and its price by the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from chalicelib.domain.catalog import FeeItem, TariffRefusal, price
from chalicelib.domain.money import MAX_AMOUNT_MINOR, Money
from chalicelib.domain.onboarding import may_issue
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.payers import Payer
from chalicelib.domain.portals import Portal, is_registered_return_url
from chalicelib.domain.province import Province
from chalicelib.errors import FieldError, InvalidRequest

MIN_ORDER_SECONDS = 60

TARIFF_DETAILS = {
    TariffRefusal.AMOUNT_NOT_ALLOWED: "this fee item's tariff gives another amount",
    TariffRefusal.AMOUNT_REQUIRED: "this fee item needs an amount",
    TariffRefusal.AMOUNT_OUT_OF_RANGE: "outside what this fee item allows",
    TariffRefusal.QUANTITY_NOT_ALLOWED: "this fee item is not counted in units",
    TariffRefusal.QUANTITY_OUT_OF_RANGE: "outside what this fee item allows",
}


@dataclass(frozen=True, slots=True)
class LineRequest:
    fee_item: str
    quantity: int | None = None
    amount_minor: int | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """`reference` is the payee unit's own number for what is owed. None means the province's
    default."""

    reference: str
    payee_unit: str
    lines: tuple[LineRequest, ...]
    payer: Payer
    return_url: str | None = None
    language: str | None = None
    expires_in_seconds: int | None = None
    channels: tuple[str, ...] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class Terms(Protocol):
    """What requests of orders and of baskets have in common."""

    @property
    def return_url(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def expires_in_seconds(self) -> int | None: ...
    @property
    def channels(self) -> tuple[str, ...] | None: ...


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """`is_guarded`: at least one item may be paid only once for one reference."""

    lines: tuple[OrderLine, ...]
    amount: Money
    is_guarded: bool


def price_order(
    province: Province, portal: Portal, request: OrderRequest, today: date
) -> PricedOrder:
    """Raises: InvalidRequest naming every field that is wrong."""
    errors = check_terms(province, portal, request)
    require_unit(province, portal, request.payee_unit, today, errors)
    lines = price_lines(province, request.payee_unit, request.lines, today, errors)
    if errors:
        raise refuse_request(errors)
    items = [province.fee_item_on(request.payee_unit, line.fee_item, today) for line in lines]
    return PricedOrder(
        lines=lines,
        amount=Money(sum(line.amount_minor for line in lines), province.currency),
        is_guarded=not all(item and item.is_repeatable for item in items),
    )


def require_unit(
    province: Province, portal: Portal, payee_unit: str, today: date, errors: list[FieldError]
) -> None:
    """Raises: InvalidRequest with `errors` and this one, when the unit is not the portal's today,
    or may not issue yet: nothing else can be said then."""
    unit = province.units_by_code.get(payee_unit)
    if not (portal.may_use(payee_unit) and unit and unit.is_valid_on(today)):
        errors.append(FieldError("/payee_unit", "payee_unit_unknown", "not a payee unit of yours"))
        raise refuse_request(errors)
    if not may_issue(unit, portal.mode, today):
        stage = unit.onboarding.stage_on(today)
        detail = f"its stage is {stage.value}, which takes no {portal.mode.value} orders"
        errors.append(FieldError("/payee_unit", "payee_unit_not_live", detail))
        raise refuse_request(errors)


def price_lines(
    province: Province,
    payee_unit: str,
    asked: tuple[LineRequest, ...],
    today: date,
    errors: list[FieldError],
) -> tuple[OrderLine, ...]:
    """Those that fit the catalogue; `errors` names the others."""
    lines = [
        _price_line(province.fee_item_on(payee_unit, line.fee_item, today), line, index)
        for index, line in enumerate(asked)
    ]
    errors += [line for line in lines if isinstance(line, FieldError)]
    priced = tuple(line for line in lines if isinstance(line, OrderLine))
    if sum(line.amount_minor for line in priced) > MAX_AMOUNT_MINOR:
        errors.append(FieldError("/lines", "amount_out_of_range", "the sum is too large"))
    return priced


def _price_line(item: FeeItem | None, line: LineRequest, index: int) -> OrderLine | FieldError:
    if item is None:
        return FieldError(
            f"/lines/{index}/fee_item", "fee_item_unknown", "not a fee item of this unit today"
        )
    amount = price(item.tariff, line.quantity, line.amount_minor)
    if isinstance(amount, TariffRefusal):
        name = "quantity" if "quantity" in amount.value else "amount_minor"
        return FieldError(f"/lines/{index}/{name}", amount.value, TARIFF_DETAILS[amount])
    return OrderLine(
        fee_item=item.code,
        names=item.names,
        quantity=line.quantity or 1,
        amount_minor=amount,
        receipt_kind=item.receipt_kind,
        description=line.description,
    )


def check_terms(province: Province, portal: Portal, request: Terms) -> list[FieldError]:
    errors = []
    if request.return_url and not is_registered_return_url(portal, request.return_url):
        errors.append(
            FieldError("/return_url", "return_url_not_registered", "register it for your portal")
        )
    if request.language and request.language not in province.languages:
        errors.append(
            FieldError("/language", "language_unknown", f"one of {', '.join(province.languages)}")
        )
    seconds, longest = request.expires_in_seconds, province.limits.max_order_seconds
    if seconds is not None and not MIN_ORDER_SECONDS <= seconds <= longest:
        detail = f"{MIN_ORDER_SECONDS} to {longest}"
        errors.append(FieldError("/expires_in_seconds", "expiry_out_of_range", detail))
    known = {account.channel for account in province.channel_accounts}
    for index, channel in enumerate(request.channels or ()):
        if channel not in known:
            errors.append(FieldError(f"/channels/{index}", "channel_unknown", "not a channel here"))
    return errors


def refuse_request(errors: list[FieldError]) -> InvalidRequest:
    return InvalidRequest(
        errors[0].code if len(errors) == 1 else "invalid_request",
        "the request does not fit the catalogue or your registration",
        errors=tuple(errors),
    )
