"""Whether a payment still stands: asked by a provider that is about to take the money."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.checkout.closed_orders import lock_on
from chalicelib.checkout.covered_bills import is_as_covered, read_bills
from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.province import ChannelAccount
from chalicelib.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Standing:
    """`owed` None: this account has no such payment. `stands`: it may be taken now."""

    owed: Money | None
    stands: bool


def check_payment(
    ledger: Ledger, account: ChannelAccount, payment_no: str, now: datetime
) -> Standing:
    split = split_payment_no(payment_no)
    order = ledger.read_order(split[0]) if split else None
    attempt = order.attempt(split[1]) if order and split else None
    if order is None or attempt is None:
        return Standing(None, stands=False)
    if (attempt.channel, attempt.account) != (account.channel, account.account):
        return Standing(None, stands=False)
    is_open = attempt.is_in_flight and now < attempt.expires_at
    is_free = lock_on(order, now) in (None, attempt) and not order.needs_review
    bills = read_bills(ledger, order)
    are_owed = all(is_as_covered(bills.get(each.payment_code), each, now) for each in order.covers)
    return Standing(order.amount, stands=order.is_payable and is_open and is_free and are_owed)
