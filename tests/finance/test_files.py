"""The same by files: messages in, answers, a day's files out, and what they have beside ours."""

import csv
import hashlib
import io
import json
from itertools import pairwise
from typing import Any
from unittest import mock

import pytest

from chalicelib.finance import message_files
from chalicelib.storage import finance_files
from chalicelib.storage.finance_files import FinanceFiles, Place
from chalicelib.storage.finance_results import FinanceResults
from infra.simulator.finance import FinanceSystem, as_file
from tests.support.clients import client
from tests.support.finance import (
    ITEM,
    SENDER,
    UNIT,
    a_notice,
    answers_of,
    calling,
    exchange,
    pay,
    put_file,
    put_messages,
    report,
    reports,
    sent,
    tell,
)
from tests.support.local_province import LocalProvince
from tests.support.portal_client import call
from tests.support.rows import ledger_rows, scan

OUT = f"finance/{SENDER}/out/2026-03-02"


def test_a_file_of_messages_is_answered_line_by_line(
    province: LocalProvince, system: FinanceSystem
) -> None:
    good, other = system.message("bill", a_notice()), system.message("bill", a_notice("N-2"))
    lines = as_file([good]) + b'{"broken"\n\n' + as_file([other | {"signature": "00"}, other])
    put_file(province, f"finance/{SENDER}/in/day.jsonl", lines)
    answers = answers_of(province, "day.jsonl")
    told = [(each["line"], each["state"], (each["problem"] or {}).get("code")) for each in answers]
    assert told == [
        (1, "accepted", None),
        (2, "not_kept", "invalid_json"),
        (4, "not_kept", "signature_wrong"),
        (5, "accepted", None),
    ]
    assert len(ledger_rows(province, "O#")) == 2


def test_the_same_file_again_issues_none_and_is_answered_the_same(
    province: LocalProvince, system: FinanceSystem
) -> None:
    messages = [system.message("bill", a_notice(f"N-{number}")) for number in range(1, 4)]
    put_messages(province, "day.jsonl", *messages)
    first, rows = answers_of(province, "day.jsonl"), ledger_rows(province)
    tell(province, f"finance/{SENDER}/in/day.jsonl")
    assert (answers_of(province, "day.jsonl"), ledger_rows(province)) == (first, rows)


def test_a_long_file_is_handed_on_piece_by_piece(
    province: LocalProvince, system: FinanceSystem
) -> None:
    messages = [system.message("bill", a_notice(f"N-{number}")) for number in range(1, 8)]
    bucket = province.settings.statements_bucket
    with mock.patch.object(message_files, "PIECE_LINES", 3):
        put_messages(province, "day.jsonl", *messages)
        assert len(ledger_rows(province, "O#")) == 3
        continuing = f"finance/{SENDER}/continue/day.jsonl"
        for expected in (6, 7):
            tell(province, continuing)
            assert len(ledger_rows(province, "O#")) == expected
    place = json.loads(client("s3").get_object(Bucket=bucket, Key=continuing)["Body"].read())
    assert place["line_no"] == 7
    lines = [
        each["line"] for first in (1, 4, 7) for each in answers_of(province, "day.jsonl", first)
    ]
    assert lines == list(range(1, 8))


def test_a_file_and_a_call_that_bring_the_same_messages_issue_each_once(
    province: LocalProvince, system: FinanceSystem
) -> None:
    messages = [system.message("bill", a_notice(f"N-{number}")) for number in range(1, 6)]
    sent(province, messages[3], messages[0])
    put_messages(province, "rest.jsonl", *messages)
    assert [each["state"] for each in answers_of(province, "rest.jsonl")] == ["accepted"] * 5
    assert len(ledger_rows(province, "O#")) == 5


@pytest.mark.parametrize("chunk", [63, 1000, 1 << 20])
def test_lines_are_cut_at_line_feeds_wherever_the_bytes_come_apart(
    province: LocalProvince, chunk: int
) -> None:
    content = "một\n\n二\r\n".encode() + b"x" * 70_000 + b"\nlast"
    bucket = province.settings.statements_bucket
    client("s3").put_object(Bucket=bucket, Key="finance/a/in/f", Body=content)
    files = FinanceFiles(client("s3"), bucket, "")
    place = Place("finance/a/in/f", "null")
    with mock.patch.object(finance_files, "CHUNK_BYTES", chunk):
        found = list(files.lines(place))
    told = [(line.line_no, line.content) for line in found]
    assert told == [(1, "một".encode()), (3, "二\r".encode()), (4, None), (5, b"last")]
    assert found[-1].next_offset == len(content)
    for line, following in pairwise(found):
        rest = Place(place.key, "null", line.next_offset, line.line_no + 1)
        assert next(iter(files.lines(rest))).content == following.content
    assert list(files.lines(Place(place.key, "null", len(content), 6))) == []


