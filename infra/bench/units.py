"""What DynamoDB charges for, by its published rules: emulators report it wrongly.

*Source*: Developer Guide, "DynamoDB item sizes and formats", "DynamoDB read and write operations"
and "Using global secondary indexes". That a transaction doubles the table's units and not the
index's is measured, not documented: see decision 0070.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import ceil
from typing import Any

TypedItem = Mapping[str, Mapping[str, Any]]

WRITE_BLOCK_BYTES = 1024
READ_BLOCK_BYTES = 4096
CONTAINER_BYTES = 3
ELEMENT_BYTES = 1


class Read(Enum):
    """Units for each block."""

    EVENTUAL = 0.5
    STRONG = 1.0
    TRANSACTIONAL = 2.0


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. `projected` None: the whole item."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None


def item_size(item: TypedItem) -> int:
    """Bytes, of an item in DynamoDB's typed form."""
    return sum(_text_size(name) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def _text_size(text: str) -> int:
    return len(text.encode())


def _number_size(text: str) -> int:
    """One byte for two significant digits and one more; a sign takes another."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")


def _list_size(values: Sequence[Mapping[str, Any]]) -> int:
    return CONTAINER_BYTES + sum(ELEMENT_BYTES + _value_size(value) for value in values)


def _map_size(values: TypedItem) -> int:
    return CONTAINER_BYTES + ELEMENT_BYTES * len(values) + item_size(values)


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": _text_size,
    "N": _number_size,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda texts: sum(map(_text_size, texts)),
    "NS": lambda numbers: sum(map(_number_size, numbers)),
    "BS": lambda values: sum(map(len, values)),
    "L": _list_size,
    "M": _map_size,
}


def write_units(
    before: TypedItem | None, after: TypedItem | None, *, transactional: bool = False
) -> int:
    """Of the larger of the two images; a refused write has its row as both."""
    size = max(item_size(image) if image else 0 for image in (before, after))
    return _blocks(size, WRITE_BLOCK_BYTES) * (2 if transactional else 1)


def index_write_units(index: Index, before: TypedItem | None, after: TypedItem | None) -> int:
    """Nothing when the entry stays as it is; an entry whose key changes is deleted and put."""
    old, new = _entry(index, before), _entry(index, after)
    if old == new:
        return 0
    if old is None or new is None:
        return write_units(old, new)
    if all(old[key] == new[key] for key in index.keys):
        return write_units(old, new)
    return write_units(old, None) + write_units(None, new)


def _entry(index: Index, item: TypedItem | None) -> TypedItem | None:
    if item is None or not all(key in item for key in index.keys):
        return None
    if index.projected is None:
        return item
    return {name: value for name, value in item.items() if name in index.projected}


def read_units(size: int, read: Read) -> float:
    """Of one item, or of all that a query or scan went through together; a miss costs a block."""
    return _blocks(size, READ_BLOCK_BYTES) * read.value


def _blocks(size: int, block: int) -> int:
    return max(1, ceil(size / block))
