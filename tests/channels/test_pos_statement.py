"""A terminal's acquirer writes a slip in its own way: its number is still the slip's."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.channels.counter.pos import Pos
from chalicelib.domain.pos_slips import Slip, is_masked, mask, slip_number, wrong_fields
from tests.channels.kit import find_kits
from tests.channels.pos_wire import LAYOUT

SLIP = Slip("QN000001", "12", "345", "606012345678", "970436******1234", "NAPAS")
ACCOUNT = replace(find_kits()["pos"].credentials("pos").account, statement_layout=LAYOUT)
HEADER = "TID,Batch,Trace,Invoice,Amount,Time\n"


def numbers(*rows: str) -> list[str]:
    content = (HEADER + "".join(f"{row}\n" for row in rows) + "TOTAL,0,0,,,\n").encode()
    statement = Pos().read_statement(ACCOUNT, date(2026, 3, 2), "Asia/Ho_Chi_Minh", content)
    assert statement.bad_rows == ()
    return [line.provider_transaction for line in statement.lines]


def test_zeros_in_front_and_small_letters_make_no_other_slip() -> None:
    time = "2026-03-02T09:00:00+0700"
    rows = [f"QN000001,000012,000345,,50000,{time}", f"qn000001,12,345,,50000,{time}"]
    assert numbers(*rows) == ["QN000001|000012|000345"] * 2 == [SLIP.number] * 2


def test_a_row_without_a_slip_names_none() -> None:
    assert numbers(",,,22000000000000019601,50000,2026-03-02T09:00:00+0700") == [""]


def test_a_good_slip_has_nothing_wrong() -> None:
    assert wrong_fields(SLIP) == {}
    assert slip_number(" qn000001 ", "000012", "345") == SLIP.number


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("terminal", ""),
        ("terminal", "QN|1"),
        ("batch", "12a"),
        ("trace", ""),
        ("trace", "1234567890123"),
        ("reference", ""),
        ("masked_pan", "9704361234561234"),
        ("masked_pan", "9704 3612 3456 1234"),
        ("masked_pan", "9704361******234"),
        ("masked_pan", "970436******12345"),
        ("masked_pan", "970436*1234"),
        ("masked_pan", ""),
        ("brand", ""),
        ("brand", "a" * 21),
    ],
)
def test_what_is_wrong_on_a_slip_is_named(name: str, value: str) -> None:
    assert list(wrong_fields(replace(SLIP, **{name: value}))) == [name]


@pytest.mark.parametrize("pan", ["970436******1234", "****1234", "4111 11xx xxxx 1111", "**"])
def test_at_most_six_and_four_digits_are_taken(pan: str) -> None:
    assert is_masked(pan)


def test_a_whole_card_number_is_cut() -> None:
    assert mask("9704 3612 3456 7891234") == "970436******1234"
    assert mask("12345") == "******"
