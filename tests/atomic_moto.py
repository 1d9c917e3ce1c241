"""moto, one request at a time: its conditional writes race under threads, DynamoDB's do not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

_LOCK = threading.RLock()


@contextmanager
def atomic_moto() -> Iterator[None]:
    original = BotocoreStubber.process_request

    def one_at_a_time(stubber: BotocoreStubber, request: Any) -> Any:
        with _LOCK:
            return original(stubber, request)

    BotocoreStubber.process_request = one_at_a_time  # type: ignore[method-assign,assignment]
    try:
        with mock_aws():
            yield
    finally:
        BotocoreStubber.process_request = original  # type: ignore[method-assign]
