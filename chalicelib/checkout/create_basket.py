"""A basket: one order that pays bills issued ahead, each for what is owed for it today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.checkout.create_order import (
    CreatedOrder,
    answer_text,
    describe_channels,
    find_replay,
    hash_idempotency_key,
    put_order,
    seal_payer,
)
from chalicelib.checkout.desk import Desk
from chalicelib.checkout.find_bills import BillFinder, refuse_bills
from chalicelib.checkout.offer_channels import offer_for
from chalicelib.checkout.order_request import check_terms, refuse_request
from chalicelib.checkout.price_bill_today import amount_holds_until, price_today
from chalicelib.checkout.start_payment import require_payable
from chalicelib.domain.basket_representation import describe_covered
from chalicelib.domain.baskets import Covered
from chalicelib.domain.money import MAX_AMOUNT_MINOR, Money
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payers import Payer, PayerKind
from chalicelib.domain.portals import Portal
from chalicelib.errors import Conflict, FieldError

# Whoever pays several papers need not say who he is: each bill names its debtor.
NOBODY = Payer(PayerKind.INDIVIDUAL, "")


@dataclass(frozen=True, slots=True)
class BasketRequest:
    """`verification_words`: by payment code, of the bills that the portal may not see without.
    `payee_unit`: the one that stands for the basket in lists; None means that of the first bill.
    `reference` None: the basket's payment code. Else None is the province's default."""

    payment_codes: tuple[str, ...]
    verification_words: Mapping[str, str] = field(default_factory=dict, repr=False)
    reference: str | None = None
    payee_unit: str | None = None
    payer: Payer = NOBODY
    return_url: str | None = None
    language: str | None = None
    expires_in_seconds: int | None = None
    channels: tuple[str, ...] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BasketCommand:
    """As a `CreateCommand`."""

    portal: Portal
    request: BasketRequest
    idempotency_key: str
    fingerprint: bytes
    now: datetime


def create_basket(desk: Desk, finder: BillFinder, command: BasketCommand) -> CreatedOrder:
    """Raises: InvalidRequest; Conflict naming the bills that take no payment now; TooManyRequests;
    TryLater."""
    replay = find_replay(desk, command)
    if replay is not None:
        return replay
    draft = _draft(desk, finder, command)

    def build(payment_code: str) -> Order:
        order = replace(
            draft,
            payment_code=payment_code,
            reference=draft.reference or payment_code,
            sealed_payer=seal_payer(desk, command.request.payer, payment_code),
        )
        return replace(order, answer=answer_text(desk, command.portal, order))

    return put_order(desk, command, build)


def quote_basket(desk: Desk, finder: BillFinder, command: BasketCommand) -> dict[str, Any]:
    """What the basket would be, with nothing written but what its bills cost today."""
    draft = _draft(desk, finder, command)
    return {
        "payee_unit": draft.payee_unit,
        "reference": draft.reference,
        "amount_minor": draft.amount.amount_minor,
        "currency": draft.amount.currency,
        "lines": [],
        "bills": [describe_covered(each) for each in draft.covers],
        "channels": describe_channels(offer_for(desk.province, draft)),
    }


def _draft(desk: Desk, finder: BillFinder, command: BasketCommand) -> Order:
    """The basket but for what follows from its payment code."""
    request, province = command.request, desk.province
    errors = check_terms(province, command.portal, request)
    if errors:
        raise refuse_request(errors)
    found = finder.find(
        command.portal, request.payment_codes, request.verification_words, command.now
    )
    bills = _price_bills(desk, found, command.now)
    seconds = request.expires_in_seconds or province.limits.order_seconds
    ends = [amount_holds_until(bill, command.now, province.zone) for bill in bills]
    expires_at = min(command.now + timedelta(seconds=seconds), *ends)
    return Order(
        payment_code="",
        portal=command.portal.portal_id,
        mode=command.portal.mode,
        payee_unit=_unit_of(request, bills),
        reference=request.reference or "",
        status=OrderStatus.CREATED,
        amount=_sum_up(bills, province.currency),
        lines=(),
        language=request.language or province.languages[0],
        return_url=request.return_url,
        channels=_channels_of(request, bills),
        metadata=request.metadata,
        catalogue_version=province.version,
        created_at=command.now,
        expires_at=expires_at,
        is_guarded=False,
        idempotency_key_hash=hash_idempotency_key(command.idempotency_key),
        fingerprint=command.fingerprint,
        answer="",
        sealed_payer=b"",
        due_at=expires_at,
        covers=tuple(
            sorted(map(_cover, bills), key=lambda each: (each.payee_unit, each.payment_code))
        ),
    )


def _cover(bill: Order) -> Covered:
    assert bill.bill is not None
    return Covered(bill.payment_code, bill.payee_unit, bill.amount.amount_minor, bill.bill.version)


def _price_bills(desk: Desk, found: Sequence[Order], now: datetime) -> list[Order]:
    """With what is owed today. Raises: InvalidRequest for what is no bill; Conflict."""
    strange = [
        FieldError(f"/payment_codes/{index}", "not_a_bill", "this order was not issued ahead")
        for index, order in enumerate(found)
        if order.bill is None
    ]
    if strange:
        raise refuse_bills(strange)
    bills, errors = [], []
    for index, order in enumerate(found):
        bill = price_today(desk.ledger, order, now, desk.province.zone)
        bills.append(bill)
        try:
            require_payable(bill, now, desk.province.zone)
        except Conflict as conflict:
            place = f"/payment_codes/{index}"
            errors.append(FieldError(place, conflict.code, conflict.detail))
    if errors:
        raise Conflict(
            errors[0].code if len(errors) == 1 else "bills_not_payable",
            "some of the bills take no payment now",
            errors=tuple(errors),
            suggested_action="Leave them out.",
        )
    return bills


def _sum_up(bills: Sequence[Order], currency: str) -> Money:
    """Raises: InvalidRequest."""
    amount = sum(bill.amount.amount_minor for bill in bills)
    if amount > MAX_AMOUNT_MINOR:
        detail = "the sum is too large"
        raise refuse_bills([FieldError("/payment_codes", "amount_out_of_range", detail)])
    return Money(amount, currency)


def _unit_of(request: BasketRequest, bills: Sequence[Order]) -> str:
    """Raises: InvalidRequest for one that no bill is of."""
    units = [bill.payee_unit for bill in bills]
    if request.payee_unit is None:
        return min(units)
    if request.payee_unit not in units:
        detail = "none of the bills is of this unit"
        raise refuse_bills([FieldError("/payee_unit", "payee_unit_unknown", detail)])
    return request.payee_unit


def _channels_of(request: BasketRequest, bills: Sequence[Order]) -> tuple[str, ...] | None:
    """Those that the request and each of the bills allow. Raises: InvalidRequest for none."""
    limits = [each for each in (request.channels, *(bill.channels for bill in bills)) if each]
    if not limits:
        return None
    allowed = tuple(each for each in limits[0] if all(each in limit for limit in limits))
    if not allowed:
        detail = "no channel is allowed for all of these bills"
        raise refuse_bills([FieldError("/channels", "no_common_channel", detail)])
    return allowed
