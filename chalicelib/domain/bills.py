"""A bill: an order that a payee unit issued ahead of payment. When it is due, what lateness adds,
and how it was changed since."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.money import MAX_AMOUNT_MINOR
from chalicelib.domain.order_lines import LinePart, OrderLine

MAX_AMENDMENTS = 20


class Rounding(StrEnum):
    """To the currency's minor unit."""

    HALF_UP = "half_up"
    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Share:
    """An exact fraction: 0.05 % is 5 of 10,000."""

    parts: int
    per: int


@dataclass(frozen=True, slots=True)
class LateSurcharge:
    """`daily`: of the principal, for each calendar day after the due date. It never exceeds `cap`
    of the principal, nor `cap_minor`; None: no such limit. Rounded once, over all days."""

    daily: Share
    cap: Share | None
    cap_minor: int | None
    rounding: Rounding
    legal_basis: str


class ReductionKind(StrEnum):
    DISCOUNT = "discount"
    EXEMPTION = "exemption"


@dataclass(frozen=True, slots=True)
class Reduction:
    """What is not asked of this payer, and why."""

    fee_item: str
    kind: ReductionKind
    amount_minor: int
    reason: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class BillTerms:
    """What was agreed to be owed. `lines`: the principal, after reductions. `due_on` is a working
    day; `valid_until`: the last day on which it can be paid."""

    lines: tuple[OrderLine, ...]
    reductions: tuple[Reduction, ...]
    due_on: date
    valid_until: date
    surcharge: LateSurcharge | None

    @property
    def principal_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Amendment:
    """`by`: the portal. `before`: what it replaced."""

    at: datetime
    by: str
    reason: str
    before: BillTerms


@dataclass(frozen=True, slots=True)
class Cancellation:
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bill:
    """`priced_on`: the business day for which the order's amount and lines were computed.
    `version`: 1, and one more with each amendment and with its cancellation. `second_fact`: keyed
    hash of what opens it in place of its word (`identifiers.hash_fact`); None: nothing does."""

    terms: BillTerms
    priced_on: date
    version: int = 1
    amendments: tuple[Amendment, ...] = ()
    cancellation: Cancellation | None = None
    second_fact: str | None = None


def price_bill(terms: BillTerms, day: date) -> tuple[OrderLine, ...]:
    """The lines as they stand on `day`: the principal, then a surcharge line for each of them that
    has a part in it."""
    added = split_in_proportion(
        surcharge_on(terms, day), [line.amount_minor for line in terms.lines]
    )
    late = (
        replace(line, quantity=1, amount_minor=amount_minor, part=LinePart.SURCHARGE)
        for line, amount_minor in zip(terms.lines, added, strict=True)
        if amount_minor
    )
    return (*terms.lines, *late)


def surcharge_on(terms: BillTerms, day: date) -> int:
    """Of the whole bill, in minor units; 0 until the due date is over."""
    rule, days_late = terms.surcharge, (day - terms.due_on).days
    if rule is None or days_late <= 0:
        return 0
    principal = terms.principal_minor
    limits = [MAX_AMOUNT_MINOR - principal]
    if rule.cap is not None:
        limits.append(round_share(principal * rule.cap.parts, rule.cap.per, rule.rounding))
    if rule.cap_minor is not None:
        limits.append(rule.cap_minor)
    owed = round_share(principal * rule.daily.parts * days_late, rule.daily.per, rule.rounding)
    return min(owed, *limits)


def is_same_price(terms: BillTerms, day: date, other: date) -> bool:
    return surcharge_on(terms, day) == surcharge_on(terms, other)


def changes_after(terms: BillTerms, day: date) -> bool:
    """Whether what is owed on the next day differs."""
    return not is_same_price(terms, day, day + timedelta(days=1))


def round_share(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Of a fraction that is not negative."""
    match rounding:
        case Rounding.HALF_UP:
            return (2 * numerator + denominator) // (2 * denominator)
        case Rounding.DOWN:
            return numerator // denominator
        case Rounding.UP:
            return -(-numerator // denominator)


def split_in_proportion(amount: int, weights: Sequence[int]) -> list[int]:
    """Whole parts that sum to `amount`: each running total is the exact one, rounded down."""
    total, taken, running, parts = sum(weights), 0, 0, []
    for weight in weights:
        running += weight
        upto = amount * running // total
        parts.append(upto - taken)
        taken = upto
    return parts
