"""The channel meets the simulator over real HTTP on loopback; they share no code."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.contract import AppParams, PaymentQuery, QrCode, RefundRequest
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client, Failed, Outcome, Pending, Recorded, Succeeded
from chalicelib.domain.statements import LineKind, Statement
from chalicelib.errors import ChannelRefused, OutcomeUnknown, SignatureRefused
from infra.simulator import Simulator, default_config
from infra.simulator.alipay_keys import APP_ID
from infra.simulator.wire import Call
from tests.channels.stand_ins import PAYMENT_NO, QUERY, read_samples
from tests.simulator.platform import NOW, LoopbackHttp, Platform, fetch

AMOUNT = Money(50_000, "CNY")
GATEWAY = "/alipay/gateway.do"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def simulator(platform: Platform, clock: Clock) -> Iterator[Simulator]:
    config = replace(default_config("http://platform.example", "x", "x"), retry_seconds=0.0)
    with Simulator(config, clock=clock, send_call=platform.receive) as running:
        platform.use(running.url)
        yield running


def act(platform: Platform, action: str, **options: str) -> Any:
    body = "&".join(f"{name}={value}" for name, value in {"action": action, **options}.items())
    return fetch(platform.pay_url("alipay"), body.encode())


def control(simulator: Simulator, path: str, body: Any = None) -> Any:
    raw = None if body is None else json.dumps(body).encode()
    answer = fetch(f"{simulator.url}/control/{path}", raw)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def told(platform: Platform) -> list[Outcome]:
    return [notification.outcome for notification, _ in platform.told if notification is not None]


def ask(platform: Platform) -> Outcome:
    return platform.ask("alipay", "q1")


def close(platform: Platform) -> Outcome:
    query: PaymentQuery = replace(QUERY, amount=AMOUNT, asked_at=NOW)
    return Alipay(LoopbackHttp()).close_payment(platform.credentials("alipay"), query).outcome


def refund_request(number: str = "R01", fen: int = 12_550) -> RefundRequest:
    return RefundRequest(
        refund_no=number,
        payment_no=PAYMENT_NO,
        provider_transaction="1",
        paid=AMOUNT,
        amount=Money(fen, "CNY"),
        reason="Thu tuc bi huy",
        paid_at=NOW,
        asked_at=NOW,
        request_id=number,
    )


def refund(platform: Platform, number: str = "R01", fen: int = 12_550) -> Outcome:
    credentials = platform.credentials("alipay")
    return Alipay(LoopbackHttp()).refund_payment(credentials, refund_request(number, fen))


def fetch_statement(platform: Platform) -> bytes | None:
    credentials = platform.credentials("alipay")
    return Alipay(LoopbackHttp()).fetch_statement(credentials, NOW.date(), NOW)


def read(platform: Platform, content: bytes) -> Statement:
    statement = platform.read_statement("alipay", content)
    assert isinstance(statement, Statement)
    return statement


def test_paying_tells_the_platform_and_sends_the_browser_back(
    simulator: Simulator, platform: Platform
) -> None:
    answer = act(platform, "pay")
    assert answer.status == 303
    [paid] = told(platform)
    assert isinstance(paid, Succeeded)
    assert (paid.amount, paid.paid_at) == (AMOUNT, NOW)
    assert [record for _, record in platform.told] == [Recorded.PAID]
    back = platform.read_return("alipay", answer.headers["Location"])
    assert (back.payment_no, back.outcome) == (PAYMENT_NO, Pending("RETURNED"))
    assert ask(platform) == paid
    [entry] = control(simulator, "notifications")["items"]
    assert (entry["answer"]["body"], entry["acknowledged"]) == ("success", True)


def test_the_page_shows_the_amount_before_anything_moves(
    simulator: Simulator, platform: Platform
) -> None:
    page = fetch(platform.pay_url("alipay")).body.decode()
    assert "50000 CNY" in page
    assert ask(platform) == Pending("WAIT_BUYER_PAY")


@pytest.mark.parametrize("client", [Client.WECHAT, Client.COUNTER])
def test_a_code_has_no_trade_until_it_is_scanned(
    simulator: Simulator, platform: Platform, client: Client
) -> None:
    code = platform.start("alipay", client=client)
    assert isinstance(code, QrCode)
    assert code == platform.start("alipay", client=client)
    assert len(code.payload) < 80
    assert ask(platform) == Pending("ACQ.TRADE_NOT_EXIST", is_absent=True)
    assert close(platform) == Pending("ACQ.TRADE_NOT_EXIST", is_absent=True)
    assert fetch(code.payload).status == 200
    assert ask(platform) == Pending("WAIT_BUYER_PAY")
    assert fetch(code.payload, b"action=pay").status == 200
    assert ask(platform) == told(platform)[0]
    assert isinstance(ask(platform), Succeeded)


def test_an_app_opens_the_payment_with_its_order(simulator: Simulator, platform: Platform) -> None:
    action = platform.start("alipay", client=Client.APP)
    assert isinstance(action, AppParams)
    url = f"{simulator.url}{GATEWAY}?{action.params['order_string']}"
    assert fetch(url, b"action=pay").status == 200
    assert isinstance(ask(platform), Succeeded)


def test_a_phones_browser_comes_back_from_the_mobile_page(
    simulator: Simulator, platform: Platform
) -> None:
    action: Any = platform.start("alipay", client=Client.MOBILE)
    location = fetch(action.url, b"action=pay").headers["Location"]
    assert "method=alipay.trade.wap.pay.return" in location
    assert platform.read_return("alipay", location).payment_no == PAYMENT_NO


def test_a_trade_that_the_payer_gives_up_failed(simulator: Simulator, platform: Platform) -> None:
    act(platform, "refuse")
    assert told(platform) == [Failed("TRADE_CLOSED")]
    assert ask(platform) == Failed("TRADE_CLOSED")


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("suspicious", Pending("TRADE_PENDING", needs_person=True)),
        ("unknown_code", Pending("TRADE_IN_ORBIT", is_unmapped=True)),
    ],
)
def test_what_is_held_or_in_no_table_is_pending(
    simulator: Simulator, platform: Platform, action: str, expected: Outcome
) -> None:
    act(platform, action)
    assert told(platform) == [expected]
    assert ask(platform) == expected


def test_a_lost_notification_is_known_to_a_question_only(
    simulator: Simulator, platform: Platform
) -> None:
    act(platform, "lost")
    assert platform.told == []
    assert isinstance(ask(platform), Succeeded)


def test_a_forged_notification_and_return_are_refused(
    simulator: Simulator, platform: Platform
) -> None:
    answer = act(platform, "forged")
    assert simulator.wait_until_idle()
    assert [record for _, record in platform.told] == [None] * 10
    with pytest.raises(SignatureRefused):
        platform.read_return("alipay", answer.headers["Location"])
    assert ask(platform) == Pending("WAIT_BUYER_PAY")


def test_a_notification_comes_again_until_it_is_acknowledged(
    simulator: Simulator, platform: Platform
) -> None:
    platform.failures = 3
    act(platform, "pay")
    assert simulator.wait_until_idle()
    log = control(simulator, "notifications")["items"]
    assert [entry["acknowledged"] for entry in log] == [False, False, False, True]
    assert [entry["answer"]["body"] for entry in log] == ["fail", "fail", "fail", "success"]


def test_a_wrong_amount_is_told_everywhere(simulator: Simulator, platform: Platform) -> None:
    act(platform, "wrong_amount", other_amount_minor="40000")
    [paid] = told(platform)[:1]
    assert isinstance(paid, Succeeded)
    assert paid.amount == Money(40_000, "CNY")
    assert ask(platform) == paid


@pytest.mark.parametrize("kind", ["drop", "html", "http_500", "bad_signature"])
def test_a_spoiled_answer_leaves_everything_unknown(
    simulator: Simulator, platform: Platform, kind: str
) -> None:
    """Start, question, close and refund; where there was an effect, the next one tells it."""

    def spoil() -> None:
        control(simulator, "faults", {"channel": "alipay", "kind": kind, "times": 1})

    spoil()
    with pytest.raises(OutcomeUnknown):
        platform.start("alipay", client=Client.COUNTER)
    assert isinstance(platform.start("alipay", client=Client.COUNTER), QrCode)
    act(platform, "pay")
    spoil()
    with pytest.raises(OutcomeUnknown):
        ask(platform)
    assert isinstance(ask(platform), Succeeded)
    spoil()
    with pytest.raises(OutcomeUnknown):
        refund(platform)
    assert refund(platform) == Succeeded("R01", Money(12_550, "CNY"), NOW)
    [payment] = control(simulator, "payments")["items"]
    assert [each["amount_minor"] for each in payment["refunds"]] == [12_550]


def test_a_close_whose_answer_was_lost_is_closed(simulator: Simulator, platform: Platform) -> None:
    fetch(platform.pay_url("alipay"))
    control(simulator, "faults", {"channel": "alipay", "kind": "drop", "times": 1})
    with pytest.raises(OutcomeUnknown):
        close(platform)
    assert close(platform) == Failed("TRADE_CLOSED")
    assert act(platform, "pay").status == 409
    assert platform.told == []


def test_it_is_too_late_to_close_what_is_paid(simulator: Simulator, platform: Platform) -> None:
    act(platform, "pay")
    assert close(platform) == told(platform)[0]


def test_a_silent_payment_is_unknown(simulator: Simulator, platform: Platform) -> None:
    act(platform, "silent")
    with pytest.raises(OutcomeUnknown):
        ask(platform)


def test_refunds_are_idempotent_by_their_number_and_told(
    simulator: Simulator, platform: Platform
) -> None:
    act(platform, "pay")
    [paid] = told(platform)
    done = Succeeded("R01", Money(12_550, "CNY"), NOW)
    assert refund(platform) == refund(platform) == done
    notification, _ = platform.told[-1]
    assert notification is not None
    assert (notification.outcome, notification.refunded) == (paid, Money(12_550, "CNY"))
    assert len(platform.told) == 2
    with pytest.raises(OutcomeUnknown):
        refund(platform, "R01", 5)
    with pytest.raises(ChannelRefused):
        refund(platform, "R02", 37_451)
    assert refund(platform, "R02", 37_450) == Succeeded("R02", Money(37_450, "CNY"), NOW)
    notification, _ = platform.told[-1]
    assert notification is not None
    assert notification.outcome == Pending("TRADE_CLOSED", needs_person=True)
    assert notification.refunded == AMOUNT
    assert ask(platform) == Pending("TRADE_CLOSED", needs_person=True)
    alipay, credentials = Alipay(LoopbackHttp()), platform.credentials("alipay")
    assert alipay.query_refund(credentials, refund_request()) == done
    unknown = alipay.query_refund(credentials, refund_request("R09"))
    assert unknown == Pending("REFUND_NOT_FOUND", is_absent=True)


def test_the_bill_is_fetched_the_day_after_by_a_link_that_dies_young(
    simulator: Simulator, platform: Platform, clock: Clock
) -> None:
    act(platform, "pay")
    refund(platform)
    assert fetch_statement(platform) is None
    clock.now += timedelta(days=1)
    content = fetch_statement(platform)
    assert content is not None
    statement = read(platform, content)
    assert statement.bad_rows == ()
    [paid] = told(platform)[:1]
    assert isinstance(paid, Succeeded)
    lines = [(line.kind, line.provider_transaction, line.amount) for line in statement.lines]
    assert lines == [
        (LineKind.PAYMENT, paid.provider_transaction, AMOUNT),
        (LineKind.REFUND, paid.provider_transaction, Money(12_550, "CNY")),
    ]
    assert statement.totals is not None
    assert statement.totals.payment_amount == AMOUNT
    assert statement.totals.refund_amount == Money(12_550, "CNY")


class SlowHttp(LoopbackHttp):
    """Half a minute goes by between the link and its use."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def get(self, *arguments: Any, **named: Any) -> Any:
        self._clock.now += timedelta(seconds=31)
        return super().get(*arguments, **named)


