"""What we tell a portal, and how often we try. A notice has one id and one body for ever; a portal
may get it more than once, always under that id."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Between one attempt and the next. Published: portals rely on it. Ten attempts in 46 hours.
RETRY_AFTER_SECONDS = (5, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400)
MAX_ATTEMPTS = len(RETRY_AFTER_SECONDS) + 1
DELIVERY_TIMEOUT_SECONDS = 10.0
EXCERPT_LENGTH = 200


class NoticeType(StrEnum):
    ORDER_PAID = "order.paid"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EXPIRED = "order.expired"
    RECEIPT_ISSUED = "receipt.issued"
    ORDER_REVERSED = "order.reversed"
    RECEIPT_VOIDED = "receipt.voided"


def notice_id_of(notice_type: NoticeType, payment_code: str, part: str = "") -> str:
    """The same for the same fact, whoever finds it. `part`: the kind of the receipt, else ""; with
    the turn where a payment of the order was reversed before."""
    fact = f"{notice_type}|{payment_code}|{part}"
    return f"evt_{hashlib.sha256(fact.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Notice:
    """`body`: the exact text that every endpoint gets, fixed when it was first composed."""

    notice_id: str
    notice_type: NoticeType
    portal: str
    occurred_at: datetime
    body: str


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class DeliveryEvent(StrEnum):
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    GIVEN_UP = "given_up"


# status × event → status. A replay is a new series of attempts, whatever the status was.
TRANSITIONS = {
    (DeliveryStatus.PENDING, DeliveryEvent.ACCEPTED): DeliveryStatus.DELIVERED,
    (DeliveryStatus.PENDING, DeliveryEvent.NOT_ACCEPTED): DeliveryStatus.PENDING,
    (DeliveryStatus.PENDING, DeliveryEvent.GIVEN_UP): DeliveryStatus.DEAD,
}


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """`status_code` None: no answer, and `error` says why. `excerpt`: the answer's beginning."""

    attempt_no: int
    at: datetime
    status_code: int | None
    error: str | None
    excerpt: str

    @property
    def is_accepted(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_gone(self) -> bool:
        """The endpoint asks to be left alone."""
        return self.status_code == 410


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice on its way to one endpoint. `attempt_count` counts all attempts, `attempts` holds
    the latest. `series`: 0, one more with every replay; `series_start`: attempts before it began.
    `next_attempt_at` None: no more."""

    endpoint_id: str
    notice_id: str
    notice_type: NoticeType
    occurred_at: datetime
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempt_count: int = 0
    attempts: tuple[DeliveryAttempt, ...] = ()
    next_attempt_at: datetime | None = None
    series: int = 0
    series_start: int = 0


def retry_at(attempts_in_series: int, at: datetime) -> datetime | None:
    """When to try again after that many attempts; None: not again."""
    if attempts_in_series > len(RETRY_AFTER_SECONDS):
        return None
    return at + timedelta(seconds=RETRY_AFTER_SECONDS[attempts_in_series - 1])
