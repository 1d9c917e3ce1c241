"""A provider's side, as the tests that run over every channel need it.

Each `<channel>_wire.py` exports its own as `KIT`: a new channel is in those tests by that alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

from chalicelib.channels.contract import (
    Channel,
    Credentials,
    Message,
    PaymentQuery,
    PaymentRequest,
)
from chalicelib.domain.identifiers import build_payment_code, build_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client
from chalicelib.outbound import Http, Response
from tests.channels.stand_ins import QUERY, REQUEST, credentials_of

PAID_AT = datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC)
PAYMENT_NO = build_payment_no(build_payment_code("22", 1), 1)
OTHER_PAYMENT_NO = build_payment_no(build_payment_code("22", 2), 1)
FEE = Money(50_000, "VND")


class Word(StrEnum):
    """What a provider may say of a payment. `unmapped`: with a code that is in no table."""

    PAID = "paid"
    REFUSED = "refused"
    WAITING = "waiting"
    UNMAPPED = "unmapped"
    ABSENT = "absent"


@dataclass(frozen=True)
class Told:
    payment_no: str = PAYMENT_NO
    amount: Money = FEE
    word: Word = Word.PAID
    transaction: str = "14500001"
    at: datetime = PAID_AT


@dataclass(frozen=True)
class Keys:
    """`ours`: what our account's secret holds; `theirs`: what its provider signs with."""

    ours: Mapping[str, str]
    theirs: Any


Fields = Mapping[str, str]
Notify = Callable[[Fields, Any, Told], Message]
Reply = Callable[[Fields, Any, Told, bytes], Response]
Write = Callable[[Fields, Sequence[Told], int], bytes]


@dataclass(frozen=True)
class Kit:
    """`fields`, `keys`: of one account; `other_fields`, `other_keys`: of another merchant's.
    `notify`: a message about a payment, signed. `answers`: to the calls `query`, `create` and
    `close`, as far as the channel makes them. `says`, `answers_with`: the words that notifications
    and answers know. `statement`: a file of these payments whose control total is wrong by so many
    minor units; `layout`: what our account needs to read it. `chosen`: fields that an account could
    do without, of which these messages need some. `names_times`: its words say when the money
    moved."""

    channel: Callable[[Http], Channel]
    fields: Fields
    other_fields: Fields
    keys: Keys
    other_keys: Keys
    notify: Notify
    says: frozenset[Word]
    answers: Mapping[str, Reply] = field(default_factory=dict)
    answers_with: frozenset[Word] = frozenset()
    currency: str = "VND"
    creates_for: Client = Client.WEB
    statement: Write | None = None
    layout: Mapping[str, Any] | None = None
    chosen: frozenset[str] = frozenset()
    names_times: bool = True

    @property
    def amount(self) -> Money:
        return Money(50_000, self.currency)

    @property
    def told(self) -> Told:
        return Told(amount=self.amount)

    @property
    def request(self) -> PaymentRequest:
        return replace(REQUEST, payment_no=PAYMENT_NO, amount=self.amount)

    @property
    def query(self) -> PaymentQuery:
        asked_at = QUERY.asked_at if self.names_times else PAID_AT
        return replace(QUERY, payment_no=PAYMENT_NO, amount=self.amount, asked_at=asked_at)

    def credentials(
        self,
        code: str,
        *,
        fields: Fields | None = None,
        current: Keys | None = None,
        previous: Keys | None = None,
    ) -> Credentials:
        """Of our account, else with what is named."""
        return credentials_of(
            code,
            fields or self.fields,
            (current or self.keys).ours,
            previous.ours if previous else None,
            self.currency,
        )


def find_kits() -> Mapping[str, Kit]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("*_wire.py"))
    modules = {name: import_module(f"tests.channels.{name}") for name in names}
    return {name.removesuffix("_wire"): module.KIT for name, module in modules.items()}
