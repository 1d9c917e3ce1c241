"""Every version of a province's document, beside the journal, under its own hash, and a row of the
ledger that takes this hash into the journal's chains."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo

PREFIX = "catalogue/"


def catalogue_file(version: str, sha256: str) -> str:
    return f"{PREFIX}{version}-{sha256}.json"


def keep_catalogue(clients: Callable[[str], Any], outputs: Mapping[str, str], version: str) -> str:
    """The key under which it is kept. A version that is kept already is not written again."""
    dynamo = Dynamo(clients("dynamodb"))
    row = dynamo.get(outputs["SetupTable"], keys.province_key(version))
    assert row is not None, "it was just seeded"
    content = zlib.decompress(row["document"])
    sha256 = hashlib.sha256(content).hexdigest()
    key = catalogue_file(version, sha256)
    s3, bucket = clients("s3"), outputs["JournalBucket"]
    if s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"] == 0:
        s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType="application/json")
    kept = {**keys.catalogue_key(version), "sha256": sha256, "size": len(content)}
    dynamo.put_if_absent(outputs["LedgerTable"], kept)
    return key
