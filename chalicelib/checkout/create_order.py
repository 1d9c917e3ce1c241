"""Create an order: priced by the catalogue, guarded by its obligation, replayed byte for byte."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from chalicelib.checkout.desk import Desk
from chalicelib.checkout.offer_channels import (
    OfferedAccount,
    OfferedChannel,
    offer_channels,
    offer_for,
)
from chalicelib.checkout.order_request import OrderRequest, PricedOrder, price_order
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.identifiers import build_payment_code, derive_body, verification_word
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payers import Parties, Payer
from chalicelib.domain.portals import Portal
from chalicelib.domain.representation import describe_line, describe_order
from chalicelib.errors import Conflict, InvalidRequest, TryLater
from chalicelib.storage.compression import compress

# Two orders of one portal share a code about once in 10**14; a chain this long is never walked.
MAX_TURNS = 8


@dataclass(frozen=True, slots=True)
class CreatedOrder:
    """`text`: the exact JSON answer."""

    text: str
    is_replay: bool
    payment_code: str


@dataclass(frozen=True, slots=True)
class CreateCommand:
    """`fingerprint`: SHA-256 of the request's canonical JSON, to tell a repeat from a reused
    key."""

    portal: Portal
    request: OrderRequest
    idempotency_key: str
    fingerprint: bytes
    now: datetime


class Keyed(Protocol):
    """A request that makes one order, however often it comes with its key."""

    @property
    def portal(self) -> Portal: ...
    @property
    def idempotency_key(self) -> str: ...
    @property
    def fingerprint(self) -> bytes: ...


def hash_idempotency_key(key: str) -> bytes:
    """16 bytes are enough: it is only compared within one portal's answers."""
    return hashlib.sha256(key.encode()).digest()[:16]


def quote_order(desk: Desk, portal: Portal, request: OrderRequest, now: datetime) -> dict[str, Any]:
    """What the order would be, with nothing written."""
    today = business_day_of(now, desk.province.zone)
    priced = price_order(desk.province, portal, request, today)
    return {
        "payee_unit": request.payee_unit,
        "reference": request.reference,
        "amount_minor": priced.amount.amount_minor,
        "currency": priced.amount.currency,
        "lines": [describe_line(line) for line in priced.lines],
        "channels": describe_channels(
            offer_channels(
                desk.province,
                mode=portal.mode,
                payee_unit=request.payee_unit,
                amount=priced.amount,
                allowed=request.channels,
            )
        ),
    }


def create_order(desk: Desk, command: CreateCommand) -> CreatedOrder:
    """Raises: InvalidRequest (the request, or a key reused for another one); Conflict
    (`obligation_open`, `obligation_paid`)."""
    today = business_day_of(command.now, desk.province.zone)
    try:
        priced = price_order(desk.province, command.portal, command.request, today)
    except InvalidRequest:
        # A repeat is answered as the first time even when the catalogue has changed since.
        replay = find_replay(desk, command)
        if replay is None:
            raise
        return replay
    return put_order(desk, command, partial(_build_order, desk, command, priced))


def put_order(desk: Desk, command: Keyed, build: Callable[[str], Order]) -> CreatedOrder:
    """`build`: makes the order of a payment code. Raises: as `create_order`."""
    for turn in range(MAX_TURNS):
        order = build(_payment_code(desk, command, turn))
        refused = desk.ledger.create_order(order)
        if refused is None:
            return CreatedOrder(order.answer, is_replay=False, payment_code=order.payment_code)
        if refused.taken_by is not None:
            if _is_same_request(refused.taken_by, command):
                return _replay(refused.taken_by, command)
            continue
        if refused.held_by is not None:
            raise obligation_conflict(desk, command.portal, refused.held_by)
        break
    raise TryLater("busy", "the order changed at the same moment; send it again")


