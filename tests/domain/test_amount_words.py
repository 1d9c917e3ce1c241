"""Amounts in words, beside published samples and two packages that this project did not write."""

import re

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from chalicelib.domain.amount_words import amount_in_words, vietnamese_number
from chalicelib.domain.money import MAX_AMOUNT_MINOR, Money

VIETNAMESE = {
    0: "Không đồng",
    5: "Năm đồng",
    10: "Mười đồng",
    15: "Mười lăm đồng",
    21: "Hai mươi mốt đồng",
    105: "Một trăm linh năm đồng",
    1_005: "Một nghìn không trăm linh năm đồng",
    50_000: "Năm mươi nghìn đồng",
    125_000: "Một trăm hai mươi lăm nghìn đồng",
    1_250_000: "Một triệu hai trăm năm mươi nghìn đồng",
    3_000_015: "Ba triệu không trăm mười lăm đồng",
    10_001_000: "Mười triệu không trăm linh một nghìn đồng",
    499_001_091: "Bốn trăm chín mươi chín triệu không trăm linh một nghìn không trăm chín mươi mốt"
    " đồng",
    2_000_000_000: "Hai tỷ đồng",
}

# 支付结算办法, 附一: amounts that the rule itself writes out.
PUBLISHED = {
    140950: "人民币壹仟肆佰零玖元伍角",
    600714: "人民币陆仟零柒元壹角肆分",
    168032: "人民币壹仟陆佰捌拾元零叁角贰分",
    10700053: "人民币壹拾万柒仟元零伍角叁分",
    1640902: "人民币壹万陆仟肆佰零玖元零贰分",
    32504: "人民币叁佰贰拾伍元零肆分",
}
CHINESE = {
    0: "人民币零元整",
    5: "人民币伍分",
    50: "人民币伍角",
    12500: "人民币壹佰贰拾伍元整",
    1000010_00: "人民币壹佰万零壹拾元整",
    100005000_00: "人民币壹亿零伍仟元整",
}

PLACES = {"mươi": 10, "trăm": 100}
GROUPS = {"nghìn": 1000, "triệu": 1000**2, "tỷ": 1000**3}
DIGITS = {
    "không": 0,
    "một": 1,
    "mốt": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "năm": 5,
    "lăm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
}


@pytest.mark.parametrize(("minor", "words"), VIETNAMESE.items())
def test_dong_in_vietnamese_words(minor: int, words: str) -> None:
    assert amount_in_words(Money(minor, "VND"), "vi") == words


@pytest.mark.parametrize(("minor", "words"), (PUBLISHED | CHINESE).items())
def test_yuan_in_the_capitals_of_the_rule(minor: int, words: str) -> None:
    assert amount_in_words(Money(minor, "CNY"), "zh") == words


def test_each_currency_has_words_in_the_other_language() -> None:
    assert amount_in_words(Money(125_000, "VND"), "zh") == "壹拾贰万伍仟越南盾整"
    assert amount_in_words(Money(12_550, "CNY"), "vi") == (
        "Một trăm hai mươi lăm nhân dân tệ năm mươi xu"
    )


def test_an_amount_below_zero_has_no_words() -> None:
    with pytest.raises(ValueError, match="below zero"):
        amount_in_words(Money(-1, "VND"), "vi")


def read_vietnamese(words: str) -> int:
    """What the words say, read by another rule than the one that wrote them."""
    total = group = digit = 0
    for word in words.split():
        if word in GROUPS:
            total, group, digit = total + (group + digit) * GROUPS[word], 0, 0
        elif word in PLACES:
            group, digit = group + digit * PLACES[word], 0
        elif word == "mười":
            group += 10
        elif word != "linh":
            digit = DIGITS[word]
    return total + group + digit


@given(st.integers(0, 999_999_999_999))
def test_vietnamese_words_say_the_number(number: int) -> None:
    assert read_vietnamese(vietnamese_number(number)) == number


@given(st.integers(0, 999_999_999_999))
def test_vietnamese_words_are_those_of_num2words_but_for_the_hundreds_it_leaves_out(
    number: int,
) -> None:
    silent = re.compile("không trăm |linh |lẻ ")
    theirs = num2words(number, lang="vi")
    assert silent.sub("", vietnamese_number(number)) == silent.sub("", theirs)


@given(
    st.one_of(
        st.integers(1, MAX_AMOUNT_MINOR),
        st.integers(1, 10**9).map(lambda yuan: yuan * 100),
        st.integers(1, 10**5).map(lambda yuan: yuan * 1_000_000),
    )
)
def test_chinese_capitals_are_those_of_cn2an_but_for_a_zero_that_may_stand_before_the_tenths(
    minor: int,
) -> None:
    told = f"{minor // 100}.{minor % 100:02d}".rstrip("0").rstrip(".")
    optional = re.compile("(?<=元)零(?=.角)")
    ours = amount_in_words(Money(minor, "CNY"), "zh").removeprefix("人民币")
    assert optional.sub("", ours) == optional.sub("", cn2an.an2cn(told, "rmb"))
