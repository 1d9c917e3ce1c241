"""A batch on paper and in a file, and the keys by which anybody checks it."""

import base64
from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.identifiers import group_payment_code, verification_word
from chalicelib.domain.open_code_representation import describe_open_code
from chalicelib.domain.open_code_signature import signed_text
from chalicelib.domain.open_codes import Batch, BatchState
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal, Scope
from chalicelib.domain.representation import pay_url
from chalicelib.errors import BadRequest, Conflict, DataFault
from chalicelib.web.open_code_batches import PATH, codes_of, own_batch, require_issued
from chalicelib.web.open_code_csv import csv_response
from chalicelib.web.operations import Operation, json_response, operation
from chalicelib.web.orders import calling_portal, read_list_request
from chalicelib.web.page_views import frame_of
from chalicelib.web.pages.open_code_sheet import Sheet, Slip, sheet_headers, sheet_page
from chalicelib.web.paging import PAGE_PARAMETERS, write_cursor
from chalicelib.web.request_reading import query_parameters
from chalicelib.wiring import platform

open_code_sheets = Blueprint(__name__)

# Two drawn squares each: so many fit into an answer and into a function's seconds.
MAX_SLIPS = 48
CSV_HEADER = (
    *("serial", "payment_code", "verification_word", "amount", "currency", "payee_unit"),
    *("fee_items", "valid_until", "status", "reference", "signed_text", "pay_url"),
)

Sign = Callable[[Order], str]


@operation(
    open_code_sheets,
    Operation(
        "GET",
        f"{PATH}/{{batch}}/codes",
        "The codes of a batch, in the order of their serials",
        scope=Scope.OPEN_CODES_WRITE,
        answer="IssuedOpenCodeList",
        errors=(400, 404, 409),
        parameters=PAGE_PARAMETERS,
    ),
)
def list_codes(request: Request, batch: str) -> Response:
    portal = calling_portal(request, Scope.OPEN_CODES_WRITE)
    _, _, page = read_list_request(request, ())
    found = _readable_batch(portal, batch)
    if page.after and not (page.after.isascii() and page.after.isdigit()):
        raise BadRequest("invalid_cursor", "use a cursor as it was given")
    start = int(page.after or 0)
    stop = min(start + page.limit, found.count)
    sign = _signer(found)
    orders = codes_of(portal, found, range(start + 1, stop + 1))
    items = [_describe(portal, order, sign) for order in orders]
    cursor = write_cursor(str(stop)) if stop < found.count else None
    return json_response({"items": items, "next_cursor": cursor})


@operation(
    open_code_sheets,
    Operation(
        "GET",
        f"{PATH}/{{batch}}/codes.csv",
        "The codes of a batch as a file",
        scope=Scope.OPEN_CODES_WRITE,
        errors=(404, 409),
        content_type="text/csv",
    ),
)
def download_codes(request: Request, batch: str) -> Response:
    portal = calling_portal(request, Scope.OPEN_CODES_WRITE)
    found = _readable_batch(portal, batch)
    sign = _signer(found)
    orders = codes_of(portal, found, range(1, found.count + 1))
    rows = [_csv_row(_describe(portal, order, sign), order) for order in orders]
    return csv_response(CSV_HEADER, rows, f"{found.batch_id}.csv")


@operation(
    open_code_sheets,
    Operation(
        "GET",
        f"{PATH}/{{batch}}/sheet",
        "Sheets to print: the unit's list, how to check, and up to 48 slips from serial `first` on",
        scope=Scope.OPEN_CODES_WRITE,
        errors=(400, 404, 409),
        parameters=("first", "count", "lang"),
        content_type="text/html",
    ),
)
def draw_sheet(request: Request, batch: str) -> Response:
    portal = calling_portal(request, Scope.OPEN_CODES_WRITE)
    found = _readable_batch(portal, batch)
    if found.state is BatchState.VOID:
        raise Conflict("batch_void", "this batch was taken back; print another one")
    serials = _read_serials(request, found)
    frame = frame_of(request, "/", found.language, found.mode)
    unit = frame.province.units_by_code.get(found.payee_unit)
    if unit is None:
        raise DataFault("payee_unit_missing", f"no payee unit {found.payee_unit}")
    orders, sign = codes_of(portal, found, serials), _signer(found)
    sold = {order.payment_code for order in orders if not _can_be_sold(order)}
    left_out = [_serial(order) for order in orders if order.payment_code in sold]
    slips = [_slip(portal, order, sign) for order in orders if order.payment_code not in sold]
    keys = platform().signing_keys.list_live(found.mode)
    text = sheet_page(Sheet(found, unit, keys, slips, left_out), frame)
    return Response(body=text, headers={**sheet_headers()})


