"""A clerk's call: whose key it is, at which counter, and the answer kept for a repeated request."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalice.app import Request, Response

from chalicelib.checkout.counter_desk import CounterDesk
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.domain.portals import OperatorKey, Scope
from chalicelib.errors import DataFault, NotFound
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.authorization import require_operator
from chalicelib.web.operations import Operation, json_response
from chalicelib.web.request_reading import idempotency_key
from chalicelib.wiring import platform


def counter_write(
    path: str, summary: str, request: str, answer: str, status: int = 201
) -> Operation:
    return Operation(
        "POST",
        f"/v1/counter/{path}",
        summary,
        scope=Scope.COUNTER_WRITE,
        request=request,
        answer=answer,
        status=status,
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    )


def counter_read(path: str, summary: str, answer: str) -> Operation:
    return Operation(
        "GET",
        f"/v1/counter/{path}",
        summary,
        scope=Scope.COUNTER_WRITE,
        answer=answer,
        errors=(404, 422),
    )


def calling_clerk(request: Request) -> OperatorKey:
    """Raises: Unauthorized; Forbidden."""
    parts = platform()
    return require_operator(request, parts.setup, parts.now(), Scope.COUNTER_WRITE)


def counter_desk(clerk: OperatorKey, counter_code: str) -> CounterDesk:
    """Raises: NotFound where the key is not bound to it, or there is none: not told apart."""
    parts = platform()
    desk = parts.desk()
    counter = desk.province.counter_of(counter_code)
    if counter is None or counter_code not in clerk.counters:
        raise NotFound("counter_not_found", "this key is for no such counter")
    portal = parts.setup.read_portal(counter.portal)
    if portal is None:
        raise DataFault("counter_without_portal", f"there is no portal {counter.portal}")
    stores = parts.counters
    return CounterDesk(
        desk=desk,
        shifts=stores.shifts,
        attempts=stores.late_attempts,
        blocks=stores.offline_blocks,
        counter=counter,
        portal=portal,
        clerk=clerk.person,
    )


def desk_of_shift(clerk: OperatorKey, shift_id: str) -> CounterDesk:
    """Raises: NotFound."""
    counter_code = shift_id.rpartition("-")[0]
    if counter_code not in clerk.counters:
        raise NotFound("shift_not_found", "this key is for no such shift")
    return counter_desk(clerk, counter_code)


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A POST that is answered once. `purpose`: what its key is for, so that one key for two things
    is two keys."""

    counter: str
    key_hash: bytes
    fingerprint: bytes
    now: datetime

    @staticmethod
    def of(request: Request, counter: str, purpose: str, fingerprint: bytes) -> "Repeatable":
        """Raises: BadRequest."""
        key = idempotency_key(request)
        key_hash = hash_idempotency_key(f"{purpose}|{counter}|{key}")
        return Repeatable(counter, key_hash, fingerprint, platform().now())

    def answer(self, do: Callable[[], Any], status: int = 200) -> Response:
        """What `do` says, the same bytes for the same request. Raises: as `do`; InvalidRequest when
        the key was used for another request."""
        ledger, name = platform().ledger, f"@{self.counter}"
        kept = ledger.read_answer(name, self.key_hash)
        if kept is not None:
            kept.require_same_request(self.fingerprint)
            return json_response(kept.text, kept.status, {"Idempotent-Replayed": "true"})
        text = json.dumps(do(), ensure_ascii=False, separators=(",", ":"))
        answer = StoredAnswer(name, self.key_hash, self.fingerprint, status, text)
        first = ledger.keep_answer(answer)
        first.require_same_request(self.fingerprint)
        headers = {} if first is answer else {"Idempotent-Replayed": "true"}
        return json_response(first.text, first.status, headers)
