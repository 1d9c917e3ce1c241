"""Clean addresses in front of the local API.

`/health` leads to `/restapis/{id}/{stage}/_user_request_/health`.
"""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_TIMEOUT_SECONDS = 60
_MAX_BODY_BYTES = 10 * 1024 * 1024
_TOO_LARGE = b'{"title": "Too large", "status": 413, "code": "too_large", "retryable": false}'


class CleanUrls:
    """`upstream` and `prefix` may be set later: a request before that is answered 503."""

    def __init__(self, port: int) -> None:
        self.upstream: tuple[str, int] | None = None
        self.prefix = ""
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.routes = self
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lead_to(self, host: str, port: int, prefix: str) -> None:
        self.prefix = prefix
        self.upstream = (host, port)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    routes: CleanUrls


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _forward(self) -> None:
        routes = self.server.routes
        body = self._read_body()
        if len(body) > _MAX_BODY_BYTES:
            self.close_connection = True
            self._answer(413, [("Content-Type", "application/problem+json")], _TOO_LARGE)
            return
        if routes.upstream is None:
            self._answer(503, [("Retry-After", "1")], b"the province is still being deployed\n")
            return
        try:
            status, headers, content = self._ask(routes.upstream, routes.prefix, body)
        except OSError as error:
            self._answer(502, [("Content-Type", "text/plain")], f"{error}\n".encode())
            return
        self._answer(status, headers, content)

    def _read_body(self) -> bytes:
        """Of a body that is larger than is taken, one byte more than that."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(min(length, _MAX_BODY_BYTES + 1))

    def _read_chunks(self) -> bytes:
        content = b""
        while len(content) <= _MAX_BODY_BYTES:
            size = int(self.rfile.readline().partition(b";")[0], 16)
            if size == 0:
                while self.rfile.readline().strip():  # trailers are not passed on
                    continue
                break
            content += self.rfile.read(min(size, _MAX_BODY_BYTES + 1))
            self.rfile.readline()
        return content

    def _ask(
        self, upstream: tuple[str, int], prefix: str, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(*upstream, timeout=_TIMEOUT_SECONDS)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        headers |= {"X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "http"}
        try:
            connection.request(self.command, prefix + self.path, body=body or None, headers=headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Silent: paths of pay pages hold the verification word."""

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _forward  # noqa: N815
