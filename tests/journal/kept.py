"""A province's journal as an operator reads it: replayed, or copied to a folder."""

from pathlib import Path
from typing import Any

from infra.errandless.journal_source import BucketJournal, FolderJournal, JournalSource
from infra.errandless.live_tables import LiveTables
from infra.errandless.replay import ReplayReport, ReplayRequest, replay
from infra.errandless.row_store import LEDGER, VIEWS
from tests.support.clients import client
from tests.support.local_province import LocalProvince

ZONE = "Asia/Ho_Chi_Minh"


def live_tables(province: LocalProvince) -> LiveTables:
    names = {LEDGER: province.settings.ledger_table, VIEWS: province.settings.views_table}
    return LiveTables(client("dynamodb"), names)


def bucket_journal(province: LocalProvince) -> BucketJournal:
    return BucketJournal(client("s3"), province.settings.journal_bucket)


def bucket_keys(province: LocalProvince) -> list[str]:
    paginator = client("s3").get_paginator("list_objects_v2")
    pages = paginator.paginate(Bucket=province.settings.journal_bucket)
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


def copy_journal(province: LocalProvince, folder: Path) -> FolderJournal:
    """With all that lies beside the chains."""
    source = bucket_journal(province)
    for name in bucket_keys(province):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.read(name))
    return FolderJournal(folder)


def replayed(
    province: LocalProvince, source: JournalSource | None = None, **options: Any
) -> ReplayReport:
    journal = source or bucket_journal(province)
    given = {"now": province.clock.at, **options}
    return replay(ReplayRequest(journal, live_tables(province), ZONE, **given))
