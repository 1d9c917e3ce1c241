"""Files of bills in the bucket: each bill issued once, whoever dies, whoever does it twice."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from unittest import mock

import pytest
from openpyxl import Workbook

import app as table_of_contents
from chalicelib.domain.bill_files import BillFileStatus, place_bill_file
from chalicelib.jobs import bill_files
from chalicelib.storage.bill_files import BillFiles
from tests.support.bills import issue_many
from tests.support.clients import client
from tests.support.local_province import Context, LocalProvince
from tests.support.rows import ledger_keys

HEADING = "reference,payee_unit,fee_item,amount_minor,payer_kind,payer_name,due_date"
ROWS = 500


def tuition(number: int, **changes: str) -> str:
    cells = {
        "reference": f"HP-{number:05d}",
        "payee_unit": "UNITA",
        "fee_item": "FINE",
        "amount_minor": str(500_000 + number),
        "payer_kind": "individual",
        "payer_name": f"Học sinh {number}",
        "due_date": "2026-03-31",
        **changes,
    }
    return ",".join(cells.values())


# By line: what is changed, and the column and code that are told of it.
BAD: dict[int, tuple[dict[str, str], str, str]] = {
    5: ({"reference": "1.2E+17"}, "reference", "number_destroyed"),
    77: ({"amount_minor": "many"}, "amount_minor", "not_a_whole_number"),
    120: ({"fee_item": "NONE"}, "fee_item", "fee_item_unknown"),
    201: ({"amount_minor": "300000000"}, "amount_minor", "amount_out_of_range"),
    202: ({"payer_kind": "robot"}, "payer_kind", "unknown_value"),
    399: ({"due_date": "31/3/2026"}, "due_date", "invalid_format"),
    501: ({"reference": "HP-00002", "amount_minor": "7"}, "", "bill_differs"),
}


def tuition_file() -> bytes:
    lines = [tuition(line, **BAD[line][0] if line in BAD else {}) for line in range(2, ROWS + 2)]
    return "\n".join([HEADING, *lines, ""]).encode()


def results(province: LocalProvince, name: str, which: int = 0) -> dict[str, Any]:
    """What was left in the reports bucket by the file's own name in its folder."""
    s3, bucket = client("s3"), province.settings.reports_bucket
    file = [each for each in files_of(province) if each.name == name][which]
    found = {}
    for own in ("progress.json", "result.json", "bills.csv", "errors.csv"):
        keys = s3.list_objects_v2(Bucket=bucket, Prefix=file.folder + own).get("Contents", [])
        for each in keys:
            text = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode("utf-8-sig")
            found[own] = json.loads(text) if own.endswith("json") else list(rows_of(text))
    return found


def rows_of(text: str) -> csv.DictReader[str]:
    return csv.DictReader(io.StringIO(text, newline=""))


def files_of(province: LocalProvince) -> list[Any]:
    return province.platform.bill_files.list("portal-a")


def tallies(result: Any) -> tuple[int, int, int, int]:
    return tuple(result[name] for name in ("rows", "issued", "already_issued", "refused"))


def check_done(province: LocalProvince, name: str = "tuition.csv", which: int = 0) -> None:
    found = results(province, name, which)
    assert tallies(found["result.json"]) == (ROWS, ROWS - len(BAD), 0, len(BAD))
    told = {int(row["line"]): (row["column"], row["code"]) for row in found["errors.csv"]}
    assert told == {line: (column, code) for line, (_, column, code) in BAD.items()}
    issued = {row["payment_code"].replace(" ", "") for row in found["bills.csv"]}
    assert len(found["bills.csv"]) == len(issued) == ROWS - len(BAD)
    assert {f"O#{code}" for code in issued} == set(ledger_keys(province, "O#"))


