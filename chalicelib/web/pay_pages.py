"""The hosted pay page: look, choose a channel, come back. The code and its word are the login."""

from collections.abc import Mapping
from dataclasses import replace

from chalice.app import Blueprint, Request, Response

from chalicelib.channels.contract import Redirect
from chalicelib.checkout.start_payment import StartCommand, StartedPayment, start_payment
from chalicelib.domain.apps import client_of
from chalicelib.domain.representation import pay_url
from chalicelib.errors import BadRequest, Conflict, InvalidRequest, TryLater
from chalicelib.observability import record_change, warn
from chalicelib.web.operations import Operation, operation, trace_id_of
from chalicelib.web.page_views import frame_of, page, page_response, read_form, see_other
from chalicelib.web.pages.action_page import action_page, origin_of
from chalicelib.web.pages.error_page import Problem, error_page
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.order_view import OrderView, short_names
from chalicelib.web.pages.pay_page import Updates, pay_page
from chalicelib.web.payer_orders import (
    can_go_on,
    choices_for,
    find_order,
    page_key_hash,
    view_of,
)
from chalicelib.web.problem import status_of
from chalicelib.web.request_reading import client_ip
from chalicelib.wiring import platform

pay_pages = Blueprint(__name__)

PATH = "/pay/{payment_code}/{word}"
MAX_KEY_LENGTH = 80
MAX_CHECKS_DIGITS = 4
QR_MAX_AGE_SECONDS = 3600

StartRefusal = Conflict | InvalidRequest | TryLater

# After these the order's own page says what is true now, so the payer is sent there.
TOLD_ON_PAY_PAGE = frozenset(
    {
        *("order_paid", "order_cancelled", "order_expired", "payment_in_review"),
        *("channel_refused", "channel_unreachable", "payment_in_progress", "payment_locked"),
        "basket_outdated",
    }
)
_PROBLEMS = {"channel_unavailable": Problem.NOT_STARTED, "busy": Problem.BUSY}


@page(
    pay_pages,
    "GET",
    PATH,
    "The hosted pay page",
    errors=(404, 429),
    parameters=("checks", "updates"),
)
def show(request: Request, payment_code: str, word: str) -> Response:
    view, frame = _open(request, payment_code, word)
    updates = _read_updates(dict(request.query_params or {}))
    choices = choices_for(view, frame.province)
    return page_response(pay_page(view, choices, updates, frame), frame)


@page(
    pay_pages,
    "POST",
    f"{PATH}/payments",
    "The payer chose a channel",
    errors=(400, 404, 413, 415, 422, 429),
    form=("channel", "account?", "key"),
)
def pay(request: Request, payment_code: str, word: str) -> Response:
    form = read_form(request)
    view, frame = _open(request, payment_code, word)
    channel, key = form.get("channel", ""), form.get("key", "")
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise BadRequest("idempotency_key_invalid", "the form was altered")
    key_hash = page_key_hash(payment_code, key)
    if _is_stale(view, key_hash):
        return see_other(_own_address(view, frame))
    command = StartCommand(
        channel=channel,
        client=client_of(request.headers.get("user-agent", "")),
        client_ip=client_ip(request),
        key_hash=key_hash,
        now=view.now,
        account=form.get("account") or None,
    )
    try:
        started = start_payment(platform().desk(), view.order, command)
    except (Conflict, InvalidRequest, TryLater) as refusal:
        return _answer_refusal(request, refusal, channel, view, frame)
    record_change("payment_started", payment_no=started.payment_no, channel=channel)
    return _hand_over(started, view, frame)


@operation(
    pay_pages,
    Operation(
        "GET",
        f"{PATH}/qr.svg",
        "A QR code that opens the pay page",
        errors=(404, 429),
        content_type="image/svg+xml",
    ),
)
def draw(request: Request, payment_code: str, word: str) -> Response:
    from chalicelib.web.qr_image import draw_qr

    order, printed_word = find_order(payment_code, word, client_ip(request))
    address = pay_url(platform().settings.public_base_url, order.payment_code, printed_word)
    return Response(
        body=str(draw_qr(address, address)),
        headers={
            "Content-Type": "image/svg+xml",
            "Content-Security-Policy": "default-src 'none'",
            "Cache-Control": f"private, max-age={QR_MAX_AGE_SECONDS}",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _open(request: Request, payment_code: str, word: str) -> tuple[OrderView, Frame]:
    order, printed_word = find_order(payment_code, word, client_ip(request))
    address = f"/pay/{order.payment_code}/{printed_word}"
    frame = frame_of(request, address, order.language, order.mode)
    return view_of(order, printed_word, frame.province), frame


def _read_updates(query: Mapping[str, str]) -> Updates:
    checks = query.get("checks", "0")
    return Updates(
        checks=int(checks) if checks.isdecimal() and len(checks) < MAX_CHECKS_DIGITS else 0,
        are_wanted=query.get("updates") != "off",
    )


def _is_stale(view: OrderView, key_hash: bytes) -> bool:
    """The form is of a page from before that attempt ended: show the page as it is now."""
    known = [each for each in view.order.attempts if each.idempotency_key_hash == key_hash]
    return any(not can_go_on(attempt, view) for attempt in known)


def _own_address(view: OrderView, frame: Frame) -> str:
    return f"{platform().settings.public_base_url}{view.address}?lang={frame.language}"


def _answer_refusal(
    request: Request, refusal: StartRefusal, channel: str, view: OrderView, frame: Frame
) -> Response:
    warn("page_payment_refused", payment_code=view.order.payment_code, code=refusal.code)
    if refusal.code in TOLD_ON_PAY_PAGE:
        return see_other(_own_address(view, frame))
    named = [choice for choice in choices_for(view, frame.province) if choice.channel == channel]
    shown = error_page(
        _PROBLEMS.get(refusal.code, Problem.REFUSED) if named else Problem.REFUSED,
        frame,
        trace_id=trace_id_of(request),
        channel=frame.named(short_names(named[0].names)) if named else "",
        back=view.address,
    )
    return page_response(replace(shown, status=status_of(refusal)), frame)


def _hand_over(started: StartedPayment, view: OrderView, frame: Frame) -> Response:
    """Browsers follow a redirect only to where the page's form was allowed to lead."""
    action = started.action
    if isinstance(action, Redirect) and origin_of(action.url) in _origins(view, frame):
        return see_other(action.url)
    account = frame.province.account_of(started.attempt.channel, started.attempt.account)
    names = account.names if account else {frame.language: started.attempt.channel}
    return page_response(action_page(action, names, view, frame), frame)


def _origins(view: OrderView, frame: Frame) -> set[str]:
    choices = choices_for(view, frame.province)
    return {origin for choice in choices for origin in choice.origins}
