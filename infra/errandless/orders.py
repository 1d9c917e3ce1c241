"""A province's orders as an operator looks for them: over all portals, newest first."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from heapq import merge
from itertools import islice

from chalicelib.domain.business_day import start_of
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payers import Parties, Payer, read_parties
from chalicelib.storage.compression import decompress
from chalicelib.storage.views import OrderSearch
from chalicelib.wiring import Platform
from infra.errandless.failures import OperatorError

PAGE = 50
Advance = Callable[[int], None]
HIDDEN = "•"


@dataclass(frozen=True, slots=True)
class OrderWish:
    """None: any. `last_day` is included."""

    reference: str | None = None
    status: OrderStatus | None = None
    payee_unit: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    def fits(self, order: Order) -> bool:
        """As the ledger has it: a list may be seconds behind."""
        return self.status in (None, order.status)


def find_orders(
    platform: Platform, portals: list[str], wish: OrderWish, limit: int, advance: Advance
) -> list[Order]:
    """At most `limit`. `advance` is called with the number of orders that were looked at."""
    lists = [_newest_first(platform, _search_of(platform, each, wish), advance) for each in portals]
    merged = merge(*lists, key=lambda order: order.created_at, reverse=True)
    return list(islice(filter(wish.fits, merged), limit))


def read_order_parties(platform: Platform, order: Order) -> Parties:
    """With their names and numbers as they are."""
    opened = platform.envelope.open(order.sealed_payer, order.payment_code)
    return read_parties(json.loads(decompress(opened)))


def each_party(parties: Parties, shown: Callable[[Payer], Payer]) -> Parties:
    debtor = parties.debtor
    return Parties(shown(parties.payer), None if debtor is None else shown(debtor))


def mask_payer(payer: Payer) -> Payer:
    """Enough to ask a caller by: first letters, last digits. The identity number is left out."""
    return replace(
        payer,
        name=" ".join(_begin(word, 1) for word in payer.name.split()),
        identity_number=None,
        phone=payer.phone and HIDDEN * 3 + payer.phone[-3:],
        email=payer.email and _mask_email(payer.email),
    )


def show_payer(payer: Payer) -> Payer:
    """As he is, without his identity number, which is shown nowhere."""
    return replace(payer, identity_number=None)


def _search_of(platform: Platform, portal: str, wish: OrderWish) -> OrderSearch:
    zone = platform.setup.read_province().zone
    first, last = wish.first_day, wish.last_day
    if first and last and last < first:
        raise OperatorError(f"{last} is before {first}: --from is the earlier day.")
    return OrderSearch(
        portal=portal,
        reference=wish.reference,
        status=wish.status,
        payee_unit=wish.payee_unit,
        since=start_of(first, zone) if first else None,
        until=start_of(last + timedelta(days=1), zone) if last else None,
    )


def _newest_first(platform: Platform, search: OrderSearch, advance: Advance) -> Iterator[Order]:
    cursor = None
    while True:
        page = platform.views.search_orders(search, PAGE, cursor)
        orders = platform.ledger.read_orders(page.payment_codes)
        advance(len(orders))
        yield from (orders[code] for code in page.payment_codes if code in orders)
        cursor = page.cursor
        if cursor is None:
            return


def _begin(word: str, letters: int) -> str:
    return word[:letters] + HIDDEN * 3


def _mask_email(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{_begin(name, 1)}@{domain}"
