"""The clerk's pages: sign in, open a shift, find or issue, take money, print, count, report.

No script is needed. Whatever is refused is said on the page from which it was asked.
"""

from dataclasses import replace

from chalice.app import Blueprint, Request, Response

from chalicelib.checkout.counter_desk import find_order_at, issue_at
from chalicelib.checkout.counter_sale import record_slip, take_cash
from chalicelib.checkout.counter_shift import CountedDrawer, close_shift, open_shift
from chalicelib.domain.identifiers import verification_word
from chalicelib.domain.pos_slips import Slip
from chalicelib.errors import Conflict, InvalidRequest, NotFound, Unauthorized
from chalicelib.observability import record_change
from chalicelib.web.counter_calls import counter_desk, desk_of_shift
from chalicelib.web.counter_forms import (
    fingerprint_of,
    key_hash_of,
    read_amount,
    read_new_order,
    read_tender,
)
from chalicelib.web.counter_page.pages import login_page, sold_page
from chalicelib.web.counter_page.words import load_words
from chalicelib.web.counter_session import (
    Session,
    end_cookie,
    read_session,
    require_own_form,
    set_cookie,
    sign_in,
)
from chalicelib.web.counter_shown import (
    desk_shown,
    go,
    own_form,
    respond,
    show_desk,
    show_home,
    show_order,
    signed_in,
)
from chalicelib.web.page_views import frame_of, page, page_response, read_form
from chalicelib.wiring import platform

counter_pages = Blueprint(__name__)

FORM = ("form_token", "key")
ERRORS = (400, 404, 409, 413, 415, 422)
SLIP = ("terminal", "batch", "trace", "reference", "masked_pan", "brand")


@page(counter_pages, "GET", "/counter", "The clerk's counters, or the form to sign in")
def home(request: Request) -> Response:
    try:
        session = read_session(request)
    except Unauthorized:
        frame = frame_of(request, "/counter")
        return page_response(login_page(frame, load_words(frame.language)), frame)
    return show_home(request, session)


@page(
    counter_pages,
    "POST",
    "/counter/login",
    "Sign in with a clerk's key",
    errors=(400, 413, 415),
    form=("access_key",),
)
def login(request: Request) -> Response:
    value = sign_in(read_form(request).get("access_key", "").strip())
    if value is None:
        frame = frame_of(request, "/counter")
        shown = login_page(frame, load_words(frame.language), is_refused=True)
        return page_response(shown, frame)
    record_change("clerk_signed_in")
    response = go(request, "/counter")
    response.headers["Set-Cookie"] = set_cookie(value)
    return response


@page(
    counter_pages,
    "POST",
    "/counter/logout",
    "Sign out",
    errors=(400, 413, 415),
    form=("form_token",),
)
@signed_in
def logout(request: Request, session: Session) -> Response:
    require_own_form(session, read_form(request))
    response = go(request, "/counter")
    response.headers["Set-Cookie"] = end_cookie()
    return response


@page(
    counter_pages,
    "POST",
    "/counter/{counter_code}/shifts",
    "Open a shift",
    errors=ERRORS,
    form=FORM,
)
@signed_in
def open_one(request: Request, session: Session, counter_code: str) -> Response:
    form = own_form(request, session)
    desk = counter_desk(session.clerk, counter_code)
    try:
        money = read_amount(desk, form.get(f"float-{counter_code}", ""), may_be_none=True)
        key_hash = key_hash_of(desk, form, "shift")
        shift = open_shift(desk, money, key_hash, platform().now())
    except (Conflict, InvalidRequest) as refusal:
        return show_home(request, session, refusal)
    return go(request, f"/counter/shifts/{shift.shift_id}")


@page(counter_pages, "GET", "/counter/shifts/{shift_id}", "A shift's desk", errors=(404,))
@signed_in
def look(request: Request, session: Session, shift_id: str) -> Response:
    return show_desk(request, session, desk_of_shift(session.clerk, shift_id), shift_id)


@page(
    counter_pages,
    "POST",
    "/counter/shifts/{shift_id}/find",
    "Find an order by its code",
    errors=ERRORS,
    form=(*FORM, "payment_code"),
)
@signed_in
def find(request: Request, session: Session, shift_id: str) -> Response:
    form, desk = own_form(request, session), desk_of_shift(session.clerk, shift_id)
    try:
        order = find_order_at(desk, form.get("payment_code", ""), platform().now())
    except (InvalidRequest, NotFound) as refusal:
        return show_desk(request, session, desk, shift_id, refusal)
    return go(request, f"/counter/shifts/{shift_id}/orders/{order.payment_code}")