def test_each_bill_is_issued_and_each_bad_row_told(province: LocalProvince) -> None:
    province.put_bill_file("portal-a/tuition.csv", tuition_file())
    province.pump()
    check_done(province)
    found = results(province, "tuition.csv")
    assert found["result.json"]["status"] == "finished"
    assert (found["result.json"]["portal"], found["result.json"]["mode"]) == ("portal-a", "test")
    assert found["errors.csv"][1]["sentence"] == "Chỉ được ghi chữ số, không có dấu phân cách."
    assert found["progress.json"]["line"] == ROWS + 2
    first = found["bills.csv"][0]
    assert (first["line"], first["reference"], first["result"]) == ("2", "HP-00002", "issued")
    assert first["amount_minor"] == "500002"


def test_the_same_file_again_and_the_same_bills_by_the_api_issue_none(
    province: LocalProvince,
) -> None:
    content = "\n".join([HEADING, tuition(1), tuition(2)]).encode()
    province.put_bill_file("portal-a/a.csv", content)
    province.pump()
    province.clock.advance(hours=1)
    province.put_bill_file("portal-a/b.csv", content)
    province.pump()
    assert tallies(results(province, "b.csv")["result.json"]) == (2, 0, 2, 0)
    bill = {
        "reference": "HP-00001",
        "payee_unit": "UNITA",
        "fee_item": "FINE",
        "principal_minor": 500_001,
        "payer": {"kind": "individual", "name": "Học sinh 1"},
        "due_date": "2026-03-31",
    }
    lines = {"lines": [{"fee_item": "FINE", "amount_minor": 500_001}]}
    by_rows = {name: value for name, value in (bill | lines).items() if name in bill.keys() | lines}
    del by_rows["fee_item"], by_rows["principal_minor"]
    (told,) = issue_many(province, by_rows).json["results"]
    assert told["result"] == "already_issued"
    assert len(ledger_keys(province, "O#")) == 2


def test_a_reference_that_comes_again_later_in_the_file_is_told_as_issued_before(
    province: LocalProvince,
) -> None:
    lines = [HEADING, tuition(1), tuition(2), tuition(1)]
    province.put_bill_file("portal-a/a.csv", "\n".join(lines).encode())
    province.pump()
    assert tallies(results(province, "a.csv")["result.json"]) == (3, 2, 1, 0)


class Killed(BaseException):
    """A worker that is no more."""


def kill_at(call: int, method: str) -> Any:
    real: Callable[..., Any] = getattr(BillFiles, method)
    made = 0

    def dying(*given: Any) -> Any:
        nonlocal made
        made += 1
        if made == call:
            raise Killed
        return real(*given)

    return mock.patch.object(BillFiles, method, dying)


def deliver(province: LocalProvince, event: dict[str, Any]) -> None:
    record = {"messageId": "m", "body": json.dumps(event)}
    answer = table_of_contents.bill_file_worker({"Records": [record]}, Context())
    assert answer == {"batchItemFailures": []}


def test_two_who_die_half_way_are_followed_by_one_who_ends_it(province: LocalProvince) -> None:
    event = province.put_bill_file("portal-a/tuition.csv", tuition_file())
    with kill_at(2, "write_part"), pytest.raises(Killed):
        deliver(province, event)
    assert len(ledger_keys(province, "O#")) == 196
    with kill_at(2, "change"), pytest.raises(Killed):
        deliver(province, event)
    (file,) = files_of(province)
    assert (file.status, file.line, file.issued) == (BillFileStatus.WORKING, 202, 196)
    province.pump()
    check_done(province)


