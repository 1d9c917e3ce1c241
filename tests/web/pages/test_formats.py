from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.money import Money
from chalicelib.web.pages.formats import (
    format_amount,
    format_day,
    format_instant,
    format_zone,
)
from chalicelib.web.pages.texts import load_texts

LATE = datetime(2026, 2, 28, 17, 5, tzinfo=UTC)
NB = "\u00a0"


@pytest.mark.parametrize(
    ("language", "money", "text"),
    [
        ("vi", Money(0, "VND"), f"0{NB}đồng"),
        ("vi", Money(999, "VND"), f"999{NB}đồng"),
        ("vi", Money(1_250_000, "VND"), f"1.250.000{NB}đồng"),
        ("en", Money(1_250_000, "VND"), f"1,250,000{NB}VND"),
        ("vi", Money(1_234_505, "CNY"), f"12.345,05{NB}nhân{NB}dân{NB}tệ"),
        ("en", Money(1_234_505, "CNY"), f"12,345.05{NB}CNY"),
        ("en", Money(5, "CNY"), f"0.05{NB}CNY"),
        ("zh", Money(1_234_505, "CNY"), f"12,345.05{NB}元"),
        ("zh", Money(5, "CNY"), f"0.05{NB}元"),
        ("zh", Money(1_250_000, "VND"), f"1,250,000{NB}越南盾"),
        ("en", Money(999_999_999_999, "VND"), f"999,999,999,999{NB}VND"),
    ],
)
def test_amounts_read_as_the_language_writes_them(language: str, money: Money, text: str) -> None:
    assert format_amount(money, load_texts(language)) == text


def test_an_instant_is_told_in_the_provinces_own_time() -> None:
    zone = "Asia/Ho_Chi_Minh"
    assert format_instant(LATE, zone, load_texts("vi")) == "00:05 ngày 01/03/2026"
    assert format_instant(LATE, zone, load_texts("en")) == "1 March 2026, 00:05"
    assert format_instant(LATE, "Asia/Shanghai", load_texts("zh")) == "2026年3月1日 01:05"
    assert format_zone(LATE, "Asia/Shanghai", load_texts("zh")) == "当地时间，UTC+8"
    assert format_zone(LATE, zone, load_texts("vi")) == "giờ địa phương, UTC+7"
    assert format_zone(LATE, "Asia/Kathmandu", load_texts("en")) == "local time, UTC+5.75"


def test_a_day_needs_no_zone() -> None:
    assert format_day(date(2026, 12, 9), load_texts("vi")) == "09/12/2026"
    assert format_day(date(2026, 12, 9), load_texts("en")) == "9 December 2026"
