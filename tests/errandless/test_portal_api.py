"""What commands ask of the API over real HTTP: tried again with the same key, read or refused."""

import socket
from typing import Any

import pytest

from infra.errandless.bill_upload import sender
from infra.errandless.failures import OperatorError
from tests.support.loopback_server import serving


def answer(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


def sent_to(answers: list[bytes], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[bytes]]:
    """What `sender` makes of them, and the requests that it took."""
    monkeypatch.setattr("infra.errandless.portal_api.time.sleep", lambda _seconds: None)
    waiting = iter(answers)

    def behave(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(next(waiting))

    with serving(behave) as server:
        send = sender(f"http://127.0.0.1:{server.port}", "a-key", is_dry=True)
        return send({"bills": []}, "key-1"), server.requests


def test_a_busy_province_is_asked_again_with_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, good = answer("503 Busy", b"{}"), answer("200 OK", b'{"results": []}')
    told, requests = sent_to([busy, busy, good], monkeypatch)
    assert told == (200, {"results": []})
    assert len(requests) == 3
    for each in requests:
        assert each.startswith(b"POST /v1/bills?dry_run=true ")
        assert b"idempotency-key: key-1" in each.lower()


def test_a_refusal_is_handed_on_and_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told, requests = sent_to([answer("403 Forbidden", b'{"code": "no_scope"}')], monkeypatch)
    assert (told, len(requests)) == ((403, {"code": "no_scope"}), 1)


def test_an_answer_that_cannot_be_read_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OperatorError, match="answers what cannot be read"):
        sent_to([answer("200 OK", b"<html>")], monkeypatch)