@page(
    counter_pages,
    "POST",
    "/counter/shifts/{shift_id}/orders",
    "Issue an order to who stands at the counter",
    errors=ERRORS,
    form=(*FORM, "fee_item", "quantity?", "amount?", "reference", "payer"),
)
@signed_in
def issue(request: Request, session: Session, shift_id: str) -> Response:
    form, desk = own_form(request, session), desk_of_shift(session.clerk, shift_id)
    now = platform().now()
    try:
        asked = read_new_order(desk, form)
        key = f"@{shift_id}|{form.get('key', '')}"
        order = issue_at(desk, asked, key, fingerprint_of(form), now)
    except (Conflict, InvalidRequest) as refusal:
        return show_desk(request, session, desk, shift_id, refusal)
    return go(request, f"/counter/shifts/{shift_id}/orders/{order.payment_code}")


@page(
    counter_pages,
    "GET",
    "/counter/shifts/{shift_id}/orders/{payment_code}",
    "An order at the counter",
    errors=(404, 422),
)
@signed_in
def show(request: Request, session: Session, shift_id: str, payment_code: str) -> Response:
    desk = desk_of_shift(session.clerk, shift_id)
    return show_order(request, session, desk, (shift_id, payment_code))


@page(
    counter_pages,
    "POST",
    "/counter/shifts/{shift_id}/orders/{payment_code}/cash",
    "Take cash for it",
    errors=ERRORS,
    form=(*FORM, "owed", "received"),
)
@signed_in
def cash(request: Request, session: Session, shift_id: str, payment_code: str) -> Response:
    """Exactly what is owed now: the drawer gives the change."""
    form, desk = own_form(request, session), desk_of_shift(session.clerk, shift_id)
    try:
        tender = read_tender(desk, form, payment_code, f"cash|{shift_id}")
        received = read_amount(desk, form.get("received", ""))
        sale = take_cash(desk, shift_id, replace(tender, received_minor=received))
    except (Conflict, InvalidRequest, NotFound) as refusal:
        return show_order(request, session, desk, (shift_id, payment_code), refusal)
    return respond(sold_page(desk_shown(request, session), sale), request, desk.portal.mode)


@page(
    counter_pages,
    "POST",
    "/counter/shifts/{shift_id}/orders/{payment_code}/slip",
    "Record a card's slip for it",
    errors=ERRORS,
    form=(*FORM, "owed", *SLIP),
)
@signed_in
def slip(request: Request, session: Session, shift_id: str, payment_code: str) -> Response:
    form, desk = own_form(request, session), desk_of_shift(session.clerk, shift_id)
    try:
        tender = read_tender(desk, form, payment_code, f"slip|{shift_id}")
        found = Slip(**{name: form.get(name, "").strip() for name in SLIP})
        sale = record_slip(desk, shift_id, replace(tender, slip=found))
    except (Conflict, InvalidRequest, NotFound) as refusal:
        return show_order(request, session, desk, (shift_id, payment_code), refusal)
    return respond(sold_page(desk_shown(request, session), sale), request, desk.portal.mode)


@page(
    counter_pages,
    "GET",
    "/counter/shifts/{shift_id}/orders/{payment_code}/paper",
    "The dossier receipt to print",
    errors=(404, 422),
)
@signed_in
def paper(request: Request, session: Session, shift_id: str, payment_code: str) -> Response:
    from chalicelib.web.papers import paper_response

    desk = desk_of_shift(session.clerk, shift_id)
    order = find_order_at(desk, payment_code, platform().now())
    portal = platform().setup.read_portal(order.portal) or desk.portal
    word = verification_word(portal.code_secret, order.payment_code)
    return paper_response(order, word, frame_of(request, "/counter").language)


@page(
    counter_pages,
    "POST",
    "/counter/shifts/{shift_id}/close",
    "Count the drawer and close",
    errors=ERRORS,
    form=(*FORM, "counted", "reason?"),
)
@signed_in
def close(request: Request, session: Session, shift_id: str) -> Response:
    form, desk = own_form(request, session), desk_of_shift(session.clerk, shift_id)
    try:
        counted = read_amount(desk, form.get("counted", ""), may_be_none=True)
        reason = form.get("reason", "").strip()[:500]
        close_shift(desk, shift_id, CountedDrawer(counted, {}, reason, platform().now()))
    except (Conflict, InvalidRequest) as refusal:
        return show_desk(request, session, desk, shift_id, refusal)
    return go(request, f"/counter/shifts/{shift_id}")
