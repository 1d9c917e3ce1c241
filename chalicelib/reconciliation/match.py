"""Our payments of a day against the lines of its statement. Pure, linear, independent of order."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from operator import attrgetter

from chalicelib.domain.breaks import AccountDay, Break, BreakKind
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Disposition
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import BadRow, LineKind, Statement, StatementLine
from chalicelib.errors import DataFault
from chalicelib.reconciliation.control_totals import judge_totals
from chalicelib.reconciliation.partition import DayMatch, Pair, check_partition
from chalicelib.reconciliation.verdicts import (
    LookUp,
    judge_bad_row,
    judge_line,
    judge_pair,
    judge_payment,
    judge_refund,
    judge_repeated,
    judge_reversed,
)

KIND_ORDER = {kind: place for place, kind in enumerate(BreakKind)}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the days before and after found. `counted`: breaks whose lines name payments of another
    day. `lacked`: by day, where there is a readable statement: our payments that it has not."""

    counted: tuple[Break, ...] = ()
    lacked: Mapping[date, frozenset[str]] = field(default_factory=dict)

    def have_line_of(self, payment: DayPayment, zone: str) -> bool:
        """The statement of the payment's own day has it."""
        lacked = self.lacked.get(payment.counted_on(zone))
        return lacked is not None and payment.provider_transaction not in lacked


ALONE = Neighbours()


def match_day(
    of: AccountDay,
    payments: Iterable[DayPayment],
    statement: Statement | None,
    look_up: LookUp,
    *,
    zone: str,
    neighbours: Neighbours = ALONE,
) -> DayMatch:
    """`statement` None: no file came."""
    ours = list(payments)
    standing = [each for each in ours if each.disposition is not Disposition.REVERSED]
    if statement is None:
        return DayMatch((), (_missing_statement(of, standing),), _by_transaction(standing))
    if not statement.is_readable:
        bad_rows = [judge_bad_row(of, row, None) for row in statement.bad_rows]
        return DayMatch((), _numbered(bad_rows), _by_transaction(standing))
    matching = _Matching(of, zone, look_up, ours, neighbours)
    matching.take_lines(sorted(statement.lines, key=attrgetter("row_no")))
    matching.take_bad_rows(statement.bad_rows)
    matching.take_payments_left()
    found = [*judge_totals(of, statement), *matching.breaks]
    result = DayMatch(
        (*matching.matches, *matching.refunds),
        _numbered(found),
        added=tuple(matching.added),
        refunded=tuple(payment for _, payment in matching.refunds),
        reversed=_by_transaction(matching.reversed),
        looked_up=matching.looked_up,
    )
    gone = {each.provider_transaction for each in result.reversed}
    counted = [each for each in ours if each.provider_transaction not in gone]
    check_partition(result, statement, [*counted, *result.added, *result.refunded])
    return result


