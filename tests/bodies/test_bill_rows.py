"""Several rows as one bill: each line where it stands, and nothing issued that lacks a line."""

import io
from itertools import chain

import pytest

from chalicelib.bodies.bill_rows import BadBill, BillRow, read_bills
from chalicelib.bodies.bill_tables import CsvTable
from chalicelib.errors import FieldError

HEADING = "reference,payee_unit,fee_item,amount_minor,description,payer_kind,payer_name,due_date"
EXTRA = ",reduction_kind,reduction_minor,reduction_reason,reduction_legal_basis"
FIRST = "HP-1,UNITA,FEE-1,100,tuition,individual,Lan,2026-03-31"
SECOND = "HP-1,,FEE-2,20,books,,,"
OTHER = "HP-2,UNITA,FEE-1,100,tuition,individual,Nam,2026-03-31"


def table(*lines: str, heading: str = HEADING) -> CsvTable:
    content = "\n".join([heading, *lines, ""]).encode()
    return CsvTable(io.BytesIO(content), "utf-8", len(content))


def read(*lines: str, heading: str = HEADING) -> list[BillRow | BadBill]:
    return list(read_bills(table(*lines, heading=heading), {}))


def told(*lines: str) -> list[object]:
    """Of a bill its reference and lines, of a bad one line, column and code of each error."""
    return [
        (bill.body["reference"], [line["fee_item"] for line in bill.body["lines"]])
        if isinstance(bill, BillRow)
        else [(error.line, error.column, error.code) for error in bill.errors]
        for bill in read(*lines)
    ]


def test_rows_of_one_reference_are_one_bill() -> None:
    (bill,) = read(FIRST, SECOND)
    assert isinstance(bill, BillRow)
    assert bill.body == {
        "reference": "HP-1",
        "payee_unit": "UNITA",
        "lines": [
            {"fee_item": "FEE-1", "amount_minor": 100, "description": "tuition"},
            {"fee_item": "FEE-2", "amount_minor": 20, "description": "books"},
        ],
        "payer": {"kind": "individual", "name": "Lan"},
        "due_date": "2026-03-31",
    }
    assert (bill.line, bill.lines) == (2, (2, 3))


def test_the_same_number_spoken_otherwise_and_of_another_unit() -> None:
    spoken = SECOND.replace("HP-1,", "hp-1,")
    other_unit = FIRST.replace("UNITA", "UNITB")
    assert told(FIRST, "", spoken, other_unit) == [
        ("HP-1", ["FEE-1", "FEE-2"]),
        ("HP-1", ["FEE-1"]),
    ]


def test_a_row_may_repeat_what_the_first_says_but_not_say_something_else() -> None:
    repeated = FIRST.replace("FEE-1", "FEE-2")
    assert told(FIRST, repeated) == [("HP-1", ["FEE-1", "FEE-2"])]
    assert told(FIRST, repeated.replace("Lan", "Nam"), OTHER) == [
        [(3, "payer_name", "row_differs")],
        ("HP-2", ["FEE-1"]),
    ]


@pytest.mark.parametrize("amount", ["100", "200"])
def test_a_row_that_is_there_twice_is_no_second_line(amount: str) -> None:
    again = FIRST.replace("100", amount)
    assert told(FIRST, again) == [[(3, "fee_item", "line_repeated")]]
    assert told(FIRST, again.replace("tuition", "second term")) == [("HP-1", ["FEE-1", "FEE-1"])]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (SECOND.replace("20", "20.5"), (3, "amount_minor", "not_a_whole_number")),
        (f"{SECOND},", (3, "", "row_length")),
        (f",{SECOND}", (3, "", "row_length")),
        (SECOND.replace("books", '"books'), (3, "", "unreadable_row")),
    ],
)
def test_a_bill_with_a_bad_row_is_refused_as_a_whole(row: str, error: tuple[int, str, str]) -> None:
    assert told(FIRST, row, OTHER) == [[error], ("HP-2", ["FEE-1"])]
    assert told(OTHER, row, FIRST) == [("HP-2", ["FEE-1"]), [error]]
    assert told(FIRST, row, SECOND.replace("books", "sports")) == [[error]]


def test_a_row_of_nobody_spoils_no_other() -> None:
    assert told(FIRST, "3.1E+17,UNITA,FEE-1,1,,individual,X,2026-03-31", OTHER) == [
        ("HP-1", ["FEE-1"]),
        [(3, "reference", "number_destroyed")],
        ("HP-2", ["FEE-1"]),
    ]


def test_errors_of_the_api_are_told_at_the_row_of_their_line() -> None:
    discount = ",discount,5,twins,Circular 1"
    bill, *_ = read(f"{FIRST},,,,", SECOND + discount, heading=HEADING + EXTRA)
    assert isinstance(bill, BillRow)
    assert bill.body["reductions"] == [
        {
            "line": 1,
            "kind": "discount",
            "amount_minor": 5,
            "reason": "twins",
            "legal_basis": "Circular 1",
        }
    ]
    pointers = ("/lines/1/amount_minor", "/reductions/0/amount_minor", "/payer/name", "/lines/9")
    errors = bill.errors_of(FieldError(pointer, "c", "d") for pointer in pointers)
    assert [(error.line, error.column) for error in errors] == [
        (3, "amount_minor"),
        (3, "reduction_minor"),
        (2, "payer_name"),
        (2, ""),
    ]


def test_a_debtor_has_columns_of_his_own() -> None:
    heading = f"{HEADING},debtor_kind,debtor_name"
    (bill,) = read(f"{FIRST},individual,Minh", heading=heading)
    assert isinstance(bill, BillRow)
    assert bill.body["debtor"] == {"kind": "individual", "name": "Minh"}


def test_a_bill_of_endless_rows_is_held_no_further_than_the_api_needs() -> None:
    rows = [FIRST.replace("tuition", f"part {number}") for number in range(200)]
    bill, other = read(*rows, OTHER)
    assert isinstance(bill, BillRow)
    assert len(bill.body["lines"]) == 51
    assert isinstance(other, BillRow)
    assert other.line == 202


def test_reading_goes_on_behind_any_bill_as_if_it_had_never_stopped() -> None:
    lines = [FIRST, SECOND, "", OTHER, "no row", FIRST.replace("HP-1", "HP-3"), SECOND]
    whole = read(*lines)
    for number, bill in enumerate(whole, 1):
        rest = read_bills(table(*lines), {}, bill.after)
        assert list(chain(whole[:number], rest)) == whole
