"""Aggregators' JSON, in which numbers keep the digits that were sent: signatures cover them."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.errors import BadRequest


class Literal(str):
    """A number as it was written."""

    __slots__ = ()


def parse_object(raw: bytes) -> Mapping[str, Any]:
    """Raises: ValueError when it is not a JSON object"""
    try:
        value = json.loads(
            raw, parse_int=Literal, parse_float=Literal, parse_constant=_refuse_constant
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def write_sorted(value: Any) -> str:
    """Compact, every object by key, nothing escaped that need not be: what JavaScript makes.

    Raises: ValueError when it is nested too deeply"""
    try:
        return _write(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read_object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Raises: BadRequest"""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise BadRequest("notification_unreadable", f"{name} is not an object")
    return value


def read_text(fields: Mapping[str, Any], name: str) -> str:
    """A text or the digits of a number; "" for null or nothing.

    Raises: BadRequest"""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRequest("notification_unreadable", f"{name} is not a text")
    return value


def _write(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{_quote(name)}:{_write(value[name])}" for name in sorted(value))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_write, value)) + "]"
    return value if isinstance(value, Literal) else _quote(value)


def _quote(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
