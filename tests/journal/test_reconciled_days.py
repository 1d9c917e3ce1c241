"""Reconciliations follow from the journal: what a run decided, and the files that it judged."""

import gzip
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.storage.expressions import encode
from infra.errandless.journal_source import FolderJournal
from infra.errandless.replay import ReplayReport
from infra.errandless.replay_command import exit_code, report_as_json, show
from infra.errandless.row_store import VIEWS
from tests.journal.kept import bucket_keys, copy_journal, replayed
from tests.journal.reconciled import DAY, OF, breaks, keep_all, reconciled_province, statement
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.rows import ledger_rows, scan


def assert_same(report: ReplayReport) -> None:
    assert report.faults == []
    assert report.differences == [], report_as_json(report)
    assert report.unrecorded == 0
    assert exit_code(report) == 0


@pytest.fixture
def settled(province: LocalProvince) -> LocalProvince:
    """Reconciled twice, the second time by another file; with a file that has no place."""
    code = reconciled_province(province)
    province.clock.advance(hours=1)
    line = (code + "01", "14000001", 50_000)
    province.put_statement(OF.channel, OF.account, DAY, "day2.csv", statement(line))
    province.put_statement("vnpay", "nobody", DAY, "day.csv", b"lost")
    keep_all(province)
    return province


def views_row(province: LocalProvince, prefix: str) -> dict[str, Any]:
    return scan(province.settings.views_table, prefix)[0]


def put_view(province: LocalProvince, row: dict[str, Any]) -> None:
    client("dynamodb").put_item(TableName=province.settings.views_table, Item=encode(row))


def test_a_reconciled_day_is_rebuilt_byte_for_byte(settled: LocalProvince) -> None:
    assert breaks(settled) == {
        "missing_in_channel 14000002": "open",
        "state_mismatch 14000003": "cleared",
    }
    report = replayed(settled)
    assert_same(report)
    # Two statements, one without a place, and what each run decided: that of the missing file, too.
    runs = ledger_rows(settled, "RUN#")
    assert report.files == 3 + len(runs)
    assert_same(replayed(settled, day=next(iter(days_of(settled)))))


def days_of(province: LocalProvince) -> set[str]:
    names = [key for key in bucket_keys(province) if key.startswith("journal/")]
    return {name.split("/")[1] for name in names}


