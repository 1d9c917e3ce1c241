"""Money that came into a bank account, whoever tells us of it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH, check_digits
from chalicelib.domain.money import Money
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.transfer_memo import find_payment_no

VIETNAM = timezone(timedelta(hours=7))
MAX_REFERENCE = 60
_UNCHECKED_CODE = re.compile("[1-9][0-9]{15}", re.ASCII)
_AMOUNT = re.compile(r"(-?[0-9]{1,15})(?:\.0+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class BankCredit:
    """`notice`: the aggregator's own number of it. `reference`: the bank's, "" where it has none.
    `virtual_account`: which the payer paid into, "" for the account itself. `doubt`: the
    aggregator's code where it does not say plainly that money came."""

    notice: str
    reference: str
    amount: Money
    memo: str
    credited_at: datetime
    account_number: str
    virtual_account: str
    doubt: str = ""

    @property
    def provider_transaction(self) -> str:
        reference = self.reference or self.notice
        return credit_key(reference, self.amount, self.credited_at.astimezone(VIETNAM).date())


def credit_key(reference: str, amount: Money, bank_date: date) -> str:
    """The same for one credit, whoever tells of it: aggregators write the bank's reference in their
    own ways, and a bank uses one again on another day."""
    bare = re.sub("[^A-Z0-9]", "", reference.upper())[:MAX_REFERENCE]
    return f"{bank_date:%Y%m%d}-{bare}-{amount.amount_minor}"


def is_ours(account: ChannelAccount, credit: BankCredit) -> bool:
    told = (credit.account_number, credit.virtual_account)
    return account.fields.get("account_number") in told or _virtual_code(account, credit) != ""


def payment_no_of(account: ChannelAccount, credit: BankCredit) -> str:
    """As `find_payment_no`; a virtual account names the payment code, and the memo may not
    contradict it."""
    found, code = find_payment_no(credit.memo), _virtual_code(account, credit)
    if code and found and found[:PAYMENT_CODE_LENGTH] != code:
        return ""
    return found or code


def virtual_account_of(prefix: str, payment_no: str) -> str:
    """An account number has 19 characters at most: the payment code goes without check digits."""
    return prefix + payment_no[: PAYMENT_CODE_LENGTH - 2]


def read_amount(text: str) -> int:
    """Whole đồng; JSON may write them 50000.0. Negative: money that went out.

    Raises: ValueError"""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise ValueError("the amount is not in whole đồng")
    return int(found[1])


def read_time(text: str) -> datetime:
    """`2024-05-21 10:02:30` is Vietnam's time.

    Raises: ValueError"""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=VIETNAM)
    return instant.astimezone(UTC)


def _virtual_code(account: ChannelAccount, credit: BankCredit) -> str:
    """The payment code of a virtual account that we gave out, else ""."""
    prefix = account.fields.get("virtual_account_prefix", "")
    digits = credit.virtual_account.removeprefix(prefix)
    if not prefix or digits == credit.virtual_account or not _UNCHECKED_CODE.fullmatch(digits):
        return ""
    return digits + check_digits(digits)
