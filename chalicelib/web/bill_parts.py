"""A part of a bill: an order of its own, asked for by the bill's portal or by its payer."""

from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.validation import validate
from chalicelib.checkout.create_order import CreatedOrder
from chalicelib.checkout.create_part import PartCommand, create_part
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal, Scope
from chalicelib.errors import NotFound
from chalicelib.observability import record_change
from chalicelib.web.operations import Operation, json_response, operation
from chalicelib.web.orders import calling_portal, own_order, replayed
from chalicelib.web.request_reading import idempotency_key, read_json
from chalicelib.wiring import platform

bill_parts = Blueprint(__name__)


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