@operation(
    open_code_sheets,
    Operation(
        "GET",
        "/v1/open-code-keys",
        "The public keys by which open codes are checked without a network",
        scope=Scope.ORDERS_READ,
        answer="OpenCodeKeyList",
    ),
)
def list_keys(request: Request) -> Response:
    portal = calling_portal(request, Scope.ORDERS_READ)
    parts = platform()
    items = [
        {
            "key_id": key.key_id,
            "mode": key.mode.value,
            "algorithm": "Ed25519",
            "public_key": base64.b64encode(key.public).decode(),
            "created_at": to_rfc3339(key.created_at),
        }
        for key in parts.signing_keys.list_live(portal.mode)
    ]
    return json_response({"province": parts.setup.read_province().digits, "items": items})


def _readable_batch(portal: Portal, batch_id: str) -> Batch:
    batch = own_batch(portal, batch_id)
    require_issued(batch)
    return batch


def _signer(batch: Batch) -> Sign:
    """With the batch's own key while it is published, so that a sheet printed again is the same;
    else with the newest."""
    parts = platform()
    live = parts.signing_keys.list_live(batch.mode)
    own = [key for key in live if key.key_id == batch.key_id]
    key = own[0] if own else parts.signing_keys.current(batch.mode, parts.now())
    sign = parts.signing_keys.signer(key)

    def signed(order: Order) -> str:
        text = signed_text(order, key.key_id)
        signature = base64.urlsafe_b64encode(sign(text.encode())).decode().rstrip("=")
        return f"{text}|{signature}"

    return signed


def _read_serials(request: Request, batch: Batch) -> range:
    """Raises: BadRequest."""
    given = query_parameters(request, ("first", "count", "lang"))
    first, count = given.get("first", "1"), given.get("count", str(MAX_SLIPS))
    for name, text, most in (("first", first, batch.count), ("count", count, MAX_SLIPS)):
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= most):
            raise BadRequest("invalid_parameter", f"{name} is 1 to {most}")
    return range(int(first), min(int(first) + int(count), batch.count + 1))


def _can_be_sold(order: Order) -> bool:
    is_open = order.is_payable and platform().now() < order.expires_at
    return is_open and order.is_unbound and not order.has_payment_in_flight


def _serial(order: Order) -> int:
    assert order.open_code is not None
    return order.open_code.serial


def _slip(portal: Portal, order: Order, sign: Sign) -> Slip:
    word = verification_word(portal.code_secret, order.payment_code)
    page = pay_url(platform().settings.public_base_url, order.payment_code, word)
    return Slip(order.payment_code, _serial(order), word, page, sign(order))


def _describe(portal: Portal, order: Order, sign: Sign) -> dict[str, Any]:
    assert order.open_code is not None
    slip = _slip(portal, order, sign)
    return {
        "payment_code": order.payment_code,
        "verification_word": slip.word,
        "serial": slip.serial,
        "status": order.status.value,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "open_code": describe_open_code(order.open_code),
        "signed_text": slip.signed_text,
        "pay_url": slip.pay_url,
    }


def _csv_row(told: dict[str, Any], order: Order) -> list[str]:
    """The code in groups: a spreadsheet keeps fifteen digits of a number, and all of a text."""
    return [
        str(told["serial"]),
        group_payment_code(order.payment_code),
        told["verification_word"],
        order.amount.decimal_text(),
        order.amount.currency,
        order.payee_unit,
        "+".join(line.fee_item for line in order.lines),
        told["open_code"]["valid_until"],
        order.status.value,
        "" if order.is_unbound else order.covers_reference,
        told["signed_text"],
        told["pay_url"],
    ]
