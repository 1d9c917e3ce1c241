"""The main job, from outside: a portal's order is paid through VNPAY's protocol at the simulator,
confirmed once, receipted, told to the portal, reconciled. Quảng Ninh's own files, real HTTP on
loopback, nothing else: no Node, no browser, no emulator."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from standardwebhooks import Webhook

from chalicelib.domain.business_day import business_day_of
from chalicelib.wiring import Platform
from infra.errandless.seed import SeedResult, seed_province
from infra.simulator import Simulator, default_config
from tests.support.clients import client
from tests.support.http_front import Front, http_front
from tests.support.local_province import LocalProvince, local_province
from tests.support.waiting import wait_until

ACCOUNT = "quangninh"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


BROWSER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def fetch(url: str, body: bytes | None = None, **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, given)
    try:
        with BROWSER.open(request, timeout=20) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())


@dataclass
class World:
    province: LocalProvince
    front: Front
    simulator: Simulator
    seeded: SeedResult

    def api(self, target: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        headers["Authorization"] = f"Bearer {self.seeded.portal_key}"
        raw = None
        if body is not None:
            raw, headers["Content_Type"] = json.dumps(body).encode(), "application/json"
        return fetch(self.front.url + target, raw, **headers)

    def operator(self, target: str) -> Any:
        key = f"Bearer {self.seeded.operator_key}"
        answer = fetch(self.front.url + target, Authorization=key)
        assert answer.status == 200, answer
        return answer.json

    def create(self, key: str, reference: str) -> dict[str, Any]:
        body = {
            "reference": reference,
            "payee_unit": "QNPHG",
            "lines": [
                {"fee_item": "LP-HOTICH-KETHON-NN"},
                {"fee_item": "PHI-TRICHLUC-HOTICH", "quantity": 2},
            ],
            "payer": {"kind": "individual", "name": "Nguyễn Thị Bình"},
            "return_url": f"{self.simulator.url}/portal/return",
        }
        answer = self.api("/v1/orders", body, Idempotency_Key=key)
        assert answer.status == 201, answer
        order: dict[str, Any] = answer.json
        return order

    def order(self, code: str) -> dict[str, Any]:
        answer = self.api(f"/v1/orders/{code}")
        assert answer.status == 200, answer
        order: dict[str, Any] = answer.json
        return order

    def statement_of(self, channel: str, merchant: str, day: str, **options: str) -> bytes:
        target = f"/{channel}/{merchant}/statements/{day}.csv?{urlencode(options)}"
        return fetch(self.simulator.url + target).body


@pytest.fixture
def world() -> Iterator[World]:
    with http_front() as front, Simulator(default_config(front.url, ACCOUNT, ACCOUNT)) as simulator:
        seeded: list[SeedResult] = []

        def seed(platform: Platform) -> None:
            settings = platform.settings
            outputs = {
                "Province": settings.province,
                "SetupTable": settings.setup_table,
                "DataKeyId": settings.data_key_id,
                "SecretsPrefix": settings.secrets_prefix,
            }
            simulated = {"SIMULATOR_URL": simulator.url}
            result = seed_province(
                client, outputs, "quangninh", substitutions=simulated, local=True
            )
            seeded.append(result)

        with local_province(seed, base_url=front.url, at=datetime.now(UTC)) as province:
            front.province = province
            yield World(province, front, simulator, seeded[0])


class _Form(HTMLParser):
    """The first form of a page that posts: where it goes and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form" and named.get("method") == "post" and not self.action:
            self.action = named["action"] or ""
        if tag in ("input", "button") and self.action and named.get("name"):
            self.fields.setdefault(named["name"] or "", named.get("value") or "")


def pay_by_page(world: World, order: dict[str, Any], action: str = "pay") -> Answer:
    """As a payer: opens the page, chooses the first channel, acts at the provider, comes back."""
    page = fetch(order["pay_url"])
    assert page.status == 200
    form = _Form()
    form.feed(page.text)
    target = form.action if form.action.startswith("http") else world.front.url + form.action
    sent = fetch(
        target,
        urlencode(form.fields).encode(),
        Content_Type="application/x-www-form-urlencoded",
    )
    assert sent.status == 303, sent
    provider = sent.headers["Location"]
    assert provider.startswith(f"{world.simulator.url}/vnpay/pay?")
    acted = fetch(provider, urlencode({"action": action}).encode())
    assert acted.status == 303, acted
    back = fetch(acted.headers["Location"])
    assert back.status == 303
    assert back.headers["Location"] == order["pay_url"]
    return fetch(order["pay_url"])


def test_the_main_job(world: World) -> None:
    order = world.create("first", "HS-2026-0001")
    assert order["amount_minor"] == 1_016_000

    page = pay_by_page(world, order)
    wait_until(lambda: world.order(order["payment_code"])["status"] == "paid")
    page = fetch(order["pay_url"])
    assert order["payment_code"][:3] in page.text
    assert world.province.pump() > 0

    paid = world.order(order["payment_code"])
    assert paid["payments"][0]["status"] == "succeeded"
    receipts = {(each["kind"], each["number"]) for each in paid["receipts"]}
    assert receipts == {("lephi", "0000001"), ("phi", "0000001")}
    for receipt in paid["receipts"]:
        shown = fetch(receipt["url"])
        assert shown.status == 200
        assert receipt["number"] in shown.text
        assert "Nguyễn Thị Bình" not in shown.text

    notices = fetch(f"{world.simulator.url}/portal/notices").json["items"]
    verifier = Webhook(world.seeded.webhook_secret or "")
    told = [verifier.verify(each["body"], each["headers"]) for each in notices]
    assert [each["type"] for each in told].count("order.paid") == 1
    assert {each["data"]["payment_code"] for each in told} == {order["payment_code"]}
    assert len({each["headers"]["webhook-id"] for each in notices}) == len(notices)


def test_its_day_is_reconciled_by_arrival_and_by_schedule(world: World) -> None:
    order = world.create("first", "HS-2026-0001")
    pay_by_page(world, order)
    wait_until(lambda: world.order(order["payment_code"])["status"] == "paid")
    world.province.pump()
    paid_at = datetime.fromisoformat(world.order(order["payment_code"])["paid_at"])
    day = business_day_of(paid_at, "Asia/Ho_Chi_Minh").isoformat()

    vnpay = world.seeded.channels["vnpay"]
    content = world.statement_of("vnpay", vnpay["tmn_code"], day)
    world.province.put_statement("vnpay", vnpay["account"], day, "day-1.csv", content)
    found = world.operator(f"/v1/reconciliations?channel=vnpay&business_day={day}")["items"]
    assert [(each["status"], each["matched"]["count"]) for each in found] == [("matched", 1)]

    world.province.clock.at = paid_at + timedelta(days=2)
    world.province.reconcile_due()
    found = world.operator(f"/v1/reconciliations?channel=sandbox&business_day={day}")["items"]
    assert [each["status"] for each in found] == ["not_arrived"]

    spoiled = world.statement_of(
        "vnpay", vnpay["tmn_code"], day, faults="broken,missing,doubled,different,extra"
    )
    world.province.put_statement("vnpay", vnpay["account"], day, "day-2.csv", spoiled)
    found = world.operator(f"/v1/reconciliations?channel=vnpay&business_day={day}")["items"]
    assert found[0]["status"] == "breaks"
    assert len(found[0]["files"]) == 2
    assert world.operator(f"/v1/breaks?channel=vnpay&business_day={day}")["items"] != []
