"""Blocks of numbers for counters without a network, and what became of each number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.offline_journal import Block, OfflineLine
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item, put_absent_action, update_action

STRAY_PREFIX = "STRAY#"


@dataclass(frozen=True, slots=True)
class NumberRow:
    """`line_hash` "": it was cancelled, with `reason`. `shift`, `key_hash`: of its sale."""

    number: int
    line_hash: str = ""
    previous: str = ""
    shift: str = ""
    key_hash: bytes = b""
    reason: str = ""


class OfflineBlocks:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def read(self, block_id: str) -> Block | None:
        item = self._dynamo.get(self._table, keys.block_key(block_id))
        return _block_from_item(item) if item else None

    def read_next(self, counter: str, year: int) -> int:
        """The first number that nobody has."""
        item = self._dynamo.get(self._table, keys.offline_series_key(counter, year))
        return item["next"] if item else 1

    def allocate(self, block: Block) -> bool:
        """False when the numbers, or the block's name, are taken."""
        change = Expressions().set("next", block.last + 1)
        if block.first == 1:
            change.require_absent("pk")
        else:
            change.require_equal("next", block.first)
        key = keys.offline_series_key(block.counter, block.year)
        actions = [
            update_action(self._table, key, change),
            put_absent_action(self._table, _block_to_item(block)),
        ]
        return self._dynamo.transact(actions) is None

    def use_action(
        self, block: Block, line: OfflineLine, text: str, shift: str, key_hash: bytes
    ) -> dict[str, Any]:
        """With the line itself: it is the evidence."""
        row = {
            **keys.offline_number_key(block.block_id, line.number),
            "line_hash": line.line_hash,
            "previous": line.previous,
            "shift": shift,
            "key_hash": key_hash,
            "line": text,
        }
        return put_absent_action(self._table, row)

    def read_number(self, block_id: str, number: int) -> NumberRow | None:
        item = self._dynamo.get(self._table, keys.offline_number_key(block_id, number))
        return _number_from_item(item) if item else None

    def cancel_number(
        self, block_id: str, number: int, *, reason: str, by: str, now: datetime
    ) -> None:
        """A number that has been used, or was cancelled before, stays as it is."""
        row = {
            **keys.offline_number_key(block_id, number),
            "reason": reason,
            "by": by,
            "cancelled_at": to_epoch_ms(now),
        }
        self._dynamo.put_if_absent(self._table, row)

    def keep_stray(self, block_id: str, line_hash: str, number: int, text: str) -> None:
        """A signed line whose number another line has, or that was cancelled."""
        key = {**keys.block_key(block_id), "sk": f"{STRAY_PREFIX}{line_hash}"}
        self._dynamo.put_if_absent(self._table, {**key, "number": number, "line": text})

    def list_numbers(self, block_id: str) -> tuple[list[NumberRow], list[int]]:
        """What became of each, and the numbers of stray lines."""
        rows = self._rows(block_id)
        prefix = keys.OFFLINE_NUMBER_PREFIX
        numbers = [_number_from_item(row) for row in rows if row["sk"].startswith(prefix)]
        strays = [row["number"] for row in rows if row["sk"].startswith(STRAY_PREFIX)]
        return sorted(numbers, key=lambda each: each.number), sorted(strays)

    def _rows(self, block_id: str) -> list[Item]:
        rows: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            page, last = self._dynamo.query(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": keys.block_key(block_id)["pk"]}},
                **start,
            )
            rows += page
            if last is None:
                return rows
            start = {"ExclusiveStartKey": last}


def _block_to_item(block: Block) -> Item:
    return {
        **keys.block_key(block.block_id),
        "counter": block.counter,
        "year": block.year,
        "first": block.first,
        "last": block.last,
        "clerk": block.clerk,
        "allocated_at": to_epoch_ms(block.allocated_at),
        "fingerprint": block.fingerprint,
    }


def _block_from_item(item: Item) -> Block:
    return Block(
        block_id=item["pk"].partition("#")[2],
        counter=item["counter"],
        year=item["year"],
        first=item["first"],
        last=item["last"],
        clerk=item["clerk"],
        allocated_at=from_epoch_ms(item["allocated_at"]),
        fingerprint=item["fingerprint"],
    )


def _number_from_item(item: Item) -> NumberRow:
    return NumberRow(
        number=int(item["sk"].removeprefix(keys.OFFLINE_NUMBER_PREFIX)),
        line_hash=item.get("line_hash", ""),
        previous=item.get("previous", ""),
        shift=item.get("shift", ""),
        key_hash=item.get("key_hash", b""),
        reason=item.get("reason", ""),
    )
