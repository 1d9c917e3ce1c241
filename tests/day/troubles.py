"""What is planted: every kind of trouble on every account where it can be, among plain payments."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from tests.day.facts import (
    DAY,
    DAYS,
    Account,
    Content,
    Country,
    Fact,
    File,
    Line,
    Plan,
    Standing,
    Told,
)

BEFORE, AFTER = DAYS[0], DAYS[2]
AMOUNTS = {"VND": (10_000, 2_000_000), "CNY": (100, 60_000)}
MIDNIGHTS = ("23:59:59", "00:00:01")


@dataclass
class Planter:
    """Makes facts of one account, each with a number of its own."""

    country: Country
    random: Random
    account: Account
    numbers: "count[int]"
    orders: "count[int]"
    trouble: str = ""
    facts: list[Fact] = field(default_factory=list)

    def fact(self, day: date = DAY, clock: str = "", **changes: object) -> Fact:
        """Paid as it was due and counted on its own day, unless `changes` say otherwise."""
        due = self.random.randint(*AMOUNTS[self.country.currency])
        at = self.country.at(day, clock) if clock else self._any_time(day)
        made = Fact(
            trouble=self.trouble,
            account=self.account,
            name=self.name(),
            order=next(self.orders),
            due_minor=due,
            moved_minor=due,
            at=at,
        )
        made = replace(made, **changes)  # type: ignore[arg-type]
        return made if "lines" in changes else self.counted(made, day)

    def counted(self, fact: Fact, day: date, **changes: object) -> Fact:
        """With one line, in the file of `day`."""
        line = replace(Line(day, fact.name, fact.moved_minor), **changes)  # type: ignore[arg-type]
        return replace(fact, lines=(line,))

    def name(self) -> str:
        number = f"{14_500_000 + next(self.numbers)}"
        return f"FT{number}" if self.account.channel == "vietqr" else number

    def add(self, *facts: Fact) -> None:
        self.facts += facts

    def _any_time(self, day: date) -> datetime:
        second = self.random.randint(3_600, 82_800)
        return self.country.at(day, "00:00:00") + timedelta(seconds=second)


def plain(plant: Planter) -> None:
    plant.add(plant.fact(plant.random.choices(DAYS, weights=(1, 18, 1))[0]))


def plain_at_midnight(plant: Planter) -> None:
    plant.add(*(plant.fact(clock=clock) for clock in MIDNIGHTS))


def counted_a_day_late(plant: Planter) -> None:
    plant.add(plant.counted(plant.fact(clock="23:59:59"), AFTER))
    plant.add(plant.counted(plant.fact(BEFORE, "23:59:59"), DAY))


def counted_a_day_early(plant: Planter) -> None:
    plant.add(plant.counted(plant.fact(clock="00:00:01"), BEFORE))
    plant.add(plant.counted(plant.fact(AFTER, "00:00:01"), DAY))


def counted_on_a_wrong_day(plant: Planter) -> None:
    plant.add(plant.counted(plant.fact(clock="13:30:00"), AFTER))


def missing_line(plant: Planter) -> None:
    plant.add(plant.fact(lines=()))


def extra_line(plant: Planter) -> None:
    plant.add(plant.fact(order=None, told=Told.NEVER))


def line_twice(plant: Planter) -> None:
    fact = plant.fact()
    plant.add(replace(fact, lines=fact.lines * 2))


def wrong_amount_in_the_file(plant: Planter) -> None:
    fact = plant.fact()
    plant.add(plant.counted(fact, DAY, amount_minor=fact.moved_minor - 1))


def other_number_in_the_file(plant: Planter) -> None:
    plant.add(plant.counted(plant.fact(), DAY, name=plant.name()))


def broken_row(plant: Planter) -> None:
    plant.add(plant.counted(plant.fact(), DAY, is_broken=True))


def refund_row(plant: Planter) -> None:
    fact = plant.fact()
    again = fact.name if plant.account.channel == "alipay" else plant.name()
    refund = Line(DAY, again, fact.moved_minor, is_refund=True)
    plant.add(replace(fact, lines=(*fact.lines, refund)))


def given_back(plant: Planter) -> None:
    """Paid too late; a person decides that it goes back, and the file has that refund."""
    fact = plant.fact(standing=Standing.EXPIRED, is_given_back=True)
    refund = Line(DAY, fact.name, fact.moved_minor, is_refund=True)
    plant.add(replace(fact, lines=(*fact.lines, refund)))


def wrong_amount_paid(plant: Planter) -> None:
    fact = plant.fact()
    paid = replace(fact, moved_minor=fact.due_minor - plant.random.randint(1, 99))
    plant.add(plant.counted(paid, DAY))


def paid_after_expiry(plant: Planter) -> None:
    plant.add(plant.fact(standing=Standing.EXPIRED))


def paid_for_nobody(plant: Planter) -> None:
    plant.add(plant.fact(order=None))


def told_twice(plant: Planter) -> None:
    plant.add(plant.fact(told=Told.TWICE))


def forged_first(plant: Planter) -> None:
    plant.add(plant.fact(told=Told.AFTER_A_FORGERY))


def refused_first(plant: Planter) -> None:
    plant.add(plant.fact(told=Told.AFTER_A_REFUSAL))


def found_by_asking(plant: Planter) -> None:
    plant.add(plant.fact(told=Told.WHEN_ASKED))


def found_by_the_statement(plant: Planter) -> None:
    plant.add(plant.fact(told=Told.NEVER))


def credit_without_a_number(plant: Planter) -> None:
    plant.add(plant.fact(order=None, is_named=False))


def told_by_two(plant: Planter) -> None:
    plant.add(plant.fact(told=Told.BY_TWO))


def paid_twice(plant: Planter) -> None:
    """The second time through the unit's next channel, where it has one."""
    first = plant.fact(clock=f"{plant.random.randint(9, 16):02d}:20:00")
    others = [
        account
        for account in plant.country.accounts
        if account.unit == plant.account.unit and account != plant.account
    ]
    plant.account = others[0] if others else plant.account
    second = plant.fact(
        order=first.order,
        due_minor=first.due_minor,
        moved_minor=first.due_minor,
        at=first.at + timedelta(minutes=1),
        standing=Standing.PAID,
    )
    plant.add(first, second)


