"""An order as a payer reaches it: by its payment code and its verification word."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.checkout.covered_bills import is_as_covered, read_bills
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.create_part import least_part
from chalicelib.checkout.offer_channels import OfferedAccount, offer_for
from chalicelib.checkout.price_bill_today import price_today
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.cases import CaseState
from chalicelib.domain.identifiers import (
    is_fact,
    is_payment_code,
    is_verification_word,
    verification_word,
)
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payers import read_parties
from chalicelib.domain.payments import Attempt
from chalicelib.domain.portals import Portal
from chalicelib.domain.province import Province
from chalicelib.errors import DataFault, NotFound, TooManyRequests, TryLater
from chalicelib.observability import warn
from chalicelib.storage.compression import decompress
from chalicelib.storage.decoy import DECOY_CODE, DECOY_SECRET, read_decoy
from chalicelib.storage.guesses import Guesser, network_of
from chalicelib.storage.keys import as_spoken
from chalicelib.web.pages.action_page import origin_of
from chalicelib.web.pages.order_view import OrderView
from chalicelib.web.pages.standing import MONEY_ARRIVED, standing_of
from chalicelib.web.pages.ways_to_pay import ChannelChoice
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.web.live_bills import Fetched


@dataclass(frozen=True, slots=True)
class NumberSearch:
    """`named`: the scheme or the unit that the payer named, as it is in the address or the form.
    `units`: whose numbers are looked through. `scheme` None: a unit was named."""

    named: str
    units: tuple[str, ...]
    number: str
    scheme: str | None = None


def find_order(payment_code: str, word: str, client_ip: str) -> tuple[Order, str]:
    """The order, of a bill with what is owed today, and its word as it is printed.

    Raises: NotFound, the same for an unknown code and for a wrong word, and another where the check
    digits say that it is nobody's code; TooManyRequests after too many of both, also for the right
    word."""
    if not is_payment_code(payment_code):
        raise NotFound(
            "payment_code_mistyped", "no payment code: a digit is wrong, or two are swapped"
        )
    guesser = _guesser(payment_code, client_ip)
    order = platform().ledger.read_order(payment_code)
    opened = _open([order] if order else [], word)
    if opened is None:
        raise _count_wrong(guesser)
    return _as_owed_today(opened)


def find_order_by_number(search: NumberSearch, given: str, client_ip: str) -> tuple[Order, str]:
    """By what a unit wrote on the payer's paper; `given`: the verification word, or the second fact
    where the bill has one. A unit with software of its own is asked for what is not here.

    Raises: as `find_order`; TryLater (`unit_silent`) when the unit that may know does not answer,
    whatever is known here."""
    parts = platform()
    guesser = _guesser(f"{search.named}#{as_spoken(search.number)}", client_ip)
    codes = parts.obligations.find_orders(search.units, search.number)
    orders = list(parts.ledger.read_orders(codes or [DECOY_CODE]).values())
    opened = _open(orders, given)
    if opened is not None and not _may_have_changed(opened, given):
        return _as_owed_today(opened)
    fetched = _fetch(search, given)
    if fetched.order is not None:
        return _as_owed_today(_with_portal(fetched.order))
    if opened is not None:
        return _as_owed_today(opened)
    not_found = _count_wrong(guesser)
    if fetched.is_unanswered:
        raise TryLater("unit_silent", "the unit's own system does not answer")
    raise not_found


def _guesser(named: str, client_ip: str) -> Guesser:
    """Raises: TooManyRequests, before anything is looked up."""
    parts = platform()
    guesser = Guesser(named, network_of(client_ip))
    if parts.guesses.is_over(guesser, parts.now()):
        warn("guesses_refused")
        raise TooManyRequests("too_many_guesses", "too many wrong codes or words; wait a while")
    return guesser


Opened = tuple[Order, Portal]


def _open(orders: list[Order], given: str) -> Opened | None:
    """The one that is the payer's. Where there is none, one that nobody has is read and compared in
    its place: what is done does not tell which orders exist."""
    candidates = orders or [read_decoy()]
    portals = platform().setup.read_portals_now(order.portal for order in orders)
    opened = None
    for order in candidates:
        portal = portals.get(order.portal)
        if _is_right(portal.code_secret if portal else DECOY_SECRET, order, given):
            opened = (order, portal) if portal and orders else None
    return opened


def _is_right(secret: bytes, order: Order, given: str) -> bool:
    kept = order.bill.second_fact if order.bill else None
    is_word = is_verification_word(secret, order.payment_code, given)
    return is_fact(secret, order.payment_code, given, kept) or is_word


def _may_have_changed(opened: Opened, given: str) -> bool:
    """Only who gave the second fact can be asked for by it; what is paid stays as it is."""
    order, portal = opened
    is_word = is_verification_word(portal.code_secret, order.payment_code, given)
    return order.is_payable and not is_word


def _fetch(search: NumberSearch, given: str) -> "Fetched":
    from chalicelib.web.live_bills import Fetched, fetch_bill, sources_of

    sources = sources_of(platform().setup.read_province(), search.units, search.scheme)
    return fetch_bill(sources, search.number, given) if sources else Fetched(None, False)


def _with_portal(order: Order) -> Opened:
    portal = platform().setup.read_portal(order.portal)
    if portal is None:
        raise DataFault("portal_missing", f"there is no portal {order.portal}")
    return order, portal


def _as_owed_today(opened: Opened) -> tuple[Order, str]:
    parts, (order, portal) = platform(), opened
    zone = parts.setup.read_province().zone
    today = price_today(parts.ledger, order, parts.now(), zone)
    return today, verification_word(portal.code_secret, order.payment_code)


def _count_wrong(guesser: Guesser) -> NotFound:
    parts = platform()
    parts.guesses.count_wrong(guesser, parts.now())
    return _not_found()


def _not_found() -> NotFound:
    return NotFound("order_not_found", "no such order, or not its word")


def view_of(order: Order, word: str, province: Province) -> OrderView:
    unit = province.units_by_code.get(order.payee_unit)
    if unit is None:
        raise DataFault("payee_unit_missing", f"no payee unit {order.payee_unit} in the catalogue")
    now = platform().now()
    is_paid = standing_of(order, now) in MONEY_ARRIVED
    names = open_names(order.sealed_payer, order.payment_code) if is_paid else PartyNames()
    address = f"/pay/{order.payment_code}/{word}"
    bills = read_bills(platform().ledger, order) if order.covers else {}
    changed = (
        each.payment_code
        for each in order.covers
        if not is_as_covered(bills.get(each.payment_code), each, now)
    )
    return OrderView(
        order,
        unit,
        now,
        address,
        names.payer,
        names.debtor,
        bills=bills,
        changed_bills=frozenset(changed),
        least_part=least_part(province, order, business_day_of(now, province.zone)),
        part_key=platform().new_id(),
        is_surplus_due=_is_surplus_due(order),
    )


def _is_surplus_due(order: Order) -> bool:
    if order.status is not OrderStatus.PAID or not order.decided_cases:
        return False
    cases = platform().cases.read_many(order.decided_cases)
    return any(
        case.is_about_money and case.state is CaseState.REFUND_DUE for case in cases.values()
    )


@dataclass(frozen=True, slots=True)
class PartyNames:
    """`payer` None: the key store does not answer, and a page does without. `debtor` None: the
    payer himself."""

    payer: str | None = None
    debtor: str | None = None


def open_names(sealed_payer: bytes, payment_code: str) -> PartyNames:
    try:
        opened = platform().envelope.open(sealed_payer, payment_code)
    except TryLater as later:
        warn("payer_name_left_out", code=later.code)
        return PartyNames()
    parties = read_parties(json.loads(decompress(opened)))
    return PartyNames(parties.payer.name, parties.debtor.name if parties.debtor else None)


def open_payer_name(sealed_payer: bytes, payment_code: str) -> str | None:
    """None while the key store does not answer."""
    return open_names(sealed_payer, payment_code).payer


def choices_for(view: OrderView, province: Province) -> tuple[ChannelChoice, ...]:
    offered = offer_for(province, view.order)
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