def test_files_without_a_place_and_of_nobody_change_nothing(province: LocalProvince) -> None:
    before = ledger_rows(province)
    for key in ("finance/nobody/in/f", f"finance/{SENDER}/f", f"finance/{SENDER}/held/soon/f"):
        put_file(province, key, b"{}\n")
    assert ledger_rows(province) == before


def paid_bills(province: LocalProvince, system: FinanceSystem, *numbers: int) -> list[str]:
    codes = []
    for number in numbers:
        (answer,) = sent(province, system.message("bill", a_notice(f"N-{number}")))
        codes.append(answer["result"]["payment_code"])
        pay(province, codes[-1], 1_000_000, number)
    province.pump()
    return codes


def test_a_day_is_written_once_it_is_over_with_control_totals(
    province: LocalProvince, system: FinanceSystem
) -> None:
    paid_bills(province, system, 1, 2)
    exchange(province)
    assert reports(province, OUT) == []
    province.clock.advance(hours=16)  # 01:00 on the next day, before the agreed time
    exchange(province)
    assert reports(province, OUT) == []
    province.clock.advance(minutes=31)
    exchange(province)
    names = [key.removeprefix(f"{OUT}/") for key in reports(province, OUT)]
    assert names == [
        "001/control.json",
        "001/results.jsonl",
        "001/totals.csv",
        "001/totals.json",
    ]
    control = json.loads(report(province, f"{OUT}/001/control.json"))
    content = report(province, f"{OUT}/001/results.jsonl")
    assert control["results_sha256"] == hashlib.sha256(content).hexdigest()
    assert control["control"]["paid"] == {"count": 2, "amount": "2000000"}
    system.read_results(calling(province))
    assert [json.loads(line) for line in content.splitlines()] == [
        system.results[number] for number in sorted(system.results)
    ]
    rows = list(
        csv.DictReader(io.StringIO(report(province, f"{OUT}/001/totals.csv").decode("utf-8-sig")))
    )
    assert [(row["unit"], row["item"], row["count"], row["amount"]) for row in rows] == [
        (UNIT, ITEM, "2", "2000000")
    ]
    exchange(province)
    assert len(reports(province, OUT)) == 4


def test_a_schedule_with_nothing_new_looks_at_no_day(
    province: LocalProvince, system: FinanceSystem
) -> None:
    paid_bills(province, system, 1)
    province.clock.advance(hours=20)
    exchange(province)
    with mock.patch.object(FinanceResults, "numbers_of_day", side_effect=AssertionError("looked")):
        exchange(province)
    province.clock.advance(hours=24)
    exchange(province)
    assert any("out/2026-03-03/001" in key for key in reports(province, "finance/"))


def test_what_comes_later_makes_a_revision_and_the_first_stays(
    province: LocalProvince, system: FinanceSystem
) -> None:
    paid_bills(province, system, 1)
    province.clock.advance(hours=20)
    exchange(province)
    first = report(province, f"{OUT}/001/results.jsonl")
    paid_bills(province, system, 2)  # VNPAY tells late of a payment of the day before
    exchange(province)
    control = json.loads(report(province, f"{OUT}/002/control.json"))
    assert (control["revision"], control["control"]["paid"]["count"]) == (2, 2)
    assert report(province, f"{OUT}/001/results.jsonl") == first
    exchange(province)
    assert not any("/003/" in key for key in reports(province, OUT))


def test_a_day_without_payments_is_written_as_such(province: LocalProvince) -> None:
    province.clock.advance(hours=20)
    exchange(province)
    keys = [key for key in reports(province, f"finance/{SENDER}/out/") if "control" in key]
    assert keys == [f"{OUT}/001/control.json"]
    control = json.loads(report(province, keys[0]))
    assert (control["results"], control["up_to_number"]) == (0, 0)


def test_whoever_decided_a_revision_and_died_is_followed_by_the_same_bytes(
    province: LocalProvince, system: FinanceSystem
) -> None:
    paid_bills(province, system, 1)
    province.clock.advance(hours=20)
    real = FinanceFiles.write

    def dies(self: FinanceFiles, key: str, content: bytes, kind: str) -> None:
        if key.endswith("totals.json"):
            raise RuntimeError("died")
        real(self, key, content, kind)

    with mock.patch.object(FinanceFiles, "write", dies), pytest.raises(Exception, match="finance"):
        exchange(province)
    paid_bills(province, system, 2)  # belongs to the day too, and comes in the next revision
    exchange(province)
    assert json.loads(report(province, f"{OUT}/001/control.json"))["results"] == 2
    assert json.loads(report(province, f"{OUT}/002/control.json"))["results"] == 4


