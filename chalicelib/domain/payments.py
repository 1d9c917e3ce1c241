"""A payment: one attempt to pay an order through one channel, and what a provider says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money


class PaymentStatus(StrEnum):
    INITIATED = "initiated"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REVERSED = "reversed"


class PaymentEvent(StrEnum):
    REPORTED_PENDING = "reported_pending"
    OUTCOME_LOST = "outcome_lost"
    REPORTED_SUCCESS = "reported_success"
    REPORTED_FAILURE = "reported_failure"
    REPORTED_REVERSAL = "reported_reversal"


# status × event → status. `failed` is left by one named correction: a provider may say failure and
# later success for the same number. `succeeded` is left by another: a bank takes its own payment of
# the day back. Else money returns by refund only.
TRANSITIONS: Mapping[tuple[PaymentStatus, PaymentEvent], PaymentStatus] = {
    (PaymentStatus.INITIATED, PaymentEvent.REPORTED_PENDING): PaymentStatus.PENDING,
    (PaymentStatus.INITIATED, PaymentEvent.OUTCOME_LOST): PaymentStatus.UNKNOWN,
    (PaymentStatus.INITIATED, PaymentEvent.REPORTED_SUCCESS): PaymentStatus.SUCCEEDED,
    (PaymentStatus.INITIATED, PaymentEvent.REPORTED_FAILURE): PaymentStatus.FAILED,
    (PaymentStatus.PENDING, PaymentEvent.REPORTED_PENDING): PaymentStatus.PENDING,
    (PaymentStatus.PENDING, PaymentEvent.OUTCOME_LOST): PaymentStatus.UNKNOWN,
    (PaymentStatus.PENDING, PaymentEvent.REPORTED_SUCCESS): PaymentStatus.SUCCEEDED,
    (PaymentStatus.PENDING, PaymentEvent.REPORTED_FAILURE): PaymentStatus.FAILED,
    (PaymentStatus.UNKNOWN, PaymentEvent.REPORTED_PENDING): PaymentStatus.PENDING,
    (PaymentStatus.UNKNOWN, PaymentEvent.OUTCOME_LOST): PaymentStatus.UNKNOWN,
    (PaymentStatus.UNKNOWN, PaymentEvent.REPORTED_SUCCESS): PaymentStatus.SUCCEEDED,
    (PaymentStatus.UNKNOWN, PaymentEvent.REPORTED_FAILURE): PaymentStatus.FAILED,
    (PaymentStatus.FAILED, PaymentEvent.REPORTED_SUCCESS): PaymentStatus.SUCCEEDED,
    (PaymentStatus.SUCCEEDED, PaymentEvent.REPORTED_REVERSAL): PaymentStatus.REVERSED,
}

IN_FLIGHT = frozenset({PaymentStatus.INITIATED, PaymentStatus.PENDING, PaymentStatus.UNKNOWN})


def sources_of(event: PaymentEvent) -> tuple[PaymentStatus, ...]:
    return tuple(status for (status, candidate) in TRANSITIONS if candidate is event)


class Client(StrEnum):
    """Where the payer is: decides which form of action a channel gives."""

    WEB = "web"
    MOBILE = "mobile"
    APP = "app"
    WECHAT = "wechat"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Attempt:
    """`expires_at`: after it the channel takes no money for this attempt. `asks`: how often the
    chaser asked. `reason`: the provider's own code where it failed or is held, else None.
    `is_lock`: until it expires nobody else starts to pay the order."""

    attempt_no: int
    channel: str
    account: str
    status: PaymentStatus
    client: Client
    started_at: datetime
    expires_at: datetime
    idempotency_key_hash: bytes
    asks: int = 0
    reason: str | None = None
    is_lock: bool = False

    @property
    def is_in_flight(self) -> bool:
        return self.status in IN_FLIGHT

    @property
    def is_unknown(self) -> bool:
        return self.status is PaymentStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Money moved. `provider_transaction` is the provider's own number, `paid_at` the provider's
    time. `business_day`: the one on which the provider counts it, None where that is the day of
    `paid_at`."""

    provider_transaction: str
    amount: Money
    paid_at: datetime
    business_day: date | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider's word that no money moved, with its code."""

    code: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Not known yet, or a code that we do not map. `needs_person`: the provider holds the money.
    `is_absent`: the provider knows no such payment, which says "not paid" once the attempt has
    expired. `is_unmapped`: the code is in no table of ours: somebody must learn what it means."""

    code: str
    needs_person: bool = False
    is_absent: bool = False
    is_unmapped: bool = False


Outcome = Succeeded | Failed | Pending


class Recorded(StrEnum):
    """What recording an outcome did: the row of the confirm table, from which the provider's
    answer follows."""

    PAID = "paid"
    REPEATED = "repeated"
    NO_ORDER = "no_order"
    WRONG_AMOUNT = "wrong_amount"
    SURPLUS = "surplus"
    LATE_SUCCESS = "late_success"
    TRANSACTION_REUSED = "transaction_reused"
    FAILED = "failed"
    PENDING = "pending"


class Disposition(StrEnum):
    """What a transaction's money is: applied to the order, waiting for a person's decision, or on
    its way back. `refund_due`: a person decided that it goes back, `refunded`: it went. `reversed`:
    it paid its order, and the bank took it back on the same day."""

    APPLIED = "applied"
    SUSPENSE = "suspense"
    WRONG_AMOUNT = "wrong_amount"
    SURPLUS = "surplus"
    LATE_SUCCESS = "late_success"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Reversal:
    """`reversal_no`: the bank's own number of it. `turn`: which of its order's reversals, from 0.
    `voids`: the kinds of the receipts that it voided."""

    reversal_no: str
    at: datetime
    reason: str
    turn: int
    voids: tuple[ReceiptKind, ...]


@dataclass(frozen=True, slots=True)
class Transaction:
    """Money that moved, as its provider told it. `raw`: the provider's own bytes.
    `told_payment_no`: the number that the provider told with it, where a person assigned the money
    to another payment; None where it is `payment_no`. `business_day`: as in `Succeeded`.
    `reversal`: how the bank took it back, None where it did not."""

    channel: str
    account: str
    provider_transaction: str
    payment_no: str
    amount: Money
    paid_at: datetime
    recorded_at: datetime
    disposition: Disposition
    raw: bytes
    told_payment_no: str | None = None
    business_day: date | None = None
    reversal: Reversal | None = None

    @property
    def key(self) -> str:
        return f"T#{self.channel}#{self.account}#{self.provider_transaction}"

    @property
    def number_at_provider(self) -> str:
        """The number under which the provider's statement has it."""
        return self.payment_no if self.told_payment_no is None else self.told_payment_no

    def counted_on(self, zone: str) -> date:
        """The day whose statement has it."""
        return self.business_day or business_day_of(self.paid_at, zone)
