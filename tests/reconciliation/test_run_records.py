"""What a run decides is kept before it is carried out; files, before they are judged."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.reconciliations import ReconciliationStatus, Summary
from chalicelib.errors import DataFault, TryLater
from chalicelib.reconciliation.reconcile_day import reconcile_account_day, settle
from chalicelib.storage.files import StatementFiles
from chalicelib.storage.kept_files import KeptFiles
from chalicelib.storage.reconciliations import Reconciliations
from chalicelib.storage.run_records import RunRecord
from tests.reconciliation.days import OF, payment
from tests.reconciliation.statement_files import (
    Crash,
    file_of,
    follow_payment,
    put_file,
    row_of,
    watched_calls,
)
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.rows import ledger_rows, scan

RUNS = "RUN#vnpay#quangninh#2026-03-01"


def run(province: LocalProvince) -> Summary:
    desk = province.platform.reconciliation_desk()
    return reconcile_account_day(desk, OF, province.clock.at)


def statuses(province: LocalProvince) -> list[tuple[str, str]]:
    rows = scan(province.settings.views_table, "BREAKS")
    return sorted((row["kind"], row["status"]) for row in rows)


def die_before(operation: str, which: int) -> Callable[[str, int], None]:
    seen: list[int] = []

    def meddle(called: str, _: int) -> None:
        if called == operation:
            seen.append(1)
            if len(seen) == which:
                raise Crash

    return meddle


def test_a_run_that_decided_and_died_is_carried_out_as_it_decided(
    province: LocalProvince,
) -> None:
    """Even when the next one finds another file: that is a run of its own, after it."""
    for number in (1, 2):
        follow_payment(province, OF, payment(number))
    put_file(province, OF, "a.csv", file_of([], 0))
    with watched_calls(meddle=die_before("UpdateItem", 2)), pytest.raises(Crash):
        run(province)
    assert len(statuses(province)) == 1  # of two breaks; and no summary
    assert province.platform.reconciliations.read_summary(OF) is None
    decided_at = province.clock.at
    province.clock.advance(hours=1)
    rows = [row_of(payment(number)) for number in (1, 2)]
    put_file(province, OF, "b.csv", file_of(rows, 100_000))
    summary = run(province)
    assert (summary.status, summary.revision) == (ReconciliationStatus.MATCHED, 2)
    breaks = province.platform.reconciliations.list_breaks_of(OF)
    assert {each.first_seen_at for each in breaks} == {decided_at}
    assert statuses(province) == [("missing_in_channel", "cleared")] * 2
    first, second = ledger_rows(province, RUNS)
    assert (first["sk"], second["sk"]) == ("00000001", "00000002")
    assert second["run"] == summary.run != first["run"]


def test_what_a_dead_run_found_is_told_by_the_next(
    province: LocalProvince, capsys: pytest.CaptureFixture[str]
) -> None:
    province.clock.advance(hours=12)
    with watched_calls(meddle=die_before("UpdateItem", 1)), pytest.raises(Crash):
        province.reconcile_due()
    assert "statement_not_arrived" not in capsys.readouterr().out
    province.clock.advance(hours=1)
    province.reconcile_due()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [line["facts"] for line in lines if line.get("message") == "statement_not_arrived"]
    days = [(each["channel"], each["business_day"]) for each in told]
    assert len(days) == len(set(days)) == 6  # two accounts, three days


def test_a_slow_run_writes_nothing_over_a_later_one(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It decided, fell asleep before its first break, and wakes up when all is long over."""
    follow_payment(province, OF, payment(1))
    put_file(province, OF, "a.csv", file_of([], 0))
    carry_out = Reconciliations.carry_out
    slept: list[RunRecord] = []

    def overtaken(store: Reconciliations, record: RunRecord) -> None:
        if not slept:
            slept.append(record)
            province.clock.advance(minutes=1)
            put_file(province, OF, "b.csv", file_of([row_of(payment(1))], 50_000))
            assert run(province).revision == 2
        carry_out(store, record)

    monkeypatch.setattr(Reconciliations, "carry_out", overtaken)
    run(province)
    assert statuses(province) == [("missing_in_channel", "cleared")]
    summary = province.platform.reconciliations.read_summary(OF)
    assert summary is not None
    assert (summary.status, summary.revision) == (ReconciliationStatus.MATCHED, 2)
    assert settle(province.platform.reconciliation_desk(), OF) == (summary, ())


def test_nothing_is_carried_out_from_a_document_that_was_altered(province: LocalProvince) -> None:
    follow_payment(province, OF, payment(1))
    with watched_calls(meddle=die_before("UpdateItem", 1)), pytest.raises(Crash):
        run(province)
    (row,) = ledger_rows(province, RUNS)
    bucket = province.settings.journal_bucket
    client("s3").put_object(Bucket=bucket, Key=f"files/{row['sha256']}", Body=b"{}")
    with pytest.raises(DataFault) as refused:
        run(province)
    assert refused.value.code == "kept_file_altered"
    assert statuses(province) == []


def test_a_file_is_kept_before_it_is_judged_and_once(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_file(province, OF, "a.csv", file_of([], 0))
    read = StatementFiles.read

    def unreadable(*_: Any) -> bytes:
        raise Crash

    monkeypatch.setattr(StatementFiles, "read", unreadable)
    with pytest.raises(Crash):
        run(province)
    (row,) = ledger_rows(province, "F#")
    assert KeptFiles(client("s3"), province.settings.journal_bucket).read(row["sha256"])
    monkeypatch.setattr(StatementFiles, "read", read)
    with watched_calls() as calls:
        run(province)
    assert "CopyObject" not in calls.names


def test_a_file_whose_event_was_lost_is_kept_by_the_hourly_run(province: LocalProvince) -> None:
    put_file(province, OF, "a.csv", file_of([], 0))
    province.clock.advance(hours=12)
    province.reconcile_due()
    (row,) = ledger_rows(province, "F#")
    assert row["pk"] == "F#statements/vnpay/quangninh/2026-03-01/a.csv"
    assert "unplaced" not in row


def test_one_name_with_other_bytes_is_another_file(province: LocalProvince) -> None:
    """Also in a bucket without versions, as the laptop's is."""
    for number in (1, 2):
        content = file_of([row_of(payment(number))], 50_000)
        put_file(province, OF, "day.csv", content)
        run(province)
        province.clock.advance(minutes=1)
    rows = ledger_rows(province, "F#")
    assert len({row["sk"] for row in rows}) == len({row["sha256"] for row in rows}) == 2


def test_a_file_that_changes_while_it_is_read_is_read_again_later(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_file(province, OF, "day.csv", file_of([], 0))
    monkeypatch.setattr(StatementFiles, "read", lambda *_: b"other bytes")
    with pytest.raises(TryLater) as refused:
        run(province)
    assert refused.value.code == "statement_changed"
    assert ledger_rows(province, RUNS) == []


def test_an_unchanged_day_is_decided_once(province: LocalProvince) -> None:
    put_file(province, OF, "day.csv", file_of([], 0))
    for _ in range(3):
        run(province)
        province.clock.at += timedelta(hours=1)
    assert len(ledger_rows(province, RUNS)) == 1
