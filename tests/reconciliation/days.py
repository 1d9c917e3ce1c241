"""Days of one channel account with planted troubles, and what must be found of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from chalicelib.domain.breaks import AccountDay, Break, BreakKind
from chalicelib.domain.identifiers import build_payment_code, build_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import Disposition, PaymentStatus
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import (
    BadRow,
    BadRowReason,
    ControlTotals,
    LineKind,
    Statement,
    StatementLine,
)
from chalicelib.reconciliation.verdicts import Held

ZONE = "Asia/Ho_Chi_Minh"
DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)
# 23:50 of the day, in Quảng Ninh.
NEAR_MIDNIGHT = datetime(2026, 3, 1, 16, 50, tzinfo=UTC)
OF = AccountDay("vnpay", "quangninh", DAY)
NOTHING_HELD = Held(None, None, None)


def payment_no(number: int, attempt: int = 1) -> str:
    return build_payment_no(build_payment_code("22", number), attempt)


def payment(number: int, amount: int = 50_000, **changes: object) -> DayPayment:
    made = DayPayment(
        f"T{number}", payment_no(number), Money(amount, "VND"), NOON, Disposition.APPLIED
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def line(row_no: int, of: DayPayment, **changes: object) -> StatementLine:
    made = StatementLine(
        row_no, LineKind.PAYMENT, of.provider_transaction, of.payment_no, of.amount, of.paid_at
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def statement(*lines: StatementLine, bad_rows: tuple[BadRow, ...] = ()) -> Statement:
    return Statement(lines, bad_rows, None)


def nothing_held(_: StatementLine) -> Held:
    return NOTHING_HELD


Expected = Counter[tuple[BreakKind, str]]


@dataclass
class PlantedDay:
    """`expected`: kind and number of each break. `held`: what the ledger says of a transaction."""

    payments: list[DayPayment] = field(default_factory=list)
    lines: list[StatementLine] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    held: dict[str, Held] = field(default_factory=dict)
    counted_elsewhere: list[Break] = field(default_factory=list)
    expected: Expected = field(default_factory=Counter)
    matched: int = 0
    totals: ControlTotals | None = None

    def look_up(self, asked: StatementLine) -> Held:
        return self.held.get(asked.provider_transaction, NOTHING_HELD)

    def statement(self) -> Statement:
        return Statement(tuple(self.lines), tuple(self.bad_rows), self.totals)

    def expect(self, kind: BreakKind, name: str) -> None:
        self.expected[kind, name] += 1

    def add(self, paid: DayPayment, **changes: object) -> StatementLine:
        """The payment with its line."""
        self.payments.append(paid)
        return self.add_line(paid, **changes)

    def add_line(self, paid: DayPayment, **changes: object) -> StatementLine:
        made = line(len(self.lines) + len(self.bad_rows) + 2, paid, **changes)
        self.lines.append(made)
        return made


def plant_plain(day: PlantedDay, paid: DayPayment) -> None:
    day.add(paid)
    day.matched += 1


def plant_missing(day: PlantedDay, paid: DayPayment) -> None:
    day.payments.append(paid)
    day.expect(BreakKind.MISSING_IN_CHANNEL, paid.provider_transaction)


def plant_extra(day: PlantedDay, paid: DayPayment) -> None:
    day.add_line(paid)
    day.expect(BreakKind.MISSING_IN_PLATFORM, paid.provider_transaction)


def plant_unidentified(day: PlantedDay, paid: DayPayment) -> None:
    day.add_line(paid, payment_no=paid.payment_no[:-3])
    day.expect(BreakKind.UNIDENTIFIED_CREDIT, paid.provider_transaction)


def plant_doubled(day: PlantedDay, paid: DayPayment) -> None:
    plant_plain(day, paid)
    day.add_line(paid)
    day.expect(BreakKind.DUPLICATE_IN_CHANNEL, paid.provider_transaction)


def plant_different(day: PlantedDay, paid: DayPayment) -> None:
    day.add(paid, amount=Money(paid.amount.amount_minor - 1, "VND"))
    day.expect(BreakKind.AMOUNT_MISMATCH, paid.provider_transaction)


def plant_broken(day: PlantedDay, paid: DayPayment) -> None:
    row_no = len(day.lines) + len(day.bad_rows) + 2
    day.payments.append(paid)
    day.bad_rows.append(
        BadRow(row_no, "amount", BadRowReason.AMOUNT_UNREADABLE, "x", paid.provider_transaction)
    )
    day.expect(BreakKind.BAD_ROW, paid.provider_transaction)


def plant_refund(day: PlantedDay, paid: DayPayment) -> None:
    plant_plain(day, paid)
    day.add_line(paid, kind=LineKind.REFUND, provider_transaction=f"R{paid.provider_transaction}")
    day.expect(BreakKind.REFUND_UNMATCHED, f"R{paid.provider_transaction}")


def plant_pending(day: PlantedDay, paid: DayPayment) -> None:
    day.add_line(paid)
    day.held[paid.provider_transaction] = Held(None, OrderStatus.PENDING, PaymentStatus.UNKNOWN)
    day.expect(BreakKind.STATE_MISMATCH, paid.provider_transaction)


def plant_paid_before(day: PlantedDay, paid: DayPayment) -> None:
    day.add_line(paid)
    day.held[paid.provider_transaction] = Held(None, OrderStatus.PAID, PaymentStatus.PENDING)
    day.expect(BreakKind.DOUBLE_PAYMENT, paid.provider_transaction)


def plant_surplus(day: PlantedDay, paid: DayPayment) -> None:
    day.add(replace(paid, disposition=Disposition.SURPLUS))
    day.expect(BreakKind.DOUBLE_PAYMENT, paid.provider_transaction)


def plant_other_number(day: PlantedDay, paid: DayPayment) -> None:
    day.add(paid, provider_transaction=f"B{paid.provider_transaction}")
    day.expect(BreakKind.REFERENCE_MISMATCH, f"B{paid.provider_transaction}")


def plant_late_line(day: PlantedDay, paid: DayPayment) -> None:
    """Paid ten minutes before the day began."""
    early = replace(paid, paid_at=NEAR_MIDNIGHT - timedelta(days=1))
    day.add_line(early)
    day.held[paid.provider_transaction] = Held(early, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    day.expect(BreakKind.LATE_CUTOFF, paid.provider_transaction)


def plant_late_payment(day: PlantedDay, paid: DayPayment) -> None:
    """Paid ten minutes before the day ended; the next day's statement has it."""
    day.payments.append(replace(paid, paid_at=NEAR_MIDNIGHT))
    day.counted_elsewhere.append(
        Break(
            of=replace(OF, business_day=DAY + timedelta(days=1)),
            kind=BreakKind.LATE_CUTOFF,
            key="k",
            theirs=paid.amount,
            provider_transaction=paid.provider_transaction,
        )
    )
    day.expect(BreakKind.LATE_CUTOFF, paid.provider_transaction)


