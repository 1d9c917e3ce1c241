"""The payment code's promises, tried over all positions and checked by `python-stdnum`."""

import hashlib
import itertools
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from chalicelib.domain import identifiers
from chalicelib.domain.identifiers import (
    BODY_SPACE,
    WORD_ALPHABET,
    build_payment_code,
    build_payment_no,
    check_digits,
    derive_body,
    group_payment_code,
    is_payment_code,
    is_verification_word,
    normalize_payment_code,
    split_payment_no,
    verification_word,
)

LENGTH = 18
DIGITS = "0123456789"
SECRET = b"code secret of a portal"

provinces = st.integers(10, 99).map(str)
bodies = st.integers(0, BODY_SPACE - 1)


def with_digits(digits: dict[int, str]) -> str:
    """18 digits of which some are given; the others do not matter to the arithmetic of a check."""
    return "".join(digits.get(position, "0") for position in range(LENGTH))


def remainder(text: str) -> int:
    return int(mod_97_10.checksum(text))


def misspellings(positions: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Every content of these positions and the same content written in the reverse order."""
    for content in itertools.product(DIGITS, repeat=len(positions)):
        if content != content[::-1]:
            right = with_digits(dict(zip(positions, content, strict=True)))
            yield right, with_digits(dict(zip(positions, reversed(content), strict=True)))


# Two numbers that differ in one error cannot both be valid when their remainders differ, and the
# difference of the remainders does not depend on the digits that are right. So the four tests that
# follow cover every code there is.


@pytest.mark.parametrize("position", range(LENGTH))
def test_no_wrong_digit_gets_through_at_any_position(position: int) -> None:
    for right, wrong in itertools.permutations(DIGITS, 2):
        one, other = with_digits({position: right}), with_digits({position: wrong})
        assert remainder(one) != remainder(other)


def test_no_swap_of_any_two_digits_gets_through_adjacent_jump_or_far_apart() -> None:
    pairs = list(itertools.combinations(range(LENGTH), 2))
    assert len(pairs) == 153
    for pair in pairs:
        for one, other in misspellings(pair):
            assert remainder(one) != remainder(other)


@pytest.mark.parametrize("gap", [1, 2])
def test_no_twin_error_gets_through_adjacent_or_with_a_digit_between(gap: int) -> None:
    """`aa` written `bb`, and `aca` written `bcb`."""
    for start in range(LENGTH - gap):
        for right, wrong in itertools.permutations(DIGITS, 2):
            one = with_digits({start: right, start + gap: right})
            other = with_digits({start: wrong, start + gap: wrong})
            assert remainder(one) != remainder(other)


def test_no_jump_transposition_of_three_digits_gets_through() -> None:
    for start in range(LENGTH - 2):
        for one, other in misspellings((start, start + 1, start + 2)):
            assert remainder(one) != remainder(other)


def errors_of(code: str) -> Iterator[str]:
    for position, digit in itertools.product(range(LENGTH), DIGITS):
        yield code[:position] + digit + code[position + 1 :]
    for first, second in itertools.combinations(range(LENGTH), 2):
        swapped = list(code)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        yield "".join(swapped)
    for start, digit, gap in itertools.product(range(LENGTH - 2), DIGITS, (1, 2)):
        if code[start] == code[start + gap]:
            twin = list(code)
            twin[start] = twin[start + gap] = digit
            yield "".join(twin)
    for position in range(LENGTH):
        yield code[:position] + code[position + 1 :]
        yield code[:position] + code[position] + code[position:]


def test_real_codes_refuse_all_their_misspellings() -> None:
    source = random.Random(22)
    repeated = [int(digit * 14) for digit in DIGITS]
    bodies = [0, BODY_SPACE - 1, *repeated, *(source.randrange(BODY_SPACE) for _ in range(150))]
    tried = 0
    for body in bodies:
        code = build_payment_code(str(source.randrange(10, 100)), body)
        assert is_payment_code(code)
        for wrong in errors_of(code):
            if wrong != code:
                assert not is_payment_code(wrong), (code, wrong)
                tried += 1
    assert tried > 50_000


@given(provinces, bodies)
def test_an_independent_implementation_agrees_on_the_check_digits(province: str, body: int) -> None:
    code = build_payment_code(province, body)
    assert len(code) == LENGTH
    assert code[:16] == f"{province}{body:014d}"
    assert code[16:] == mod_97_10.calc_check_digits(code[:16]).zfill(2)
    assert mod_97_10.is_valid(code)
    assert is_payment_code(code)


@given(st.text("0123456789", min_size=1, max_size=30))
def test_check_digits_agree_with_the_standard_for_any_digits(digits: str) -> None:
    assert check_digits(digits) == mod_97_10.calc_check_digits(digits).zfill(2)


def test_check_digits_of_published_numbers() -> None:
    """Source: the documentation of python-stdnum."""
    assert check_digits("99991234567890121414") == "90"
    assert check_digits("4354111611551114") == "31"
    assert check_digits("22181321402534321446701611") == "35"


def test_one_number_has_one_code_although_two_pairs_have_the_same_remainder() -> None:
    """98 and 01 are equal modulo 97, as are 97 and 00, and 02 and 99."""
    twins = {"98": "01", "97": "00", "02": "99"}
    found = set()
    for body in range(1000):
        code = build_payment_code("22", body)
        twin = twins.get(code[16:])
        if twin:
            found.add(twin)
            assert mod_97_10.is_valid(code[:16] + twin)
            assert not is_payment_code(code[:16] + twin)
    assert found == {"01", "00", "99"}


@pytest.mark.parametrize("province", ["", "2", "02", "222", "2a", "٢٢", "-2", " 2", "²2"])
def test_a_code_needs_two_province_digits_not_beginning_with_zero(province: str) -> None:
    with pytest.raises(ValueError, match="province digits"):
        build_payment_code(province, 1)


@pytest.mark.parametrize("body", [-1, BODY_SPACE])
def test_a_body_has_at_most_fourteen_digits(body: int) -> None:
    with pytest.raises(ValueError, match="14 digits"):
        build_payment_code("22", body)


@pytest.mark.parametrize(
    "text",
    ["", "22", "0" * 18, "1" * 18, "22000000000000000x", "٢" * 18, "+2000000000000000", "1.2E+17"],
)
def test_other_texts_are_no_payment_code(text: str) -> None:
    assert not is_payment_code(text)


def test_a_code_that_a_spreadsheet_rounded_is_no_payment_code() -> None:
    code = build_payment_code("22", 12345678901234)
    assert not is_payment_code(code[:15] + "000")


def test_what_a_person_types_is_read_without_blanks_and_dashes() -> None:
    code = build_payment_code("22", 12345678901234)
    grouped = group_payment_code(code)
    assert grouped == f"221 234 567 890 123 4{code[16:]}"
    for typed in (grouped, grouped.replace(" ", "-"), f"\t{grouped}\u00a0", f" {code} "):
        assert normalize_payment_code(typed) == code


@pytest.mark.parametrize("attempt", [1, 9, 10, 99])
def test_a_payment_number_gives_back_its_code_and_attempt(attempt: int) -> None:
    code = build_payment_code("22", 7)
    payment_no = build_payment_no(code, attempt)
    assert len(payment_no) == 20
    assert split_payment_no(payment_no) == (code, attempt)


@pytest.mark.parametrize("attempt", [-1, 0, 100])
def test_attempts_are_counted_from_1_to_99(attempt: int) -> None:
    with pytest.raises(ValueError, match="attempt"):
        build_payment_no(build_payment_code("22", 7), attempt)


def test_payment_numbers_that_are_not_ours_give_none() -> None:
    payment_no = build_payment_no(build_payment_code("22", 7), 1)
    wrong_check = payment_no[:17] + str((int(payment_no[17]) + 1) % 10) + payment_no[18:]
    for text in ("", payment_no[:-1], payment_no + "1", payment_no[:18] + "00", wrong_check):
        assert split_payment_no(text) is None
    for attempt in ("0a", "-1", "٠١", " 1"):
        assert split_payment_no(payment_no[:18] + attempt) is None


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104, written out."""
    block = key.ljust(64, b"\x00")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


def test_a_body_is_the_keyed_hash_of_purpose_key_and_turn() -> None:
    expected = int(hmac_sha256(SECRET, b"order|key-1|0").hex(), 16) % 10**14
    assert derive_body(SECRET, "order", "key-1", 0) == expected


def test_each_turn_key_purpose_and_secret_has_a_body_of_its_own() -> None:
    bodies = {
        derive_body(SECRET, "order", "key-1", 0),
        derive_body(SECRET, "order", "key-1", 1),
        derive_body(SECRET, "order", "key-2", 0),
        derive_body(SECRET, "bill", "key-1", 0),
        derive_body(b"another secret", "order", "key-1", 0),
    }
    assert len(bodies) == 5
    assert all(0 <= body < BODY_SPACE for body in bodies)


def test_a_verification_word_is_six_letters_that_nobody_mistakes() -> None:
    words = {verification_word(SECRET, build_payment_code("22", body)) for body in range(2000)}
    assert len(words) == 2000
    assert {len(word) for word in words} == {6}
    assert set("".join(words)) == set(WORD_ALPHABET)
    assert not set(WORD_ALPHABET) & set("0O1IL2Z5S8BAEU")


def test_a_verification_word_depends_on_code_and_secret() -> None:
    code, other = build_payment_code("22", 1), build_payment_code("22", 2)
    word = verification_word(SECRET, code)
    assert word == verification_word(SECRET, code)
    assert word != verification_word(SECRET, other)
    assert word != verification_word(b"another secret", code)


def test_the_verification_word_is_read_in_any_case_and_nothing_else_passes() -> None:
    code = build_payment_code("22", 1)
    word = verification_word(SECRET, code)
    assert is_verification_word(SECRET, code, f" {word.lower()} ")
    for wrong in ("", word[:-1], word + "A", word[::-1], "ệ" * 6, word.replace(word[0], "0")):
        assert not is_verification_word(SECRET, code, wrong)


def test_the_sizes_that_rows_and_channels_rely_on() -> None:
    assert identifiers.PAYMENT_CODE_LENGTH == 18
    assert identifiers.PAYMENT_NO_LENGTH == 20
    assert BODY_SPACE == 10**14
