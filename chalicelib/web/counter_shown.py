"""A clerk's page as it is answered: with what stands in the shift now, and what was refused."""

import functools
from collections.abc import Callable

from chalice.app import Request, Response

from chalicelib.checkout.counter_desk import CounterDesk, find_order_at, own_shift
from chalicelib.checkout.counter_qr import counter_qr
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.province import Mode
from chalicelib.errors import Conflict, InvalidRequest, NotFound, Unauthorized
from chalicelib.web.counter_page.markup import Desk
from chalicelib.web.counter_page.pages import desk_page, home_page, order_page
from chalicelib.web.counter_page.words import load_words, problem_words
from chalicelib.web.counter_session import Session, read_session, require_own_form
from chalicelib.web.page_views import frame_of, page_response, read_form, see_other
from chalicelib.web.pages.layout import Page
from chalicelib.web.qr_image import draw_qr
from chalicelib.wiring import platform

Refusal = Conflict | InvalidRequest | NotFound
View = Callable[..., Response]
TYPED_WRONG = frozenset({"amount_unreadable", "quantity_unreadable"})


def signed_in(view: View) -> View:
    """Whoever is not is led to the form; he comes back by himself."""

    @functools.wraps(view)
    def handled(request: Request, **path: str) -> Response:
        try:
            return view(request, read_session(request), **path)
        except Unauthorized:
            return go(request, "/counter")

    return handled


def own_form(request: Request, session: Session) -> dict[str, str]:
    form = read_form(request)
    require_own_form(session, form)
    return form


def desk_shown(request: Request, session: Session, refusal: Refusal | None = None) -> Desk:
    frame = frame_of(request, "/counter")
    words = load_words(frame.language)
    problem = problem_words(words, refusal) if refusal else None
    is_typed_wrong = refusal is not None and refusal.code in TYPED_WRONG
    status = 422 if is_typed_wrong else 409
    return Desk(frame, words, session.form_token, platform().new_id(), problem, status)


def show_home(request: Request, session: Session, refusal: Refusal | None = None) -> Response:
    parts, clerk = platform(), session.clerk
    counters = [
        (each, parts.counters.shifts.read_counter(each.counter).shift_id)
        for each in parts.setup.read_province().counters
        if each.counter in clerk.counters
    ]
    return respond(
        home_page(desk_shown(request, session, refusal), clerk.person, counters), request
    )


def show_desk(
    request: Request,
    session: Session,
    desk: CounterDesk,
    shift_id: str,
    refusal: Refusal | None = None,
) -> Response:
    shift = own_shift(desk, shift_id)
    province = desk.desk.province
    today = business_day_of(platform().now(), province.zone)
    unit = desk.counter.payee_unit
    items = [
        item for item in province.fee_items if unit in item.payee_units and item.is_valid_on(today)
    ]
    sales = desk.shifts.list_sales(shift_id)
    shown = desk_page(desk_shown(request, session, refusal), shift, sales, items)
    return respond(shown, request, desk.portal.mode)


def show_order(
    request: Request,
    session: Session,
    desk: CounterDesk,
    place: tuple[str, str],
    refusal: Refusal | None = None,
) -> Response:
    """`place`: the shift and the payment code."""
    shift_id, payment_code = place
    order = find_order_at(desk, payment_code, platform().now())
    own_shift(desk, shift_id)
    shown = desk_shown(request, session, refusal)
    base_url = platform().settings.public_base_url
    qr = draw_qr(counter_qr(order, desk.desk.province, base_url), shown.words("order.qr"))
    page = order_page(shown, shift_id, order, desk.counter, qr)
    return respond(page, request, desk.portal.mode)


def respond(shown: Page, request: Request, mode: Mode = Mode.LIVE) -> Response:
    return page_response(shown, frame_of(request, "/counter", mode=mode))


def go(request: Request, path: str) -> Response:
    frame = frame_of(request, "/counter")
    return see_other(f"{platform().settings.public_base_url}{path}?lang={frame.language}")
