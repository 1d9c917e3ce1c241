"""Alipay through the whole application: a province in yuan, the simulator on loopback, `app.py`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from chalicelib.domain.breaks import AccountDay
from chalicelib.wiring import Platform
from infra.simulator import Simulator, alipay, channel_fields, default_config
from infra.simulator.wire import Answered, Call
from tests.domain.province_documents import account
from tests.simulator.platform import LoopbackHttp, fetch
from tests.support.bills import issued
from tests.support.local_province import START, LocalProvince, local_province
from tests.support.portal_client import call, create
from tests.support.rows import ledger_rows
from tests.support.seeded import province_document, seed

ROOT = Path(__file__).parents[2]
PATH = "/channels/alipay/hangzhou/notifications"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def seed_in_yuan(platform: Platform, simulator: str) -> None:
    seed(platform, simulator)
    parts = channel_fields(simulator)["alipay"]
    document = province_document(simulator)
    document["profile"] |= {"currency": "CNY", "country": "CN", "zone": "Asia/Shanghai"}
    document["channel_accounts"] = [
        account(
            "alipay",
            account="hangzhou",
            currency="CNY",
            fields=parts["fields"],
            secret_name="alipay/hangzhou",
            min_minor=1,
        )
    ]
    platform.setup.write_province(document)
    platform.secrets.write_secret("alipay/hangzhou", dict(parts["secret"]))


@dataclass
class World:
    province: LocalProvince
    simulator: Simulator
    answers: list[tuple[int, str, str]]

    def start(self, code: str, client: str = "web", key: str = "p-1") -> Any:
        target = f"/v1/orders/{code}/payments"
        body = {"channel": "alipay", "client": client}
        return call(self.province, "POST", target, body, idempotency_key=key)

    def status(self, code: str) -> str:
        return str(call(self.province, "GET", f"/v1/orders/{code}").json["status"])

    def control(self, path: str, body: Any) -> None:
        answer = fetch(f"{self.simulator.url}/control/{path}", json.dumps(body).encode())
        assert answer.status == 200, answer.body

    def notify(self, body: bytes) -> tuple[int, str, str]:
        answer = self.province.http("POST", PATH, body, dict(FORM))
        return answer.status, answer.text, answer.headers["Content-Type"]


@pytest.fixture
def world() -> Iterator[World]:
    worlds: list[World] = []

    def deliver(sent: Call) -> Answered:
        assert urlsplit(sent.url).path == PATH
        told = worlds[0].notify(sent.body)
        worlds[0].answers.append(told)
        return Answered(told[0], told[1].encode())

    def now() -> datetime:
        return worlds[0].province.clock() if worlds else START

    config = replace(default_config("https://pay.quangninh.example", "x", "x"), retry_seconds=0.0)
    with (
        Simulator(config, clock=now, send_call=deliver) as simulator,
        local_province(
            lambda platform: seed_in_yuan(platform, simulator.url), LoopbackHttp()
        ) as province,
    ):
        worlds.append(World(province, simulator, []))
        yield worlds[0]


def new_order(world: World) -> str:
    answer = create(world.province)
    assert (answer.status, answer.json["currency"]) == (201, "CNY"), answer.text
    return str(answer.json["payment_code"])


def page_of(world: World, code: str) -> str:
    action = world.start(code).json["action"]
    return str(action["url"])


def test_an_order_is_paid_on_alipays_page_and_receipted_once(world: World) -> None:
    code = new_order(world)
    answer = fetch(page_of(world, code), b"action=doubled")
    assert answer.status == 303
    assert world.answers == [(200, "success", "text/plain")] * 2
    world.province.pump()
    assert world.status(code) == "paid"
    receipts = call(world.province, "GET", f"/v1/orders/{code}").json["receipts"]
    assert [receipt["number"] for receipt in receipts] == ["0000001"]
    back = urlsplit(answer.headers["Location"])
    shown = world.province.http("GET", f"{back.path}?{back.query}")
    assert shown.status == 303
    assert code in shown.headers["Location"]


@pytest.mark.parametrize("client", ["counter", "wechat"])
def test_an_order_is_paid_by_scanning_a_code(world: World, client: str) -> None:
    code = new_order(world)
    action = world.start(code, client).json["action"]
    assert fetch(action["payload"], b"action=pay").status == 200
    assert world.status(code) == "paid"


def test_an_order_is_paid_in_the_app(world: World) -> None:
    code = new_order(world)
    order = world.start(code, "app").json["action"]["params"]["order_string"]
    assert fetch(f"{world.simulator.url}/alipay/gateway.do?{order}", b"action=pay").status == 200
    assert world.status(code) == "paid"


def test_a_lost_notification_is_made_good_by_the_chaser(world: World) -> None:
    code = new_order(world)
    fetch(page_of(world, code), b"action=lost")
    assert world.status(code) == "pending"
    world.province.clock.advance(minutes=3)
    world.province.chase()
    assert world.status(code) == "paid"


def test_the_browsers_return_makes_us_ask(world: World) -> None:
    code = new_order(world)
    location = fetch(page_of(world, code), b"action=lost").headers["Location"]
    back = urlsplit(location)
    world.province.http("GET", f"{back.path}?{back.query}")
    assert world.status(code) == "paid"


def test_the_browsers_return_is_no_notification(world: World) -> None:
    """The payer has it, and may spell it in as many ways as he likes."""
    code = new_order(world)
    location = fetch(page_of(world, code), b"action=lost").headers["Location"]
    before = ledger_rows(world.province)
    pairs = parse_qsl(urlsplit(location).query)
    for spelling in (pairs, [*reversed(pairs)]):
        answer = world.province.http("GET", f"{PATH}?{urlencode(spelling)}")
        assert (answer.status, answer.text) == (200, "fail")
    assert ledger_rows(world.province) == before


@pytest.mark.parametrize("kind", ["drop", "html", "http_500", "bad_signature"])
def test_a_fault_while_a_code_is_asked_for_fails_nothing_and_the_same_key_goes_on(
    world: World, kind: str
) -> None:
    code = new_order(world)
    world.control("faults", {"channel": "alipay", "kind": kind, "times": 1})
    lost = world.start(code, "counter")
    assert (lost.status, lost.json["code"]) == (503, "channel_unreachable")
    assert world.status(code) == "pending"
    again = world.start(code, "counter")
    assert again.status in (200, 201), again.text
    assert fetch(again.json["action"]["payload"], b"action=pay").status == 200
    assert world.status(code) == "paid"


@pytest.mark.parametrize("kind", ["drop", "html", "http_500", "bad_signature"])
def test_a_fault_while_asking_neither_fails_nor_pays(world: World, kind: str) -> None:
    code = new_order(world)
    fetch(page_of(world, code), b"action=lost")
    world.control("faults", {"channel": "alipay", "kind": kind, "times": 1})
    world.province.clock.advance(minutes=3)
    world.province.chase()
    assert world.status(code) == "pending"
    world.province.clock.advance(minutes=5)
    world.province.chase()
    assert world.status(code) == "paid"


def test_a_code_that_nobody_scanned_expires_after_alipay_was_asked(world: World) -> None:
    code = new_order(world)
    world.start(code, "counter")
    for _ in range(8):
        world.province.clock.advance(minutes=5)
        world.province.chase()
    assert world.status(code) == "expired"


def test_another_amount_and_a_forgery_pay_nothing(world: World) -> None:
    code = new_order(world)
    fetch(page_of(world, code), urlencode({"action": "forged"}).encode())
    assert world.simulator.wait_until_idle()
    assert {answer[:2] for answer in world.answers} == {(200, "fail")}
    assert world.status(code) == "pending"
    fetch(page_of(world, code), b"action=wrong_amount")
    assert world.answers[-1][:2] == (200, "success")
    assert world.status(code) == "pending"
    cases = [row for row in ledger_rows(world.province) if row["pk"].startswith("CASE")]
    assert len(cases) == 1


GARBAGE = (
    *(b"", b"garbage", b"<html></html>", b'{"a":1}', b"\xff\xfe", b"sign=A&sign_type=RSA2"),
    b"sign=A&sign_type=RSA2&trade_status=TRADE_SUCCESS&total_amount=500.00",
)


def test_garbage_is_refused_in_alipays_words_and_writes_nothing(world: World) -> None:
    new_order(world)
    before = ledger_rows(world.province)
    assert [world.notify(body) for body in GARBAGE] == [(200, "fail", "text/plain")] * len(GARBAGE)
    assert ledger_rows(world.province) == before


def test_an_altered_notification_pays_nothing_and_the_true_one_does(world: World) -> None:
    code = new_order(world)
    fetch(page_of(world, code), b"action=lost")
    true = notification_of(world, code)
    fields = dict(parse_qsl(true.decode()))
    for name, value in fields.items():
        assert world.notify(urlencode({**fields, name: f"{value}1"}).encode())[1] == "fail"
    assert world.status(code) == "pending"
    assert world.notify(true) == (200, "success", "text/plain")
    assert world.status(code) == "paid"


def notification_of(world: World, code: str) -> bytes:
    """As the simulator would send it."""
    core = world.simulator.core
    [payment] = core.payments("alipay")
    assert payment.request.number == f"{code}01"
    alipay_account = core.account("alipay", payment.request.merchant)
    return alipay.notification(alipay_account, payment, alipay_account.secret).body


def test_the_hour_fetches_the_bill_of_the_day_before_and_it_agrees(world: World) -> None:
    paid, lost = new_order(world), create(world.province, "k-2", reference="HS-2").json
    fetch(page_of(world, paid), b"action=pay")
    action = world.start(lost["payment_code"], key="p-2").json["action"]
    fetch(action["url"], b"action=lost")
    world.province.pump()
    world.province.clock.advance(days=1, hours=1)
    world.province.reconcile_due()
    of = AccountDay("alipay", "hangzhou", START.date())
    found = world.province.platform.reconciliations.read_summary(of)
    assert found is not None
    assert (found.matched.count, found.break_counts) == (1, {"state_mismatch": 1})
    assert found.files[0].key.startswith("statements/alipay/hangzhou/2026-03-02/fetched-")


def test_no_cold_start_pays_for_keys_and_archives_that_it_does_not_use() -> None:
    check = (
        "import sys; import chalicelib.channels.alipay.channel; "
        "print([name for name in ('cryptography', 'zipfile') if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def cancel(world: World, code: str, key: str = "c-1") -> Any:
    return call(world.province, "POST", f"/v1/orders/{code}/cancel", idempotency_key=key)


def test_cancelling_closes_the_payment_at_alipay_first(world: World) -> None:
    code = new_order(world)
    page = page_of(world, code)
    fetch(page)
    assert cancel(world, code).json["status"] == "cancelled"
    assert fetch(page, b"action=pay").status == 409
    assert world.status(code) == "cancelled"
    kept = ledger_rows(world.province, "M#")
    assert [row["outcome"] for row in kept] == ["failed"]


def test_cancelling_a_bill_closes_its_payment_too(world: World) -> None:
    code = issued(world.province)
    page = page_of(world, code)
    fetch(page)
    target = f"/v1/bills/{code}/cancel"
    answer = call(world.province, "POST", target, {"reason": "Wrong pupil"}, idempotency_key="c")
    assert answer.json["status"] == "cancelled", answer.text
    assert fetch(page, b"action=pay").status == 409


def test_what_was_paid_meanwhile_is_paid_and_not_cancelled(world: World) -> None:
    code = new_order(world)
    fetch(page_of(world, code), b"action=lost")
    answer = cancel(world, code)
    assert (answer.status, answer.json["code"]) == (409, "order_paid")
    assert world.status(code) == "paid"


def test_a_code_that_may_still_be_scanned_keeps_the_order_open(world: World) -> None:
    code = new_order(world)
    action = world.start(code, "counter").json["action"]
    answer = cancel(world, code)
    assert (answer.status, answer.json["code"]) == (409, "payment_in_progress")
    assert fetch(action["payload"], b"action=pay").status == 200
    assert world.status(code) == "paid"


def test_a_close_without_an_answer_cancels_nothing_and_its_repeat_goes_on(world: World) -> None:
    code = new_order(world)
    fetch(page_of(world, code))
    world.control("faults", {"channel": "alipay", "kind": "drop", "times": 1})
    answer = cancel(world, code)
    assert (answer.status, answer.json["code"]) == (409, "payment_in_progress")
    order = call(world.province, "GET", f"/v1/orders/{code}").json
    assert (order["status"], order["unknown_outcome"]) == ("pending", True)
    assert cancel(world, code).json["status"] == "cancelled"
