"""What a finance system says it has of a day, beside what we have: the differences, both ways.

Its file names bills, each with its amount and whether it is unpaid, paid or void. Ours of the day
are the bills that were issued on it and those to which something happened on it. Nothing is
corrected here: each difference says what it is, and who looks at it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.domain.business_day import business_day_of, start_of
from chalicelib.domain.finance_systems import MessageKind
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.errors import RequestRefused
from chalicelib.finance.desk import FinanceDesk
from chalicelib.finance.messages import parse_line
from chalicelib.storage.finance_inbox import REFUSED, KeptMessage
from chalicelib.storage.keys import as_spoken

UNPAID, PAID, VOID = "unpaid", "paid", "void"
_OURS = {
    OrderStatus.CREATED: UNPAID,
    OrderStatus.PENDING: UNPAID,
    OrderStatus.CANCELLED: VOID,
    OrderStatus.EXPIRED: VOID,
}
_CHUNK = 100


class DifferenceKind(StrEnum):
    """`amended_after_paid`: they changed a bill that was paid already, and we refused it."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT_DIFFERS = "amount_differs"
    STATUS_DIFFERS = "status_differs"
    AMENDED_AFTER_PAID = "amended_after_paid"
    LISTED_TWICE = "listed_twice"
    LINE_UNREADABLE = "line_unreadable"


@dataclass(frozen=True, slots=True)
class Held:
    """One bill as they have it. `unit` and `reference` by our codes."""

    line_no: int
    unit: str
    reference: str
    amount_minor: int | None
    status: str

    @property
    def place(self) -> tuple[str, str]:
        return self.unit, as_spoken(self.reference)


@dataclass(frozen=True, slots=True)
class Difference:
    """None where a side has nothing. `detail`: a code, as of a message that was refused."""

    kind: DifferenceKind
    unit: str
    reference: str
    line_no: int | None = None
    payment_code: str = ""
    our_amount_minor: int | None = None
    their_amount_minor: int | None = None
    our_status: str = ""
    their_status: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Of one sender's day: bills that agree, and all that does not."""

    sender: str
    day: date
    theirs: int
    ours: int
    agreeing: int
    differences: tuple[Difference, ...] = ()


@dataclass
class _Comparison:
    desk: FinanceDesk
    day: date
    refused: Mapping[tuple[str, str], tuple[str, str]]
    differences: list[Difference] = field(default_factory=list)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    agreeing: int = 0


def compare_held(desk: FinanceDesk, day: date, lines: Iterable[bytes | None]) -> Compared:
    """`lines`: of their file, from the first; None: too long to be one."""
    comparison = _Comparison(desk, day, _list_refused(desk, day))
    chunk: list[Held] = []
    theirs = 0
    for line_no, line in enumerate(lines, 1):
        theirs += 1
        held = _read_held(comparison, line_no, line)
        if held is not None:
            chunk.append(held)
        if len(chunk) == _CHUNK:
            _compare_chunk(comparison, chunk)
            chunk = []
    _compare_chunk(comparison, chunk)
    ours = _ours_of_day(desk, day)
    for order in ours:
        if (order.payee_unit, as_spoken(order.reference)) not in comparison.seen:
            comparison.differences.append(_missing_there(order))
    return Compared(
        sender=desk.system.sender,
        day=day,
        theirs=theirs,
        ours=len(ours),
        agreeing=comparison.agreeing,
        differences=tuple(comparison.differences),
    )


def _read_held(comparison: _Comparison, line_no: int, line: bytes | None) -> Held | None:
    desk = comparison.desk
    unreadable = Difference(DifferenceKind.LINE_UNREADABLE, "", "", line_no)
    if line is None:
        comparison.differences.append(unreadable)
        return None
    try:
        told = desk.reading().told("held", parse_line(line))
        unit, reference = desk.system.unit_of(told.code("unit")), told.code("reference")
        amount, word = told.amount("total"), told.text("status")
        if word and word not in desk.system.statuses:
            told.fault("status", "unknown_value", "not a status as was agreed")
        told.require_sound()
    except RequestRefused as refusal:
        found = Difference(DifferenceKind.LINE_UNREADABLE, "", "", line_no, detail=refusal.code)
        comparison.differences.append(found)
        return None
    held = Held(line_no, unit, reference, amount, desk.system.statuses[word])
    if held.place in comparison.seen:
        comparison.differences.append(_of(DifferenceKind.LISTED_TWICE, held, None))
        return None
    comparison.seen[held.place] = line_no
    return held


