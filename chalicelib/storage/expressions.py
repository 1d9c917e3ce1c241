"""The expressions of a conditional write, and the actions of a transaction made from them."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = dict[str, Any]


class _PlainDeserializer(TypeDeserializer):
    """Integers and bytes where boto3 gives Decimal and Binary: no row of ours holds a fraction."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)

    def _deserialize_b(self, value: bytes) -> bytes:
        return bytes(value)


_serialize = TypeSerializer().serialize
_deserialize = _PlainDeserializer().deserialize


def encode(item: Mapping[str, Any]) -> Item:
    """A typed item; attributes that are None are left out."""
    return {name: _serialize(value) for name, value in item.items() if value is not None}


def decode(item: Mapping[str, Any]) -> Item:
    return {name: _deserialize(value) for name, value in item.items()}


class Expressions:
    """The three expressions of a write, with placeholders made as values are named."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._sets: list[str] = []
        self._removes: list[str] = []
        self._conditions: list[str] = []

    def path(self, *names: str) -> str:
        parts = []
        for name in names:
            placeholder = self._names.setdefault(name, f"#n{len(self._names)}")
            parts.append(placeholder)
        return ".".join(parts)

    def value(self, value: Any) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = _serialize(value)
        return placeholder

    def set(self, path: str | tuple[str, ...], value: Any) -> "Expressions":
        self._sets.append(f"{self._path(path)} = {self.value(value)}")
        return self

    def increase(self, path: str | tuple[str, ...]) -> "Expressions":
        """By one; what is not there counts as none."""
        place = self._path(path)
        self._sets.append(f"{place} = if_not_exists({place}, {self.value(0)}) + {self.value(1)}")
        return self

    def remove(self, *paths: str | tuple[str, ...]) -> "Expressions":
        self._removes += [self._path(path) for path in paths]
        return self

    def require(self, condition: str) -> "Expressions":
        self._conditions.append(condition)
        return self

    def require_equal(self, path: str | tuple[str, ...], value: Any) -> "Expressions":
        return self.require(f"{self._path(path)} = {self.value(value)}")

    def require_in(self, path: str | tuple[str, ...], values: tuple[Any, ...]) -> "Expressions":
        places = ", ".join(self.value(value) for value in values)
        return self.require(f"{self._path(path)} IN ({places})")

    def require_absent(self, path: str | tuple[str, ...]) -> "Expressions":
        return self.require(f"attribute_not_exists({self._path(path)})")

    def require_present(self, path: str | tuple[str, ...]) -> "Expressions":
        return self.require(f"attribute_exists({self._path(path)})")

    def _path(self, path: str | tuple[str, ...]) -> str:
        return self.path(path) if isinstance(path, str) else self.path(*path)

    def parameters(self) -> dict[str, Any]:
        updates = []
        if self._sets:
            updates.append("SET " + ", ".join(self._sets))
        if self._removes:
            updates.append("REMOVE " + ", ".join(self._removes))
        given = {
            "UpdateExpression": " ".join(updates),
            "ConditionExpression": " AND ".join(self._conditions),
            "ExpressionAttributeNames": {place: name for name, place in self._names.items()},
            "ExpressionAttributeValues": self._values,
        }
        return {name: value for name, value in given.items() if value}


def put_action(table: str, item: Mapping[str, Any], expressions: Expressions) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": table,
            "Item": encode(item),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **expressions.parameters(),
        }
    }


def put_absent_action(table: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return put_action(table, item, Expressions().require_absent("pk"))


def update_action(table: str, key: Mapping[str, str], expressions: Expressions) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": table,
            "Key": encode(key),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **expressions.parameters(),
        }
    }
