"""The platform as a function builds it, with real HTTP out to a real server on loopback."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.domain.payments import PaymentStatus
from tests.support.local_province import LocalProvince, local_province
from tests.support.paid_orders import created
from tests.support.portal_client import call, start
from tests.support.seeded import seed


class Outside(ThreadingHTTPServer):
    """Keeps the paths that were posted to; answers 200 with nothing that a channel understands."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Outside

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def outside() -> Iterator[Outside]:
    with Outside() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def province(outside: Outside) -> Iterator[LocalProvince]:
    with local_province(lambda platform: seed(platform, outside.url)) as running:
        yield running


def test_a_sandbox_asks_the_simulator_about_payments(
    province: LocalProvince, outside: Outside
) -> None:
    code = created(province)
    start(province, code)
    province.clock.advance(minutes=5)
    province.chase()
    assert outside.paths == ["/vnpay/api"]
    order = province.platform.ledger.read_order(code)
    assert order is not None
    assert order.attempts[0].status is PaymentStatus.UNKNOWN, "nothing was understood"


def test_a_sandbox_tells_the_simulator_and_no_neighbour_of_it(
    province: LocalProvince, outside: Outside
) -> None:
    with Outside() as neighbour:
        endpoint_id = "neighbour"
        (endpoint,) = province.platform.setup.list_endpoints("portal-a")
        province.platform.setup.write_endpoint(
            replace(endpoint, endpoint_id=endpoint_id, url=f"{neighbour.url}/hook")
        )
        code = created(province)
        call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key="c")
        province.pump()
        assert outside.paths == ["/portal/notices"]
        assert neighbour.paths == []
    target = f"/v1/webhook-endpoints/{endpoint_id}/deliveries"
    (delivery,) = call(province, "GET", target).json["items"]
    assert delivery["attempts"][0]["error"] == "url_not_https"


def test_without_named_origins_nothing_on_loopback_is_reached(outside: Outside) -> None:
    with local_province(lambda platform: seed(platform, outside.url)) as province:
        document = province.platform.setup.read_province()
        object.__setattr__(document, "outbound_origins", ())
        code = created(province)
        call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key="c")
        start(province, created(province, 2))
        province.clock.advance(minutes=5)
        province.chase()
        province.pump()
    assert outside.paths == []
