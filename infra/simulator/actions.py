"""What a payer, or a script in the payer's place, can make happen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from infra.simulator.wire import Refused


class Result(StrEnum):
    OPEN = "open"
    PAID = "paid"
    REFUSED = "refused"
    HELD = "held"
    UNKNOWN = "unknown"
    CLOSED = "closed"  # by the merchant, for good


@dataclass(frozen=True, slots=True)
class PayRequest:
    """What the platform asked for. `created`: the provider's own time of creation, as sent.
    `expires_at` None: never."""

    channel: str
    merchant: str
    number: str
    amount_minor: int
    currency: str
    description: str
    created: str
    expires_at: datetime | None
    return_url: str
    notification_url: str


@dataclass(frozen=True, slots=True)
class Refund:
    """`number` is the platform's, `at` the provider's own time."""

    number: str
    amount_minor: int
    at: str


@dataclass(frozen=True, slots=True)
class Payment:
    """`told_minor` is the amount that the provider says it took. `is_mute`: questions about it are
    dropped. `refunds`: on Alipay."""

    request: PayRequest
    result: Result = Result.OPEN
    code: str = ""
    action: str = ""
    transaction_no: str = "0"
    told_minor: int = 0
    decided_at: datetime | None = None
    is_mute: bool = False
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """`result` None: the payment stays as it is. `calls`: how many notifications go out."""

    meaning: str
    result: Result | None
    calls: int = 1
    is_forged: bool = False
    is_late: bool = False
    is_mute: bool = False
    is_wrong_amount: bool = False
    is_for_payer: bool = True
    allowed_after: frozenset[Result] = frozenset({Result.OPEN, Result.REFUSED, Result.UNKNOWN})


ACTIONS: Mapping[str, Action] = {
    "pay": Action("the money moves and you are told", Result.PAID),
    "refuse": Action(
        "no money moves (VNPAY: code 24, or the one given) and you are told", Result.REFUSED
    ),
    "late": Action(
        "the money moves; you are told after `seconds`, or by `notify`", Result.PAID, is_late=True
    ),
    "lost": Action(
        "the money moves; nobody tells you, questions are answered", Result.PAID, calls=0
    ),
    "doubled": Action(
        "the money moves; you are told twice at the same moment", Result.PAID, calls=2
    ),
    "wrong_amount": Action(
        "another amount moves (or `other_amount_minor`)", Result.PAID, is_wrong_amount=True
    ),
    "forged": Action("no money moves; somebody without the key says it did", None, is_forged=True),
    "suspicious": Action("the money moves and is held (VNPAY: code 07)", Result.HELD),
    "unknown_code": Action("you are told a code that is in no table", Result.UNKNOWN),
    "pending": Action("nothing is decided, for ever", None, calls=0),
    "silent": Action(
        "the money moves; nobody tells you and questions are dropped",
        Result.PAID,
        calls=0,
        is_mute=True,
    ),
    "notify": Action(
        "you are told (again) what became of it",
        None,
        is_for_payer=False,
        allowed_after=frozenset({Result.PAID, Result.REFUSED, Result.HELD, Result.UNKNOWN}),
    ),
    "release": Action(
        "held money becomes paid and you are told",
        Result.PAID,
        is_for_payer=False,
        allowed_after=frozenset({Result.HELD}),
    ),
}

# The last three digits of `amount_minor` on the sandbox channel, when the payer presses `pay`.
MAGIC: Mapping[str, str] = {
    "001": "refuse",
    "002": "pending",
    "003": "silent",
    "004": "wrong_amount",
    "005": "lost",
    "006": "doubled",
    "007": "suspicious",
    "008": "late",
    "009": "forged",
    "010": "unknown_code",
}

WRONG_AMOUNT_DIFFERENCE = 1000


def magic_action(amount_minor: int) -> str:
    return MAGIC.get(f"{amount_minor % 1000:03d}", "pay")


def decide(
    payment: Payment, name: str, options: Mapping[str, str], transaction_no: str, now: datetime
) -> Payment:
    """The payment after the action; a transaction number is taken when money moves."""
    action = ACTIONS[name]
    if action.result is None:
        return replace(payment, action=payment.action if name == "notify" else name)
    moved = action.result in (Result.PAID, Result.HELD)
    told = payment.told_minor or payment.request.amount_minor
    if action.is_wrong_amount:
        other = payment.request.amount_minor + WRONG_AMOUNT_DIFFERENCE
        told = read_amount(options, other)
    return replace(
        payment,
        result=action.result,
        code=options.get("code", ""),
        action=name,
        transaction_no=payment.transaction_no
        if name == "release"
        else transaction_no
        if moved
        else "0",
        told_minor=told,
        decided_at=now,
        is_mute=action.is_mute,
    )


def read_amount(options: Mapping[str, str], otherwise: int) -> int:
    """Raises: Refused"""
    text = options.get("other_amount_minor", "")
    if text and not re.fullmatch("[0-9]{1,12}", text):
        raise Refused(400, "other_amount_minor is not a whole number")
    return int(text) if text else otherwise


def pretend_paid(payment: Payment, transaction_no: str, now: datetime) -> Payment:
    """What a forger claims."""
    return replace(
        payment,
        result=Result.PAID,
        transaction_no=transaction_no,
        told_minor=payment.request.amount_minor,
        decided_at=now,
    )
