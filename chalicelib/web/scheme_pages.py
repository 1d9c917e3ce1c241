"""Entries of schemes: one printed code for a whole city's traffic fines, or for its schools. And
what is found by the number on any other paper."""

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.province import Scheme
from chalicelib.domain.representation import pay_url
from chalicelib.errors import NotFound
from chalicelib.web.operations import Operation, operation
from chalicelib.web.page_views import frame_of, page, page_response, read_form, see_other
from chalicelib.web.pages.error_page import Problem, error_page
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.number_page import SCHEME, UNIT, number_page
from chalicelib.web.pages.scheme_page import TypedNumber, scheme_page
from chalicelib.web.pages.sheet_page import sheet_page
from chalicelib.web.payer_orders import NumberSearch, find_order_by_number
from chalicelib.web.request_reading import client_ip
from chalicelib.wiring import platform

scheme_pages = Blueprint(__name__)

PATH = "/s/{scheme}"
FORM = ("number", "word")
QR_MAX_AGE_SECONDS = 86_400


@page(scheme_pages, "GET", PATH, "A scheme's entry: what its printed QR code opens", errors=(404,))
def enter(request: Request, scheme: str) -> Response:
    found = _find_scheme(scheme)
    frame = frame_of(request, f"/s/{found.code}")
    return page_response(scheme_page(found, TypedNumber(), frame), frame)


@page(
    scheme_pages,
    "POST",
    PATH,
    "The number on the payer's paper and its word, typed",
    errors=(400, 404, 413, 415, 422, 429),
    form=FORM,
)
def find(request: Request, scheme: str) -> Response:
    found = _find_scheme(scheme)
    frame = frame_of(request, f"/s/{found.code}")
    form = read_form(request)
    takes_fact = found.second_fact_names is not None
    typed = TypedNumber.read(form.get("number", ""), form.get("word", ""), takes_fact=takes_fact)
    if not typed.is_well_formed:
        return page_response(scheme_page(found, typed, frame), frame)
    units = frame.province.units_of_scheme(found.code)
    search = NumberSearch(found.code, units, typed.number or "", found.code)
    return _open_found(search, typed, request, frame)


@page(scheme_pages, "GET", "/find", "Found by the number on a paper: the question")
def ask_number(request: Request) -> Response:
    frame = frame_of(request, "/find")
    return page_response(number_page(None, TypedNumber(), frame), frame)


@page(
    scheme_pages,
    "POST",
    "/find",
    "Whose paper it is, its number and its word, typed",
    errors=(400, 404, 413, 415, 422, 429),
    form=("whose", "number", "word"),
)
def find_number(request: Request) -> Response:
    frame = frame_of(request, "/find")
    form = read_form(request)
    whose = form.get("whose", "")
    typed = TypedNumber.read(form.get("number", ""), form.get("word", ""), takes_fact=True)
    search = _search_of(whose, typed.number or "", frame)
    if search is None or not typed.is_well_formed:
        return page_response(number_page(whose if search else "", typed, frame), frame)
    return _open_found(search, typed, request, frame)


def _search_of(whose: str, number: str, frame: Frame) -> NumberSearch | None:
    """None: nothing that there is was chosen."""
    province = frame.province
    if whose.startswith(SCHEME):
        scheme = province.scheme_of(whose.removeprefix(SCHEME))
        if scheme is not None:
            units = province.units_of_scheme(scheme.code)
            return NumberSearch(scheme.code, units, number, scheme.code)
    unit = whose.removeprefix(UNIT)
    if whose.startswith(UNIT) and unit in province.units_by_code:
        return NumberSearch(unit, (unit,), number)
    return None


def _open_found(
    search: NumberSearch, typed: TypedNumber, request: Request, frame: Frame
) -> Response:
    try:
        order, word = find_order_by_number(search, typed.word or "", client_ip(request))
    except NotFound:
        return page_response(error_page(Problem.NO_NUMBER, frame, back=frame.path), frame)
    address = pay_url(platform().settings.public_base_url, order.payment_code, word)
    return see_other(f"{address}?lang={frame.language}")


@page(scheme_pages, "GET", f"{PATH}/sheet", "A scheme's sheet, for print", errors=(404,))
def show_sheet(request: Request, scheme: str) -> Response:
    found = _find_scheme(scheme)
    frame = frame_of(request, f"/s/{found.code}/sheet")
    return page_response(sheet_page(found, frame), frame)


@operation(
    scheme_pages,
    Operation(
        "GET",
        f"{PATH}/qr.svg",
        "A scheme's QR code in its own color, for print: the same for everybody",
        errors=(404,),
        content_type="image/svg+xml",
    ),
)
def draw(_: Request, scheme: str) -> Response:
    from chalicelib.web.qr_image import draw_qr

    found = _find_scheme(scheme)
    address = f"{platform().settings.public_base_url}/s/{found.code}"
    return Response(
        body=str(draw_qr(address, address, found.color)),
        headers={
            "Content-Type": "image/svg+xml",
            "Content-Security-Policy": "default-src 'none'",
            "Cache-Control": f"public, max-age={QR_MAX_AGE_SECONDS}",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _find_scheme(code: str) -> Scheme:
    """Raises: NotFound."""
    scheme = platform().setup.read_province().scheme_of(code)
    if scheme is None:
        raise NotFound("scheme_not_found", "no such scheme")
    return scheme
