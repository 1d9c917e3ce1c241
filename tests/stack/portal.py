"""A portal's own program: plain HTTP, nothing of the platform's code."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

TIMEOUT_SECONDS = 60
PAUSE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` has lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def ask(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        response = _OPENER.open(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, names, response.read())


@dataclass(frozen=True, slots=True)
class PortalClient:
    base_url: str
    api_key: str

    def get(self, path: str) -> Answer:
        return ask("GET", self.base_url + path, None, self._headers())

    def post(self, path: str, body: Any, *, key: str | None = None) -> Answer:
        headers = self._headers() | {
            "Content-Type": "application/json",
            "Idempotency-Key": key or str(uuid4()),
        }
        return ask("POST", self.base_url + path, json.dumps(body).encode(), headers)

    def new_order(self, reference: str | None = None, *, key: str | None = None) -> Answer:
        """For the first fee item that has a fixed tariff."""
        return self.post("/v1/orders", self.order_body(reference or str(uuid4())), key=key)

    def order_body(self, reference: str) -> dict[str, Any]:
        items = self.get("/v1/fee-items?limit=100").json["items"]
        item = next(each for each in items if each["tariff"]["rule"] == "fixed")
        return {
            "reference": reference,
            "payee_unit": item["payee_unit"],
            "lines": [{"fee_item": item["code"]}],
            "payer": {"kind": "individual", "name": "Nguyễn Văn A"},
        }

    def start_payment(self, payment_code: str, channel: str) -> dict[str, Any]:
        path = f"/v1/orders/{payment_code}/payments"
        started = self.post(path, {"channel": channel, "client": "web"})
        assert started.status == 201, started.body
        payment: dict[str, Any] = started.json
        return payment

    def wait_for_order(
        self, payment_code: str, is_there: Callable[[dict[str, Any]], bool], seconds: float = 60
    ) -> dict[str, Any]:
        """The order as soon as it is as wanted."""
        path = f"/v1/orders/{payment_code}"
        order: dict[str, Any] = wait_until(lambda: self.get(path).json, is_there, seconds)
        return order

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


def wait_until(
    read: Callable[[], Any], is_there: Callable[[Any], bool], seconds: float = 60
) -> Any:
    """Asks again and again: streams, queues and schedules take their time. Then it fails."""
    give_up_at = time.monotonic() + seconds
    while True:
        seen = read()
        if is_there(seen):
            return seen
        assert time.monotonic() < give_up_at, f"still so after {seconds} seconds: {seen}"
        time.sleep(PAUSE_SECONDS)


def pay(payment: dict[str, Any]) -> Answer:
    """What a payer's browser does on the channel's page."""
    return ask("POST", payment["action"]["url"], b"action=pay")
