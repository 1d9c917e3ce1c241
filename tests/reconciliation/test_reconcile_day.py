import csv
import hashlib
import io
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.domain.breaks import AccountDay, BreakKind, BreakStatus, TrackedBreak
from chalicelib.domain.business_day import start_of
from chalicelib.domain.money import Money
from chalicelib.domain.reconciliations import DayPayment, ReconciliationStatus, Summary, Tally
from chalicelib.errors import DataFault, TryLater
from chalicelib.reconciliation.reconcile_day import reconcile_account_day
from chalicelib.storage.run_records import RunRecords
from tests.reconciliation.days import DAY, NEAR_MIDNIGHT, OF, ZONE, payment
from tests.reconciliation.statement_files import (
    WRITES,
    Crash,
    file_of,
    follow_payment,
    put_file,
    read_report,
    record_payment,
    row_of,
    watched_calls,
)
from tests.support.local_province import LocalProvince

NEXT = replace(OF, business_day=DAY + timedelta(days=1))


def on_day(day: date, number: int, amount: int = 50_000) -> DayPayment:
    return payment(number, amount, paid_at=start_of(day, ZONE) + timedelta(hours=12))


def run(province: LocalProvince, of: AccountDay = OF) -> Summary:
    desk = province.platform.reconciliation_desk()
    return reconcile_account_day(desk, of, province.clock.at)


def tracked(province: LocalProvince, of: AccountDay = OF) -> list[TrackedBreak]:
    return province.platform.reconciliations.list_breaks_of(of)


def open_kinds(province: LocalProvince, of: AccountDay = OF) -> list[str]:
    return sorted(
        each.found.kind for each in tracked(province, of) if each.status is BreakStatus.OPEN
    )


def plant_five(province: LocalProvince, of: AccountDay = OF, base: int = 0) -> bytes:
    """A broken row, a missing, an extra, a doubled and a different line, among three that agree."""
    paid = [on_day(of.business_day, base + number, 1_000 * number) for number in range(1, 8)]
    for each in paid:
        record_payment(province, of, each)
        follow_payment(province, of, each)
    rows = [row_of(each) for each in paid[:4]]
    rows.append(row_of(paid[4], Amount="5E+3"))
    rows.append(row_of(paid[5], Amount="5999"))
    rows.append(rows[0])
    rows.append(row_of(on_day(of.business_day, base + 99, 700)))
    return file_of(rows, total=1000 + 2000 + 3000 + 4000 + 5000 + 5999 + 1000 + 700)


def test_a_day_that_agrees_is_matched_and_reported(province: LocalProvince) -> None:
    for number in (1, 2):
        follow_payment(province, OF, payment(number))
    content = file_of([row_of(payment(1)), row_of(payment(2))], 100_000)
    key = put_file(province, OF, "day.csv", content)
    summary = run(province)
    assert summary.status is ReconciliationStatus.MATCHED
    assert summary.ours == summary.theirs == summary.matched == Tally(2, {"VND": 100_000})
    assert (summary.break_counts, summary.waiting) == ({}, Tally(0, {}))
    (file,) = summary.files
    assert (file.key, file.size, file.is_current) == (key, len(content), True)
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert set(summary.reports) == {"html_vi", "html_en", "csv_vi", "csv_en"}
    assert "Khớp hoàn toàn" in read_report(province, summary.reports["html_vi"]).decode()
    assert "Everything agrees" in read_report(province, summary.reports["html_en"]).decode()
    assert province.platform.reconciliations.read_summary(OF) == summary


