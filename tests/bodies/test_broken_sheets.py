"""An XLSX file that its author broke, or made to break us, is refused: it is never tried again and
again."""

import io
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from chalicelib.bodies.bill_rows import BillRow, read_bills
from chalicelib.bodies.bill_tables import SheetTable
from chalicelib.errors import InvalidRequest

HEADINGS = ["reference", "fee_item", "payer_kind", "payer_name"]
SHEET = "xl/worksheets/sheet1.xml"


def sheet() -> bytes:
    book, content = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(HEADINGS)
    book.active.append(["QD-1", "FINE", "individual", "An"])
    book.save(content)
    return content.getvalue()


def with_part(name: str, part: bytes | None) -> bytes:
    """`part` None: left out."""
    changed = io.BytesIO()
    with ZipFile(io.BytesIO(sheet())) as before, ZipFile(changed, "w") as after:
        for each in before.namelist():
            content = part if each == name else before.read(each)
            if content is not None:
                after.writestr(each, content)
    return changed.getvalue()


def refusal_of(content: bytes) -> str:
    with pytest.raises(InvalidRequest) as refused:
        list(read_bills(SheetTable(io.BytesIO(content), "bills.xlsx"), {}))
    return refused.value.code


@pytest.mark.parametrize("part", [b"<broken", None])
@pytest.mark.parametrize("name", ["[Content_Types].xml", "xl/workbook.xml", SHEET])
def test_a_broken_or_missing_part_is_told(name: str, part: bytes | None) -> None:
    assert refusal_of(with_part(name, part)) == "file_unreadable"


@pytest.mark.parametrize(
    "name", ["docProps/core.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
)
def test_a_broken_part_beside_the_rows_is_told_too(name: str) -> None:
    assert refusal_of(with_part(name, b"<broken")) == "file_unreadable"


def test_a_book_without_a_sheet_is_told() -> None:
    assert refusal_of(with_part("xl/workbook.xml", b"<workbook/>")) == "file_unreadable"


def changed_sheet(old: bytes, new: bytes) -> bytes:
    with ZipFile(io.BytesIO(sheet())) as book:
        before = book.read(SHEET)
    assert old in before
    return with_part(SHEET, before.replace(old, new))


def test_a_row_beyond_any_sheet_s_end_is_not_waited_for() -> None:
    far = changed_sheet(b'<row r="2"', b'<row r="999999999999"')
    assert refusal_of(far) == "file_unreadable"


@pytest.mark.parametrize("told", [b"A1", b"A1:D1", b"A1:B9"])
def test_what_a_file_says_of_its_size_leaves_no_bill_out(told: bytes) -> None:
    content = changed_sheet(b'<dimension ref="A1:D2"', b'<dimension ref="%s"' % told)
    (bill,) = read_bills(SheetTable(io.BytesIO(content), "bills.xlsx"), {})
    assert isinstance(bill, BillRow)
    assert (bill.line, bill.body["reference"], bill.body["payer"]["name"]) == (2, "QD-1", "An")
