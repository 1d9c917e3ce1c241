"""Reads a JSON object strictly and goes on after a fault: one run names all that is wrong."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

Path = tuple[str | int, ...]
Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

MAX_TEXT_LENGTH = 1000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EARLIEST = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Fault:
    """`path`: where in the document, as in ("fee_items", 3, "names", "vi")."""

    path: Path
    what: str

    def __str__(self) -> str:
        return f"{'/'.join(str(step) for step in self.path)}: {self.what}"


class Record:
    """One JSON object. A wrong value becomes a fault and a harmless stand-in of the right type."""

    __slots__ = ("_faults", "_unread", "_value", "path")

    def __init__(self, value: Any, path: Path, faults: list[Fault]) -> None:
        self.path = path
        self._faults = faults
        self._value: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        self._unread = set(self._value)
        if self._value is not value:
            self.fault("must be an object")

    def fault(self, what: str, *steps: str | int) -> None:
        self._faults.append(Fault((*self.path, *steps), what))

    def has(self, key: str) -> bool:
        return key in self._value

    def finish(self) -> None:
        """Whatever was not read is not known here."""
        for key in sorted(self._unread):
            self.fault("is not known here", key)

    def text(self, key: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self._take(key)
        return value if self._is_text(value, pattern, key) else ""

    def whole(self, key: str, low: int, high: int) -> int:
        value = self._take(key)
        if type(value) is not int:
            self.fault(f"must be a whole number, not {_shown(value)}", key)
        elif low <= value <= high:
            return value
        else:
            self.fault(f"must be {low} to {high}, not {value}", key)
        return low

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if not isinstance(value, bool):
            self.fault(f"must be true or false, not {_shown(value)}", key)
        return value is True

    def day(self, key: str) -> date:
        return self._day(self._take(key), key)

    def days(self, key: str) -> frozenset[date]:
        return frozenset(self._day(value, key, index) for index, value in self._list(key))

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        value = self._take(key)
        try:
            return choices(value)
        except ValueError:
            self.fault(f"must be one of {', '.join(choices)}, not {_shown(value)}", key)
            return next(iter(choices))

    def texts(self, key: str, pattern: re.Pattern[str] | None = None) -> tuple[str, ...]:
        values = self._list(key)
        found = [value for index, value in values if self._is_text(value, pattern, key, index)]
        if len(set(found)) < len(found):
            self.fault("names the same thing twice", key)
        return tuple(found)

    def text_map(self, key: str) -> Mapping[str, str]:
        values = self._mapping(key)
        return {name: text for name, text in values.items() if self._is_text(text, None, key, name)}

    def names(self, key: str, languages: tuple[str, ...]) -> Mapping[str, str]:
        """A text in each of the languages; more languages are welcome."""
        given = self._mapping(key)
        for language in languages:
            if language not in given:
                self.fault(f"has no text in the declared language {language!r}", key, language)
        return {name: text for name, text in given.items() if self._is_text(text, None, key, name)}

    def mapping(self, key: str) -> Mapping[str, Any]:
        """An object that somebody else reads."""
        return self._mapping(key)

    def record(self, key: str) -> "Record":
        return Record(self._take(key), (*self.path, key), self._faults)

    def records(self, key: str) -> list["Record"]:
        return [
            Record(value, (*self.path, key, index), self._faults)
            for index, value in self._list(key)
        ]

    def optional(self, key: str, read: Callable[[str], Value]) -> Value | None:
        """None where the value is null; the key itself must be there."""
        if key in self._value and self._value[key] is None:
            self._unread.discard(key)
            return None
        return read(key)

    def _take(self, key: str) -> Any:
        self._unread.discard(key)
        return self._value.get(key)

    def _list(self, key: str) -> list[tuple[int, Any]]:
        value = self._take(key)
        if isinstance(value, list | tuple):
            return list(enumerate(value))
        self.fault("must be a list", key)
        return []

    def _mapping(self, key: str) -> Mapping[str, Any]:
        value = self._take(key)
        if isinstance(value, Mapping):
            return dict(value)
        self.fault("must be an object", key)
        return {}

    def _is_text(self, value: Any, pattern: re.Pattern[str] | None, *steps: str | int) -> bool:
        if value is None or value == "":
            self.fault("is missing", *steps)
        elif not isinstance(value, str):
            self.fault(f"must be text, not {_shown(value)}", *steps)
        elif len(value) > MAX_TEXT_LENGTH or not value.isprintable() or value != value.strip():
            self.fault(
                f"has control characters, outer spaces or is too long: {_shown(value)}", *steps
            )
        elif pattern and not pattern.fullmatch(value):
            self.fault(f"must look like {pattern.pattern}, not {_shown(value)}", *steps)
        else:
            return True
        return False

    def _day(self, value: Any, *steps: str | int) -> date:
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.fault(f"must be a date as in 2026-01-31, not {_shown(value)}", *steps)
        return _EARLIEST


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:60]
