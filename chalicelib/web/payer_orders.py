"""An order as a payer reaches it: by its payment code and its verification word."""

import json

from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.offer_channels import OfferedAccount, offer_channels
from chalicelib.checkout.price_bill_today import price_today
from chalicelib.domain.identifiers import (
    is_payment_code,
    is_verification_word,
    verification_word,
)
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt
from chalicelib.domain.province import Province
from chalicelib.errors import DataFault, NotFound, TooManyRequests, TryLater
from chalicelib.observability import warn
from chalicelib.storage.compression import decompress
from chalicelib.storage.guesses import Guesser, network_of
from chalicelib.storage.keys import as_spoken
from chalicelib.web.pages.action_page import origin_of
from chalicelib.web.pages.order_view import OrderView
from chalicelib.web.pages.standing import MONEY_ARRIVED, standing_of
from chalicelib.web.pages.ways_to_pay import ChannelChoice
from chalicelib.wiring import platform


def find_order(payment_code: str, word: str, client_ip: str) -> tuple[Order, str]:
    """The order, of a bill with what is owed today, and its word as it is printed.

    Raises: NotFound, the same for an unknown code and for a wrong word; TooManyRequests after too
    many of both, also for the right word."""
    if not is_payment_code(payment_code):
        raise _not_found()
    guesser = _guesser(payment_code, client_ip)
    order = platform().ledger.read_order(payment_code)
    return _open_by_word([order] if order else [], word, guesser)


def find_order_by_number(scheme: str, number: str, word: str, client_ip: str) -> tuple[Order, str]:
    """By what a unit of the scheme wrote on the payer's paper. Raises: as `find_order`."""
    parts = platform()
    guesser = _guesser(f"{scheme}#{as_spoken(number)}", client_ip)
    units = parts.setup.read_province().units_of_scheme(scheme)
    codes = parts.obligations.find_orders(units, number)
    return _open_by_word(list(parts.ledger.read_orders(codes).values()), word, guesser)


def _guesser(named: str, client_ip: str) -> Guesser:
    """Raises: TooManyRequests, before anything is looked up."""
    parts = platform()
    guesser = Guesser(named, network_of(client_ip))
    if parts.guesses.is_over(guesser, parts.now()):
        warn("guesses_refused")
        raise TooManyRequests("too_many_guesses", "too many wrong codes or words; wait a while")
    return guesser


def _open_by_word(orders: list[Order], word: str, guesser: Guesser) -> tuple[Order, str]:
    parts = platform()
    for order in orders:
        portal = parts.setup.read_portal(order.portal)
        if portal and is_verification_word(portal.code_secret, order.payment_code, word):
            zone = parts.setup.read_province().zone
            today = price_today(parts.ledger, order, parts.now(), zone)
            return today, verification_word(portal.code_secret, order.payment_code)
    parts.guesses.count_wrong(guesser, parts.now())
    raise _not_found()


def _not_found() -> NotFound:
    return NotFound("order_not_found", "no such order, or not its word")


def view_of(order: Order, word: str, province: Province) -> OrderView:
    unit = province.units_by_code.get(order.payee_unit)
    if unit is None:
        raise DataFault("payee_unit_missing", f"no payee unit {order.payee_unit} in the catalogue")
    now = platform().now()
    is_paid = standing_of(order, now) in MONEY_ARRIVED
    name = open_payer_name(order.sealed_payer, order.payment_code) if is_paid else None
    return OrderView(order, unit, now, f"/pay/{order.payment_code}/{word}", name)


def open_payer_name(sealed_payer: bytes, payment_code: str) -> str | None:
    """None while the key store does not answer: a page does without."""
    try:
        opened = platform().envelope.open(sealed_payer, payment_code)
    except TryLater as later:
        warn("payer_name_left_out", code=later.code)
        return None
    return str(json.loads(decompress(opened))["name"])


def choices_for(view: OrderView, province: Province) -> tuple[ChannelChoice, ...]:
    order = view.order
    offered = offer_channels(
        province,
        mode=order.mode,
        payee_unit=order.payee_unit,
        amount=order.amount,
        allowed=order.channels,
    )
    return tuple(
        _choice(account, view, is_choice=each.channel in province.payers_choose)
        for each in offered
        for account in each.accounts
    )


def _choice(offered: OfferedAccount, view: OrderView, *, is_choice: bool) -> ChannelChoice:
    """`is_choice`: the payer says which account it is, so the form does too."""
    account = offered.account
    addresses = [value for value in account.fields.values() if _is_web_address(value)]
    named = f"{account.channel}-{account.account}" if is_choice else account.channel
    key, goes_on_with = _form_key(view, named)
    return ChannelChoice(
        channel=account.channel,
        names=account.names,
        key=key,
        goes_on_with=goes_on_with,
        closed_reason=offered.unavailable_reason,
        origins=tuple(sorted({origin_of(address) for address in addresses})),
        account=account.account if is_choice else None,
        acquirer=account.acquirer.names if is_choice and account.acquirer else None,
    )


def _is_web_address(value: str) -> bool:
    return value.startswith(("https://", "http://"))


def page_key_hash(payment_code: str, key: str) -> bytes:
    return hash_idempotency_key(f"page|{payment_code}|{key}")


def _form_key(view: OrderView, way: str) -> tuple[str, int | None]:
    """The key of an attempt that the payer can still finish, so that the form goes on with it, and
    its number; else the next attempt's: two open pages that are sent together start one attempt,
    not two."""
    order = view.order
    for attempt in order.attempts:
        key = f"{way}-{attempt.attempt_no}"
        is_ours = attempt.idempotency_key_hash == page_key_hash(order.payment_code, key)
        if is_ours and can_go_on(attempt, view):
            return key, attempt.attempt_no
    return f"{way}-{len(order.attempts) + 1}", None


def can_go_on(attempt: Attempt, view: OrderView) -> bool:
    return attempt.is_in_flight and view.now < attempt.expires_at
