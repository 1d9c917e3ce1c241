"""A shift is opened with what is in the drawer and closed by counting it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.checkout.counter_desk import CounterDesk, own_shift
from chalicelib.checkout.counter_sale import finish_sale
from chalicelib.domain.cases import Case, CaseKind
from chalicelib.domain.money import MAX_AMOUNT_MINOR, Money
from chalicelib.domain.shifts import Count, Sale, Shift, ShiftState, expected_in_drawer, shift_id_of
from chalicelib.errors import Conflict, FieldError, InvalidRequest, TryLater

MAX_TRIES = 3
MAX_PIECES = 100_000


@dataclass(frozen=True, slots=True)
class CountedDrawer:
    """`pieces`: how many of each note or coin, by value; else `counted_minor` alone. `reason`: ""
    where the clerk gives none."""

    counted_minor: int | None
    pieces: Mapping[int, int]
    reason: str
    now: datetime

    @property
    def total_minor(self) -> int:
        """Raises: InvalidRequest where both are given and differ, or neither is."""
        added = sum(value * pieces for value, pieces in self.pieces.items())
        if self.counted_minor is None and not self.pieces:
            raise _wrong("count_missing", "count the drawer: its sum, or its notes and coins")
        if self.counted_minor not in (None, added) and self.pieces:
            raise _wrong("count_differs", "the notes and coins make another sum")
        total = added if self.counted_minor is None else self.counted_minor
        if not 0 <= total <= MAX_AMOUNT_MINOR:
            raise _wrong("out_of_range", f"0 to {MAX_AMOUNT_MINOR}")
        return total


def open_shift(
    counter_desk: CounterDesk, float_minor: int, key_hash: bytes, now: datetime
) -> Shift:
    """The same key finds the same shift again. Raises: Conflict (`shift_open`); TryLater."""
    shifts, counter = counter_desk.shifts, counter_desk.counter
    for _ in range(MAX_TRIES):
        before = shifts.read_counter(counter.counter)
        if before.opened_by == key_hash:
            return own_shift(counter_desk, shift_id_of(counter.counter, before.shifts))
        if before.shift_id is not None:
            raise Conflict(
                "shift_open",
                "a shift is open at this counter",
                suggested_action=f"Close {before.shift_id} first.",
            )
        shift = Shift(
            shift_id=shift_id_of(counter.counter, before.shifts + 1),
            counter=counter.counter,
            payee_unit=counter.payee_unit,
            portal=counter.portal,
            mode=counter_desk.portal.mode,
            clerk=counter_desk.clerk,
            currency=counter_desk.desk.province.currency,
            float_minor=float_minor,
            opened_at=now,
        )
        if shifts.open(shift, before, key_hash):
            return shift
    raise TryLater("busy", "the counter changed at the same moment; send it again")


def close_shift(counter_desk: CounterDesk, shift_id: str, drawer: CountedDrawer) -> Shift:
    """What was begun is finished first; the shift closes with its count, whoever counted.

    Raises: InvalidRequest; Conflict (`drawer_differs`) where it does not count and no reason is
    given; TryLater."""
    shift = own_shift(counter_desk, shift_id)
    if shift.state is ShiftState.CLOSED:
        return shift
    counted = drawer.total_minor
    if shift.state is ShiftState.OPEN:
        # A clerk who must count again may sell on meanwhile.
        _require_reason(shift, counted, drawer.reason, _finished_sales(counter_desk, shift))
        shift = counter_desk.shifts.begin_closing(shift) or own_shift(counter_desk, shift_id)
    sales = _finished_sales(counter_desk, shift)
    _require_reason(shift, counted, drawer.reason, sales)
    count = Count(
        counted_minor=counted,
        expected_minor=expected_in_drawer(shift, sales),
        pieces=drawer.pieces,
        reason=drawer.reason if counted != expected_in_drawer(shift, sales) else "",
        by=counter_desk.clerk,
        closed_at=drawer.now,
    )
    closed = counter_desk.shifts.close(shift, count, _case_of(shift, count))
    if closed is None:
        raise TryLater("busy", "the shift changed at the same moment; send it again")
    return closed


def _finished_sales(counter_desk: CounterDesk, shift: Shift) -> list[Sale]:
    """Whoever began one has taken its money: its row is the clerk's word."""
    sales = counter_desk.shifts.list_sales(shift.shift_id)
    return [
        sale if sale.recorded is not None else finish_sale(counter_desk, sale) for sale in sales
    ]


def _require_reason(shift: Shift, counted: int, reason: str, sales: list[Sale]) -> None:
    difference = counted - expected_in_drawer(shift, sales)
    if difference and not reason:
        raise Conflict(
            "drawer_differs",
            f"the drawer holds {abs(difference)} minor units too"
            f" {'many' if difference > 0 else 'few'}",
            suggested_action="Count again; if it stays so, close with a reason.",
        )


def _case_of(shift: Shift, count: Count) -> Case | None:
    """Decided by a person of the finance department, never by the clerk."""
    if count.difference_minor == 0:
        return None
    return Case(
        kind=CaseKind.DRAWER_DIFFERS,
        subject=shift.shift_id,
        payment_no="",
        amount=Money(abs(count.difference_minor), shift.currency),
        opened_at=count.closed_at,
    )


def _wrong(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(code, detail, errors=(FieldError("/counted_minor", code, detail),))
