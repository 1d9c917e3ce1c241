"""All rows of a province, and every change that its ledger's stream tells of, as plain values."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.storage.compression import decompress
from chalicelib.storage.expressions import decode
from chalicelib.storage.order_items import order_from_item
from tests.support.clients import client
from tests.support.local_province import LocalProvince

Row = dict[str, Any]
IMAGES = ("OldImage", "NewImage")
PAGE = 1000  # the most that a stream gives at once


@dataclass(frozen=True)
class Change:
    """`old` None: the row is new; `new` None: it was removed."""

    pk: str
    old: Row | None
    new: Row | None


@dataclass(frozen=True)
class Tables:
    """Rows as DynamoDB types them, read as plain values when they are asked for."""

    typed_ledger: list[Row]
    typed_views: list[Row]
    typed_setup: list[Row]
    stream: list[Row]

    @property
    def typed(self) -> list[Row]:
        return self.typed_ledger + self.typed_views + self.typed_setup

    @cached_property
    def ledger(self) -> dict[str, Row]:
        """By pk; rows below it, as a shift's sales, by pk and sk."""
        rows = map(decode, self.typed_ledger)
        return {
            row["pk"] if row["sk"] == "-" else f"{row['pk']}|{row['sk']}": row
            for row in rows
            if not row["pk"].startswith("M#")
        }

    @cached_property
    def messages(self) -> list[Row]:
        """What providers said; a payment has several."""
        rows = map(decode, self.typed_ledger)
        return [row for row in rows if row["pk"].startswith("M#")]

    @cached_property
    def views(self) -> dict[tuple[str, str], Row]:
        return {(row["pk"], row["sk"]): row for row in map(decode, self.typed_views)}

    @cached_property
    def setup(self) -> list[Row]:
        return [decode(row) for row in self.typed_setup]

    @cached_property
    def changes(self) -> list[Change]:
        """Of the ledger, from the beginning, whoever read them before."""
        return [
            Change(
                record["Keys"]["pk"]["S"],
                *(decode(record[name]) if name in record else None for name in IMAGES),
            )
            for record in self.stream
        ]

    @cached_property
    def orders(self) -> dict[str, Row]:
        return {row["pk"][2:]: row for row in self.of("O#")}

    @cached_property
    def transactions(self) -> list[Row]:
        return self.of("T#")

    @cached_property
    def cases(self) -> dict[str, Row]:
        return {row["pk"].removeprefix("CASE#"): row for row in self.of("CASE#")}

    @cached_property
    def receipts(self) -> list[Row]:
        return self.of("R#")

    @cached_property
    def notices(self) -> dict[str, Any]:
        """The body of each, by id."""
        return {
            pk.removeprefix("NOTICE#"): json.loads(decompress(row["body"]))
            for (pk, _), row in self.views.items()
            if pk.startswith("NOTICE#")
        }

    def of(self, prefix: str) -> list[Row]:
        """The ledger's rows of one kind."""
        return [row for pk, row in self.ledger.items() if pk.startswith(prefix)]

    def views_of(self, prefix: str) -> dict[tuple[str, str], Row]:
        return {key: row for key, row in self.views.items() if key[0].startswith(prefix)}

    def endpoints_of(self, portal: str) -> list[str]:
        return [
            row["sk"].removeprefix("ENDPOINT#")
            for row in self.setup
            if row["pk"] == f"PORTAL#{portal}" and row["sk"].startswith("ENDPOINT#")
        ]


def receipt_amounts(order: Row) -> dict[str, int]:
    """What each kind of receipt of this order must amount to; a part that its bill could not take
    paid nothing."""
    paid_by, covers = order.get("paid_by"), order.get("covers", {})
    if any(f"bill_not_paid:{paid_by}#{bill}" in order["cases"] for bill in covers):
        return {}
    amounts: Counter[str] = Counter()
    for line in order_from_item(order).lines:
        amounts[line.receipt_kind.value] += line.amount_minor
    return dict(amounts)


def numbers_in(value: Row) -> Iterator[str]:
    """Every number of a typed row or attribute, as DynamoDB writes it."""
    for kind, content in value.items():
        if kind == "N":
            yield content
        elif isinstance(content, dict):
            yield from numbers_in(content)
        elif kind in ("L", "NS"):
            for each in content:
                yield from numbers_in(each) if isinstance(each, dict) else (each,)


def read_tables(province: LocalProvince) -> Tables:
    settings = province.settings
    return Tables(
        typed_ledger=_scan(settings.ledger_table),
        typed_views=_scan(settings.views_table),
        typed_setup=_scan(settings.setup_table),
        stream=_read_stream(province),
    )


def _scan(table: str) -> list[Row]:
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def _read_stream(province: LocalProvince) -> list[Row]:
    streams = client("dynamodbstreams")
    arn, shard_ids = province.stream_shards
    records: list[Row] = []
    for shard_id in shard_ids:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
        )
        page = {"NextShardIterator": iterator["ShardIterator"], "Records": [{}] * PAGE}
        while len(page["Records"]) == PAGE:
            page = streams.get_records(ShardIterator=page["NextShardIterator"], Limit=PAGE)
            records += [record["dynamodb"] for record in page["Records"]]
    return records
