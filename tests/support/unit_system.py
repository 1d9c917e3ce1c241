"""A payee unit's own system, written after `infra/guides/answer-for-bills.md` alone: nothing of the
platform's code, of the simulator's, or of a web framework."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "the key that the unit and the platform share"


@dataclass
class OwnSystem:
    """`bills`: what the unit answers, by number and second fact. `spoil`: applied to the next
    answers, in order: a status, "drop", "forge", "stale", or bytes in place of the body."""

    url: str = ""
    bills: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    spoil: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    hold: threading.Event | None = None


def sign(key: str, *lines: str) -> str:
    return hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    system: OwnSystem

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        unit, stamp, nonce = (
            self.headers[f"X-Errandless-{name}"] for name in ("Unit", "Timestamp", "Nonce")
        )
        digest = hashlib.sha256(body).hexdigest()
        expected = sign(KEY, "ERRANDLESS-REQUEST-1", unit, "POST", self.path, stamp, nonce, digest)
        if not hmac.compare_digest(expected, self.headers["X-Errandless-Signature"]):
            self.send_error(401)
            return
        asked = json.loads(body)
        self.system.asked.append(asked)
        spoiled = self.system.spoil.pop(0) if self.system.spoil else None
        if self.system.hold is not None:
            self.system.hold.wait(20)
        if spoiled == "drop":
            self.close_connection = True
            return
        bill = self.system.bills.get((asked["reference"], asked["second_fact"]))
        answer = {"result": "bill", "bill": bill} if bill else {"result": "no_such_bill"}
        content = spoiled if isinstance(spoiled, bytes) else json.dumps(answer).encode()
        status = spoiled if isinstance(spoiled, int) else 200
        if spoiled == "stale":
            stamp = str(int(stamp) - 301)
        self._send(status, content, unit, stamp, nonce, "other" if spoiled == "forge" else KEY)

    def _send(
        self, status: int, content: bytes, unit: str, stamp: str, nonce: str, key: str
    ) -> None:
        digest = hashlib.sha256(content).hexdigest()
        signature = sign(key, "ERRANDLESS-ANSWER-1", unit, str(status), stamp, nonce, digest)
        self.send_response(status)
        self.send_header("X-Errandless-Timestamp", stamp)
        self.send_header("X-Errandless-Signature", signature)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def own_system() -> Iterator[OwnSystem]:
    system = OwnSystem()
    handler = type("Handler", (_Handler,), {"system": system})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    system.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with server:
        yield system
        server.shutdown()
        thread.join()
