"""What finance must be told of a plan, worked out from its facts alone.

The newest file that can be read is judged. Nothing of the platform, or of what it did, is used.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product

from tests.day.facts import DAYS, Account, Content, Country, Fact, File, Line, Plan, Standing, Told

NEAR_MIDNIGHT = timedelta(minutes=30)
Break = tuple[str, str, str, str, str]  # channel, account, day, kind, the provider's number or ""


@dataclass
class Sum:
    count: int = 0
    minor: int = 0

    def add(self, amount_minor: int) -> None:
        self.count, self.minor = self.count + 1, self.minor + amount_minor


@dataclass
class Totals:
    """`lines`: those of the file that can be read."""

    lines: Sum = field(default_factory=Sum)
    matched: Sum = field(default_factory=Sum)
    ours: Sum = field(default_factory=Sum)
    waiting: Sum = field(default_factory=Sum)


@dataclass
class Verdict:
    breaks: Counter[Break] = field(default_factory=Counter)
    totals: dict[tuple[Account, date], Totals] = field(default_factory=dict)

    def add(self, account: Account, day: date, kind: str, name: str = "") -> None:
        self.breaks[account.channel, account.name, day.isoformat(), kind, name] += 1


def judge(plan: Plan) -> Verdict:
    verdict, readable = Verdict(), set()
    for account, day in product(plan.country.accounts, DAYS):
        verdict.totals[account, day] = Totals()
        files = [file for file in plan.files if (file.account, file.day) == (account, day)]
        if _judge_files(verdict, account, day, files):
            readable.add((account, day))
    for fact in plan.facts:
        lines = [each for each in fact.lines if (fact.account, each.day) in readable]
        for line in lines:
            if not line.is_broken:
                verdict.totals[fact.account, line.day].lines.add(line.amount_minor)
            if line.is_refund and fact.is_given_back:
                verdict.totals[fact.account, line.day].ours.add(line.amount_minor)
        paid_on = (fact.account, plan.country.day_of(fact.at))
        if fact.told is not Told.NEVER:
            verdict.totals[paid_on].ours.add(fact.moved_minor)
            if paid_on not in readable:
                verdict.totals[paid_on].waiting.add(fact.moved_minor)
        for day, kind, name in _judge(fact, lines, plan.country):
            if kind == "matched":
                verdict.totals[fact.account, day].matched.add(fact.moved_minor)
            elif (fact.account, day) in readable:
                verdict.add(fact.account, day, kind, name)
    return verdict


def _judge_files(verdict: Verdict, account: Account, day: date, files: list[File]) -> bool:
    """Whether one of them can be read."""
    if not files:
        verdict.add(account, day, "statement_missing")
    for file in reversed(files):
        if file.content is not Content.TRUNCATED:
            if file.content is Content.MISCOUNTED:
                verdict.add(account, day, "control_total_mismatch")
            return True
        verdict.add(account, day, "bad_row")
    return False


def _judge(fact: Fact, lines: list[Line], country: Country) -> Iterator[tuple[date, str, str]]:
    """(day, kind, number) of each break; the kind "matched" where both sides agree."""
    is_known, paid_on = fact.told is not Told.NEVER, country.day_of(fact.at)
    refund = "matched" if fact.is_given_back else "refund_unmatched"
    yield from ((each.day, refund, each.name) for each in lines if each.is_refund)
    payments = [each for each in lines if not each.is_refund]
    if not payments:
        if is_known:
            yield paid_on, "missing_in_channel", fact.name
        return
    first, *more = payments
    yield from ((each.day, "duplicate_in_channel", each.name) for each in more)
    if first.is_broken:
        yield first.day, "bad_row", first.name
    elif not is_known:
        kind = "missing_in_platform" if fact.order is None else "state_mismatch"
        yield first.day, kind, first.name
    elif first.day != paid_on:
        midnight = country.at(max(first.day, paid_on), "00:00:00")
        kind = "late_cutoff" if abs(fact.at - midnight) <= NEAR_MIDNIGHT else "wrong_day"
        yield from ((day, kind, fact.name) for day in (first.day, paid_on))
    else:
        yield paid_on, _compare(fact, first), first.name


def _compare(fact: Fact, line: Line) -> str:
    if line.amount_minor != fact.moved_minor:
        return "amount_mismatch"
    if line.name != fact.name:
        return "reference_mismatch"
    if fact.order is None:
        return "unidentified_credit"
    if fact.standing is not Standing.OPEN and not fact.is_given_back:
        return "double_payment" if fact.standing is Standing.PAID else "state_mismatch"
    return "matched" if fact.moved_minor == fact.due_minor else "amount_mismatch"
