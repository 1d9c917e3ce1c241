"""The ledger's stream as Lambda hands it over: what a row was and what it became."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.storage.expressions import Item, decode


@dataclass(frozen=True)
class StreamRecord:
    """`old` None: the row is new; `new` None: it was removed. Images are read when asked for: most
    records need none of it."""

    sequence_number: str
    pk: str
    _raw_old: Mapping[str, Any] | None
    _raw_new: Mapping[str, Any] | None

    @cached_property
    def old(self) -> Item | None:
        return _read_image(self._raw_old)

    @cached_property
    def new(self) -> Item | None:
        return _read_image(self._raw_new)

    @property
    def is_removed(self) -> bool:
        return self._raw_new is None

    def is_changed(self, attribute: str) -> bool:
        return (self._raw_old or {}).get(attribute) != (self._raw_new or {}).get(attribute)


def read_stream_record(record: Mapping[str, Any]) -> StreamRecord:
    change = record["dynamodb"]
    return StreamRecord(
        sequence_number=change["SequenceNumber"],
        pk=change["Keys"]["pk"]["S"],
        _raw_old=change.get("OldImage"),
        _raw_new=change.get("NewImage"),
    )


def _read_image(image: Mapping[str, Any] | None) -> Item | None:
    return None if image is None else decode({k: _typed(value) for k, value in image.items()})


def _typed(value: Mapping[str, Any]) -> dict[str, Any]:
    """Lambda's JSON carries bytes as base64 text."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {"B": base64.b64decode(content)}
        case "M":
            return {"M": {name: _typed(inner) for name, inner in content.items()}}
        case "L":
            return {"L": [_typed(inner) for inner in content]}
        case _:
            return {kind: content}