def test_a_link_that_is_over_is_asked_for_again(
    simulator: Simulator, platform: Platform, clock: Clock
) -> None:
    clock.now += timedelta(days=1)
    with pytest.raises(OutcomeUnknown):
        Alipay(SlowHttp(clock)).fetch_statement(platform.credentials("alipay"), NOW.date(), NOW)
    assert fetch_statement(platform) is not None


def test_a_link_cannot_be_made_up(simulator: Simulator) -> None:
    url = f"{simulator.url}/alipay/bills/{APP_ID}/2026-03-01.zip?until=9999999999&key="
    assert [fetch(url + key).status for key in ("", "0" * 64)] == [403, 403]


def spoiled(simulator: Simulator, platform: Platform, faults: str) -> Statement:
    url = f"{simulator.url}/alipay/{APP_ID}/statements/2026-03-01.zip?faults={faults}"
    return read(platform, fetch(url).body)


def test_a_bill_is_spoiled_as_asked(simulator: Simulator, platform: Platform) -> None:
    numbers = [f"2200000000000001960{place}" for place in range(5)]
    for number in numbers:
        fetch(platform.pay_url("alipay", payment_no=number), b"action=pay")
    assert len(spoiled(simulator, platform, "").lines) == 5
    statement = spoiled(simulator, platform, "broken,missing,doubled,different,extra")
    [row] = statement.bad_rows
    assert (row.column, row.payment_no) == ("商家实收（元）", numbers[0])
    found = [(line.payment_no, line.amount.amount_minor) for line in statement.lines]
    assert found == [
        (numbers[2], 50_000),
        (numbers[2], 50_000),
        (numbers[3], 100),
        (numbers[4], 50_000),
        ("99999999", 50_000),
    ]
    broken = spoiled(simulator, platform, "gbk")
    assert [(each.column, each.payment_no) for each in broken.bad_rows] == [("row", numbers[0])]
    assert len(broken.lines) == 4
    cut = spoiled(simulator, platform, "truncated")
    assert (cut.is_readable, len(cut.bad_rows)) == (False, 1)
    totals = spoiled(simulator, platform, "totals").totals
    assert totals is not None
    assert totals.payment_count == 6