def find_replay(desk: Desk, command: Keyed) -> CreatedOrder | None:
    for turn in range(MAX_TURNS):
        taken = desk.ledger.read_order(_payment_code(desk, command, turn))
        if taken is None:
            return None
        if _is_same_request(taken, command):
            return _replay(taken, command)
    return None


def _payment_code(desk: Desk, command: Keyed, turn: int) -> str:
    secret = command.portal.code_secret
    body = derive_body(secret, "order", command.idempotency_key, turn)
    return build_payment_code(desk.province.digits, body)


def _is_same_request(taken: Order, command: Keyed) -> bool:
    key_hash = hash_idempotency_key(command.idempotency_key)
    return taken.portal == command.portal.portal_id and taken.idempotency_key_hash == key_hash


def _replay(taken: Order, command: Keyed) -> CreatedOrder:
    if taken.fingerprint != command.fingerprint:
        raise InvalidRequest(
            "idempotency_key_reused", "this Idempotency-Key was used for another request"
        )
    return CreatedOrder(taken.answer, is_replay=True, payment_code=taken.payment_code)


def obligation_conflict(desk: Desk, portal: Portal, payment_code: str) -> Conflict:
    holder = desk.ledger.read_order(payment_code)
    is_open = holder is None or holder.is_payable
    own = holder is not None and holder.portal == portal.portal_id
    return Conflict(
        "obligation_open" if is_open else "obligation_paid",
        "an open order already covers this reference"
        if is_open
        else "this reference is already paid",
        suggested_action="Use the order that is there." if own else "Ask the payee unit.",
        link=f"{desk.public_base_url}/v1/orders/{payment_code}" if own else None,
    )


def _build_order(
    desk: Desk, command: CreateCommand, priced: PricedOrder, payment_code: str
) -> Order:
    request, province = command.request, desk.province
    seconds = request.expires_in_seconds or province.limits.order_seconds
    expires_at = command.now + timedelta(seconds=seconds)
    order = Order(
        payment_code=payment_code,
        portal=command.portal.portal_id,
        mode=command.portal.mode,
        payee_unit=request.payee_unit,
        reference=request.reference,
        status=OrderStatus.CREATED,
        amount=priced.amount,
        lines=priced.lines,
        language=request.language or province.languages[0],
        return_url=request.return_url,
        channels=request.channels,
        metadata=request.metadata,
        catalogue_version=province.version,
        created_at=command.now,
        expires_at=expires_at,
        is_guarded=priced.is_guarded,
        idempotency_key_hash=hash_idempotency_key(command.idempotency_key),
        fingerprint=command.fingerprint,
        answer="",
        sealed_payer=seal_payer(desk, request.payer, payment_code),
        due_at=expires_at,
    )
    return replace(order, answer=answer_text(desk, command.portal, order))


def seal_payer(desk: Desk, payer: Payer, payment_code: str, debtor: Payer | None = None) -> bytes:
    content = Parties(payer, debtor).content()
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return desk.seal(compress(text), payment_code)


def answer_text(desk: Desk, portal: Portal, order: Order) -> str:
    """What the creator of `order` is answered, and the same for every repeat."""
    word = verification_word(portal.code_secret, order.payment_code)
    answer = describe_order(order, word, desk.public_base_url)
    answer["channels"] = describe_channels(offer_for(desk.province, order))
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def describe_channels(offered: tuple[OfferedChannel, ...]) -> list[Mapping[str, Any]]:
    return [
        {
            "channel": each.channel,
            "names": dict(each.account.names),
            "available": each.unavailable_reason is None,
            "unavailable_reason": each.unavailable_reason,
            "accounts": [_describe_account(account) for account in each.to_choose_from],
        }
        for each in offered
    ]


def _describe_account(offered: OfferedAccount) -> Mapping[str, Any]:
    acquirer = offered.account.acquirer
    return {
        "account": offered.account.account,
        "acquirer": {"code": acquirer.code, "names": dict(acquirer.names)} if acquirer else None,
        "available": offered.is_available,
        "unavailable_reason": offered.unavailable_reason,
    }
