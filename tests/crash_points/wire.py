"""All that leaves a function's process: AWS calls and HTTP requests, counted, one of them failing.

A fault strikes above the SDK's own retries: the SDK has tried and given up. REPLY_LOST alone
strikes below them: the call was done, its answer never came, and the SDK sends it again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from unittest import mock

from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.outbound import Http, Response

HTTP_POST = "http.Post"
HTTP_GET = "http.Get"
DYNAMO_WRITES = frozenset(
    f"dynamodb.{name}" for name in ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem")
)
READS = ("Get", "BatchGet", "List", "Query", "Scan", "Head", "Decrypt", "Describe")
THROTTLING = {
    "s3": "SlowDown",
    "sqs": "RequestThrottled",
    "dynamodb": "ProvisionedThroughputExceededException",
}
# What differs between two runs of the same work: the SDK's tokens, and instants.
VOLATILE = re.compile(rb'"ClientRequestToken": ?"[^"]+"|(?<!\d)1[78]\d{11}(?!\d)')


class Crash(BaseException):
    """The process is gone. No `except Exception` notices it."""


class Fault(StrEnum):
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    REPLY_LOST = "reply lost"
    NOBODY_KNOWS = "done, connection lost"
    THROTTLED_ONCE = "throttled once"
    THROTTLED = "throttled from here on"
    CONFLICT_ONCE = "conflict once"
    CONFLICT = "conflict from here on"
    NOT_SENT = "not sent"
    TIMED_OUT = "sent, no answer"
    GARBAGE = "garbage answered"
    SERVER_ERROR = "500 answered"


CRASHES = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
LASTING = frozenset({Fault.THROTTLED, Fault.CONFLICT})
HTTP_FAULTS = (Fault.NOT_SENT, Fault.TIMED_OUT, Fault.GARBAGE, Fault.SERVER_ERROR)


def faults_of(call: str) -> tuple[Fault, ...]:
    """Beside the crashes. A read that is repeated is nothing to anybody."""
    if call == HTTP_POST:
        return HTTP_FAULTS
    if call == HTTP_GET:  # Garbage is kept as it came, and then stands among the files.
        return tuple(fault for fault in HTTP_FAULTS if fault is not Fault.GARBAGE)
    faults = [Fault.NOBODY_KNOWS, Fault.THROTTLED]
    if not is_read(call):
        faults += [Fault.THROTTLED_ONCE, Fault.REPLY_LOST]
    if call in DYNAMO_WRITES:
        faults += [Fault.CONFLICT_ONCE, Fault.CONFLICT]
    return tuple(faults)


def is_read(call: str) -> bool:
    return call.partition(".")[2].startswith(READS)


@dataclass(frozen=True, slots=True)
class Plan:
    """`fault` strikes the call number `at`, from 0; a lasting one every later call of that name."""

    fault: Fault
    at: int
    call: str

    def __str__(self) -> str:
        return f"{self.fault} at {self.call} ({self.at})"


class Wire:
    """`calls`: names of the counted calls. `effects`: the writes that took effect, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.effects: list[tuple[str, bytes]] = []
        self.struck = False
        self._is_watched = False
        self._plan: Plan | None = None
        self._loses_reply = False

    @contextmanager
    def attached(self) -> Iterator["Wire"]:
        """Every AWS call of this process passes here; the SDK does not wait between its tries."""
        call: Any = BaseClient._make_api_call  # type: ignore[attr-defined]
        send: Any = Endpoint._get_response  # type: ignore[attr-defined]

        def counted_call(client: Any, operation: str, parameters: Any) -> Any:
            service = client.meta.service_model.service_name
            return self._pass(f"{service}.{operation}", lambda: call(client, operation, parameters))

        def observed_send(endpoint: Any, request: Any, model: Any, context: Any) -> Any:
            return self._observe(send(endpoint, request, model, context), request, model)

        with ExitStack() as stack:
            for owner, name, replacement in (
                (BaseClient, "_make_api_call", counted_call),
                (Endpoint, "_get_response", observed_send),
            ):
                stack.enter_context(mock.patch.object(owner, name, replacement))
            stack.enter_context(mock.patch("botocore.endpoint.time"))
            yield self

    @contextmanager
    def watched(self, plan: Plan | None) -> Iterator[None]:
        """Counts from 0 again."""
        self.calls, self.struck = [], False
        self._is_watched, self._plan = True, plan
        try:
            yield
        finally:
            self._is_watched, self._loses_reply = False, False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """For what Lambda itself does around a function."""
        was_watched, self._is_watched = self._is_watched, False
        try:
            yield
        finally:
            self._is_watched = was_watched

    def post(self, http: Http, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        def send() -> Response:
            self.effects.append((f"POST {url}", VOLATILE.sub(b"", body)))
            return http.post(url, body, headers, 10.0)

        return self._pass(HTTP_POST, send) if self._is_watched else send()

    def get(self, http: Http, url: str) -> Response:
        def send() -> Response:
            return http.get(url, {}, 10.0)

        return self._pass(HTTP_GET, send) if self._is_watched else send()

    def _pass(self, name: str, call: Callable[[], Any]) -> Any:
        if not self._is_watched:
            return call()
        self.calls.append(name)
        fault = self._fault_of(name, len(self.calls) - 1)
        if fault is None:
            return call()
        self.struck = True
        if fault is Fault.REPLY_LOST:
            self._loses_reply = True
            return call()
        if fault in (Fault.CRASH_AFTER, Fault.NOBODY_KNOWS, *HTTP_FAULTS[1:]):
            return _break_after(fault, call)
        raise _error_before(fault, name)

    def _fault_of(self, name: str, index: int) -> Fault | None:
        plan = self._plan
        if plan is None:
            return None
        is_lasting = plan.fault in LASTING and name == plan.call and index > plan.at
        return plan.fault if index == plan.at or is_lasting else None

    def _observe(self, answer: Any, request: Any, model: Any) -> Any:
        success, _ = answer
        if model.name in ("ReceiveMessage", "DeleteMessage"):
            return answer  # Lambda's own
        is_done = success is not None and success[0].status_code < 300
        if is_done and not model.name.startswith(READS):
            body = request.body if isinstance(request.body, bytes) else b""
            self.effects.append((f"{model.name} {request.url}", VOLATILE.sub(b"", body)))
        if self._loses_reply:
            self._loses_reply = False
            return None, ReadTimeoutError(endpoint_url=request.url)
        return answer


def _break_after(fault: Fault, call: Callable[[], Any]) -> Any:
    with suppress(ClientError):  # if it was refused, nobody hears of that either
        call()
    match fault:
        case Fault.CRASH_AFTER:
            raise Crash
        case Fault.NOBODY_KNOWS:
            raise ConnectionClosedError(endpoint_url="https://aws.example")
        case Fault.TIMED_OUT:
            raise OutcomeUnknown("no_answer", "nobody knows")
        case Fault.GARBAGE:
            return Response(200, {}, b"\xff<html>")
        case _:
            return Response(500, {}, b"Internal Server Error")


def _error_before(fault: Fault, name: str) -> BaseException:
    service, _, operation = name.partition(".")
    if fault is Fault.CRASH_BEFORE:
        return Crash()
    if fault is Fault.NOT_SENT:
        return TryLater("unreachable", "the connection was refused")
    if fault in (Fault.THROTTLED_ONCE, Fault.THROTTLED):
        return _client_error(THROTTLING.get(service, "ThrottlingException"), operation)
    if operation == "TransactWriteItems":
        reasons = [{"Code": "TransactionConflict", "Message": "ongoing"}, {"Code": "None"}]
        return _client_error("TransactionCanceledException", operation, CancellationReasons=reasons)
    return _client_error("TransactionConflictException", operation)


def _client_error(code: str, operation: str, **parts: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "injected"}, **parts}
    return ClientError(answer, operation)