def held(
    number: str, amount: str = "1000000", status: str = "1", unit: str = UNIT
) -> dict[str, Any]:
    return {"NOTICENO": number, "ENTERCODE": unit, "TOTALMONEY": amount, "BILLSTATS": status}


def test_what_differs_is_reported_both_ways_and_nothing_is_corrected(
    province: LocalProvince, system: FinanceSystem
) -> None:
    paid_bills(province, system, 1, 2, 3)
    wrong = a_notice("N-7", PAYER="")
    late = system.message("bill_amendment", a_notice("N-3", amount="900000", REASON="mistake"))
    sent(
        province,
        system.message("bill", a_notice("N-4")),
        system.message("bill", a_notice("N-5")),
        system.message("bill", wrong),
        late,
    )
    province.pump()
    listed = [
        held("N-1"),
        held("N-2", status="0"),
        held("N-3", amount="900000"),
        held("N-4", amount="999999", status="0"),
        held("N-7", status="0"),
        held("N-8"),
        held("N-1"),
        held("N-9", status="9"),
    ]
    rows = ledger_rows(province)
    key = f"finance/{SENDER}/held/2026-03-02/list.jsonl"
    put_file(province, key, as_file(listed))
    assert ledger_rows(province) == rows
    folder = json.loads(report(province, f"finance/{SENDER}/discrepancies/2026-03-02/latest.json"))[
        "folder"
    ]
    found = json.loads(report(province, f"{folder}/report.json"))
    told = {
        (each["kind"], each["reference"], each["line_no"], each["detail"])
        for each in found["differences"]
    }
    assert told == {
        ("status_differs", "N-2", 2, ""),
        ("amended_after_paid", "N-3", 3, "order_paid"),
        ("amount_differs", "N-4", 4, ""),
        ("missing_here", "N-7", 5, "required"),
        ("missing_here", "N-8", 6, ""),
        ("listed_twice", "N-1", 7, ""),
        ("line_unreadable", "", 8, "unknown_value"),
        ("missing_there", "N-5", None, ""),
    }
    assert (found["theirs"], found["ours"], found["agreeing"]) == (8, 5, 1)
    for language, words in (("vi", "Sửa sau khi đã nộp"), ("en", "Changed after it was paid")):
        page = report(province, f"{folder}/report.{language}.html").decode()
        assert words in page
        assert "<script" not in page
    table = report(province, f"{folder}/report.en.csv").decode("utf-8-sig")
    rows_told = list(csv.DictReader(io.StringIO(table)))
    assert len(rows_told) == len(told)
    late_row = next(row for row in rows_told if row["kind"] == "amended_after_paid")
    assert (late_row["ours"], late_row["our_status"], late_row["theirs"]) == (
        "1000000",
        "paid",
        "900000",
    )


def test_a_day_on_which_all_agrees_says_so(province: LocalProvince, system: FinanceSystem) -> None:
    paid_bills(province, system, 1)
    put_file(province, f"finance/{SENDER}/held/2026-03-02/l", as_file([held("N-1")]))
    (key,) = [each for each in reports(province, "finance/") if each.endswith("report.en.html")]
    assert "Everything agrees" in report(province, key).decode()


def test_a_bill_of_which_a_part_is_paid_agrees_with_the_whole_of_it(
    province: LocalProvince, system: FinanceSystem
) -> None:
    (answer,) = sent(province, system.message("bill", a_notice("N-1")))
    target = f"/v1/bills/{answer['result']['payment_code']}/parts"
    part = call(province, "POST", target, {"amount_minor": 400_000}, idempotency_key="part-1")
    pay(province, part.json["payment_code"], 400_000)
    province.pump()
    listed = as_file([held("N-1", status="0")])
    put_file(province, f"finance/{SENDER}/held/2026-03-02/l", listed)
    (key,) = [each for each in reports(province, "finance/") if each.endswith("report.en.html")]
    assert "Everything agrees" in report(province, key).decode()


def test_a_message_that_nobody_brings_again_is_applied_by_the_schedule(
    province: LocalProvince, system: FinanceSystem
) -> None:
    message = system.message("bill", a_notice())
    with mock.patch("chalicelib.finance.inbox.apply_message", side_effect=RuntimeError("died")):
        assert sent_status(province, message) == 500
    assert ledger_rows(province, "O#") == []
    exchange(province)
    assert len(ledger_rows(province, "O#")) == 1
    assert scan(province.settings.views_table, "FIN") == []


def sent_status(province: LocalProvince, message: dict[str, Any]) -> int:
    from tests.support.finance import send

    return send(province, message).status
