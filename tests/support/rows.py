"""The rows of a local province, as they are stored."""

from typing import Any

from chalicelib.storage.expressions import decode
from tests.support.clients import client
from tests.support.local_province import LocalProvince


def ledger_rows(province: LocalProvince, prefix: str = "") -> list[dict[str, Any]]:
    """Sorted by key."""
    return scan(province.settings.ledger_table, prefix)


def money_rows(province: LocalProvince) -> list[dict[str, Any]]:
    """The ledger without what only tells what providers said."""
    return [row for row in ledger_rows(province) if not row["pk"].startswith("M#")]


def message_rows(province: LocalProvince) -> list[dict[str, Any]]:
    return ledger_rows(province, "M#")


def scan(table: str, prefix: str = "") -> list[dict[str, Any]]:
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
    rows = [decode(item) for page in pages for item in page["Items"]]
    found = [row for row in rows if row["pk"].startswith(prefix)]
    return sorted(found, key=lambda row: (row["pk"], row["sk"]))


def ledger_keys(province: LocalProvince, prefix: str = "") -> list[str]:
    return [row["pk"] for row in ledger_rows(province, prefix)]
