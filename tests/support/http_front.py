"""A local province behind real HTTP on loopback, for what calls back: simulators and browsers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.local_province import LocalProvince


class Front(ThreadingHTTPServer):
    """Bound first, so that the province can be told its address; serves once `province` is set."""

    daemon_threads = True
    province: LocalProvince | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        # Chalice keeps the current request on the application: one at a time, as in a function.
        self.one_at_a_time = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Front

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.one_at_a_time:
            assert self.server.province is not None
            answer = self.server.province.http(self.command, self.path, body, dict(self.headers))
        content = answer.content or answer.text.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def http_front() -> Iterator[Front]:
    front = Front()
    thread = threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield front
    finally:
        front.shutdown()
        front.server_close()
        thread.join()
