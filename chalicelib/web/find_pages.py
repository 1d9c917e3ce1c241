"""Ways to an order for a person who holds paper: front door, printed QR, "is my money safe?", and
a receipt's verification by a stranger."""

from urllib.parse import quote

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.identifiers import is_payment_code, normalize_payment_code
from chalicelib.domain.province import Mode
from chalicelib.domain.receipts import Receipt
from chalicelib.errors import DataFault, NotFound
from chalicelib.web.page_views import frame_of, page, page_response, read_form, see_other
from chalicelib.web.pages.find_page import (
    Typed,
    front_page,
    printed_code_page,
    status_form_page,
)
from chalicelib.web.pages.receipt_page import receipt_page
from chalicelib.web.pages.status_page import status_page
from chalicelib.web.payer_orders import find_order, open_names, view_of
from chalicelib.web.request_reading import client_ip
from chalicelib.wiring import platform

find_pages = Blueprint(__name__)

FORM = ("payment_code", "word")
MAX_TOKEN_LENGTH = 64


@page(find_pages, "GET", "/", "The province's front door")
def front(request: Request) -> Response:
    frame = frame_of(request, "/")
    return page_response(front_page(Typed(), frame), frame)


@page(find_pages, "POST", "/pay", "Code and word, typed", errors=(400, 413, 415, 422), form=FORM)
def find(request: Request) -> Response:
    frame = frame_of(request, "/")
    typed = _read_typed(request)
    if not typed.is_well_formed:
        return page_response(front_page(typed, frame), frame)
    path = f"/pay/{typed.payment_code}/{quote(typed.word or '', safe='')}"
    base_url = platform().settings.public_base_url
    return see_other(f"{base_url}{path}?lang={frame.language}")


@page(find_pages, "GET", "/c/{payment_code}", "What a printed QR opens", errors=(404,))
def scan(request: Request, payment_code: str) -> Response:
    code = normalize_payment_code(payment_code)
    if not is_payment_code(code):
        raise NotFound("payment_code_mistyped", "a digit is wrong, or two are swapped")
    frame = frame_of(request, f"/c/{code}")
    return page_response(printed_code_page(code, frame), frame)


@page(find_pages, "GET", "/status", "Is my money safe? The question")
def ask_status(request: Request) -> Response:
    frame = frame_of(request, "/status")
    return page_response(status_form_page(Typed(), frame), frame)


@page(
    find_pages,
    "POST",
    "/status",
    "Is my money safe? The answer",
    errors=(400, 404, 413, 415, 422, 429),
    form=FORM,
)
def tell_status(request: Request) -> Response:
    frame = frame_of(request, "/status")
    typed = _read_typed(request)
    if not typed.is_well_formed:
        return page_response(status_form_page(typed, frame), frame)
    order, word = find_order(typed.payment_code or "", typed.word or "", client_ip(request))
    own_frame = frame_of(request, "/status", order.language, order.mode)
    return page_response(status_page(view_of(order, word, frame.province), own_frame), own_frame)


@page(find_pages, "GET", "/r/{token}", "A receipt, verified by a stranger", errors=(404,))
def verify(request: Request, token: str) -> Response:
    receipt = _find_receipt(token)
    mode = Mode.TEST if receipt.series.startswith(f"{Mode.TEST}-") else Mode.LIVE
    frame = frame_of(request, f"/r/{receipt.token}", mode=mode)
    unit = frame.province.units_by_code.get(receipt.payee_unit)
    if unit is None:
        raise DataFault("payee_unit_missing", f"no payee unit {receipt.payee_unit}")
    order = platform().ledger.read_order(receipt.payment_code)
    open_code = order.open_code if order else None
    # What an open code was bound to since: the receipt itself never changes.
    sealed = order.sealed_payer if order and open_code else receipt.sealed_payer
    names = open_names(sealed, receipt.payment_code)
    shown = receipt_page(receipt, unit, names.payer, frame, open_code, debtor_name=names.debtor)
    return page_response(shown, frame)


def _find_receipt(token: str) -> Receipt:
    """Raises: NotFound."""
    parts = platform()
    place = parts.views.read_token(token) if len(token) <= MAX_TOKEN_LENGTH else None
    receipt = parts.receipt_book.read(*place) if place else None
    if receipt is None or receipt.token != token:
        raise NotFound("receipt_not_found", "no such receipt")
    return receipt


def _read_typed(request: Request) -> Typed:
    form = read_form(request)
    return Typed.read(form.get("payment_code", ""), form.get("word", ""))