def test_two_at_once_issue_each_bill_once(province: LocalProvince) -> None:
    event = province.put_bill_file("portal-a/tuition.csv", tuition_file())
    workers = [Thread(target=deliver, args=(province, event)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    check_done(province)
    province.pump()
    check_done(province)


def test_who_was_overtaken_goes_on_where_the_other_is(province: LocalProvince) -> None:
    event = province.put_bill_file("portal-a/tuition.csv", tuition_file())
    real, overtaken = BillFiles.write_part, list[bool]()

    def slow(*given: Any) -> None:
        real(*given)
        if not overtaken:
            overtaken.append(True)
            with mock.patch.object(bill_files, "WORKING_TIME", timedelta(0)):
                deliver(province, event)

    with mock.patch.object(BillFiles, "write_part", slow):
        deliver(province, event)
    check_done(province)


def test_a_worker_hands_the_rest_to_the_next_when_its_time_is_over(
    province: LocalProvince,
) -> None:
    event = province.put_bill_file("portal-a/tuition.csv", tuition_file())
    with mock.patch.object(bill_files, "WORKING_TIME", timedelta(0)):
        deliver(province, event)
        (file,) = files_of(province)
        assert (file.status, file.rows, file.line) == (BillFileStatus.WORKING, 100, 102)
        assert results(province, "tuition.csv")["progress.json"]["rows"] == 100
        province.pump()
    check_done(province)


@pytest.mark.parametrize("path", ["portal-a/try/tuition.csv", "portal-a/tuition.dry-run.csv"])
def test_a_dry_run_issues_none(province: LocalProvince, path: str) -> None:
    content = "\n".join([HEADING, tuition(1), tuition(2, fee_item="NONE")]).encode()
    province.put_bill_file(path, content)
    province.pump()
    assert ledger_keys(province, "O#") == []
    found = results(province, path.rpartition("/")[2])
    assert found["result.json"]["dry_run"] is True
    assert tallies(found["result.json"]) == (2, 1, 0, 1)
    assert found["bills.csv"][0]["result"] == "would_issue"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"%PDF", "file_type_unknown"),
        ("a.xlsx", b"PK no archive", "file_unreadable"),
        ("a.csv", b"reference,fee\n", "headings_unknown"),
        ("a.csv", b"reference,fee_item\n", "headings_missing"),
    ],
)
def test_a_file_that_cannot_be_read_has_a_result_too(
    province: LocalProvince, name: str, content: bytes, code: str
) -> None:
    province.put_bill_file(f"portal-a/{name}", content)
    province.pump()
    result = results(province, name)["result.json"]
    assert (result["status"], result["code"]) == ("refused", code)
    assert result["sentence"]
    assert files_of(province)[0].code == code


def test_a_file_that_is_too_large_is_not_even_fetched(province: LocalProvince) -> None:
    with mock.patch.object(bill_files, "MAX_FILE_BYTES", 10):
        province.put_bill_file("portal-a/a.csv", b"x" * 11)
        province.pump()
    assert results(province, "a.csv")["result.json"]["code"] == "file_too_large"


@pytest.mark.parametrize("path", ["nobody/a.csv", "Portal A/a.csv", "portal-a/b/c.csv", "a.csv"])
def test_a_file_of_nobody_issues_none_and_is_an_alert(
    province: LocalProvince, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    province.put_bill_file(path, "\n".join([HEADING, tuition(1)]).encode())
    province.pump()
    assert ledger_keys(province, "O#") == []
    assert '"level":"ERROR"' in capsys.readouterr().out


def test_a_sheet_is_worked_off_as_a_csv_file_is(province: LocalProvince) -> None:
    book = Workbook()
    for line in tuition_file().decode().splitlines():
        book.active.append(line.split(","))
    content = io.BytesIO()
    book.save(content)
    event = province.put_bill_file("portal-a/tuition.xlsx", content.getvalue())
    with kill_at(3, "write_part"), pytest.raises(Killed):
        deliver(province, event)
    province.pump()
    check_done(province, "tuition.xlsx")


def test_a_file_is_placed_by_its_key() -> None:
    assert place_bill_file("bills/school/a.csv") == ("school", "a.csv", False)
    assert place_bill_file("bills/school/try/a.csv") == ("school", "a.csv", True)
    assert place_bill_file("bills/school/a.DRY-RUN.XLSX") == ("school", "a.DRY-RUN.XLSX", True)
    assert place_bill_file("bills/school/") is None
    assert place_bill_file("statements/school/a.csv") is None


def test_what_a_spreadsheet_would_run_is_told_as_text(province: LocalProvince) -> None:
    cell = '"=HYPERLINK(""http://x"")"'
    lines = [HEADING, tuition(1, reference=cell, fee_item="NONE"), tuition(2, reference=cell)]
    province.put_bill_file("portal-a/a.csv", "\n".join(lines).encode())
    province.pump()
    found = results(province, "a.csv")
    assert [row["reference"][0] for row in found["errors.csv"]] == ["'"]
