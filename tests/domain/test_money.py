from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.money import EXPONENTS, Money, parse_decimal, total

amounts = st.integers(-(10**15), 10**15)
currencies = st.sampled_from(sorted(EXPONENTS))


@pytest.mark.parametrize("amount", [1.0, "1", None, True, Decimal(1)])
def test_an_amount_is_a_whole_number_and_nothing_like_one(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "VND")  # type: ignore[arg-type]


@pytest.mark.parametrize("currency", ["", "vnd", "USD", "VND "])
def test_a_currency_is_one_that_a_province_may_use(currency: str) -> None:
    with pytest.raises(ValueError, match="currency"):
        Money(1, currency)


def test_exponents_are_those_of_iso_4217() -> None:
    assert EXPONENTS == {"VND": 0, "CNY": 2}


def test_sums_and_products_are_exact() -> None:
    assert Money(10**15, "VND") + Money(1, "VND") == Money(10**15 + 1, "VND")
    assert Money(33, "CNY") * 3 == Money(99, "CNY")
    assert total([Money(1, "CNY"), Money(2, "CNY"), Money(-3, "CNY")], "CNY") == Money(0, "CNY")
    assert total([], "VND") == Money(0, "VND")


def test_two_currencies_do_not_add() -> None:
    with pytest.raises(ValueError, match="do not add"):
        Money(1, "VND") + Money(1, "CNY")
    with pytest.raises(ValueError, match="do not add"):
        total([Money(1, "CNY")], "VND")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(50_000, "VND"), "50000"),
        (Money(0, "VND"), "0"),
        (Money(-7, "VND"), "-7"),
        (Money(12_500, "CNY"), "125.00"),
        (Money(1, "CNY"), "0.01"),
        (Money(10, "CNY"), "0.10"),
        (Money(0, "CNY"), "0.00"),
        (Money(-2_500, "CNY"), "-25.00"),
        (Money(-5, "CNY"), "-0.05"),
    ],
)
def test_money_is_written_as_banks_write_it(money: Money, text: str) -> None:
    assert money.decimal_text() == text
    assert parse_decimal(text, money.currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("125", "CNY", 12_500),
        ("125.5", "CNY", 12_550),
        ("125.000", "CNY", 12_500),
        ("50000.00", "VND", 50_000),
        ("007", "VND", 7),
    ],
)
def test_other_writings_of_the_same_amount_are_read(text: str, currency: str, minor: int) -> None:
    assert parse_decimal(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        ".5",
        "5.",
        "--5",
        "+5",
        " 5",
        "5 ",
        "5\n",
        "1,000",
        "1.000.000",
        "1e3",
        "1.2E+5",
        "0x10",
        "1_000",
        "NaN",
        "Infinity",
        "٥",
        "5.٥",
        "²",
        "5-",
        "1.-5",
    ],
)
@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_what_is_not_a_plain_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        parse_decimal(text, currency)


@pytest.mark.parametrize(("text", "currency"), [("0.5", "VND"), ("1.005", "CNY"), ("1.001", "CNY")])
def test_nothing_is_rounded(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="more decimals"):
        parse_decimal(text, currency)


@given(amounts, currencies)
def test_decimal_arithmetic_agrees_both_ways(amount_minor: int, currency: str) -> None:
    money = Money(amount_minor, currency)
    expected = Decimal(amount_minor).scaleb(-EXPONENTS[currency])
    assert Decimal(money.decimal_text()) == expected
    assert parse_decimal(money.decimal_text(), currency) == money


@given(st.text(max_size=12), currencies)
def test_any_text_is_read_exactly_or_refused(text: str, currency: str) -> None:
    try:
        money = parse_decimal(text, currency)
    except ValueError:
        return
    assert Decimal(text) == Decimal(money.decimal_text())
