"""A province that stands as a release left it: its rows, files and keys put into an empty stack."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from chalicelib.wiring import use_platform
from infra.errandless.row_store import typed
from tests.support.clients import REGION, SharingPlatform, client
from tests.support.local_province import BASE_URL, LocalProvince, local_cloud
from tests.support.portal_receiver import PortalReceiver
from tests.support.stack_on_moto import create_stack

ACCOUNT = "123456789012"
MUCH_LATER = 1_000_000
Facts = dict[str, Any]


@contextmanager
def loaded_province(sample: Path) -> Iterator[tuple[LocalProvince, Facts]]:
    facts: Facts = json.loads((sample / "facts.json").read_text())
    with local_cloud(datetime.fromisoformat(facts["at"])) as clock:
        settings = create_stack("quangninh", BASE_URL)
        platform = SharingPlatform(settings, now=clock, http=PortalReceiver())
        province = LocalProvince(settings, clock, platform)
        for name in ("ledger", "views", "setup"):
            _put_rows(getattr(settings, f"{name}_table"), sample / f"{name}.jsonl")
        _wrap_data_keys(province, facts["data_keys"])
        for name in ("statements", "journal"):
            _put_files(getattr(settings, f"{name}_bucket"), sample / "buckets" / name)
        for name, secret in facts["secrets"].items():
            full_name = settings.secrets_prefix + name
            client("secretsmanager").create_secret(Name=full_name, SecretString=secret)
        _continue_stream(province)
        use_platform(platform)
        yield province, facts


def _put_rows(table: str, file: Path) -> None:
    for line in file.read_text().splitlines():
        client("dynamodb").put_item(TableName=table, Item=typed(line))


def _put_files(bucket: str, folder: Path) -> None:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            key = str(file.relative_to(folder))
            client("s3").put_object(Bucket=bucket, Key=key, Body=file.read_bytes())


def _wrap_data_keys(province: LocalProvince, data_keys: dict[str, str]) -> None:
    """Under this stack's KMS key: the one that wrapped them is gone."""
    settings = province.settings
    for row in client("dynamodb").scan(TableName=settings.setup_table)["Items"]:
        if row["pk"]["S"] == "DATAKEY" and "wrapped" in row:
            plain = base64.b64decode(data_keys[bytes(row["data_key_id"]["B"]).hex()])
            wrapped = client("kms").encrypt(
                KeyId=settings.data_key_id,
                Plaintext=plain,
                EncryptionContext={"province": settings.province},
            )["CiphertextBlob"]
            item = {**row, "wrapped": {"B": wrapped}}
            client("dynamodb").put_item(TableName=settings.setup_table, Item=item)


def _continue_stream(province: LocalProvince) -> None:
    """The rows that were put were no changes, and what comes now is later than all that the
    sample's journal holds: moto counts from the same number every time."""
    backend: Any = dynamodb_backends[ACCOUNT][REGION]
    shard = backend.tables[province.settings.ledger_table].stream_shard
    shard.items.clear()
    shard.starting_sequence_number += MUCH_LATER
