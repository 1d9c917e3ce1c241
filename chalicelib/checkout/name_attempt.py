"""Money that names the payment code alone: which attempt of the order it is (decision 0148).

A code on paper is bound to no attempt, and a payer may type no more than the code. Where the
account that got the money is one of those that serve the order, the first attempt on it is meant;
where there is none, it is written now. Which attempt it is decides nothing: amount and status stand
in the write that records the money.
"""

from dataclasses import replace
from datetime import datetime

from chalicelib.checkout.offer_channels import offer_account
from chalicelib.checkout.record_outcome import Report
from chalicelib.domain.identifiers import MAX_ATTEMPTS, build_payment_no, is_payment_code
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt, Client, PaymentStatus, Succeeded
from chalicelib.domain.province import ChannelAccount
from chalicelib.errors import TryLater
from chalicelib.storage.keys import transaction_key
from chalicelib.storage.late_attempts import LateAttempts
from chalicelib.storage.ledger import Ledger

MAX_TRIES = 3


def name_attempt(
    ledger: Ledger, attempts: LateAttempts, account: ChannelAccount, report: Report, now: datetime
) -> Report:
    """With the payment's whole number. As it came wherever it says more or less than a payment
    code, is of no order that this account may take money for, or was told of before.

    Raises: TryLater when others kept starting payments; nothing was written then."""
    if not is_payment_code(report.payment_no) or _is_known(ledger, report):
        return report
    return replace(report, payment_no=attempt_on(ledger, attempts, account, report.payment_no, now))


def _is_known(ledger: Ledger, report: Report) -> bool:
    """Whoever told first may have known the attempt."""
    outcome = report.outcome
    if not isinstance(outcome, Succeeded):
        return True
    key = transaction_key(report.channel, report.account, outcome.provider_transaction)
    return ledger.read_transaction(key["pk"]) is not None


def attempt_on(
    ledger: Ledger, attempts: LateAttempts, account: ChannelAccount, code: str, now: datetime
) -> str:
    """The number of the first payment on this account of the order with this code, written now
    where there is none; the code itself where the account may take no money for it."""
    for _ in range(MAX_TRIES):
        order = ledger.read_order(code)
        if order is None or offer_account(account, order) is None:
            return code
        own = _first_on(order, account)
        if own is not None:
            return build_payment_no(code, own)
        attempt = late_attempt(order, account, now)
        if attempt.attempt_no > MAX_ATTEMPTS:
            return code
        if attempts.add(order, attempt) is not None:
            return build_payment_no(code, attempt.attempt_no)
    raise TryLater("busy", "the order changed at the same moment; send it again")


def late_attempt(
    order: Order, account: ChannelAccount, now: datetime, key_hash: bytes = b""
) -> Attempt:
    """Over when it begins: no channel takes more money for it."""
    return Attempt(
        attempt_no=max((attempt.attempt_no for attempt in order.attempts), default=0) + 1,
        channel=account.channel,
        account=account.account,
        status=PaymentStatus.INITIATED,
        client=Client.COUNTER,
        started_at=now.replace(microsecond=0),
        expires_at=now.replace(microsecond=0),
        idempotency_key_hash=key_hash,
    )


def _first_on(order: Order, account: ChannelAccount) -> int | None:
    place = (account.channel, account.account)
    own = (each.attempt_no for each in order.attempts if (each.channel, each.account) == place)
    return min(own, default=None)