def plant_wrong_day(day: PlantedDay, paid: DayPayment) -> None:
    older = replace(paid, paid_at=NOON - timedelta(days=3))
    day.add_line(older)
    day.held[paid.provider_transaction] = Held(older, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    day.expect(BreakKind.WRONG_DAY, paid.provider_transaction)


def plant_lagging(day: PlantedDay, paid: DayPayment) -> None:
    """In the ledger, and not yet among the rows of the day."""
    day.add_line(paid)
    day.held[paid.provider_transaction] = Held(paid, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    day.matched += 1


def give_back(day: PlantedDay, paid: DayPayment, **changes: object) -> None:
    day.add_line(paid, **{"kind": LineKind.REFUND, "refund_no": "R1", **changes})


def plant_refunded(day: PlantedDay, paid: DayPayment) -> None:
    """Paid three days before; a person gave it back."""
    older = replace(paid, paid_at=NOON - timedelta(days=3), disposition=Disposition.REFUNDED)
    give_back(day, older)
    day.held[paid.provider_transaction] = Held(older, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    day.matched += 1


def plant_refund_of_today(day: PlantedDay, paid: DayPayment) -> None:
    """Paid twice and to be given back: both its lines are as they should be."""
    due = replace(paid, disposition=Disposition.REFUND_DUE)
    give_back(day, due)
    day.add(due)
    day.held[paid.provider_transaction] = Held(due, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    day.matched += 2


def plant_refund_in_part(day: PlantedDay, paid: DayPayment) -> None:
    due = replace(paid, disposition=Disposition.REFUND_DUE)
    give_back(day, due, amount=Money(paid.amount.amount_minor - 1, "VND"))
    day.held[paid.provider_transaction] = Held(due, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    day.expect(BreakKind.REFUND_UNMATCHED, paid.provider_transaction)


def plant_refund_of_applied(day: PlantedDay, paid: DayPayment) -> None:
    """Its order is paid with it, and nobody decided to give it back."""
    plant_plain(day, paid)
    give_back(day, paid)
    day.held[paid.provider_transaction] = Held(paid, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    day.expect(BreakKind.REFUND_UNMATCHED, paid.provider_transaction)


def plant_reversed(day: PlantedDay, paid: DayPayment) -> None:
    day.payments.append(replace(paid, disposition=Disposition.REVERSED))


def plant_reversed_and_counted(day: PlantedDay, paid: DayPayment) -> None:
    day.add(replace(paid, disposition=Disposition.REVERSED))
    day.expect(BreakKind.REVERSAL_NOT_BOOKED, paid.provider_transaction)


def plant_refund_twice(day: PlantedDay, paid: DayPayment) -> None:
    plant_refunded(day, paid)
    give_back(day, paid)
    day.expect(BreakKind.DUPLICATE_IN_CHANNEL, paid.provider_transaction)


Plant = Callable[[PlantedDay, DayPayment], None]

TROUBLES: tuple[Plant, ...] = (
    plant_missing,
    plant_extra,
    plant_unidentified,
    plant_doubled,
    plant_different,
    plant_broken,
    plant_refund,
    plant_pending,
    plant_paid_before,
    plant_surplus,
    plant_other_number,
    plant_late_line,
    plant_late_payment,
    plant_wrong_day,
    plant_lagging,
    plant_refunded,
    plant_refund_of_today,
    plant_refund_in_part,
    plant_refund_of_applied,
    plant_refund_twice,
    plant_reversed,
    plant_reversed_and_counted,
)


def plant_day(seed: int, plain: int = 30) -> PlantedDay:
    """Every trouble up to three times among payments without any, in any order."""
    random = Random(seed)
    plants: list[Plant] = [plant_plain] * random.randint(0, plain)
    for trouble in TROUBLES:
        plants += [trouble] * random.randint(0, 3)
    random.shuffle(plants)
    day = PlantedDay()
    for number, plant in enumerate(plants, 1):
        plant(day, payment(seed * 10_000 + number, random.randint(2, 10**7)))
    paid, back = (
        [each.amount.amount_minor for each in day.lines if each.kind is kind] for kind in LineKind
    )
    wrong = not day.bad_rows and random.choice(("", "payment_amount", "refund_amount"))
    day.totals = ControlTotals(
        len(paid),
        Money(sum(paid) + (wrong == "payment_amount"), "VND"),
        len(back),
        Money(sum(back) + (wrong == "refund_amount"), "VND"),
    )
    if wrong:
        day.expect(BreakKind.CONTROL_TOTAL_MISMATCH, wrong)
    return day