class _Matching:
    """The state of one run over a readable statement."""

    def __init__(
        self,
        of: AccountDay,
        zone: str,
        look_up: LookUp,
        payments: list[DayPayment],
        neighbours: Neighbours,
    ) -> None:
        self.matches: list[Pair] = []
        self.breaks: list[Break] = []
        self.refunds: list[Pair] = []
        self.added: list[DayPayment] = []
        self.reversed: list[DayPayment] = []
        self.looked_up = 0
        self._of = of
        self._zone = zone
        self._look_up = look_up
        self._neighbours = neighbours
        self._unpaired = {payment.provider_transaction: payment for payment in payments}
        self._seen_transactions: set[str] = set(self._unpaired)
        self._seen_payment_nos: set[str] = set()
        # Refund's number by the transaction whose money it gives back.
        self._given_back: dict[str, str] = {}
        if len(self._unpaired) != len(payments):
            raise DataFault("transaction_twice", "two payments of a day have one transaction")

    def take_lines(self, lines: Sequence[StatementLine]) -> None:
        self._take_refunds([line for line in lines if line.kind is LineKind.REFUND])
        left = self._pair_equals(lines)
        left = self._pair_by(left, lambda it: (it.provider_transaction, it.payment_no))
        left = self._pair_by(left, lambda it: it.provider_transaction)
        left = self._drop_repeated_transactions(left)
        left = self._pair_by(left, lambda it: it.payment_no and (it.payment_no, it.amount))
        left = self._pair_by(left, lambda it: it.payment_no)
        for line in left:
            self._take_lone_line(line)

    def take_bad_rows(self, bad_rows: Iterable[BadRow]) -> None:
        """With the payment that a row names, where no readable line had it."""
        by_payment_no = {
            each.payment_no: each
            for each in _by_transaction(self._unpaired.values())
            if each.payment_no
        }
        for row in bad_rows:
            payment = self._unpaired.get(row.provider_transaction) or by_payment_no.get(
                row.payment_no
            )
            if payment is not None:
                payment = self._unpaired.pop(payment.provider_transaction, None)
            self.breaks.append(judge_bad_row(self._of, row, payment))

    def take_payments_left(self) -> None:
        counted_elsewhere = {each.provider_transaction: each for each in self._neighbours.counted}
        for transaction, payment in self._unpaired.items():
            counted = counted_elsewhere.get(transaction)
            if (
                payment.disposition is Disposition.REVERSED
                and payment.provider_transaction not in self._given_back
            ):
                self.reversed.append(payment)
                continue
            self.breaks.append(judge_payment(self._of, payment, counted))

    def _pair_equals(self, lines: Sequence[StatementLine]) -> list[StatementLine]:
        """Nearly every line, so it is written for speed. What is looked up is deleted before the
        next is looked up: a transaction that comes twice finds its payment once."""
        left = []
        unpaired, matches, applied = self._unpaired, self.matches, Disposition.APPLIED
        found = map(unpaired.get, map(attrgetter("provider_transaction"), lines))
        for line, payment in zip(lines, found, strict=True):
            if (
                payment is not None
                and payment.payment_no == line.payment_no
                and payment.amount.amount_minor == line.amount.amount_minor
                and payment.disposition is applied
                and payment.amount.currency == line.amount.currency
                and line.kind is LineKind.PAYMENT
            ):
                del unpaired[payment.provider_transaction]
                matches.append((line, payment))
            elif line.kind is LineKind.PAYMENT:
                left.append(line)
        if left:
            self._seen_payment_nos = {payment.payment_no for _, payment in matches}
        return left

    def _pair_by(
        self,
        lines: Sequence[StatementLine],
        key_of: Callable[[StatementLine | DayPayment], object],
    ) -> list[StatementLine]:
        """Pairs what is left where the key is equal; an empty key is equal to nothing."""
        if not lines:
            return []
        waiting: defaultdict[object, deque[DayPayment]] = defaultdict(deque)
        for payment in _by_transaction(self._unpaired.values()):
            waiting[key_of(payment)].append(payment)
        left = []
        for line in lines:
            key = key_of(line)
            if key and waiting.get(key):
                self._take_pair(line, waiting[key].popleft())
            else:
                left.append(line)
        return left

    def _take_pair(self, line: StatementLine, payment: DayPayment) -> None:
        self._unpaired.pop(payment.provider_transaction, None)
        self._seen_transactions |= {line.provider_transaction, payment.provider_transaction}
        self._seen_payment_nos |= {line.payment_no, payment.payment_no}
        found = judge_pair(self._of, line, payment, self._asked_of(payment, line))
        if (
            payment.disposition is Disposition.REVERSED
            and payment.provider_transaction not in self._given_back
        ):
            found = judge_reversed(self._of, line, payment)
        if found is None:
            self.matches.append((line, payment))
        else:
            self.breaks.append(found)

    def _asked_of(self, payment: DayPayment, line: StatementLine) -> Money | None:
        """What the order asked, where another amount came."""
        if payment.disposition is not Disposition.WRONG_AMOUNT:
            return None
        self.looked_up += 1
        return self._look_up(replace(line, payment_no=payment.payment_no)).order_amount

    def _take_refunds(self, lines: Sequence[StatementLine]) -> None:
        """Each with the payment whose money it gives back: ours to the last unit, and once."""
        if not lines:
            return
        payments = _by_transaction(self._unpaired.values())
        told = {each.payment_no: each for each in payments if each.payment_no}
        for line in lines:
            self.looked_up += 1
            payment = self._look_up(line).payment or told.get(line.payment_no)
            found = judge_refund(self._of, line, payment, self._given_back)
            if found is not None:
                self.breaks.append(found)
                continue
            assert payment is not None
            self._given_back[payment.provider_transaction] = line.refund_no
            self.refunds.append((line, payment))

    def _drop_repeated_transactions(self, lines: list[StatementLine]) -> list[StatementLine]:
        left = []
        for line in lines:
            if line.provider_transaction and line.provider_transaction in self._seen_transactions:
                self.breaks.append(judge_repeated(self._of, line))
            else:
                self._seen_transactions.add(line.provider_transaction)
                left.append(line)
        return left

    def _take_lone_line(self, line: StatementLine) -> None:
        self.looked_up += 1
        held = self._look_up(line)
        of_today = held.payment and held.payment.counted_on(self._zone) == self._of.business_day
        if held.payment is not None and of_today:
            # The ledger has it; only the day's rows, which follow it, do not yet.
            self.added.append(held.payment)
            self._take_pair(line, held.payment)
            return
        if held.payment is None:
            is_repeated = line.payment_no != "" and line.payment_no in self._seen_payment_nos
        else:
            is_repeated = self._neighbours.have_line_of(held.payment, self._zone)
        if is_repeated:
            self.breaks.append(judge_repeated(self._of, line))
        else:
            self.breaks.append(judge_line(self._of, line, held, self._zone))
        self._seen_payment_nos.add(line.payment_no)


def _by_transaction(payments: Iterable[DayPayment]) -> tuple[DayPayment, ...]:
    return tuple(sorted(payments, key=attrgetter("provider_transaction")))


def _missing_statement(of: AccountDay, ours: list[DayPayment]) -> Break:
    return Break(
        of=of, kind=BreakKind.STATEMENT_MISSING, key="", detail={"our_payments": str(len(ours))}
    )


def _numbered(breaks: list[Break]) -> tuple[Break, ...]:
    """In the order of a report; equal keys of one kind are told apart by their place in it."""
    ordered = sorted(breaks, key=lambda each: (KIND_ORDER[each.kind], each.row_no or 0, each.key))
    counts: Counter[tuple[BreakKind, str]] = Counter()
    numbered = []
    for each in ordered:
        counts[each.kind, each.key] += 1
        number = counts[each.kind, each.key]
        numbered.append(each if number == 1 else replace(each, key=f"{each.key}|{number}"))
    return tuple(numbered)
