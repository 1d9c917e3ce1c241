"""Where a payer with several papers in his hand gets one payment for all of them."""

import hashlib
from contextlib import suppress

from chalice.app import Blueprint, Request, Response

from chalicelib.checkout.create_basket import BasketCommand, BasketRequest, create_basket
from chalicelib.domain.identifiers import verification_word
from chalicelib.domain.portals import Portal
from chalicelib.domain.province import Mode
from chalicelib.domain.representation import pay_url
from chalicelib.errors import BadRequest, Conflict, DataFault, InvalidRequest
from chalicelib.observability import record_change
from chalicelib.storage.guesses import network_of
from chalicelib.web.basket_orders import bill_finder
from chalicelib.web.page_views import frame_of, page, page_response, read_form, see_other
from chalicelib.web.pages.basket_page import TypedBills, basket_page
from chalicelib.web.request_reading import client_ip
from chalicelib.wiring import platform

basket_pages = Blueprint(__name__)

MAX_KEY_LENGTH = 80
CODE_SECRET_BYTES = 32


@page(basket_pages, "GET", "/basket", "Several bills at once: the question")
def ask(request: Request) -> Response:
    frame = frame_of(request, "/basket")
    return page_response(basket_page(TypedBills(), platform().new_id(), frame), frame)


@page(
    basket_pages,
    "POST",
    "/basket",
    "Several bills at once: one order for all of them",
    errors=(400, 413, 415, 422, 429),
    form=("bills", "key"),
)
def make(request: Request) -> Response:
    form = read_form(request)
    frame, key = frame_of(request, "/basket"), form.get("key", "")
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise BadRequest("idempotency_key_invalid", "the form was altered")
    typed = TypedBills.read(form.get("bills", ""))
    if typed.problems:
        return page_response(basket_page(typed, key, frame), frame)
    codes = tuple(each.payment_code for each in typed.bills)
    portal = front_door(_mode_of(codes))
    asked = BasketRequest(
        payment_codes=codes,
        verification_words={each.payment_code: each.word for each in typed.bills},
        language=frame.language,
    )
    content = hashlib.sha256("|".join(codes).encode()).digest()
    own_key = f"{key}|{content.hex()}"  # the same form with other bills is another basket
    command = BasketCommand(portal, asked, own_key, content, platform().now())
    finder = bill_finder(network_of(client_ip(request)))
    try:
        created = create_basket(platform().desk(), finder, command)
    except (InvalidRequest, Conflict) as refusal:
        shown = typed.refused(refusal.errors)
        return page_response(basket_page(shown, key, frame), frame)
    if not created.is_replay:
        record_change("order_created", portal=portal.portal_id)
    word = verification_word(portal.code_secret, created.payment_code)
    address = pay_url(platform().settings.public_base_url, created.payment_code, word)
    return see_other(f"{address}?lang={frame.language}")


def front_door(mode: Mode) -> Portal:
    """The portal of what payers put together themselves: nobody has a key of it, and it may use no
    unit without a word. It is written when it is first needed, with a secret of its own."""
    parts, portal_id = platform(), f"front-door-{mode}"
    known = parts.setup.read_portal(portal_id)
    if known is not None:
        return known
    names = {"vi": "Cổng nộp tiền", "en": "Front door", "zh": "缴费首页"}
    secret = parts.random_bytes(CODE_SECRET_BYTES)
    made = Portal(portal_id, names, mode, frozenset(), (), secret)
    with suppress(DataFault):  # another process was first: its secret counts
        parts.setup.write_portal(made)
    portal = parts.setup.read_portal(portal_id)
    if portal is None:
        raise DataFault("portal_missing", "the front door's portal was not written")
    return portal


def _mode_of(codes: tuple[str, ...]) -> Mode:
    """That of the bills; test and real money never meet, so the first one decides."""
    orders = platform().ledger.read_orders(codes)
    found = [orders[code].mode for code in codes if code in orders]
    return found[0] if found else Mode.LIVE
