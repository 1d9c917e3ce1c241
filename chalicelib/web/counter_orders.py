"""Orders at a counter: issued to who stands there, or found by their code."""

from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.order_bodies import describe_alone, read_order
from chalicelib.checkout.counter_desk import CounterDesk, find_order_at, issue_at
from chalicelib.checkout.counter_qr import counter_qr
from chalicelib.domain.orders import Order
from chalicelib.domain.representation import describe_progress
from chalicelib.web.counter_calls import (
    Repeatable,
    calling_clerk,
    counter_desk,
    counter_read,
    counter_write,
)
from chalicelib.web.operations import json_response, operation
from chalicelib.web.request_reading import read_json
from chalicelib.wiring import platform

counter_orders = Blueprint(__name__)


@operation(
    counter_orders,
    counter_write(
        "counters/{counter_code}/orders",
        "Issue an order to a payer at the counter",
        "OrderCreateRequest",
        "CounterOrder",
    ),
)
def issue(request: Request, counter_code: str) -> Response:
    desk = counter_desk(calling_clerk(request), counter_code)
    body, fingerprint = read_json(request)
    once = Repeatable.of(request, counter_code, "order", fingerprint)
    asked = read_order(body)

    def do() -> dict[str, Any]:
        key = f"@{counter_code}|{once.key_hash.hex()}"
        return describe_order_at(desk, issue_at(desk, asked, key, fingerprint, once.now))

    return once.answer(do, 201)


@operation(
    counter_orders,
    counter_read(
        "counters/{counter_code}/orders/{payment_code}",
        "An order or bill of the counter's unit",
        "CounterOrder",
    ),
)
def find(request: Request, counter_code: str, payment_code: str) -> Response:
    desk = counter_desk(calling_clerk(request), counter_code)
    order = find_order_at(desk, payment_code, platform().now())
    return json_response(describe_order_at(desk, order))


def describe_order_at(desk: CounterDesk, order: Order) -> dict[str, Any]:
    parts = platform()
    base_url = parts.settings.public_base_url
    portal = parts.setup.read_portal(order.portal) or desk.portal
    case_ids = (*order.cases, *order.decided_cases)
    cases = parts.cases.read_many(case_ids) if case_ids else {}
    progress = describe_progress(order, base_url, cases)
    qr = counter_qr(order, desk.desk.province, base_url)
    return describe_alone(portal, order) | progress | {"counter_qr": qr}