def test_each_file_that_arrived_is_kept_under_its_hash(settled: LocalProvince) -> None:
    source = client("s3")
    rows = {row["pk"]: row for row in ledger_rows(settled, "F#")}
    bucket = settled.settings.statements_bucket
    keys = [each["Key"] for each in source.list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(rows) == sorted(f"F#{key}" for key in keys)
    for key in keys:
        body = source.get_object(Bucket=bucket, Key=key)["Body"].read()
        sha256 = hashlib.sha256(body).hexdigest()
        row = rows[f"F#{key}"]
        assert (row["sha256"], row["size"]) == (sha256, len(body))
        kept = source.get_object(Bucket=settled.settings.journal_bucket, Key=f"files/{sha256}")
        assert kept["Body"].read() == body
    assert rows[f"F#statements/vnpay/nobody/{DAY}/day.csv"]["unplaced"] == (
        "statement_account_unknown"
    )


@pytest.mark.parametrize("prefix", ["RECON", "BREAKS", "UNPLACED"])
def test_a_wrong_row_is_shown_and_repaired(settled: LocalProvince, prefix: str) -> None:
    right = views_row(settled, prefix)
    put_view(settled, {**right, "channel": "planted"})
    shown = replayed(settled)
    assert [(each.side, each.pk) for each in shown.differences] == [(VIEWS, right["pk"])]
    assert replayed(settled, repair=True).repaired == 1
    assert views_row(settled, prefix) == right
    assert_same(replayed(settled))


def test_a_made_up_break_of_a_recorded_day_is_shown_and_goes(settled: LocalProvince) -> None:
    made_up = {**views_row(settled, "BREAKS"), "sk": f"{DAY}#vnpay#quangninh#{'0' * 24}"}
    put_view(settled, made_up)
    report = replayed(settled, repair=True)
    assert (report.different[VIEWS], report.repaired) == (1, 1)
    assert_same(replayed(settled))


def test_rows_of_a_day_without_any_run_are_counted_and_left(settled: LocalProvince) -> None:
    """As the release before left them: its journal does not hold its runs."""
    for prefix in ("RECON", "BREAKS"):
        row = views_row(settled, prefix)
        put_view(settled, {**row, "sk": row["sk"].replace(DAY, "2026-02-01")})
    report = replayed(settled, repair=True)
    assert (report.differences, report.unrecorded, exit_code(report)) == ([], 2, 0)
    show(report)
    assert len(scan(settled.settings.views_table, "RECON")) == 2


def test_a_row_that_expires_is_compared_until_then(settled: LocalProvince) -> None:
    row = views_row(settled, "UNPLACED")
    key = {name: row[name] for name in ("pk", "sk")}
    client("dynamodb").delete_item(TableName=settled.settings.views_table, Key=encode(key))
    assert replayed(settled).different[VIEWS] == 1
    later = settled.clock.at + timedelta(days=181)
    assert replayed(settled, now=later).different[VIEWS] == 0
    put_view(settled, row)
    assert replayed(settled, now=later).different[VIEWS] == 0


def test_a_run_that_is_not_in_the_journal_yet_is_not_undone(settled: LocalProvince) -> None:
    settled.put_statement(OF.channel, OF.account, DAY, "last.csv", statement())
    rows = scan(settled.settings.views_table)
    report = replayed(settled, repair=True)
    assert report.different[VIEWS] >= 2
    assert report.repaired == 0
    assert scan(settled.settings.views_table) == rows


def files_of(journal: FolderJournal) -> list[Path]:
    return sorted((journal.folder / "files").iterdir())


@pytest.mark.parametrize(("harm", "kind"), [("alter", "file altered"), ("remove", "file missing")])
def test_every_file_beside_the_chains_is_missed_and_recognized(
    settled: LocalProvince, tmp_path: Path, harm: str, kind: str
) -> None:
    journal = copy_journal(settled, tmp_path)
    assert_same(replayed(settled, journal))
    for file in files_of(journal):
        content = file.read_bytes()
        if harm == "alter":
            file.write_bytes(content[:-1] + b"!")
        else:
            file.unlink()
        report = replayed(settled, journal, repair=True)
        assert [(each.kind, each.batch) for each in report.faults] == [(kind, f"files/{file.name}")]
        assert (exit_code(report), report.rows, report.repaired) == (2, {}, 0)
        file.write_bytes(content)


def test_a_file_in_the_bucket_is_checked_as_in_a_folder(settled: LocalProvince) -> None:
    bucket = settled.settings.journal_bucket
    first, second = [key for key in bucket_keys(settled) if key.startswith("files/")][:2]
    client("s3").delete_object(Bucket=bucket, Key=first)
    client("s3").put_object(Bucket=bucket, Key=second, Body=b"planted")
    found = {(each.kind, each.batch) for each in replayed(settled).faults}
    assert found == {("file missing", first), ("file altered", second)}


def test_a_catalogue_version_is_in_the_chain(province: LocalProvince, tmp_path: Path) -> None:
    from infra.errandless.keep_catalogue import keep_catalogue

    settings = province.settings
    outputs = {
        "SetupTable": settings.setup_table,
        "LedgerTable": settings.ledger_table,
        "JournalBucket": settings.journal_bucket,
    }
    version = province.platform.setup.read_province().version
    key = keep_catalogue(client, outputs, version)
    keep_all(province)
    journal = copy_journal(province, tmp_path)
    assert replayed(province, journal).files == 1
    (tmp_path / key).write_text("{}")
    (fault,) = replayed(province, journal).faults
    assert (fault.kind, fault.batch) == ("file altered", key)
    assert version in fault.detail


def test_a_runs_document_is_plain_to_read(settled: LocalProvince) -> None:
    """One line of JSON for the summary, one for each break, as their rows are."""
    row = ledger_rows(settled, f"RUN#vnpay#quangninh#{DAY}")[-1]
    got = client("s3").get_object(
        Bucket=settled.settings.journal_bucket, Key=f"files/{row['sha256']}"
    )
    first, *rest = [json.loads(line) for line in got["Body"].read().splitlines()]
    assert first["format"] == 1
    assert first["summary"] == views_row(settled, "RECON")
    held = [{name: value for name, value in each.items() if value is not None} for each in rest]
    assert held == scan(settled.settings.views_table, "BREAKS")
    assert row["sk"] == f"{first['summary']['revision']:08d}"


def test_the_chain_holds_the_hash_of_each_file(settled: LocalProvince, tmp_path: Path) -> None:
    """Whoever changes a file must write the chain again."""
    journal = copy_journal(settled, tmp_path)
    text = b"".join(gzip.decompress(file.read_bytes()) for file in tmp_path.rglob("*.gz"))
    for file in files_of(journal):
        assert file.name.encode() in text
