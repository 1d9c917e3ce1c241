"""A part of a bill: an order of its own, asked for by the bill's portal or by its payer."""

import hashlib
import re
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.validation import validate
from chalicelib.checkout.create_order import CreatedOrder
from chalicelib.checkout.create_part import PartCommand, create_part
from chalicelib.domain.identifiers import verification_word
from chalicelib.domain.money import EXPONENTS
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal, Scope
from chalicelib.domain.representation import pay_url
from chalicelib.errors import BadRequest, Conflict, InvalidRequest, NotFound
from chalicelib.observability import record_change, warn
from chalicelib.web.operations import Operation, json_response, operation
from chalicelib.web.orders import calling_portal, own_order, replayed
from chalicelib.web.page_views import frame_of, page, read_form, see_other
from chalicelib.web.payer_orders import find_order
from chalicelib.web.request_reading import client_ip, idempotency_key, read_json
from chalicelib.wiring import platform

bill_parts = Blueprint(__name__)

MAX_KEY_LENGTH = 80
_WHOLE = re.compile(r"[0-9]{1,15}|[0-9]{1,3}([.,][0-9]{3}){1,4}")


@operation(
    bill_parts,
    Operation(
        "POST",
        "/v1/bills/{payment_code}/parts",
        "An order that pays a part of a bill, where its fee items allow it",
        scope=Scope.ORDERS_WRITE,
        request="BillPartRequest",
        answer="OrderCreated",
        status=201,
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def make(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.ORDERS_WRITE)
    key = idempotency_key(request)
    body, fingerprint = read_json(request)
    order = own_order(portal, payment_code)
    if order.bill is None:
        raise NotFound("bill_not_found", "no such bill")
    created = make_part(portal, order, _amount_of(body), key, fingerprint)
    return json_response(created.text, 201, replayed(created.is_replay))


@page(
    bill_parts,
    "POST",
    "/pay/{payment_code}/{word}/parts",
    "The payer pays a part of a bill: a pay page of its own",
    errors=(400, 404, 413, 415, 429),
    form=("amount", "key"),
)
def choose(request: Request, payment_code: str, word: str) -> Response:
    """What is no part of the bill leads back to its page, which says what is."""
    form = read_form(request)
    order, own_word = find_order(payment_code, word, client_ip(request))
    frame, base_url = frame_of(request, "/", order.language), platform().settings.public_base_url
    portal = platform().setup.read_portal(order.portal)
    amount = read_amount(form.get("amount", ""), order.amount.currency)
    own = pay_url(base_url, order.payment_code, own_word)
    key = form.get("key", "")
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise BadRequest("idempotency_key_invalid", "the form was altered")
    if portal is None or order.bill is None or amount is None:
        return see_other(f"{own}?lang={frame.language}")
    try:
        fingerprint = hashlib.sha256(str(amount).encode()).digest()
        created = make_part(portal, order, amount, f"page|{key}|{amount}", fingerprint)
    except (Conflict, InvalidRequest) as refusal:
        warn("page_part_refused", payment_code=order.payment_code, code=refusal.code)
        return see_other(f"{own}?lang={frame.language}")
    part_word = verification_word(portal.code_secret, created.payment_code)
    address = pay_url(base_url, created.payment_code, part_word)
    return see_other(f"{address}?lang={frame.language}")


def read_amount(text: str, currency: str) -> int | None:
    """As a person types it: `1.000.000`, `1,000,000` or `1000000`; with a fraction only where the
    currency has one. None for what is no amount."""
    exponent = EXPONENTS[currency]
    compact = "".join(text.split())
    whole, fraction = compact, ""
    if exponent and len(compact) > exponent and compact[-exponent - 1] in ".,":
        whole, fraction = compact[: -exponent - 1], compact[-exponent:]
    if not _WHOLE.fullmatch(whole) or not (fraction + "0").isdecimal():
        return None
    return int(re.sub("[.,]", "", whole) + fraction.ljust(exponent, "0"))


def make_part(
    portal: Portal, order: Order, amount_minor: int, key: str, fingerprint: bytes
) -> CreatedOrder:
    """Raises: as `create_part`."""
    parts = platform()
    command = PartCommand(
        portal=portal,
        bill=order,
        amount_minor=amount_minor,
        opened_payer=parts.envelope.open(order.sealed_payer, order.payment_code),
        idempotency_key=f"part|{order.payment_code}|{key}",
        fingerprint=fingerprint,
        now=parts.now(),
    )
    created = create_part(parts.desk(), command)
    if not created.is_replay:
        record_change("part_created", payment_code=order.payment_code)
    return created


def _amount_of(body: dict[str, Any]) -> int:
    from chalicelib.bodies.models.bills import BillPartRequest

    return validate(BillPartRequest, body).amount_minor
