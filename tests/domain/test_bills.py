"""What is owed for a bill on a day: exact, never falling, capped, and summing back."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.bills import (
    BillTerms,
    LateSurcharge,
    Rounding,
    Share,
    changes_after,
    is_same_price,
    price_bill,
    round_share,
    split_in_proportion,
    surcharge_on,
)
from chalicelib.domain.business_day import next_working_day
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import MAX_AMOUNT_MINOR
from chalicelib.domain.order_lines import LinePart, OrderLine

DUE = date(2026, 3, 31)
# Vietnam's Law 15/2012/QH13, article 78: 0.05 % of the unpaid fine for each day.
VIETNAM = LateSurcharge(Share(5, 10_000), None, None, Rounding.HALF_UP, "15/2012/QH13")
# China's Administrative Penalty Law, article 72: 3 % a day, never more than the fine itself.
CHINA = LateSurcharge(Share(3, 100), Share(1, 1), None, Rounding.HALF_UP, "行政处罚法第七十二条")


def line(amount_minor: int, fee_item: str = "FINE") -> OrderLine:
    return OrderLine(fee_item, {"en": fee_item}, 1, amount_minor, ReceiptKind.GENERAL)


def terms(rule: LateSurcharge | None, *amounts: int) -> BillTerms:
    lines = tuple(line(amount, f"ITEM-{number}") for number, amount in enumerate(amounts))
    return BillTerms(lines, (), DUE, date(2027, 3, 31), rule)


def late(bill: BillTerms, days: int) -> int:
    return surcharge_on(bill, DUE + timedelta(days=days))


@pytest.mark.parametrize(
    ("rule", "principal", "days", "owed"),
    [
        (VIETNAM, 1_000_000, -40, 0),
        (VIETNAM, 1_000_000, 0, 0),
        (VIETNAM, 1_000_000, 1, 500),
        (VIETNAM, 1_000_000, 10, 5_000),
        (VIETNAM, 1_000_000, 365, 182_500),
        (VIETNAM, 1_001, 1, 1),  # 0.5005 đồng
        (VIETNAM, 999, 1, 0),  # 0.4995 đồng
        (VIETNAM, 1_000, 1, 1),  # exactly half a đồng
        (CHINA, 20_000, 1, 600),  # ¥200.00: ¥6.00 a day
        (CHINA, 20_000, 33, 19_800),
        (CHINA, 20_000, 34, 20_000),  # the cap
        (CHINA, 20_000, 3_000, 20_000),
        (CHINA, 12_345, 1, 370),  # ¥3.7035
        (None, 20_000, 100, 0),
    ],
)
def test_the_surcharge_is_exact(
    rule: LateSurcharge | None, principal: int, days: int, owed: int
) -> None:
    assert late(terms(rule, principal), days) == owed


@pytest.mark.parametrize(
    ("rounding", "owed"), [(Rounding.HALF_UP, 2), (Rounding.DOWN, 1), (Rounding.UP, 2)]
)
def test_how_it_is_rounded_is_the_rules_own(rounding: Rounding, owed: int) -> None:
    assert late(terms(replace(VIETNAM, rounding=rounding), 3_000), 1) == owed


def test_it_is_rounded_once_over_all_days() -> None:
    assert [late(terms(VIETNAM, 700), days) for days in range(1, 7)] == [0, 1, 1, 1, 2, 2]


def test_the_lower_of_two_caps_holds() -> None:
    both = replace(CHINA, cap_minor=700)
    assert [late(terms(both, 20_000), days) for days in (1, 2, 99)] == [600, 700, 700]


def test_the_lines_say_principal_and_surcharge_apart() -> None:
    lines = price_bill(terms(VIETNAM, 1_000_000, 500_000), DUE + timedelta(days=10))
    assert [(each.fee_item, each.part, each.amount_minor) for each in lines] == [
        ("ITEM-0", LinePart.PRINCIPAL, 1_000_000),
        ("ITEM-1", LinePart.PRINCIPAL, 500_000),
        ("ITEM-0", LinePart.SURCHARGE, 5_000),
        ("ITEM-1", LinePart.SURCHARGE, 2_500),
    ]


def test_a_line_without_a_part_in_the_surcharge_has_no_line() -> None:
    lines = price_bill(terms(VIETNAM, 1, 2_000), DUE + timedelta(days=1))
    assert [(each.part, each.amount_minor) for each in lines[2:]] == [(LinePart.SURCHARGE, 1)]


def test_the_price_changes_from_the_due_date_until_the_cap() -> None:
    bill = terms(CHINA, 20_000)
    assert not changes_after(bill, DUE - timedelta(days=1))
    assert changes_after(bill, DUE)
    assert changes_after(bill, DUE + timedelta(days=33))
    assert not changes_after(bill, DUE + timedelta(days=34))
    assert is_same_price(bill, DUE - timedelta(days=9), DUE)
    assert not is_same_price(bill, DUE, DUE + timedelta(days=1))


shares = some.builds(Share, some.integers(1, 10_000), some.integers(1, 1_000_000))
rules = some.builds(
    LateSurcharge,
    shares,
    some.none() | shares,
    some.none() | some.integers(1, 10**9),
    some.sampled_from(Rounding),
    some.just("law"),
)
amounts = some.lists(some.integers(1, 10**9), min_size=1, max_size=8)
days = some.integers(-500, 5_000)


@given(rules, amounts, days, days)
def test_it_never_falls_and_never_exceeds_its_caps(
    rule: LateSurcharge, principal: list[int], one: int, other: int
) -> None:
    bill = terms(rule, *principal)
    first, last = sorted((one, other))
    assert 0 <= late(bill, first) <= late(bill, last) <= MAX_AMOUNT_MINOR - sum(principal)
    if rule.cap_minor is not None:
        assert late(bill, last) <= rule.cap_minor
    if rule.cap is not None:
        assert late(bill, last) < sum(principal) * Fraction(rule.cap.parts, rule.cap.per) + 1


@given(rules, amounts, days)
def test_the_lines_sum_to_principal_and_surcharge(
    rule: LateSurcharge, principal: list[int], day: int
) -> None:
    bill = terms(rule, *principal)
    lines = price_bill(bill, DUE + timedelta(days=day))
    assert all(each.amount_minor > 0 for each in lines)
    assert lines[: len(principal)] == bill.lines
    surcharge = sum(each.amount_minor for each in lines[len(principal) :])
    assert surcharge == late(bill, day)


@given(some.integers(0, 10**15), some.lists(some.integers(1, 10**12), min_size=1, max_size=50))
def test_parts_sum_to_the_whole_and_are_within_one_of_their_share(
    amount: int, weights: list[int]
) -> None:
    parts = split_in_proportion(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@given(some.integers(0, 10**15), some.integers(1, 10**9))
def test_rounding_is_that_of_exact_arithmetic(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert round_share(numerator, denominator, Rounding.DOWN) == exact.__floor__()
    assert round_share(numerator, denominator, Rounding.UP) == exact.__ceil__()
    half_up = (exact + Fraction(1, 2)).__floor__()
    assert round_share(numerator, denominator, Rounding.HALF_UP) == half_up


def test_a_due_date_that_is_no_working_day_moves_on() -> None:
    holidays = frozenset({date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1)})
    worked = frozenset({date(2026, 8, 22)})
    moved = {
        date(2026, 4, 24): date(2026, 4, 24),
        date(2026, 4, 25): date(2026, 4, 28),
        date(2026, 4, 30): date(2026, 5, 4),
        date(2026, 8, 22): date(2026, 8, 22),
    }
    assert {day: next_working_day(day, holidays, worked) for day in moved} == moved