Trouble = Callable[[Planter], None]
EVERYWHERE: tuple[Trouble, ...] = (
    *(plain_at_midnight, counted_a_day_late, counted_a_day_early, counted_on_a_wrong_day),
    *(missing_line, extra_line, line_twice, wrong_amount_in_the_file, other_number_in_the_file),
    *(broken_row, wrong_amount_paid, paid_twice, paid_after_expiry, paid_for_nobody, told_twice),
    *(forged_first, found_by_the_statement),
)
WHERE: Mapping[str, tuple[Trouble, ...]] = {
    "vnpay": (*EVERYWHERE, refund_row, given_back, refused_first, found_by_asking),
    "alipay": (*EVERYWHERE, refund_row, given_back, found_by_asking),
    "vietqr": (*EVERYWHERE, credit_without_a_number, told_by_two),
}

# By channel, first and second account of it: what is issued for a day beside one whole file.
ISSUED: Mapping[tuple[str, int, date], tuple[Content, ...]] = {
    ("vnpay", 0, DAY): (Content.TRUNCATED, Content.WHOLE),
    ("vnpay", 1, DAY): (Content.MISCOUNTED,),
    ("vnpay", 1, BEFORE): (),
    ("vietqr", 0, DAY): (Content.INCOMPLETE, Content.WHOLE),
    ("vietqr", 1, AFTER): (),
    ("alipay", 0, DAY): (Content.TRUNCATED, Content.INCOMPLETE, Content.WHOLE),
    ("alipay", 0, AFTER): (Content.WHOLE, Content.TRUNCATED),
    ("alipay", 1, DAY): (Content.MISCOUNTED,),
    ("alipay", 1, BEFORE): (Content.TRUNCATED,),
}
# Of the second Alipay account; days that are not here are delivered.
FETCHED = (DAY, AFTER)


def plan_day(country: Country, seed: int, payments: int) -> Plan:
    """At least `payments` attempts to pay, more where the troubles alone are more."""
    random = Random(f"{country.code} {seed}")
    numbers, orders = count(1), count(1)
    facts: list[Fact] = []

    def plant(trouble: Trouble, account: Account) -> None:
        planter = Planter(country, random, account, numbers, orders, trouble.__name__)
        trouble(planter)
        facts.extend(planter.facts)

    for turn in range(max(1, payments // 500)):
        for account in country.accounts:
            for trouble in WHERE[account.channel]:
                if turn == 0 or random.random() < 0.8:
                    plant(trouble, account)
    while len(facts) < payments:
        plant(plain, random.choice(country.accounts))
    by_order: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in sorted(facts, key=lambda each: each.at):
        if fact.order is not None:
            by_order[fact.order].append(fact)
    return Plan(
        country,
        tuple(sorted(facts, key=lambda each: (each.at, each.name))),
        _issue_files(country),
        {order: tuple(found) for order, found in by_order.items()},
    )


def _issue_files(country: Country) -> tuple[File, ...]:
    """Names sort in the order of issue, as the files of one day do."""
    places: dict[str, int] = defaultdict(int)
    files = []
    for account in country.accounts:
        place = places[account.channel]
        places[account.channel] += 1
        ending = "zip" if account.channel == "alipay" else "csv"
        for day in DAYS:
            is_fetched = (account.channel, place) == ("alipay", 1) and day in FETCHED
            contents = ISSUED.get((account.channel, place, day), (Content.WHOLE,))
            files += [
                File(account, day, f"{day:%Y%m%d}-{number}.{ending}", content, is_fetched)
                for number, content in enumerate(contents, 1)
            ]
    return tuple(files)