def test_five_planted_troubles_give_exactly_those_breaks_twice(province: LocalProvince) -> None:
    put_file(province, OF, "day.csv", plant_five(province))
    first = run(province)
    expected = {
        BreakKind.BAD_ROW: 1,
        BreakKind.MISSING_IN_CHANNEL: 1,
        BreakKind.MISSING_IN_PLATFORM: 1,
        BreakKind.DUPLICATE_IN_CHANNEL: 1,
        BreakKind.AMOUNT_MISMATCH: 1,
    }
    assert first.break_counts == expected
    assert first.status is ReconciliationStatus.BREAKS
    assert first.matched == Tally(4, {"VND": 10_000})
    before = tracked(province)
    assert Counter(each.found.kind for each in before) == expected
    province.clock.advance(hours=1)
    with watched_calls() as calls:
        assert run(province) == first
    assert calls.writes == []
    assert tracked(province) == before


def test_lines_are_matches_and_breaks_and_nothing_else(province: LocalProvince) -> None:
    put_file(province, OF, "day.csv", plant_five(province))
    summary = run(province)
    with_line = [each for each in tracked(province) if each.found.theirs]
    bad_rows = summary.break_counts[BreakKind.BAD_ROW]
    assert summary.matched.count + len(with_line) + bad_rows == 8
    assert summary.theirs.count == 7
    explained = sum(
        (each.found.ours.amount_minor if each.found.ours else 0)
        - (each.found.theirs.amount_minor if each.found.theirs else 0)
        for each in tracked(province)
    )
    assert summary.ours.amounts["VND"] - summary.theirs.amounts["VND"] == explained


def test_an_unchanged_day_without_asked_lines_does_not_even_read_the_file(
    province: LocalProvince,
) -> None:
    follow_payment(province, OF, payment(1))
    put_file(province, OF, "day.csv", file_of([row_of(payment(1))], 50_000))
    run(province)
    with watched_calls() as calls:
        run(province)
    assert "GetObject" not in calls.names
    assert calls.writes == []


def test_without_a_file_the_day_has_not_arrived_and_lists_our_payments(
    province: LocalProvince,
) -> None:
    follow_payment(province, OF, payment(1))
    summary = run(province)
    assert summary.status is ReconciliationStatus.NOT_ARRIVED
    assert summary.waiting == summary.ours == Tally(1, {"VND": 50_000})
    assert (summary.theirs, summary.files) == (Tally(0, {}), ())
    assert open_kinds(province) == ["statement_missing"]
    page = read_report(province, summary.reports["html_en"]).decode()
    assert "No statement has arrived" in page
    assert "T1" in page
    with watched_calls() as calls:
        assert run(province) == summary
    assert calls.writes == []


def test_a_file_that_comes_late_clears_that_it_was_missing(province: LocalProvince) -> None:
    follow_payment(province, OF, payment(1))
    missing = run(province)
    province.clock.advance(hours=5)
    put_file(province, OF, "day.csv", file_of([row_of(payment(1))], 50_000))
    summary = run(province)
    assert (summary.status, summary.revision) == (ReconciliationStatus.MATCHED, 2)
    (cleared,) = tracked(province)
    assert cleared.status is BreakStatus.CLEARED
    assert (cleared.first_seen_run, cleared.cleared_by) == (missing.run, summary.run)
    assert cleared.cleared_at == province.clock.at


def test_a_file_issued_again_supersedes_visibly_and_clears_what_it_mends(
    province: LocalProvince,
) -> None:
    first_content = plant_five(province)
    put_file(province, OF, "a.csv", first_content)
    first = run(province)
    province.clock.advance(hours=2)
    paid = [on_day(DAY, number, 1_000 * number) for number in range(1, 8)]
    rows = [row_of(each) for each in paid[:6]]
    content = file_of(rows, total=21_000)
    put_file(province, OF, "b.csv", content)
    second = run(province)
    assert [(file.key[-5:], file.is_current, file.sha256) for file in second.files] == [
        ("b.csv", True, hashlib.sha256(content).hexdigest()),
        ("a.csv", False, hashlib.sha256(first_content).hexdigest()),
    ]
    assert second.break_counts == {BreakKind.MISSING_IN_CHANNEL: 1}
    assert open_kinds(province) == ["missing_in_channel"]
    cleared = [each for each in tracked(province) if each.status is BreakStatus.CLEARED]
    assert len(cleared) == 4
    assert {each.cleared_by for each in cleared} == {second.run}
    (still,) = [each for each in tracked(province) if each.status is BreakStatus.OPEN]
    assert still.first_seen_run == first.run
    page = read_report(province, second.reports["html_en"]).decode()
    assert page.count("superseded") == 1


