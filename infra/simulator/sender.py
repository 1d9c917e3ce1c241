"""Notifications on their way: a thread each, repeated until acknowledged, every call on record."""

import base64
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

from infra.simulator.config import Config
from infra.simulator.wire import Answered, Call, send

Send = Callable[[Call], Answered]
FIRST_CALL_SECONDS = 35.0


class Delivery:
    """`first_call` is set when the first call has been answered, or has failed."""

    def __init__(
        self, call: Call, subject: Mapping[str, str], is_acknowledged: Callable[[int, bytes], bool]
    ) -> None:
        self.call = call
        self.subject = subject
        self.is_acknowledged = is_acknowledged
        self.first_call = threading.Event()
        self.first_answer = "no answer yet"


class Sender:
    def __init__(self, config: Config, send_call: Send | None) -> None:
        self._config = config
        self._send = send_call or (lambda call: send(call, config.timeout_seconds))
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._log: list[dict[str, Any]] = []

    def deliver(self, delivery: Delivery, delay_seconds: float) -> None:
        thread = threading.Thread(target=self._run, args=(delivery, delay_seconds), daemon=True)
        with self._lock:
            self._threads = [known for known in self._threads if known.is_alive()] + [thread]
            thread.start()

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """True when nothing is on its way any more."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout_seconds)
        return not any(thread.is_alive() for thread in threads)

    def close(self) -> None:
        self._closed.set()

    def log(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._log)

    def forget(self) -> None:
        with self._lock:
            self._log.clear()

    def _run(self, delivery: Delivery, delay_seconds: float) -> None:
        pause = delay_seconds
        for attempt in range(1, self._config.max_calls + 1):
            if pause and self._closed.wait(pause):
                break
            acknowledged = self._call(delivery, attempt)
            delivery.first_call.set()
            if acknowledged:
                break
            pause = self._config.retry_seconds
        delivery.first_call.set()

    def _call(self, delivery: Delivery, attempt: int) -> bool:
        call = delivery.call
        entry: dict[str, Any] = {
            **delivery.subject,
            "attempt": attempt,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request": {
                "method": call.method,
                "url": call.url,
                "headers": dict(call.headers),
                "body": call.body.decode("utf-8", "replace"),
                "body_base64": base64.b64encode(call.body).decode(),
            },
            "answer": None,
        }
        acknowledged = False
        try:
            answered = self._send(call)
            text = answered.body.decode("utf-8", "replace")
            entry["answer"] = {"status": answered.status, "body": text}
            acknowledged = delivery.is_acknowledged(answered.status, answered.body)
            told = f"{answered.status} {text[:200]}"
        except (OSError, HTTPException, ValueError) as error:
            told = f"no answer: {error}"
            entry["error"] = told
        entry["acknowledged"] = acknowledged
        with self._lock:
            self._log.append(entry)
        if attempt == 1:
            delivery.first_answer = told
        return acknowledged
