"""The proxy in front of the local API: nothing of a request or an answer may change on its way."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from infra.local_cloud.proxy import CleanUrls

Seen = list[tuple[str, str, dict[str, str], bytes]]


class _Upstream(BaseHTTPRequestHandler):
    seen: ClassVar[Seen] = []

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.command, self.path, dict(self.headers.items()), body))
        content = "đã trả: 已支付".encode()
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""


@pytest.fixture
def upstream() -> Iterator[tuple[int, Seen]]:
    _Upstream.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], _Upstream.seen
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy() -> Iterator[CleanUrls]:
    running = CleanUrls(0)
    yield running
    running.stop()


def ask(
    port: int, method: str, path: str, body: bytes | list[bytes] | None = None, **headers: str
) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()


def test_path_and_query_are_passed_on_as_they_were_written(
    proxy: CleanUrls, upstream: tuple[int, Seen]
) -> None:
    port, seen = upstream
    proxy.lead_to("127.0.0.1", port, "/restapis/x/api/_user_request_")
    ask(proxy.port, "GET", "/channels/vnpay/qn/notifications?b=%2B1&a=x+y&a=")
    expected = "/restapis/x/api/_user_request_/channels/vnpay/qn/notifications?b=%2B1&a=x+y&a="
    assert seen[0][:2] == ("GET", expected)


def test_a_body_arrives_byte_for_byte_with_its_type(
    proxy: CleanUrls, upstream: tuple[int, Seen]
) -> None:
    port, seen = upstream
    proxy.lead_to("127.0.0.1", port, "/p")
    body = bytes(range(256))
    ask(proxy.port, "POST", "/x", body, Content_Type="text/weird", Authorization="Bearer k")
    method, _, headers, arrived = seen[0]
    assert (method, arrived) == ("POST", body)
    assert headers["Content-Type"] == "text/weird"
    assert headers["Authorization"] == "Bearer k"


def test_a_body_in_chunks_arrives_in_one_piece(
    proxy: CleanUrls, upstream: tuple[int, Seen]
) -> None:
    port, seen = upstream
    proxy.lead_to("127.0.0.1", port, "/p")
    ask(proxy.port, "POST", "/x", ["đã ".encode(), b"tr", "ả".encode() * 3000])
    _, _, headers, arrived = seen[0]
    assert arrived.decode() == "đã tr" + "ả" * 3000
    assert "Transfer-Encoding" not in headers


@pytest.mark.parametrize("body", [b"x" * (10 * 1024 * 1024 + 1), [b"x" * 1024 * 1024] * 11])
def test_a_body_larger_than_the_gateways_is_refused(
    proxy: CleanUrls, upstream: tuple[int, Seen], body: bytes | list[bytes]
) -> None:
    proxy.lead_to("127.0.0.1", upstream[0], "/p")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        assert ask(proxy.port, "POST", "/x", body)[0] == 413
    assert upstream[1] == []


def test_a_redirect_and_two_cookies_come_back_as_they_are(
    proxy: CleanUrls, upstream: tuple[int, Seen]
) -> None:
    proxy.lead_to("127.0.0.1", upstream[0], "/p")
    status, headers, content = ask(proxy.port, "GET", "/x")
    assert status == 302
    assert ("Location", "/elsewhere") in headers
    assert [value for name, value in headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert content.decode() == "đã trả: 已支付"


def test_before_it_leads_anywhere_it_asks_to_wait(proxy: CleanUrls) -> None:
    status, headers, _ = ask(proxy.port, "GET", "/health")
    assert status == 503
    assert ("Retry-After", "1") in headers


def test_an_api_that_is_gone_is_a_bad_gateway(proxy: CleanUrls) -> None:
    unused = CleanUrls(0)
    port = unused.port
    unused.stop()
    proxy.lead_to("127.0.0.1", port, "/p")
    assert ask(proxy.port, "GET", "/health")[0] == 502