@pytest.mark.parametrize("stray", [b"", b"hello", b"\xff\xfe\x00garbage"])
def test_a_newer_file_that_cannot_be_read_replaces_nothing(
    province: LocalProvince, stray: bytes
) -> None:
    put_file(province, OF, "a.csv", plant_five(province))
    run(province)
    before = open_kinds(province)
    province.clock.advance(hours=2)
    put_file(province, OF, "b.csv", stray)
    summary = run(province)
    assert [(file.key[-5:], file.is_current) for file in summary.files] == [
        ("b.csv", False),
        ("a.csv", True),
    ]
    assert sorted(open_kinds(province)) == sorted([*before, "bad_row"])
    assert [each for each in tracked(province) if each.status is BreakStatus.CLEARED] == []
    assert run(province) == summary


def test_the_same_name_issued_again_supersedes_its_older_version(province: LocalProvince) -> None:
    boto3.client("s3").put_bucket_versioning(
        Bucket=province.settings.statements_bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    follow_payment(province, OF, payment(1))
    put_file(province, OF, "day.csv", file_of([], 0))
    assert run(province).break_counts == {BreakKind.MISSING_IN_CHANNEL: 1}
    content = file_of([row_of(payment(1))], 50_000)
    put_file(province, OF, "day.csv", content)
    summary = run(province)
    assert summary.status is ReconciliationStatus.MATCHED
    assert [file.is_current for file in summary.files] == [True, False]
    assert summary.files[0].sha256 == hashlib.sha256(content).hexdigest()
    assert len({file.version for file in summary.files}) == 2


def test_a_deleted_file_is_no_longer_current(province: LocalProvince) -> None:
    s3 = boto3.client("s3")
    bucket = province.settings.statements_bucket
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    follow_payment(province, OF, payment(1))
    key = put_file(province, OF, "day.csv", file_of([row_of(payment(1))], 50_000))
    run(province)
    s3.delete_object(Bucket=bucket, Key=key)
    summary = run(province)
    assert summary.status is ReconciliationStatus.NOT_ARRIVED
    assert [file.is_current for file in summary.files] == [False]


def test_a_break_that_comes_back_is_open_again_and_keeps_its_first_sight(
    province: LocalProvince,
) -> None:
    follow_payment(province, OF, payment(1))
    empty, full = file_of([], 0), file_of([row_of(payment(1))], 50_000)
    first = run_with(province, "a.csv", empty)
    run_with(province, "b.csv", full)
    assert open_kinds(province) == []
    run_with(province, "c.csv", empty)
    (again,) = tracked(province)
    assert (again.status, again.first_seen_run) == (BreakStatus.OPEN, first.run)
    assert (again.cleared_at, again.cleared_by) == (None, None)


def run_with(province: LocalProvince, name: str, content: bytes) -> Summary:
    province.clock.advance(minutes=1)
    put_file(province, OF, name, content)
    return run(province)


def test_an_unreadable_file_lets_the_payments_wait(province: LocalProvince) -> None:
    follow_payment(province, OF, payment(1))
    summary = run_with(province, "day.csv", "Ngày,Số tiền\r\n".encode("utf-16"))
    assert summary.status is ReconciliationStatus.BREAKS
    assert summary.break_counts == {BreakKind.BAD_ROW: 1}
    assert summary.waiting.count == 1


def test_a_payment_that_the_day_rows_do_not_have_yet_matches(province: LocalProvince) -> None:
    record_payment(province, OF, payment(1))
    summary = run_with(province, "day.csv", file_of([row_of(payment(1))], 50_000))
    assert summary.status is ReconciliationStatus.MATCHED
    assert summary.ours == Tally(1, {"VND": 50_000})
    follow_payment(province, OF, payment(1))
    assert run(province).status is ReconciliationStatus.MATCHED


def test_a_payment_around_midnight_is_told_on_both_days(province: LocalProvince) -> None:
    late = payment(1, paid_at=NEAR_MIDNIGHT)
    record_payment(province, OF, late)
    follow_payment(province, OF, late)
    put_file(province, OF, "day.csv", file_of([], 0))
    assert run(province).break_counts == {BreakKind.MISSING_IN_CHANNEL: 1}
    put_file(province, NEXT, "day.csv", file_of([row_of(late)], 50_000))
    assert run(province, NEXT).break_counts == {BreakKind.LATE_CUTOFF: 1}
    assert run(province).break_counts == {BreakKind.LATE_CUTOFF: 1}
    assert open_kinds(province) == ["late_cutoff"]
    (told,) = [each.found for each in tracked(province) if each.status is BreakStatus.OPEN]
    assert told.detail == {"counted_on": "2026-03-02"}
    with watched_calls() as calls:
        run(province)
        run(province, NEXT)
    assert calls.writes == []


def test_a_neighbours_cleared_break_explains_nothing(province: LocalProvince) -> None:
    late = payment(1, paid_at=NEAR_MIDNIGHT)
    record_payment(province, OF, late)
    follow_payment(province, OF, late)
    put_file(province, OF, "day.csv", file_of([], 0))
    put_file(province, NEXT, "a.csv", file_of([row_of(late)], 50_000))
    run(province, NEXT)
    assert run(province).break_counts == {BreakKind.LATE_CUTOFF: 1}
    put_file(province, NEXT, "b.csv", file_of([], 0))
    run(province, NEXT)
    assert run(province).break_counts == {BreakKind.MISSING_IN_CHANNEL: 1}


def test_a_line_that_was_unpaid_is_judged_again_when_the_ledger_knows_better(
    province: LocalProvince,
) -> None:
    put_file(province, OF, "day.csv", file_of([row_of(payment(1))], 50_000))
    assert run(province).break_counts == {BreakKind.MISSING_IN_PLATFORM: 1}
    record_payment(province, OF, payment(1))
    assert run(province).status is ReconciliationStatus.MATCHED


def test_two_runs_at_once_end_as_the_later_file_says(province: LocalProvince) -> None:
    """The slower one has read the older file; the faster one finishes in between."""
    follow_payment(province, OF, payment(1))
    put_file(province, OF, "a.csv", file_of([], 0))
    newer = file_of([row_of(payment(1))], 50_000)
    raced: list[str] = []

    def meddle(operation: str, _: int) -> None:
        if operation == "PutObject" and not raced:
            raced.append(operation)
            put_file(province, OF, "b.csv", newer)
            run(province)

    with watched_calls(meddle=meddle):
        summary = run(province)
    assert raced == ["PutObject"]
    assert summary.status is ReconciliationStatus.MATCHED
    assert province.platform.reconciliations.read_summary(OF) == summary
    assert open_kinds(province) == []


def test_a_run_that_never_gets_through_gives_up_and_says_so(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RunRecords, "add", lambda *_: False)
    with pytest.raises(TryLater) as refused:
        run(province)
    assert refused.value.code == "reconciliation_busy"


def test_an_unknown_account_is_refused(province: LocalProvince) -> None:
    with pytest.raises(DataFault) as refused:
        run(province, replace(OF, account="nobody"))
    assert refused.value.code == "account_not_reconciled"


def state_of(province: LocalProvince, of: AccountDay) -> dict[str, Any]:
    """Everything that a run leaves, but for times and what is told by them."""
    summary = province.platform.reconciliations.read_summary(of)
    assert summary is not None
    reports = {name: read_report(province, key) for name, key in summary.reports.items()}
    return {
        "status": summary.status,
        "counts": summary.break_counts,
        "sums": (summary.ours, summary.theirs, summary.matched, summary.waiting),
        "files": [(file.key[-5:], file.is_current) for file in summary.files],
        "breaks": sorted(
            f"{each.found.kind} {each.found.ours} {each.found.theirs} {each.found.row_no}"
            f" {each.status}"
            for each in tracked(province, of)
        ),
        "report_sizes": {name: len(content) > 500 for name, content in reports.items()},
    }


@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_dies_at_any_call_is_put_right_by_the_next(
    province: LocalProvince, after: bool
) -> None:
    """Each crash point has a day of its own: first an older file is reconciled, then the run over
    the file that supersedes it dies. To die at a read is to die before the next write."""

    def prepare(of: AccountDay, base: int) -> None:
        found, missing = (on_day(of.business_day, base + number) for number in (1, 2))
        follow_payment(province, of, found)
        follow_payment(province, of, missing)
        put_file(province, of, "a.csv", file_of([], 0))
        run(province, of)
        rows = [row_of(found), row_of(on_day(of.business_day, base + 3), Amount="?")]
        put_file(province, of, "b.csv", file_of(rows, 50_000))

    days = [replace(OF, business_day=DAY - timedelta(days=3 * back)) for back in range(12)]
    prepare(days[0], 0)
    with watched_calls() as calls:
        run(province, days[0])
    expected = state_of(province, days[0])
    points = [at for at, name in enumerate(calls.names, 1) if name in WRITES]
    # The file's copy and row; reports; the run's document and row; new break, cleared one, summary.
    assert len(calls.writes) == 2 + 4 + 2 + 1 + 1 + 1
    for of, point in zip(days[1:], points, strict=False):
        prepare(of, 1_000 * point)
        with watched_calls(point, after=after), pytest.raises(Crash):
            run(province, of)
        province.clock.advance(minutes=1)
        run(province, of)
        assert state_of(province, of) == expected, point
        with watched_calls() as quiet:
            run(province, of)
        assert quiet.writes == []


def test_the_csv_has_every_break_and_nothing_that_a_spreadsheet_would_run(
    province: LocalProvince,
) -> None:
    evil = replace(payment(2), payment_no="=HYPERLINK(1)", provider_transaction="+1")
    rows = [row_of(evil), row_of(payment(3), TxnRef="@x", TransactionNo="\t-2")]
    follow_payment(province, OF, payment(1))
    summary = run_with(province, "day.csv", file_of(rows, 100_000))
    content = read_report(province, summary.reports["csv_vi"])
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["kind"] for row in read] == [
        "unidentified_credit",
        "unidentified_credit",
        "missing_in_channel",
    ]
    assert [row["payment_no"] for row in read[:2]] == ["'=HYPERLINK(1)", "'@x"]
    assert [row["provider_transaction"] for row in read[:2]] == ["'+1", "'-2"]
    assert read[2]["payment_no"] == f"'{payment(1).payment_no}"
    assert all(
        not cell.lstrip().startswith(("=", "+", "-", "@")) for row in read for cell in row.values()
    )


def test_the_page_says_what_the_file_says_without_believing_it(province: LocalProvince) -> None:
    evil = replace(payment(2), payment_no="<script>alert(1)</script>")
    summary = run_with(province, '"><img src=x>.csv', file_of([row_of(evil)], 50_000))
    for language in ("vi", "en"):
        page = read_report(province, summary.reports[f"html_{language}"]).decode()
        assert "<script" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "http" not in page.replace("http-equiv", "")


def test_money_in_a_report_is_written_as_people_write_it(province: LocalProvince) -> None:
    follow_payment(province, OF, replace(payment(1), amount=Money(1_234_567, "VND")))
    summary = run(province)
    assert "1.234.567\u00a0VND" in read_report(province, summary.reports["html_vi"]).decode()
    assert "1,234,567\u00a0VND" in read_report(province, summary.reports["html_en"]).decode()
