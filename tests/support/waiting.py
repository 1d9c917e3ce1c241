"""Waiting for what another thread does, with a bound and without a fixed pause."""

import threading
import time
from collections.abc import Callable

LONGEST_SECONDS = 20.0
_never = threading.Event()


def wait_until(condition: Callable[[], bool]) -> None:
    """Raises: AssertionError when it does not come true within 20 seconds."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        _never.wait(0.02)
