"""Every AWS call of a run, with what DynamoDB would charge for it.

A hook on botocore's own events, for clients on moto: rows are read before and after each write.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from infra.bench.units import (
    Index,
    Read,
    TypedItem,
    index_write_units,
    item_size,
    read_units,
    write_units,
)

HOOK = "infra.bench"
_WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
_READS = ("GetItem", "BatchGetItem", "Query")

Key = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """`target`: table, queue or bucket. Units are DynamoDB's; `sizes`: the larger image of each
    row written, in bytes. `is_empty`: a poll that found nothing."""

    service: str
    operation: str
    target: str
    write_units: int = 0
    index_units: int = 0
    read_units: float = 0
    sizes: tuple[int, ...] = ()
    is_refused: bool = False
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class _Images:
    table: str
    old: TypedItem | None
    new: TypedItem | None


@dataclass
class Recorder:
    """`observer`: a DynamoDB client that is not hooked."""

    observer: Any
    calls: list[Call] = field(default_factory=list)
    _indexes: dict[str, list[Index]] = field(default_factory=dict)

    def take(self) -> list[Call]:
        """The calls since the last time."""
        taken, self.calls = self.calls, []
        return taken

    def before_call(self, params: dict[str, Any], model: Any, context: dict[str, Any]) -> None:
        rows = _rows_written(model.name, params)
        context[HOOK] = (params, rows, [self._read(*row) for row in rows])

    def after_call(self, parsed: dict[str, Any], model: Any, context: dict[str, Any]) -> None:
        params, rows, before = context[HOOK]
        service, operation = model.service_model.service_name, model.name
        target = _target(params, rows)
        is_refused = parsed["ResponseMetadata"]["HTTPStatusCode"] >= 300
        if service != "dynamodb":
            is_empty = operation == "ReceiveMessage" and not parsed.get("Messages")
            self.calls.append(Call(service, operation, target, is_empty=is_empty))
        elif operation in _READS:
            units = _read_cost(params, parsed)
            self.calls.append(Call(service, operation, target, read_units=units))
        else:
            images = [
                _Images(table, old, self._read(table, key))
                for (table, key), old in zip(rows, before, strict=True)
            ]
            call = self._write_call(operation, images)
            self.calls.append(replace(call, target=target, is_refused=is_refused))

    def _write_call(self, operation: str, rows: Sequence[_Images]) -> Call:
        if not rows:
            raise NotImplementedError(f"what {operation} costs is not known here")
        doubled = operation == "TransactWriteItems"
        return Call(
            "dynamodb",
            operation,
            target="",
            write_units=sum(write_units(row.old, row.new, transactional=doubled) for row in rows),
            index_units=sum(
                index_write_units(index, row.old, row.new)
                for row in rows
                for index in self._indexes_of(row.table)
            ),
            sizes=tuple(max(item_size(row.old or {}), item_size(row.new or {})) for row in rows),
        )

    def _read(self, table: str, key: Key) -> TypedItem | None:
        answer = self.observer.get_item(TableName=table, Key=key, ConsistentRead=True)
        item: TypedItem | None = answer.get("Item")
        return item

    def _indexes_of(self, table: str) -> list[Index]:
        if table not in self._indexes:
            described = self.observer.describe_table(TableName=table)["Table"]
            own = [key["AttributeName"] for key in described["KeySchema"]]
            self._indexes[table] = [
                _index(each, own) for each in described.get("GlobalSecondaryIndexes", [])
            ]
        return self._indexes[table]


def _read_cost(params: dict[str, Any], parsed: dict[str, Any]) -> float:
    if "FilterExpression" in params or "ProjectionExpression" in params:
        raise NotImplementedError("what was left out of the answer is read and charged too")
    if "RequestItems" in params:
        # Each row is charged on its own, a missing one as the smallest.
        ((table, asked),) = params["RequestItems"].items()
        read = Read.STRONG if asked.get("ConsistentRead") else Read.EVENTUAL
        found = parsed["Responses"][table]
        missing: list[TypedItem] = [{}] * (len(asked["Keys"]) - len(found))
        return sum(read_units(item_size(item), read) for item in (*found, *missing))
    items = parsed.get("Items") or [parsed.get("Item") or {}]
    read = Read.STRONG if params.get("ConsistentRead") else Read.EVENTUAL
    return read_units(sum(item_size(item) for item in items), read)


def _index(described: dict[str, Any], table_keys: list[str]) -> Index:
    keys = tuple(key["AttributeName"] for key in described["KeySchema"])
    projection = described["Projection"]
    everything = projection["ProjectionType"] == "ALL"
    named = {*keys, *table_keys, *projection.get("NonKeyAttributes", ())}
    return Index(described["IndexName"], keys, None if everything else frozenset(named))


def _rows_written(operation: str, params: dict[str, Any]) -> list[tuple[str, Key]]:
    if operation in _WRITES:
        return [_row(params)]
    if operation == "TransactWriteItems":
        return [_row(action) for each in params["TransactItems"] for action in each.values()]
    return []


def _row(action: dict[str, Any]) -> tuple[str, Key]:
    key = action.get("Key") or {name: action["Item"][name] for name in ("pk", "sk")}
    return action["TableName"], key


def _target(params: dict[str, Any], rows: Sequence[tuple[str, Key]]) -> str:
    if rows:
        return "+".join(sorted({table for table, _ in rows}))
    if "RequestItems" in params:
        return "+".join(sorted(params["RequestItems"]))
    for name in ("TableName", "QueueUrl", "Bucket", "SecretId"):
        if name in params:
            return str(params[name]).rpartition("/")[2]
    return ""


@contextmanager
def recording(clients: Sequence[Any], observer: Any) -> Iterator[Recorder]:
    recorder = Recorder(observer)

    def before(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        recorder.before_call(params, model, context)

    def after(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        recorder.after_call(parsed, model, context)

    hooks: list[tuple[str, Any]] = [("before-parameter-build", before), ("after-call", after)]
    for client in clients:
        for event, handler in hooks:
            client.meta.events.register(event, handler, unique_id=f"{HOOK}.{event}")
    try:
        yield recorder
    finally:
        for client in clients:
            for event, handler in hooks:
                client.meta.events.unregister(event, handler, unique_id=f"{HOOK}.{event}")
