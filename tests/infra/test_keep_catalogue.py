"""What orders were priced by is kept beside the journal."""

import hashlib
import json

from infra.errandless.keep_catalogue import keep_catalogue
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.rows import ledger_rows
from tests.support.seeded import province_document


def kept(province: LocalProvince) -> list[str]:
    found = client("s3").list_object_versions(Bucket=province.settings.journal_bucket)
    return [each["Key"] for each in found.get("Versions", [])]


def keep(province: LocalProvince, version: str) -> str:
    settings = province.settings
    outputs = {
        "SetupTable": settings.setup_table,
        "LedgerTable": settings.ledger_table,
        "JournalBucket": settings.journal_bucket,
    }
    return keep_catalogue(client, outputs, version)


def test_each_version_is_kept_once_under_its_hash(province: LocalProvince) -> None:
    bucket = province.settings.journal_bucket
    client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = province.platform.setup.read_province().version
    key = keep(province, version)
    assert keep(province, version) == key
    assert kept(province) == [key]
    body = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert json.loads(body) == province_document()
    assert key == f"catalogue/{version}-{hashlib.sha256(body).hexdigest()}.json"

    document = province_document()
    document["fee_items"].pop()
    newer = province.platform.setup.write_province(document).version
    assert keep(province, newer) != key
    assert len(kept(province)) == 2
    rows = ledger_rows(province, "CATALOGUE#")
    assert {f"catalogue/{row['pk'][10:]}-{row['sha256']}.json" for row in rows} == {*kept(province)}
