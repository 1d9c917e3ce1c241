"""What one line, one payment or a pair of both means. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.domain.breaks import AccountDay, Break, BreakKind
from chalicelib.domain.business_day import start_of
from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH, split_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import Disposition, PaymentStatus
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import BadRow, StatementLine

# A payment this near to midnight may stand on either day of the channel.
CUTOFF_TOLERANCE = timedelta(minutes=30)

# Money on which we and the channel agree, and which still waits for a person.
UNDECIDED = {
    Disposition.SURPLUS: BreakKind.DOUBLE_PAYMENT,
    Disposition.SUSPENSE: BreakKind.UNIDENTIFIED_CREDIT,
    Disposition.WRONG_AMOUNT: BreakKind.AMOUNT_MISMATCH,
    Disposition.LATE_SUCCESS: BreakKind.STATE_MISMATCH,
}
# Money that a person decided to give back, or that its bank took back.
GOES_BACK = frozenset({Disposition.REFUND_DUE, Disposition.REFUNDED, Disposition.REVERSED})

PAID_STATUSES = frozenset({OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED})


@dataclass(frozen=True, slots=True)
class Held:
    """What the ledger holds about a line. `payment`: under the line's provider transaction.
    `order_status`, `order_amount`: of the order that its payment number names; `attempt_status`: of
    that attempt, None unless it was started on this account."""

    payment: DayPayment | None
    order_status: OrderStatus | None
    attempt_status: PaymentStatus | None
    order_amount: Money | None = None


LookUp = Callable[[StatementLine], Held]


def judge_pair(
    of: AccountDay, line: StatementLine, payment: DayPayment, asked: Money | None = None
) -> Break | None:
    """None: they agree. A number that the file leaves out agrees with any, and so does the payment
    code that a memo holds alone. `asked`: what the order asked, where another amount came."""
    kind = UNDECIDED.get(payment.disposition)
    detail = {} if kind is None else {"disposition": payment.disposition.value}
    if asked is not None:
        detail["order_amount"] = _text(asked)
    code = payment.payment_no[:PAYMENT_CODE_LENGTH]
    if line.payment_no not in ("", code, payment.payment_no):
        kind, detail = BreakKind.REFERENCE_MISMATCH, {"our_payment_no": payment.payment_no}
    if line.provider_transaction not in ("", payment.provider_transaction):
        kind = BreakKind.REFERENCE_MISMATCH
        detail = {"our_provider_transaction": payment.provider_transaction}
    if line.amount != payment.amount:
        kind = BreakKind.AMOUNT_MISMATCH
    return None if kind is None else _break(of, kind, line, payment, detail=detail)


def judge_reversed(of: AccountDay, line: StatementLine, payment: DayPayment) -> Break:
    """A line that counts money which its bank took back, in a file without that reversal."""
    detail = {"disposition": payment.disposition.value}
    return _break(of, BreakKind.REVERSAL_NOT_BOOKED, line, payment, detail=detail)


def judge_line(of: AccountDay, line: StatementLine, held: Held, zone: str) -> Break:
    """A line without a payment on this day. A payment that we hold is on another day."""
    if held.payment is not None:
        return _judge_other_day(of, line, held.payment, zone)
    if split_payment_no(line.payment_no) is None:
        return _break(of, BreakKind.UNIDENTIFIED_CREDIT, line)
    if held.order_status is None:
        return _break(of, BreakKind.MISSING_IN_PLATFORM, line, detail={"order": "none"})
    detail = {"order_status": held.order_status.value}
    if held.order_status in PAID_STATUSES:
        return _break(of, BreakKind.DOUBLE_PAYMENT, line, detail=detail)
    if held.attempt_status is None:
        return _break(of, BreakKind.MISSING_IN_PLATFORM, line, detail=detail)
    detail["payment_status"] = held.attempt_status.value
    return _break(of, BreakKind.STATE_MISMATCH, line, detail=detail)


def judge_repeated(of: AccountDay, line: StatementLine) -> Break:
    return _break(of, BreakKind.DUPLICATE_IN_CHANNEL, line)


def judge_bad_row(of: AccountDay, row: BadRow, payment: DayPayment | None) -> Break:
    """`payment`: the one that the row names."""
    return Break(
        of=of,
        kind=BreakKind.BAD_ROW,
        key=f"{row.column}|{row.text}",
        ours=payment.amount if payment else None,
        row_no=row.row_no,
        payment_no=row.payment_no,
        provider_transaction=row.provider_transaction,
        detail={"column": row.column, "reason": row.reason, "text": row.text},
    )


def judge_refund(
    of: AccountDay,
    line: StatementLine,
    payment: DayPayment | None,
    refund_nos: Mapping[str, str],
) -> Break | None:
    """None: `payment` goes back, and this is its money. `refund_nos`: of the day's refunds so far,
    by transaction."""
    detail = {"refund_no": line.refund_no} if line.refund_no else {}
    if payment is None:
        return _break(of, BreakKind.REFUND_UNMATCHED, line, detail=detail)
    detail |= {"disposition": payment.disposition.value, "our_amount": _text(payment.amount)}
    earlier = refund_nos.get(payment.provider_transaction)
    if earlier is not None:
        kind = BreakKind.REFUND_UNMATCHED
        if earlier == line.refund_no and line.amount == payment.amount:
            kind = BreakKind.DUPLICATE_IN_CHANNEL
        return _break(of, kind, line, detail=detail)
    if payment.disposition in GOES_BACK and line.amount == payment.amount:
        return None
    return _break(of, BreakKind.REFUND_UNMATCHED, line, detail=detail)


def judge_payment(of: AccountDay, payment: DayPayment, counted: Break | None) -> Break:
    """A payment without a line on this day. `counted`: the break under which another day's
    statement has it."""
    if counted is None:
        return _break(of, BreakKind.MISSING_IN_CHANNEL, None, payment)
    detail = {"counted_on": counted.of.business_day.isoformat()}
    return _break(of, counted.kind, None, payment, detail=detail)


def _judge_other_day(of: AccountDay, line: StatementLine, payment: DayPayment, zone: str) -> Break:
    paid_on = payment.counted_on(zone)
    detail = {"our_day": paid_on.isoformat()}
    if line.amount != payment.amount:
        detail["our_amount"] = _text(payment.amount)
        return _break(of, BreakKind.AMOUNT_MISMATCH, line, detail=detail)
    is_near = _is_around_midnight(payment.paid_at, paid_on, of.business_day, zone)
    kind = BreakKind.LATE_CUTOFF if is_near else BreakKind.WRONG_DAY
    return _break(of, kind, line, detail=detail)


def _is_around_midnight(paid_at: datetime, paid_on: date, counted_on: date, zone: str) -> bool:
    if abs((paid_on - counted_on).days) != 1:
        return False
    return abs(paid_at - start_of(max(paid_on, counted_on), zone)) <= CUTOFF_TOLERANCE


def _text(amount: Money) -> str:
    return f"{amount.decimal_text()} {amount.currency}"


def _break(
    of: AccountDay,
    kind: BreakKind,
    line: StatementLine | None,
    payment: DayPayment | None = None,
    *,
    detail: dict[str, str] | None = None,
) -> Break:
    named = line or payment
    assert named is not None
    return Break(
        of=of,
        kind=kind,
        key=f"{named.provider_transaction}|{named.payment_no}",
        ours=payment.amount if payment else None,
        theirs=line.amount if line else None,
        row_no=line.row_no if line else None,
        payment_no=named.payment_no,
        provider_transaction=named.provider_transaction,
        detail=detail or {},
    )
