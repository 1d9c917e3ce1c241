"""Thousands of bills from a spreadsheet: each bad cell named, nothing issued twice, any death
survived."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from chalicelib.bodies.bill_rows import COLUMNS, BadBill, BillRow, column_of, read_bills
from chalicelib.bodies.bill_tables import CsvTable, Mark, SheetTable
from chalicelib.errors import InvalidRequest
from infra.errandless import bill_commands
from infra.errandless.bill_upload import Answer, Results, upload
from infra.errandless.failures import OperatorError
from tests.errandless.conftest import Typed
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.portal_client import call
from tests.support.rows import ledger_keys

HEADING = "reference,fee_item,amount_minor,payer_kind,payer_name,due_date"
UNIT = {"payee_unit": "UNITA"}


def tuition(number: int, **changes: str) -> str:
    cells = {
        "reference": f"HP-{number:05d}",
        "fee_item": "FINE",
        "amount_minor": str(500_000 + number),
        "payer_kind": "individual",
        "payer_name": f"Học sinh {number}",
        "due_date": "2026-03-31",
        **changes,
    }
    return ",".join(cells.values())


def read(content: bytes, encoding: str = "utf-8") -> list[BillRow | BadBill]:
    return list(read_bills(CsvTable(io.BytesIO(content), encoding, len(content)), UNIT))


def sends(province: LocalProvince) -> Callable[[dict[str, Any], str], Answer]:
    def send(body: dict[str, Any], key: str) -> Answer:
        answer = call(province, "POST", "/v1/bills", body, idempotency_key=key)
        return answer.status, answer.json

    return send


def run(lines: list[str], send: Any, name: str = "run-1") -> tuple[Results, list[str], list[str]]:
    """What it counted, and the rows of both result files."""
    results = Results(io.StringIO(), io.StringIO())
    content = "\n".join([HEADING, *lines]).encode()
    rows = read_bills(CsvTable(io.BytesIO(content), "utf-8", len(content)), UNIT)
    upload(rows, send, results, run=name, parallel=1)
    files = (results.bills, results.errors)
    bills, errors = (file.getvalue().splitlines() for file in files)  # type: ignore[attr-defined]
    return results, bills, errors


def test_a_row_is_a_bill() -> None:
    (row,) = read(f"{HEADING}\n{tuition(7)}\n".encode())
    assert row == BillRow(
        2,
        {
            "payee_unit": "UNITA",
            "reference": "HP-00007",
            "lines": [{"fee_item": "FINE", "amount_minor": 500_007}],
            "payer": {"kind": "individual", "name": "Học sinh 7"},
            "due_date": "2026-03-31",
        },
        Mark(len(f"{HEADING}\n{tuition(7)}\n".encode()), 3),
        (2,),
    )


def test_every_column_finds_its_place_and_back() -> None:
    cells = ["1" if is_whole else "x" for _, is_whole in COLUMNS.values()]
    (row,) = read(f"{','.join(COLUMNS)}\n{','.join(cells)}\n".encode())
    assert isinstance(row, BillRow)
    assert row.body["surcharge"] == {
        "daily_rate": {"parts": 1, "per": 1},
        "cap_rate": {"parts": 1, "per": 1},
        "cap_minor": 1,
        "rounding": "x",
        "legal_basis": "x",
    }
    assert row.body["reductions"][0]["amount_minor"] == 1
    for column, (pointer, _) in COLUMNS.items():
        assert column_of(pointer) == column
        assert column_of(re.sub("/0", "/7", pointer)) == column
    assert column_of("/payer/identity") == ""
    assert column_of("") == ""


@pytest.mark.parametrize(
    ("separator", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "gbk")]
)
def test_what_spreadsheets_write_is_read(separator: str, encoding: str) -> None:
    lines = [HEADING, tuition(1, payer_name='"李 明"'), "", ",,,,,"]
    text = "\r\n".join(lines).replace(",", separator)
    (row,) = read(text.encode(encoding), "gbk" if encoding == "gbk" else "utf-8")
    assert isinstance(row, BillRow)
    assert row.body["payer"]["name"] == "李 明"


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (tuition(9, reference="2.25411E+17"), "reference", "number_destroyed"),
        (tuition(9, payer_name="2,25E+17".replace(",", ".")), "payer_name", "number_destroyed"),
        (tuition(9, amount_minor="500.000"), "amount_minor", "not_a_whole_number"),
        (tuition(9, amount_minor="-5"), "amount_minor", "not_a_whole_number"),
        (tuition(9, amount_minor="٥"), "amount_minor", "not_a_whole_number"),
        (tuition(9) + ",more", "", "row_length"),
        ("HP-1,FINE", "", "row_length"),
        (tuition(9, payer_name='"never closed'), "", "unreadable_row"),
        (tuition(9, payer_name="x" * 40_000), "", "row_length"),
    ],
)
def test_a_bad_row_is_named_and_spoils_no_other(line: str, column: str, code: str) -> None:
    rows = read("\n".join([HEADING, tuition(1), line, tuition(2)]).encode())
    assert [type(row) for row in rows] == [BillRow, BadBill, BillRow]
    bad = rows[1]
    assert isinstance(bad, BadBill)
    (found,) = bad.errors
    assert (found.line, found.column, found.code) == (3, column, code)
    assert rows[2].line == 4


def test_bytes_of_another_encoding_are_found() -> None:
    (row,) = read(f"{HEADING}\n{tuition(1, payer_name='李明')}".encode("gbk"))
    assert isinstance(row, BadBill)
    (found,) = row.errors
    assert (found.column, found.code) == ("payer_name", "wrong_encoding")


@pytest.mark.parametrize(
    ("heading", "sentence"),
    [
        ("reference,fee,payer_kind,payer_name", "unknown headings (fee)"),
        ("reference,payer_kind,payer_name", "lacks the headings fee_item"),
        (HEADING + ",reference", "A heading is twice"),
        ("", "lacks the headings"),
    ],
)
def test_a_heading_that_is_not_ours_ends_it(heading: str, sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read(f"{heading}\n{tuition(1)}\n".encode())
    assert sentence in refusal.value.detail


def bad_rows() -> dict[int, tuple[str, str, str]]:
    """By line: the row, and the column and code that are told of it."""
    return {
        5: (tuition(5, reference="1.2E+17"), "reference", "number_destroyed"),
        77: (tuition(77, amount_minor="many"), "amount_minor", "not_a_whole_number"),
        120: (tuition(120, fee_item="NONE"), "fee_item", "fee_item_unknown"),
        150: (tuition(150, amount_minor="300000000"), "amount_minor", "amount_out_of_range"),
        151: (tuition(151, payer_kind="robot"), "payer_kind", "unknown_value"),
        199: (tuition(199, due_date="31/3/2026"), "due_date", "invalid_format"),
        230: (tuition(1, amount_minor="7"), "", "bill_differs"),
    }


def two_hundred_and_fifty() -> list[str]:
    bad = bad_rows()
    return [bad[line][0] if line in bad else tuition(line) for line in range(2, 252)]


def test_bad_rows_are_told_by_line_and_column_and_the_others_are_issued(
    province: LocalProvince,
) -> None:
    lines = two_hundred_and_fifty()
    lines.insert(0, tuition(1))
    lines.pop()
    bad = {line + 1: told for line, told in bad_rows().items()}
    results, bills, errors = run(lines, sends(province))
    tally = results.tally
    assert (tally.rows, tally.issued, tally.refused) == (250, 243, 7)
    told = {int(row["line"]): row for row in csv.DictReader(errors)}
    assert {line: (row["column"], row["code"]) for line, row in told.items()} == {
        line: (column, code) for line, (_, column, code) in bad.items()
    }
    issued = list(csv.DictReader(bills))
    assert len(issued) == len(ledger_keys(province, "O#")) == 243
    assert {row["payment_code"].replace(" ", "") for row in issued} == {
        key[2:] for key in ledger_keys(province, "O#")
    }
    again, _, _ = run(lines, sends(province), "run-2")
    assert (again.tally.issued, again.tally.already_issued, again.tally.refused) == (0, 243, 7)
    assert len(ledger_keys(province, "O#")) == 243


def test_a_run_that_died_is_run_again(province: LocalProvince) -> None:
    """After two requests were done and a third was done but its answer lost."""
    lines = [tuition(number) for number in range(400)]
    done: list[str] = []

    def dying(body: dict[str, Any], key: str) -> Answer:
        answer = sends(province)(body, key)
        done.append(key)
        if len(done) == 3:
            raise OperatorError("the machine was switched off")
        return answer

    with pytest.raises(OperatorError, match="switched off"):
        run(lines, dying)
    issued = len(ledger_keys(province, "O#"))
    assert issued >= 300
    results, bills, _ = run(lines, sends(province), "run-2")
    tally = results.tally
    assert (tally.issued, tally.already_issued, tally.refused) == (400 - issued, issued, 0)
    assert len(bills) == 401
    assert len(ledger_keys(province, "O#")) == 400


def test_a_request_that_is_refused_as_a_whole_ends_it(province: LocalProvince) -> None:
    def forbidden(body: dict[str, Any], key: str) -> Answer:
        return 403, {"detail": "this key does not have bills:write"}

    with pytest.raises(OperatorError, match="from line 2: this key does not have bills:write"):
        run([tuition(1)], forbidden)


def test_no_more_than_a_few_requests_are_held() -> None:
    """Of a file that would never end, the reader is only as far as the requests allow."""
    read_rows = 0

    def endless() -> Iterator[BillRow]:
        nonlocal read_rows
        while True:
            read_rows += 1
            yield BillRow(
                read_rows, {"reference": str(read_rows)}, Mark(read_rows, 1), (read_rows,)
            )

    def send(body: dict[str, Any], key: str) -> Answer:
        if key == "r-20":
            raise OperatorError("enough")
        refused = {"result": "refused", "problem": {"errors": [], "code": "c", "detail": "d"}}
        return 200, {"results": [refused for _ in body["bills"]]}

    results = Results(io.StringIO(), io.StringIO())
    with pytest.raises(OperatorError, match="enough"):
        upload(endless(), send, results, run="r", parallel=2)
    assert read_rows <= (20 + 2 * 2 + 1) * 100


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tuition.csv"
    path.write_text("\n".join([HEADING, tuition(1), tuition(2, amount_minor="x")]), "utf-8")
    return path


@pytest.fixture
def connected(here: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> LocalProvince:
    def sender(base_url: str, api_key: str, *, is_dry: bool) -> Any:
        target = f"/v1/bills{'?dry_run=true' if is_dry else ''}"

        def send(body: dict[str, Any], key: str) -> Answer:
            with redirect_stdout(io.StringIO()):  # where the province's own log goes
                answer = call(here, "POST", target, body, idempotency_key=key)
            return answer.status, answer.json

        assert base_url
        assert api_key == "a-key"
        return send

    monkeypatch.setattr(bill_commands, "sender", sender)
    monkeypatch.setenv(bill_commands.KEY_VARIABLE, "a-key")
    return here


def told(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_the_command_issues_writes_its_files_and_says_so(
    connected: LocalProvince, typed: Typed, file: Path
) -> None:
    arguments = ("bills", "upload", "quangninh", str(file), "--unit", "UNITA", "--json")
    dry = typed(*arguments, "--dry-run")
    assert (dry.code, dry.json["issued"], dry.json["refused"]) == (3, 1, 1)
    assert ledger_keys(connected, "O#") == []
    tried = told(Path(dry.json["files"]["bills"]))
    assert [row["result"] for row in tried] == ["would_issue"]
    done = typed(*arguments)
    assert (done.code, done.json["rows"], done.json["issued"]) == (3, 2, 1)
    issued = told(file.with_suffix(".bills.csv"))
    assert issued[0]["payment_code"] == tried[0]["payment_code"]
    errors = told(file.with_suffix(".errors.csv"))
    assert [(row["line"], row["column"]) for row in errors] == [("3", "amount_minor")]
    plain = typed(*arguments[:-1])
    assert "2 rows: 0 issued, 1 issued before, 1 refused." in plain.out
    assert "1 issued, 1 refused" in plain.err


def test_without_a_key_it_is_one_sentence(
    here: LocalProvince, typed: Typed, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(bill_commands.KEY_VARIABLE, raising=False)
    done = typed("bills", "upload", "quangninh", str(file))
    assert done.code == 1
    assert done.err == "Set ERRANDLESS_PORTAL_KEY to a portal's key with bills:write.\n"


def test_json_of_a_bad_gateway_is_no_traceback() -> None:
    from infra.errandless.bill_upload import _json_of

    assert _json_of(b"<html>") == {}
    assert _json_of(json.dumps({"detail": "x"}).encode()) == {"detail": "x"}


def sheet(path: Path, *rows: list[Any]) -> list[BillRow | BadBill]:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    with path.open("rb") as file:
        return list(read_bills(SheetTable(file, path.name), UNIT))


def test_a_sheet_is_read_as_its_author_saw_it(tmp_path: Path) -> None:
    cells = ["HP-1", "FINE", 500_001, "individual", "李明", date(2026, 3, 31)]
    text = ["HP-2", "FINE", "500001", "individual", "李明", "2026-03-31"]
    time = ["HP-3", *cells[1:5], datetime(2026, 3, 31)]  # noqa: DTZ001 - as a sheet keeps it
    whole = ["HP-4", "FINE", 500_001.0, *cells[3:]]
    rows = sheet(tmp_path / "a.xlsx", HEADING.split(","), cells, text, time, whole)
    (same,) = read(f"{HEADING}\n{','.join(text)}".encode())
    assert isinstance(same, BillRow)
    wanted = [same.body | {"reference": f"HP-{number}"} for number in range(1, 5)]
    assert [row.body for row in rows if isinstance(row, BillRow)] == wanted


def test_a_long_number_in_a_sheet_is_destroyed(tmp_path: Path) -> None:
    good = tuition(1).split(",")
    cut = [225_410_949_228_870_000, *good[1:]]
    half = ["HP-9", good[1], 1.5, *good[3:]]
    rows = sheet(tmp_path / "a.xlsx", HEADING.split(","), cut, half, [], [*good, None, None])
    bad = [row.errors[0] for row in rows if isinstance(row, BadBill)]
    told = [(error.column, error.code) for error in bad]
    assert told == [("reference", "number_destroyed"), ("amount_minor", "not_a_whole_number")]
    assert [row.line for row in rows] == [2, 3, 5]


def test_what_is_no_sheet_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK no archive")
    with path.open("rb") as file, pytest.raises(InvalidRequest, match="no XLSX file"):
        SheetTable(file, path.name)


def test_a_file_is_put_worked_off_and_listed(
    here: LocalProvince, typed: Typed, tmp_path: Path
) -> None:
    path = tmp_path / "tuition.csv"
    rows = [f"{tuition(1)},UNITA", f"{tuition(2, amount_minor='x')},UNITA"]
    path.write_text("\n".join([f"{HEADING},payee_unit", *rows]), "utf-8")
    assert "None so far." in typed("bills", "files", "quangninh", "portal-a", "--local").out
    put = typed("bills", "put", "quangninh", "portal-a", str(path), "--local", "--json").json
    assert put["key"] == "bills/portal-a/tuition.csv"
    stored = client("s3").get_object(Bucket=put["bucket"], Key=put["key"])["Body"].read()
    with redirect_stdout(io.StringIO()):
        here.put_bill_file("portal-a/tuition.csv", stored)  # and EventBridge tells
        here.pump()
    (told,) = typed("bills", "files", "quangninh", "portal-a", "--local", "--json").json["files"]
    assert (told["status"], told["issued"], told["refused"]) == ("finished", 1, 1)
    assert told["results"].startswith("s3://quangninh-reports/bill-files/portal-a/tuition.csv/")
    shown = typed("bills", "files", "quangninh", "portal-a", "--local").out
    assert "finished" in shown


@pytest.mark.usefixtures("here")
def test_a_file_that_is_no_table_is_put_nowhere(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("x")
    done = typed("bills", "put", "quangninh", "portal-a", str(file), "--local")
    assert (done.code, done.err) == (1, "notes.txt is neither CSV nor XLSX.\n")


def test_a_file_of_nobody_is_put_nowhere(here: LocalProvince, typed: Typed, file: Path) -> None:
    done = typed("bills", "put", "quangninh", "nobody", str(file), "--local")
    assert (done.code, done.err) == (
        1,
        "There is no portal 'nobody': `portals list` names them.\n",
    )
