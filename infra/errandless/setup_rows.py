"""All rows of a province's setup table, which is small, and what each of them is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.storage import keys
from chalicelib.storage.expressions import Item, decode

Place = tuple[str, str]
_KINDS = {
    "PROVINCE#": "document of the province",
    "KEY#": "key",
    "PERSON#": "holder of a key",
}
_DATA_KEYS = {"current": "data key in use", "search": "key of the payer search"}


@dataclass(frozen=True, slots=True)
class RowChange:
    """`what`: new, changed or gone."""

    what: str
    kind: str
    name: str


def scan_setup(client: Any, table: str) -> dict[Place, Item]:
    """By partition and sort key; sealed secrets stay sealed."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    rows = (decode(item) for page in pages for item in page["Items"])
    return {(row["pk"], row["sk"]): row for row in rows}


def portal_ids(rows: Mapping[Place, Item]) -> list[str]:
    prefix = keys.portal_holder("")
    return sorted(pk.removeprefix(prefix) for pk, sk in rows if pk.startswith(prefix) and sk == "-")


def compare(before: Mapping[Place, Item], after: Mapping[Place, Item]) -> list[RowChange]:
    return list(_changes(before, after))


def _changes(before: Mapping[Place, Item], after: Mapping[Place, Item]) -> Iterator[RowChange]:
    for place in sorted(before.keys() | after.keys()):
        if before.get(place) != after.get(place):
            is_new, is_gone = place not in before, place not in after
            what = "new" if is_new else "gone" if is_gone else "changed"
            yield RowChange(what, *_describe(*place))


def _describe(pk: str, sk: str) -> tuple[str, str]:
    """(kind, name) of the row under this key."""
    if pk == "PROVINCE":
        return "version in use", "province"
    if pk == "DATAKEY":
        return _DATA_KEYS.get(sk, "data key"), sk.removeprefix("ID#")
    if pk.startswith(keys.portal_holder("")):
        portal = pk.removeprefix(keys.portal_holder(""))
        if sk.startswith(keys.ENDPOINT_PREFIX):
            return "webhook endpoint", f"{portal}: {sk.removeprefix(keys.ENDPOINT_PREFIX)}"
        return ("portal", portal) if sk == "-" else ("holder of a key", portal)
    for prefix, kind in _KINDS.items():
        if pk.startswith(prefix):
            return kind, pk.removeprefix(prefix)[:16]
    return "row", f"{pk} {sk}"
