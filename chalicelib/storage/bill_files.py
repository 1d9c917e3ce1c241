"""Files of bills in the bucket, how far each was worked off, and what came of it.

| row       | pk                 | sk        | read by                       |
|-----------|--------------------|-----------|-------------------------------|
| bill file | BILLFILES#<portal> | <file id> | the worker; an operator lists |

Rows are in the views table and go by themselves, as the objects do. Results, in the reports bucket:

    bill-files/<portal>/<name>/<file id>/progress.json   written again after each part
                                         result.json     at the end
                                         bills.csv       payment codes and words
                                         errors.csv      by line and column
                                         parts/<position>.json

A part follows from the file and from where it begins: who writes it again writes the same.
"""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import Any, BinaryIO

from chalicelib.domain.bill_files import BillFile, BillFileStatus
from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.settings import Settings
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.files import NO_VERSION
from chalicelib.storage.keys import Key

KEPT_FOR = timedelta(days=90)
_COUNTED = ("rows", "issued", "already_issued", "refused")


class BillFiles:
    def __init__(self, dynamo: Dynamo, client: Any, settings: Settings) -> None:
        self._dynamo = dynamo
        self._table = settings.views_table
        self._client = client
        self._incoming = settings.statements_bucket
        self._results = settings.reports_bucket

    def begin(self, file: BillFile) -> BillFile:
        """As it is known: the same file may be told of twice."""
        expires = int((file.arrived_at + KEPT_FOR).timestamp())
        row = {**_key(file.portal, file.file_id), **_to_item(file), "expires_at_epoch": expires}
        there = self._dynamo.put_if_absent(self._table, row)
        return file if there is None else _from_item(file.portal, there)

    def read(self, portal: str, file_id: str) -> BillFile | None:
        item = self._dynamo.get(self._table, _key(portal, file_id))
        return _from_item(portal, item) if item else None

    def change(self, before: BillFile, after: BillFile) -> bool:
        """False when somebody else has gone on from `before`."""
        change = Expressions()
        for name, value in _to_item(after).items():
            if value is not None:
                change.set(name, value)
        change.require_equal("position", before.position)
        change.require_equal("status", BillFileStatus.WORKING.value)
        return self._dynamo.update(self._table, _key(after.portal, after.file_id), change).passed

    def list(self, portal: str) -> list[BillFile]:
        """Newest first."""
        asked = Expressions()
        condition = f"{asked.path('pk')} = {asked.value(_key(portal, '')['pk'])}"
        parameters = {"KeyConditionExpression": condition, **asked.parameters()}
        found: list[BillFile] = []
        start: dict[str, Any] = {}
        while True:
            rows, after = self._dynamo.query(TableName=self._table, **parameters, **start)
            found += [_from_item(portal, row) for row in rows]
            if after is None:
                return sorted(found, key=lambda each: each.arrived_at, reverse=True)
            start = {"ExclusiveStartKey": after}

    def download(self, file: BillFile, into: BinaryIO) -> None:
        wanted = {} if file.version.startswith(NO_VERSION) else {"VersionId": file.version}
        answer = self._client.get_object(Bucket=self._incoming, Key=file.key, **wanted)
        shutil.copyfileobj(answer["Body"], into)
        into.seek(0)

    def write_part(self, file: BillFile, part: dict[str, Any]) -> None:
        """Of what begins where `file` stands."""
        self.write_json(file, f"parts/{file.position:012d}.json", part)

    def read_part(self, file: BillFile, position: int) -> dict[str, Any]:
        key = f"{file.folder}parts/{position:012d}.json"
        answer = self._client.get_object(Bucket=self._results, Key=key)
        part: dict[str, Any] = json.load(answer["Body"])
        return part

    def write_json(self, file: BillFile, name: str, value: dict[str, Any]) -> None:
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        self.write(file, name, content, "application/json")

    def write(
        self, file: BillFile, name: str, content: bytes | BinaryIO, content_type: str
    ) -> None:
        key = file.folder + name
        self._client.put_object(
            Bucket=self._results, Key=key, Body=content, ContentType=content_type
        )


def _key(portal: str, file_id: str) -> Key:
    return {"pk": f"BILLFILES#{portal}", "sk": file_id}


def _to_item(file: BillFile) -> Item:
    return {
        "name": file.name,
        "key": file.key,
        "version": file.version,
        "size": file.size,
        "is_dry": file.is_dry,
        "arrived_at": to_epoch_ms(file.arrived_at),
        "status": file.status.value,
        "position": file.position,
        "line": file.line,
        **{name: getattr(file, name) for name in _COUNTED},
        "code": file.code,
        "changed_at": to_epoch_ms(file.changed_at) if file.changed_at else None,
    }


def _from_item(portal: str, item: Item) -> BillFile:
    file = BillFile(
        portal=portal,
        name=item["name"],
        key=item["key"],
        version=item["version"],
        size=item["size"],
        is_dry=item["is_dry"],
        arrived_at=from_epoch_ms(item["arrived_at"]),
        status=BillFileStatus(item["status"]),
        position=item["position"],
        line=item["line"],
        code=item.get("code"),
        changed_at=from_epoch_ms(item["changed_at"]) if "changed_at" in item else None,
    )
    return replace(file, **{name: item[name] for name in _COUNTED})