def test_an_unsigned_request_is_refused_by_the_gateway(simulator: Simulator) -> None:
    answer = fetch(f"{simulator.url}{GATEWAY}?app_id={APP_ID}&method=alipay.trade.query", b"x=1")
    assert json.loads(answer.body)["error_response"]["sub_code"] == "isv.invalid-signature"
    other = fetch(f"{simulator.url}{GATEWAY}?app_id=1", b"")
    assert json.loads(other.body)["error_response"]["sub_code"] == "isv.invalid-app-id"


@pytest.mark.parametrize("name", ["biz_content", "notify_url", "timestamp", "app_id", "sign"])
def test_an_altered_pay_url_is_refused(simulator: Simulator, platform: Platform, name: str) -> None:
    address, _, query = platform.pay_url("alipay").partition("?")
    fields = dict(parse_qsl(query))
    fields[name] = f"1{fields[name][1:]}" if name != "biz_content" else fields[name] + " "
    assert fetch(f"{address}?{urlencode(fields)}").status == (404 if name == "app_id" else 400)


def test_a_notification_has_no_field_that_a_real_one_has_not(platform: Platform) -> None:
    calls: list[Call] = []

    def keep(call: Call) -> Any:
        calls.append(call)
        return platform.receive(call)

    config = replace(default_config("http://platform.example", "x", "x"), retry_seconds=0.0)
    with Simulator(config, clock=lambda: NOW, send_call=keep) as running:
        platform.use(running.url)
        act(platform, "pay")
    [call] = calls
    sent = dict(parse_qsl(call.body.decode()))
    sample = read_samples("alipay.json")["notify-v1-2019"]["post"]
    assert set(sent) - {"sign"} <= set(sample)
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8"
