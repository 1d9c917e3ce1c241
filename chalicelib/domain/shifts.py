"""A shift: what one clerk takes at one counter between opening the drawer and counting it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.counters import CASH, POS
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Recorded
from chalicelib.domain.pos_slips import Slip
from chalicelib.domain.province import Mode


class ShiftState(StrEnum):
    """`closing`: nothing more is sold; what was begun is being finished."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class ShiftEvent(StrEnum):
    CLOSING_BEGAN = "closing_began"
    DRAWER_COUNTED = "drawer_counted"


# state × event → state. A closed shift is never opened again.
TRANSITIONS: Mapping[tuple[ShiftState, ShiftEvent], ShiftState] = {
    (ShiftState.OPEN, ShiftEvent.CLOSING_BEGAN): ShiftState.CLOSING,
    (ShiftState.CLOSING, ShiftEvent.DRAWER_COUNTED): ShiftState.CLOSED,
}

MEANS = (CASH, POS)
MAX_SALES = 9_999
# What is in the drawer because of a sale: the order took it, or it waits there to be given back.
MONEY_MOVED = frozenset(Recorded) - {
    Recorded.REPEATED,
    Recorded.TRANSACTION_REUSED,
    Recorded.FAILED,
    Recorded.PENDING,
}


@dataclass(frozen=True, slots=True)
class Count:
    """The drawer at the end. `pieces`: how many of each note or coin, by its value in minor units;
    empty where only the sum was counted. `reason`: why it differs from what it should hold; ""
    where it does not. `by`: the clerk who counted."""

    counted_minor: int
    expected_minor: int
    pieces: Mapping[int, int]
    reason: str
    by: str
    closed_at: datetime

    @property
    def difference_minor(self) -> int:
        """Negative: money is missing."""
        return self.counted_minor - self.expected_minor


@dataclass(frozen=True, slots=True)
class Shift:
    """`next_serial`: of the next sale, from 1. `float_minor`: what was in the drawer before.
    `count` None: it was not counted yet."""

    shift_id: str
    counter: str
    payee_unit: str
    portal: str
    mode: Mode
    clerk: str
    currency: str
    float_minor: int
    opened_at: datetime
    state: ShiftState = ShiftState.OPEN
    next_serial: int = 1
    count: Count | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """`key_hash`: of the clerk's request; the same request is the same sale. `number`: by which its
    money is known. `received_minor`: what the payer handed over in cash. `recorded` None: it was
    begun and is not finished."""

    shift_id: str
    key_hash: bytes
    serial: int
    means: str
    account: str
    number: str
    payment_no: str
    amount: Money
    taken_at: datetime
    fingerprint: bytes
    received_minor: int | None = None
    slip: Slip | None = None
    offline_no: str | None = None
    recorded: Recorded | None = None

    @property
    def change_minor(self) -> int:
        return 0 if self.received_minor is None else self.received_minor - self.amount.amount_minor

    @property
    def moved_money(self) -> bool:
        return self.recorded in MONEY_MOVED


@dataclass(frozen=True, slots=True)
class Taken:
    """Of one means: how often, how much, and the first and last number; "" where there is none."""

    means: str
    sales: int
    amount_minor: int
    first_number: str
    last_number: str


def shift_id_of(counter: str, no: int) -> str:
    return f"{counter}-{no:06d}"


def cash_number(shift_id: str, serial: int) -> str:
    """By which cash is known for ever: shift and serial."""
    return f"{shift_id}-{serial:04d}"


def taken_by(means: str, sales: Iterable[Sale]) -> Taken:
    own = sorted(
        (each for each in sales if each.means == means and each.moved_money),
        key=lambda each: each.serial,
    )
    return Taken(
        means=means,
        sales=len(own),
        amount_minor=sum(each.amount.amount_minor for each in own),
        first_number=own[0].number if own else "",
        last_number=own[-1].number if own else "",
    )


def expected_in_drawer(shift: Shift, sales: Iterable[Sale]) -> int:
    return shift.float_minor + taken_by(CASH, sales).amount_minor
