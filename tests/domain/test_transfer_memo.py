"""What banks and payers make of a payment number, and which payment is found in it."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.domain.identifiers import (
    build_payment_code,
    build_payment_no,
    group_payment_code,
    is_payment_code,
)
from chalicelib.domain.transfer_memo import find_payment_no

CODE = "220000000000000189"
NUMBER = "22000000000000018901"
OTHER_CODE = build_payment_code("22", 77)
OTHER = OTHER_CODE + "01"

codes = st.builds(build_payment_code, st.just("22"), st.integers(0, 10**14 - 1))
numbers = st.builds(build_payment_no, codes, st.integers(1, 99))
words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ .,:;/abcxyz", max_size=40)


@pytest.mark.parametrize(
    "memo",
    [
        NUMBER,
        f"nop phi {NUMBER} cam on",
        f"NOP PHI {NUMBER} CAM ON",
        f"MBVCB.3278907687.{NUMBER}.CT tu 0071000987654 NGUYEN VAN A toi 0011000000001 KHO BAC",
        f"QR{NUMBER}",
        f"QN-{NUMBER}-MBVCB",
        f"Nộp phí thẩm định {NUMBER}",
        f"{NUMBER} {NUMBER}",
        f"{NUMBER}\n{NUMBER}; ma {CODE}",
        "220 000 000 000 000 189 01",
        "220-000-000-000-000-189-01",
        "220\u00a0000\u2013000 - 000 000 189 01",
        "2200 0000 0000 0001 8901",
        "22000000000000 018901 NGUYEN VAN A",
        f"CT DEN 412345 {NUMBER} FT24142 000001",
        "412345 220 000 000 000 000 189 01",
        "1 220 000 000 000 000 189 01 7",
    ],
)
def test_a_payment_number_is_found_in(memo: str) -> None:
    assert find_payment_no(memo) == NUMBER


@pytest.mark.parametrize(
    "memo",
    [
        CODE,
        f"nop phi {CODE}",
        group_payment_code(CODE),
        group_payment_code(CODE).replace(" ", "-"),
        f"{CODE} 05 2026",
        f"thang 3 {CODE} 14h05",
        f"MBVCB.123456.{CODE}.CT tu",
    ],
)
def test_a_payer_who_types_the_code_alone_is_understood(memo: str) -> None:
    assert find_payment_no(memo) == CODE


@pytest.mark.parametrize(
    "memo",
    [
        "",
        "chuc mung nam moi",
        f"{NUMBER} {OTHER}",
        f"{NUMBER} va {OTHER_CODE}",
        f"{CODE} {OTHER_CODE}",
        f"{NUMBER} {CODE}02",
        f"{group_payment_code(CODE)} {group_payment_code(OTHER_CODE)}",
        "22000000000000018902"[:-3],
        "9" + NUMBER,
        NUMBER + "9",
        "220000000000000198",
        "22000000000000019801",
        CODE + "00",
        "220.000.000.000.000.189",
        "２２００００００００００００００１８９",
        "0" * 18,
        "1" * 5000,
    ],
)
def test_no_payment_or_more_than_one_is_found_in(memo: str) -> None:
    assert find_payment_no(memo) == ""


@given(numbers, words, words)
def test_words_around_a_number_change_nothing(number: str, before: str, after: str) -> None:
    for memo in (f"{before}{number}{after}", f"{before}{number}{after}".upper()):
        assert find_payment_no(memo) == number


@given(numbers, st.sets(st.integers(1, 19), max_size=6), st.sampled_from([" ", "-", "  ", "\n"]))
def test_a_number_broken_anywhere_is_never_taken_for_another(
    number: str, breaks: set[int], separator: str
) -> None:
    """A break before the attempt leaves the payment code, which is enough."""
    places = [0, *sorted(breaks), 20]
    parts = [number[start:end] for start, end in pairwise(places)]
    assume(not any(is_payment_code(part) for part in parts[1:]))
    expected = number[:18] if len(parts[0]) == 18 else number
    assert find_payment_no(separator.join(parts)) == expected


@given(numbers, st.integers(0, 19))
def test_a_number_that_is_cut_is_its_code_or_nothing(number: str, kept: int) -> None:
    assert find_payment_no(number[:kept]) == (number[:18] if kept == 18 else "")


@given(numbers, st.integers(0, 17), st.integers(1, 9))
def test_a_mistyped_digit_names_no_payment(number: str, place: int, step: int) -> None:
    typed = str((int(number[place]) + step) % 10)
    assert find_payment_no(number[:place] + typed + number[place + 1 :]) == ""


@given(numbers, numbers, words)
def test_two_payments_in_one_memo_are_none(first: str, second: str, between: str) -> None:
    if first != second:
        assert find_payment_no(f"{first} {between} {second}") == ""


@given(st.text(max_size=300))
def test_anything_is_read(memo: str) -> None:
    found = find_payment_no(memo)
    assert found == "" or is_payment_code(found[:18])
