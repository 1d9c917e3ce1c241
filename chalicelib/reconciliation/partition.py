"""What a run found, and the proof that nothing was counted twice or left out. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.domain.breaks import Break, BreakKind
from chalicelib.domain.money import Money
from chalicelib.domain.reconciliations import DayPayment, Tally
from chalicelib.domain.statements import Statement, StatementLine
from chalicelib.errors import DataFault

Pair = tuple[StatementLine, DayPayment]


@dataclass(frozen=True, slots=True)
class DayMatch:
    """Each line and each payment is in exactly one of the first three. `waiting`: payments that
    nothing can be said of, because there is no readable statement. `added`: payments of the day
    that the ledger had and its day rows did not. `refunded`: payments, of whatever day, whose money
    the statement gives back as we decided; each matches its line. `reversed`: payments that their
    bank took back and of which the statement knows nothing: they are counted nowhere. `looked_up`:
    lines that the ledger was asked about."""

    matches: tuple[Pair, ...]
    breaks: tuple[Break, ...]
    waiting: tuple[DayPayment, ...] = ()
    added: tuple[DayPayment, ...] = ()
    refunded: tuple[DayPayment, ...] = ()
    reversed: tuple[DayPayment, ...] = ()
    looked_up: int = 0


def tally(amounts: Iterable[Money]) -> Tally:
    rest = list(amounts)
    count, sums = len(rest), {}
    while rest:  # one pass for each currency
        currency = rest[0].currency
        sums[currency] = sum([each.amount_minor for each in rest if each.currency == currency])
        rest = [each for each in rest if each.currency != currency]
    return Tally(count, dict(sorted(sums.items())))


def check_partition(result: DayMatch, statement: Statement, payments: Sequence[DayPayment]) -> None:
    """Lines = matches + breaks, payments likewise, in number and in money; a break for each bad
    row.

    Raises: DataFault; a report that does not add up is never written."""
    theirs = [line.amount for line, _ in result.matches]
    theirs += [each.theirs for each in result.breaks if each.theirs is not None]
    ours = [payment.amount for _, payment in result.matches]
    ours += [each.ours for each in result.breaks if each.ours is not None]
    ours += [payment.amount for payment in result.waiting]
    if tally(theirs) != tally([line.amount for line in statement.lines]):
        raise DataFault("lines_not_partitioned", "matches and breaks are not the file's lines")
    if tally(ours) != tally([payment.amount for payment in payments]):
        raise DataFault("payments_not_partitioned", "matches and breaks are not our payments")
    bad_rows = sum(each.kind is BreakKind.BAD_ROW for each in result.breaks)
    if bad_rows != len(statement.bad_rows):
        raise DataFault("bad_rows_not_partitioned", "not every bad row is one break")
