"""Every version of a province's document, beside the journal, under its own hash."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo

PREFIX = "catalogue/"


def keep_catalogue(clients: Callable[[str], Any], outputs: Mapping[str, str], version: str) -> str:
    """The key under which it is kept. A version that is kept already is not written again."""
    row = Dynamo(clients("dynamodb")).get(outputs["SetupTable"], keys.province_key(version))
    assert row is not None, "it was just seeded"
    content = zlib.decompress(row["document"])
    key = f"{PREFIX}{version}-{hashlib.sha256(content).hexdigest()}.json"
    s3, bucket = clients("s3"), outputs["JournalBucket"]
    if s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"] == 0:
        s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType="application/json")
    return key
