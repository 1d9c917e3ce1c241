"""A province's tables as they are, and the one thing that a replay may write there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.journal.batches import LANES
from chalicelib.storage.expressions import decode, encode
from chalicelib.storage.journal import JournalHead, head_from_item, head_key
from infra.errandless.derive import is_log
from infra.errandless.row_store import LEDGER, VIEWS, RowDifference, typed

MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class LiveTables:
    """`client`: of DynamoDB. `tables`: the name of each side's."""

    client: Any
    tables: Mapping[str, str]

    def heads(self) -> dict[str, JournalHead]:
        found = {}
        for lane in map(str, range(LANES)):
            answer = self.client.get_item(
                TableName=self.tables[VIEWS], Key=encode(head_key(lane)), ConsistentRead=True
            )
            if "Item" in answer:
                found[lane] = head_from_item(decode(answer["Item"]))
        return found

    def rows(self, side: str) -> Iterator[dict[str, Any]]:
        """All of the ledger; of the views all but logs."""
        paginator = self.client.get_paginator("scan")
        for page in paginator.paginate(TableName=self.tables[side], ConsistentRead=True):
            for item in page["Items"]:
                if side == LEDGER or not is_log(item):
                    yield item

    def rows_of(self, side: str, keys: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        """Those that there are."""
        rest = iter(keys)
        while chunk := list(islice(rest, MAX_KEYS)):
            wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in chunk]
            asked: Any = {self.tables[side]: {"Keys": wanted, "ConsistentRead": True}}
            while asked:
                answer = self.client.batch_get_item(RequestItems=asked)
                yield from answer["Responses"].get(self.tables[side], [])
                asked = answer.get("UnprocessedKeys")

    def repair(self, difference: RowDifference) -> bool:
        """Writes a derived row as the journal has it. False when the table's is another one by now
        than it was when it was compared."""
        assert difference.side == VIEWS
        names, values, condition = _as_it_was(difference.table)
        parameters: dict[str, Any] = {
            "TableName": self.tables[VIEWS],
            "ConditionExpression": condition,
        }
        if values:
            parameters["ExpressionAttributeNames"] = names
            parameters["ExpressionAttributeValues"] = values
        try:
            if difference.journal is None:
                key = {"pk": {"S": difference.pk}, "sk": {"S": difference.sk}}
                self.client.delete_item(Key=key, **parameters)
            else:
                self.client.put_item(Item=typed(difference.journal), **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _as_it_was(image: str | None) -> tuple[dict[str, str], dict[str, Any], str]:
    if image is None:
        return {}, {}, "attribute_not_exists(pk)"
    row = sorted(typed(image).items())
    names = {f"#n{no}": name for no, (name, _) in enumerate(row)}
    values = {f":v{no}": value for no, (_, value) in enumerate(row)}
    return names, values, " AND ".join(f"#n{no} = :v{no}" for no in range(len(row)))
