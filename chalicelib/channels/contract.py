"""What every channel does. A channel keeps no state, reads no environment and touches no table.

Adding one: `make new-channel NAME=...`, then infra/guides/add-a-channel.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, runtime_checkable
from urllib.parse import urlencode

from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client, Outcome, Recorded
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AccountField:
    """One thing that an account of this channel needs. Secret ones live in the account's secret.
    `pattern`: what a value looks like. `choices`: the values that there are, each with the name of
    the secret that it makes necessary, or ""; None: any value. `is_list`: several with blanks
    between."""

    name: str
    meaning: str
    is_secret: bool = False
    is_required: bool = True
    pattern: str = ".+"
    choices: Mapping[str, str] | None = None
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account together with its secrets. `previous` is still accepted from the provider during
    rotation, never used to sign."""

    account: ChannelAccount
    current: Mapping[str, str] = field(repr=False)
    previous: Mapping[str, str] | None = field(repr=False)

    @property
    def accepted(self) -> tuple[Mapping[str, str], ...]:
        return (self.current,) if self.previous is None else (self.current, self.previous)


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """`description` is at most 100 characters of `[A-Za-z0-9 ]`. `return_url` is our own page for
    the payer's browser, `notification_url` our own endpoint for the provider."""

    payment_no: str
    amount: Money
    description: str
    language: str
    client: Client
    client_ip: str
    started_at: datetime
    expires_at: datetime
    return_url: str
    notification_url: str


@dataclass(frozen=True, slots=True)
class PaymentQuery:
    """`request_id` is new for every question, at most 32 characters of `[A-Za-z0-9]`."""

    payment_no: str
    amount: Money
    started_at: datetime
    asked_at: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str


@dataclass(frozen=True, slots=True)
class FormPost:
    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QrCode:
    payload: str


@dataclass(frozen=True, slots=True)
class AppParams:
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Instructions:
    text: str


PayerAction = Redirect | FormPost | QrCode | AppParams | Instructions


@dataclass(frozen=True, slots=True)
class Message:
    """What came in over HTTP. `query` is decoded, last value wins; header names are lower case.
    `received_at`: where it is not given, every window of time is over."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes
    received_at: datetime = LONG_AGO

    @property
    def raw(self) -> bytes:
        """As evidence: the body; where it has none, the query, encoded anew."""
        return self.raw_body or urlencode(self.query, errors="surrogatepass").encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider gets back."""

    status: int
    body: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A message whose signature held. `raw` is kept as evidence with the payment. `refunded`: all
    that the provider says went back so far of this payment; None where it says nothing of it.
    `is_return`: the payer's browser brought it, who may repeat it in other bytes: never kept."""

    payment_no: str
    outcome: Outcome
    raw: bytes
    refunded: Money | None = None
    is_return: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What the provider said when it was asked. `raw`: the bytes of its answer, kept as evidence;
    b"" where there is nobody to ask."""

    outcome: Outcome
    raw: bytes = field(repr=False)


class Channel(Protocol):
    """`tells_of_persons`: its words name payers or their accounts: rows hold them sealed."""

    code: str
    account_fields: tuple[AccountField, ...]
    tells_of_persons: bool

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> PayerAction:
        """Repeating it with an equal request moves nothing twice.

        Raises: ChannelRefused when the provider said no; OutcomeUnknown when nobody can tell."""
        ...

    def query_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        """Raises: OutcomeUnknown for no answer, an unreadable one or a bad signature on it; it
        carries what was answered."""
        ...

    def read_notification(self, credentials: Credentials, message: Message) -> Notification | None:
        """None: signed well, and about no payment of ours: the provider's own test, money that went
        out. It is acknowledged and nothing is recorded.

        Raises: SignatureRefused, also for another merchant's message; BadRequest when it is
        signed well and still not readable."""
        ...

    def answer(self, recorded: Recorded | None) -> Answer:
        """The provider's own wording of what we did; None: the message was refused."""
        ...

    def answer_failure(self) -> Answer:
        """The provider's own wording of "we could not process it; send it again"."""
        ...


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """`refund_no` is ours and the same on every repeat; `paid` is what the payment moved."""

    refund_no: str
    payment_no: str
    provider_transaction: str
    paid: Money
    amount: Money
    reason: str
    paid_at: datetime
    asked_at: datetime
    request_id: str


@runtime_checkable
class Closes(Protocol):
    """A channel that can be told to take no more money for a payment."""

    def close_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        """Failed: it is closed, and no money will move. Succeeded: too late, it is paid.

        Raises: OutcomeUnknown."""
        ...


@runtime_checkable
class TakesCodes(Protocol):
    """A channel on which a payer may pay with the payment code alone, from paper or by typing it;
    `takes_codes` is true."""

    takes_codes: bool


@runtime_checkable
class LocksOrders(Protocol):
    """A channel whose provider comes to us: it locks an order before it takes money, and by
    contract takes none when the lock is over."""

    def lock_life(self, account: ChannelAccount) -> timedelta: ...


@runtime_checkable
class Refunds(Protocol):
    """A channel that gives money back; the outcome speaks of the refund. Repeating it with an equal
    request moves nothing twice."""

    def refund_payment(self, credentials: Credentials, request: RefundRequest) -> Outcome:
        """Raises: ChannelRefused; OutcomeUnknown."""
        ...

    def query_refund(self, credentials: Credentials, request: RefundRequest) -> Outcome:
        """Raises: OutcomeUnknown."""
        ...


@runtime_checkable
class FetchesStatements(Protocol):
    """A channel whose statement is fetched by an API instead of being delivered.
    `statement_ready_from`: when on the next day, by the province's clock, a day's statement may be
    asked for. `statement_suffix`: of the file's name."""

    statement_ready_from: time
    statement_suffix: str

    def fetch_statement(
        self, credentials: Credentials, business_day: date, asked_at: datetime
    ) -> bytes | None:
        """None: there is none yet. Raises: OutcomeUnknown."""
        ...


@runtime_checkable
class ProvidesStatements(Protocol):
    """A channel whose acquirer delivers a statement file."""

    def read_statement(
        self, account: ChannelAccount, business_day: date, zone: str, content: bytes
    ) -> Statement:
        """A bad row becomes a bad row of the statement; it never stops the file."""
        ...