def _compare_chunk(comparison: _Comparison, chunk: Sequence[Held]) -> None:
    desk = comparison.desk
    named = [(held.unit, held.reference) for held in chunk]
    codes = desk.parts.obligations.find_last(desk.portal.mode, named) if named else {}
    orders = desk.parts.ledger.read_orders(codes.values())
    for held in chunk:
        order = orders.get(codes.get((held.unit, held.reference), ""))
        if order is None or order.bill is None or order.portal != desk.portal.portal_id:
            comparison.differences.append(_missing_here(comparison, held))
        else:
            _compare_one(comparison, held, order)


def _missing_here(comparison: _Comparison, held: Held) -> Difference:
    _, code = comparison.refused.get(held.place, ("", ""))
    return _of(DifferenceKind.MISSING_HERE, held, None, code)


def _compare_one(comparison: _Comparison, held: Held, order: Order) -> None:
    """A surcharge that we compute is no difference: they know the principal, or the whole with the
    parts of it that were paid."""
    kind, code = comparison.refused.get(held.place, ("", ""))
    assert order.bill is not None
    principal = order.bill.terms.principal_minor
    whole = principal + sum(part.amount_minor for part in order.parts)
    amounts = (principal, whole, order.amount.amount_minor)
    if held.amount_minor not in amounts:
        is_late = kind == MessageKind.BILL_AMENDMENT and code == "order_paid"
        found = DifferenceKind.AMENDED_AFTER_PAID if is_late else DifferenceKind.AMOUNT_DIFFERS
        comparison.differences.append(_of(found, held, order, code))
    elif held.status != status_of(order):
        comparison.differences.append(_of(DifferenceKind.STATUS_DIFFERS, held, order, code))
    else:
        comparison.agreeing += 1


def status_of(order: Order) -> str:
    return _OURS.get(order.status, PAID)


def _of(kind: DifferenceKind, held: Held, order: Order | None, detail: str = "") -> Difference:
    return Difference(
        kind=kind,
        unit=held.unit,
        reference=held.reference,
        line_no=held.line_no,
        payment_code=order.payment_code if order else "",
        our_amount_minor=order.amount.amount_minor if order else None,
        their_amount_minor=held.amount_minor,
        our_status=status_of(order) if order else "",
        their_status=held.status,
        detail=detail,
    )


def _missing_there(order: Order) -> Difference:
    return Difference(
        kind=DifferenceKind.MISSING_THERE,
        unit=order.payee_unit,
        reference=order.reference,
        payment_code=order.payment_code,
        our_amount_minor=order.amount.amount_minor,
        our_status=status_of(order),
    )


def _ours_of_day(desk: FinanceDesk, day: date) -> list[Order]:
    """Issued on it, by the derived list; and what happened on it, by what was numbered."""
    zone, portal = desk.province.zone, desk.portal.portal_id
    span = (start_of(day, zone), start_of(day + timedelta(days=1), zone))
    codes = dict.fromkeys(desk.parts.views.bills.list_issued(portal, *span))
    numbers = desk.results.numbers_of_day(desk.system.sender, day)
    for result in desk.results.read(desk.system.sender, numbers):
        codes[result.payment_code] = None
    orders = desk.parts.ledger.read_orders(codes)
    found = [order for order in orders.values() if order.bill is not None]
    return sorted(found, key=lambda order: (order.payee_unit, order.reference))


def _list_refused(desk: FinanceDesk, day: date) -> dict[tuple[str, str], tuple[str, str]]:
    """By place: kind and code of the last message about it that was refused on that day or
    since."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    stop = desk.inbox.next_no(desk.system.sender)
    while stop > 1:
        start = max(1, stop - _CHUNK)
        messages = desk.inbox.read_many(desk.system.sender, range(start, stop))
        for message in sorted(messages, key=lambda each: each.sequence_no, reverse=True):
            if message.state == REFUSED:
                _add_refused(found, message)
        days = (business_day_of(each.received_at, desk.province.zone) for each in messages)
        if max(days, default=date.min) < day:
            break
        stop = start
    return found


def _add_refused(found: dict[tuple[str, str], tuple[str, str]], message: KeptMessage) -> None:
    answer: Mapping[str, Any] = message.answer or {}
    about, problem = answer.get("about"), answer.get("problem")
    if about and problem:
        place = (str(about["payee_unit"]), as_spoken(str(about["reference"])))
        found.setdefault(place, (message.kind, str(problem["code"])))
