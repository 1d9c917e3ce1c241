"""What was not paid in cash, as a part of all."""

from fractions import Fraction

import pytest

from chalicelib.domain.electronic_share import (
    ElectronicShare,
    percent_text,
    share_of,
    times_as_large,
)


def payments(cash: int, electronic: int, amount_minor: int = 10_000) -> list[tuple[str, int]]:
    channels = ("vnpay", "vietqr", "pos", "biller")
    paid = [(channels[no % 4], amount_minor) for no in range(electronic)]
    return paid + [("cash", amount_minor)] * cash


def test_21_percent_is_seven_times_the_3_percent_of_the_year_before() -> None:
    """Quảng Ninh's own figures."""
    later, earlier = share_of(payments(79, 21)), share_of(payments(97, 3))
    assert later == ElectronicShare(100, 21, 1_000_000, 210_000)
    assert (percent_text(later.of_payments), percent_text(earlier.of_payments)) == ("21.00", "3.00")
    assert times_as_large(later.of_payments, earlier.of_payments) == 7


def test_a_card_at_the_counter_is_electronic_and_money_has_a_share_of_its_own() -> None:
    share = share_of([("cash", 300_000), ("pos", 100_000)])
    assert (share.of_payments, share.of_money) == (Fraction(1, 2), Fraction(1, 4))


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 3, "33.33"), (2, 3, "66.67"), (1, 8, "12.50"), (1, 20_000, "0.01"), (1, 1, "100.00")],
)
def test_half_a_hundredth_is_rounded_up(part: int, whole: int, text: str) -> None:
    assert percent_text(Fraction(part, whole)) == text


def test_nothing_has_no_share() -> None:
    nothing = share_of([])
    assert (nothing.of_payments, nothing.of_money, percent_text(None)) == (None, None, None)
    assert times_as_large(Fraction(1, 2), None) is None
    assert times_as_large(Fraction(1, 2), Fraction(0)) is None


def test_days_add_up() -> None:
    day, other = share_of(payments(3, 1)), share_of(payments(1, 3))
    assert (day + other).of_payments == Fraction(1, 2)
