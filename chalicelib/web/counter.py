"""A unit's counter by API: shifts, orders, cash, cards. Money is taken through `checkout` alone."""

from dataclasses import replace
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.validation import validate
from chalicelib.checkout.counter_desk import CounterDesk, find_order_at, own_shift, require_open
from chalicelib.checkout.counter_sale import Tender, hold_order, record_slip, take_cash
from chalicelib.checkout.counter_shift import CountedDrawer, close_shift, open_shift
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.identifiers import normalize_payment_code
from chalicelib.domain.money import Money
from chalicelib.domain.portals import Scope
from chalicelib.domain.pos_slips import Slip
from chalicelib.domain.shifts import MEANS, Sale
from chalicelib.observability import record_change
from chalicelib.web.counter_bodies import describe_sale, describe_shift
from chalicelib.web.counter_calls import (
    Repeatable,
    calling_clerk,
    counter_desk,
    counter_read,
    counter_write,
    desk_of_shift,
)
from chalicelib.web.operations import Operation, json_response, operation
from chalicelib.web.request_reading import read_json
from chalicelib.wiring import platform

counter = Blueprint(__name__)


@operation(
    counter,
    Operation(
        "GET",
        "/v1/counter/counters",
        "The counters of the clerk whose key it is",
        scope=Scope.COUNTER_WRITE,
        answer="ClerkCounters",
    ),
)
def list_counters(request: Request) -> Response:
    clerk = calling_clerk(request)
    parts = platform()
    own = [each for each in parts.setup.read_province().counters if each.counter in clerk.counters]
    items = [
        {
            "counter": each.counter,
            "payee_unit": each.payee_unit,
            "names": dict(each.names),
            "means": [means for means in MEANS if each.account_for(means)],
            "shift": parts.counters.shifts.read_counter(each.counter).shift_id,
        }
        for each in own
    ]
    return json_response({"clerk": clerk.person, "items": items})


@operation(counter, counter_write("shifts", "Open a shift", "ShiftOpenRequest", "Shift"))
def open_one(request: Request) -> Response:
    from chalicelib.web.models.counter import ShiftOpenRequest

    clerk = calling_clerk(request)
    body, fingerprint = read_json(request)
    asked = validate(ShiftOpenRequest, body)
    desk = counter_desk(clerk, asked.counter)
    once = Repeatable.of(request, asked.counter, "shift", fingerprint)

    def do() -> dict[str, Any]:
        shift = open_shift(desk, asked.float_minor, once.key_hash, once.now)
        record_change("shift_opened", shift=shift.shift_id)
        return _describe(desk, shift.shift_id)

    return once.answer(do, 201)


@operation(counter, counter_read("shifts/{shift_id}", "A shift and what was taken in it", "Shift"))
def look_at_shift(request: Request, shift_id: str) -> Response:
    desk = desk_of_shift(calling_clerk(request), shift_id)
    return json_response(_describe(desk, shift_id))


@operation(
    counter,
    counter_write("shifts/{shift_id}/cash", "Take cash for an order", "CashRequest", "CounterSale"),
)
def cash(request: Request, shift_id: str) -> Response:
    from chalicelib.web.models.counter import CashRequest

    desk = desk_of_shift(calling_clerk(request), shift_id)
    body, fingerprint = read_json(request)
    asked = validate(CashRequest, body)
    once = Repeatable.of(request, desk.counter.counter, f"cash|{shift_id}", fingerprint)
    tender = replace(
        _tender(desk, once, asked.payment_code, asked.amount_minor),
        received_minor=asked.received_minor,
    )
    return once.answer(lambda: _sold(take_cash(desk, shift_id, tender)), 201)


@operation(
    counter,
    counter_write(
        "shifts/{shift_id}/slips", "Record a card's slip for an order", "SlipRequest", "CounterSale"
    ),
)
def slip(request: Request, shift_id: str) -> Response:
    from chalicelib.web.models.counter import SlipRequest

    desk = desk_of_shift(calling_clerk(request), shift_id)
    body, fingerprint = read_json(request)
    asked = validate(SlipRequest, body)
    once = Repeatable.of(request, desk.counter.counter, f"slip|{shift_id}", fingerprint)
    found = Slip(
        terminal=asked.terminal,
        batch=asked.batch,
        trace=asked.trace,
        reference=asked.reference,
        masked_pan=asked.masked_pan,
        brand=asked.brand,
    )
    tender = _tender(desk, once, asked.payment_code, asked.amount_minor, found)
    return once.answer(lambda: _sold(record_slip(desk, shift_id, tender)), 201)


@operation(
    counter,
    counter_write(
        "shifts/{shift_id}/holds", "Hold an order before a card is charged", "HoldRequest", "Held"
    ),
)
def hold(request: Request, shift_id: str) -> Response:
    """The same request again finds the hold, or that it is over."""
    from chalicelib.web.models.counter import HoldRequest

    desk = desk_of_shift(calling_clerk(request), shift_id)
    body, fingerprint = read_json(request)
    asked = validate(HoldRequest, body)
    once = Repeatable.of(request, desk.counter.counter, f"hold|{shift_id}", fingerprint)
    require_open(desk, own_shift(desk, shift_id))
    order = find_order_at(desk, asked.payment_code, once.now)
    card = Slip("", "", "", "", "", "")
    tender = _tender(desk, once, order.payment_code, asked.amount_minor, card)
    started = hold_order(desk, order, tender)
    expires_at = to_rfc3339(started.attempt.expires_at)
    return json_response({"payment_no": started.payment_no, "expires_at": expires_at}, 201)


@operation(
    counter,
    counter_write(
        "shifts/{shift_id}/close", "Count the drawer and close", "ShiftCloseRequest", "Shift", 200
    ),
)
def close(request: Request, shift_id: str) -> Response:
    from chalicelib.web.models.counter import ShiftCloseRequest

    desk = desk_of_shift(calling_clerk(request), shift_id)
    body, fingerprint = read_json(request)
    asked = validate(ShiftCloseRequest, body)
    once = Repeatable.of(request, desk.counter.counter, f"close|{shift_id}", fingerprint)
    pieces = {each.value_minor: each.pieces for each in asked.pieces}
    drawer = CountedDrawer(asked.counted_minor, pieces, asked.reason or "", once.now)

    def do() -> dict[str, Any]:
        shift = close_shift(desk, shift_id, drawer)
        record_change("shift_closed", shift=shift.shift_id)
        return _describe(desk, shift_id)

    return once.answer(do)


def _describe(desk: CounterDesk, shift_id: str) -> dict[str, Any]:
    shift = own_shift(desk, shift_id)
    return describe_shift(shift, desk.shifts.list_sales(shift.shift_id))


def _tender(
    desk: CounterDesk,
    once: Repeatable,
    typed_code: str,
    amount_minor: int,
    card: Slip | None = None,
) -> Tender:
    return Tender(
        payment_code=normalize_payment_code(typed_code),
        amount=Money(amount_minor, desk.desk.province.currency),
        key_hash=once.key_hash,
        fingerprint=once.fingerprint,
        now=once.now,
        slip=card,
    )


def _sold(sale: Sale) -> dict[str, Any]:
    record_change("counter_sale", number=sale.number, recorded=str(sale.recorded))
    return describe_sale(sale)
