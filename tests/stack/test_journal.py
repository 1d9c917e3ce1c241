"""The deployed keeper writes a journal from which the deployed tables are rebuilt."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.errandless.journal_source import BucketJournal
from infra.errandless.live_tables import LiveTables
from infra.errandless.paths import ROOT
from infra.errandless.replay import ReplayReport, ReplayRequest, replay
from infra.errandless.row_store import LEDGER, VIEWS
from infra.errandless.target import Target
from infra.local_cloud.server import REGION
from tests.stack.portal import PortalClient, pay, wait_until

Province = dict[str, Any]
VERIFIER = ROOT / "infra" / "verifier" / "verify.py"


def journal_of(local_province: Province) -> BucketJournal:
    s3 = Target(REGION, local_province["aws_endpoint_url"]).client("s3")
    return BucketJournal(s3, local_province["outputs"]["JournalBucket"])


def replayed(local_province: Province) -> ReplayReport:
    outputs = local_province["outputs"]
    tables = {LEDGER: outputs["LedgerTable"], VIEWS: outputs["ViewsTable"]}
    client = Target(REGION, local_province["aws_endpoint_url"]).client("dynamodb")
    live = LiveTables(client, tables)
    return replay(ReplayRequest(journal_of(local_province), live, "Asia/Ho_Chi_Minh"))


def copy_bucket(source: BucketJournal, folder: Path) -> None:
    """The batches, and the files beside the chains that runs of reconciliation name."""
    pages = source.client.get_paginator("list_objects_v2").paginate(Bucket=source.bucket)
    for name in [each["Key"] for page in pages for each in page["Contents"]]:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.read(name))


def test_what_was_paid_is_rebuilt_and_verified_from_the_journal(
    local_province: Province, portal: PortalClient, tmp_path: Path
) -> None:
    codes = [portal.new_order().json["payment_code"] for _ in range(2)]
    assert pay(portal.start_payment(codes[0], "sandbox")).status == 303
    portal.wait_for_order(codes[0], lambda each: bool(each["receipts"]))

    def is_same(report: ReplayReport) -> bool:
        return not report.faults and report.left == 0

    report = wait_until(lambda: replayed(local_province), is_same)
    assert report.orphans == []
    assert report.records > 5
    assert report.rows["ledger"] >= 6

    copy_bucket(journal_of(local_province), tmp_path)
    for code in codes:
        command = [sys.executable, "-I", str(VERIFIER), code, "--journal", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
