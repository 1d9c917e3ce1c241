"""The units calculator against the examples of DynamoDB's own documentation."""

from typing import Any

import pytest

from infra.bench.units import (
    Index,
    Read,
    TypedItem,
    index_write_units,
    item_size,
    read_units,
    write_units,
)

KB = 1024


def of_size(size: int, **more: dict[str, Any]) -> TypedItem:
    item: dict[str, dict[str, Any]] = {**more, "b": {"B": b""}}
    item["b"] = {"B": b"x" * (size - item_size(item))}
    assert item_size(item) == size
    return item


# "For example, an item with two attributes, one attribute named "shirt-color" with value "R" and
# another attribute named "shirt-size" with value "M", has a total size of 23 bytes."
def test_the_documentations_shirt_has_23_bytes() -> None:
    assert item_size({"shirt-color": {"S": "R"}, "shirt-size": {"S": "M"}}) == 23


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "Phí"}, 4),  # UTF-8
        ({"N": "0"}, 1),
        ({"N": "27"}, 2),  # one byte for two significant digits, and one
        ({"N": "-27"}, 3),
        ({"N": "461"}, 3),
        ({"N": "50000"}, 2),  # trailing zeros are trimmed
        ({"N": "0.05"}, 2),  # leading ones too
        ({"N": "1" * 38}, 20),
        ({"B": b"\x00\xff"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"M": {}}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "7"}]}, 3 + (1 + 2) + (1 + 2)),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
        ({"SS": ["ab", "c"]}, 3),
    ],
)
def test_a_value_has_the_size_that_the_guide_gives(value: dict[str, Any], size: int) -> None:
    assert item_size({"n": value}) == 1 + size


# "one write request unit ... for an item up to 1 KB"; "if your item size is 2 KB, you require 2
# write request units to sustain one write request or 4 write request units for a transactional
# write request"
@pytest.mark.parametrize(
    ("size", "standard", "transactional"),
    [(KB // 2, 1, 2), (KB, 1, 2), (KB + 1, 2, 4), (2 * KB, 2, 4), (3 * KB, 3, 6)],
)
def test_a_write_costs_a_unit_for_each_kilobyte_and_two_in_a_transaction(
    size: int, standard: int, transactional: int
) -> None:
    assert write_units(None, of_size(size)) == standard
    assert write_units(None, of_size(size), transactional=True) == transactional


# "If you use UpdateItem ... DynamoDB considers the size of the item as it appears before and after
# the update. The provisioned throughput consumed reflects the larger of these item sizes."
def test_an_update_costs_what_the_larger_image_costs() -> None:
    assert write_units(of_size(3 * KB), of_size(KB)) == 3
    assert write_units(of_size(KB), of_size(3 * KB)) == 3


def test_a_delete_costs_the_row_and_of_a_missing_row_one_unit() -> None:
    assert write_units(of_size(3 * KB), None, transactional=True) == 6
    assert write_units(None, None) == 1


# "If your item size is 8 KB, you require 2 read request units to sustain one strongly consistent
# read, 1 ... eventually consistent, or 4 ... for a transactional read"
@pytest.mark.parametrize(
    ("size", "eventual", "strong", "transactional"),
    [(0, 0.5, 1, 2), (4 * KB, 0.5, 1, 2), (4 * KB + 1, 1, 2, 4), (8 * KB, 1, 2, 4)],
)
def test_a_read_costs_by_its_consistency(
    size: int, eventual: float, strong: float, transactional: float
) -> None:
    assert read_units(size, Read.EVENTUAL) == eventual
    assert read_units(size, Read.STRONG) == strong
    assert read_units(size, Read.TRANSACTIONAL) == transactional


DUE = Index("due", ("shard", "at"), frozenset({"pk", "shard", "at"}))


def row(shard: str | None = None, at: str = "1", size: int = 100) -> TypedItem:
    keys: dict[str, dict[str, Any]] = {"shard": {"S": shard}, "at": {"N": at}} if shard else {}
    return of_size(size, pk={"S": "a"}, **keys)


# The cases of "Write capacity units" in "Using global secondary indexes".
@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, row("a"), 1),  # a new item that defines the indexed attribute: one put
        (row("a"), row("b"), 2),  # an update changes the key: a delete and a put
        (row("a", "1"), row("a", "2"), 2),
        (row("a"), row(None), 1),  # the attribute is removed: one delete
        (row(None), row(None, size=200), 0),  # not in the index before or after
        (row("a"), row("a", size=200), 0),  # only what is not projected changes
        (row("a"), None, 1),
    ],
)
def test_an_index_entry_costs_by_what_happens_to_it(
    before: TypedItem | None, after: TypedItem | None, units: int
) -> None:
    assert index_write_units(DUE, before, after) == units


def test_only_what_is_projected_counts_in_an_index() -> None:
    assert index_write_units(DUE, None, row("a", size=5 * KB)) == 1
    everything = Index("all", ("shard",), None)
    assert index_write_units(everything, None, row("a", size=5 * KB)) == 5
    assert index_write_units(everything, row("a"), row("a", size=5 * KB)) == 5
