"""What was read lately, kept in the process for a stated time; what was not found is not kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

Value = TypeVar("Value")

MAX_ENTRIES = 10_000


class AgingCache(Generic[Value]):
    def __init__(self, max_age_seconds: int) -> None:
        self._max_age_seconds = max_age_seconds
        self._entries: dict[str, tuple[datetime, Value]] = {}

    def read(self, name: str, now: datetime, load: Callable[[], Value | None]) -> Value | None:
        entry = self._entries.get(name)
        if entry and 0 <= (now - entry[0]).total_seconds() < self._max_age_seconds:
            return entry[1]
        self._entries.pop(name, None)
        value = load()
        if value is not None:
            if len(self._entries) >= MAX_ENTRIES:
                self._entries.clear()
            self._entries[name] = (now, value)
        return value

    def forget(self, name: str) -> None:
        self._entries.pop(name, None)
