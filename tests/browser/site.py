"""The whole province behind a real HTTP server, with the channel simulator beside it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chalicelib.wiring import Platform
from infra.simulator import Simulator, default_config
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import create
from tests.support.seeded import seed


@dataclass
class Site:
    """`province` serves one request at a time, as one Lambda environment does."""

    url: str
    simulator: Simulator
    province: LocalProvince
    lock: threading.RLock = field(default_factory=threading.RLock)
    orders: int = 0

    def create_order(self, **changes: Any) -> dict[str, Any]:
        self.orders += 1
        changes.setdefault("reference", f"HS-2026-{self.orders:04}")
        with self.lock:
            answer = create(self.province, f"order-{self.orders}", **changes)
        assert answer.status == 201, answer.text
        order: dict[str, Any] = answer.json
        return order

    def pump(self) -> None:
        with self.lock:
            self.province.pump()


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with self.site.lock:
            self.site.province.clock.at = datetime.now(UTC)
            answer = self.site.province.http(self.command, self.path, body, dict(self.headers))
        content = answer.text.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def serve_province(more: Callable[[Platform], None] = lambda _: None) -> Iterator[Site]:
    """`more`: what is seeded besides."""

    def seed_all(platform: Platform) -> None:
        seed(platform, simulator.url)
        more(platform)

    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with (
        server,
        Simulator(default_config(url, "quangninh", "quangninh")) as simulator,
        local_province(seed_all, base_url=url, at=datetime.now(UTC)) as province,
    ):
        handler.site = site = Site(url, simulator, province)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()
