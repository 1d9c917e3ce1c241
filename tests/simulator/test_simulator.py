import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import infra.simulator
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Recorded, Succeeded
from chalicelib.errors import OutcomeUnknown, SignatureRefused
from infra.simulator import Simulator, default_config
from infra.simulator.actions import ACTIONS, MAGIC
from infra.simulator.sandbox import SANDBOX_MERCHANT_ID
from infra.simulator.vnpay import VNPAY_TMN_CODE
from tests.channels.stand_ins import PAYMENT_NO
from tests.simulator.platform import NOW, Platform, fetch

CHANNELS = ["vnpay", "sandbox"]
every_channel = pytest.mark.parametrize("code", CHANNELS)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def simulator(platform: Platform) -> Iterator[Simulator]:
    config = replace(
        default_config("http://platform.example", "test", "test"),
        retry_seconds=0.0,
        late_seconds=3600.0,
    )
    with Simulator(config, clock=lambda: NOW, send_call=platform.receive) as running:
        platform.use(running.url)
        yield running


def act(platform: Platform, code: str, action: str, **options: str) -> Any:
    """As a payer's browser does: the pay URL, posted."""
    body = "&".join(f"{name}={value}" for name, value in {"action": action, **options}.items())
    return fetch(platform.pay_url(code), body.encode())


def control(simulator: Simulator, path: str, body: Any = None) -> Any:
    raw = None if body is None else json.dumps(body).encode()
    answer = fetch(f"{simulator.url}/control/{path}", raw)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def told(platform: Platform) -> list[Outcome]:
    return [notification.outcome for notification, _ in platform.told if notification is not None]


def recorded(platform: Platform) -> list[Recorded | None]:
    return [record for _, record in platform.told]


@every_channel
def test_a_payer_sees_what_is_paid_and_a_button_for_each_action(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    page = fetch(platform.pay_url(code)).body.decode()
    assert "50000 VND" in page
    assert PAYMENT_NO in page
    for name, action in ACTIONS.items():
        assert (f'value="{name}"' in page) == action.is_for_payer
    assert "<script" not in page


@every_channel
def test_paying_tells_the_platform_and_sends_the_browser_back(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    answer = act(platform, code, "pay")
    assert answer.status == 303
    assert b"is paid" in answer.body
    [paid] = told(platform)
    assert isinstance(paid, Succeeded)
    assert (paid.amount, paid.paid_at) == (Money(50_000, "VND"), NOW)
    assert recorded(platform) == [Recorded.PAID]
    back = platform.read_return(code, answer.headers["Location"])
    assert back.outcome == paid
    assert platform.ask(code, "q1") == paid


@every_channel
def test_a_question_before_the_payer_decides_is_pending(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    before = platform.ask(code, "q0")
    assert isinstance(before, Pending)
    assert before.is_absent
    fetch(platform.pay_url(code))
    opened = platform.ask(code, "q1")
    assert isinstance(opened, Pending)
    assert not opened.is_absent


@every_channel
def test_a_refusal_moves_no_money_and_may_be_followed_by_a_payment(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    act(platform, code, "refuse")
    assert told(platform) == [Failed("24" if code == "vnpay" else "refused")]
    assert isinstance(platform.ask(code, "q1"), Failed)
    act(platform, code, "pay")
    assert isinstance(platform.ask(code, "q2"), Succeeded)


@every_channel
def test_a_lost_notification_is_known_to_a_question_only(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    act(platform, code, "lost")
    assert simulator.wait_until_idle()
    assert platform.told == []
    assert isinstance(platform.ask(code, "q1"), Succeeded)


@every_channel
def test_a_late_notification_comes_when_it_is_asked_for(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    answer = act(platform, code, "late")
    assert b"notification in 3600 seconds" in answer.body
    assert platform.told == []
    control(simulator, f"payments/{PAYMENT_NO}/notify", {})
    assert recorded(platform) == [Recorded.PAID]


@every_channel
def test_a_late_notification_comes_after_its_time(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    act(platform, code, "late", seconds="0.01")
    assert simulator.wait_until_idle()
    assert recorded(platform) == [Recorded.PAID]


@every_channel
def test_a_doubled_notification_comes_twice_with_the_same_words(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    act(platform, code, "doubled")
    assert sorted(map(str, recorded(platform))) == [Recorded.PAID, Recorded.REPEATED]
    first, second = told(platform)
    assert first == second


@every_channel
def test_a_wrong_amount_is_told_by_the_notification_the_question_and_the_file(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    act(platform, code, "wrong_amount", other_amount_minor="40000")
    [paid] = told(platform)[:1]
    assert isinstance(paid, Succeeded)
    assert paid.amount == Money(40_000, "VND")
    assert platform.ask(code, "q1") == paid
    [line] = platform.read_statement(code, statement(simulator, code)).lines
    assert line.amount == Money(40_000, "VND")


@pytest.mark.parametrize(
    ("action", "option"), [("late", "seconds"), ("wrong_amount", "other_amount_minor")]
)
@pytest.mark.parametrize("value", ["soon", "-1", "nan", "1e9"])
def test_an_option_that_is_no_number_does_nothing(
    simulator: Simulator, platform: Platform, action: str, option: str, value: str
) -> None:
    assert act(platform, "vnpay", action, **{option: value}).status == 400
    [payment] = control(simulator, "payments")["items"]
    assert payment["result"] == "open"


@every_channel
def test_a_forged_notification_is_refused_ten_times_and_moves_nothing(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    answer = act(platform, code, "forged")
    assert simulator.wait_until_idle()
    assert recorded(platform) == [None] * 10
    with pytest.raises(SignatureRefused):
        platform.read_return(code, answer.headers["Location"])
    assert isinstance(platform.ask(code, "q1"), Pending)


@every_channel
def test_suspicious_money_is_held_until_it_is_released(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    act(platform, code, "suspicious")
    [held] = told(platform)
    assert isinstance(held, Pending)
    assert held.needs_person
    assert platform.ask(code, "q1") == held
    assert platform.read_statement(code, statement(simulator, code)).lines == ()
    control(simulator, f"payments/{PAYMENT_NO}/release", {})
    assert isinstance(told(platform)[-1], Succeeded)
    assert isinstance(platform.ask(code, "q2"), Succeeded)


@every_channel
def test_an_unknown_code_is_pending(simulator: Simulator, platform: Platform, code: str) -> None:
    act(platform, code, "unknown_code")
    assert told(platform) == [Pending("88" if code == "vnpay" else "X88", is_unmapped=True)]


@every_channel
def test_a_silent_payment_is_unknown(simulator: Simulator, platform: Platform, code: str) -> None:
    act(platform, code, "silent")
    with pytest.raises(OutcomeUnknown):
        platform.ask(code, "q1")
    control(simulator, f"payments/{PAYMENT_NO}/notify", {})
    assert recorded(platform) == [Recorded.PAID]


@every_channel
def test_a_notification_comes_again_until_it_is_acknowledged(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    platform.failures = 3
    act(platform, code, "pay")
    assert simulator.wait_until_idle()
    log = control(simulator, "notifications")["items"]
    assert [entry["attempt"] for entry in log] == [1, 2, 3, 4]
    assert [entry["acknowledged"] for entry in log] == [False, False, False, True]
    assert recorded(platform) == [Recorded.PAID]


def test_vnpay_gives_up_after_ten_calls(simulator: Simulator, platform: Platform) -> None:
    platform.failures = 100
    act(platform, "vnpay", "pay")
    assert simulator.wait_until_idle()
    assert platform.failures == 90


def test_04_does_not_end_vnpays_calls_and_02_does(simulator: Simulator, platform: Platform) -> None:
    act(platform, "vnpay", "wrong_amount")
    assert simulator.wait_until_idle()
    log = control(simulator, "notifications")["items"]
    answers = [json.loads(entry["answer"]["body"])["RspCode"] for entry in log]
    assert answers == ["04", "02"]


@every_channel
def test_a_decided_payment_cannot_be_paid_again(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    act(platform, code, "pay")
    answer = act(platform, code, "pay")
    assert (answer.status, len(platform.told)) == (409, 1)


@every_channel
@pytest.mark.parametrize("alter", ["amount", "merchant", "signature"])
def test_an_altered_pay_url_is_refused(
    simulator: Simulator, platform: Platform, code: str, alter: str
) -> None:
    url = platform.pay_url(code)
    altered = {
        "amount": url.replace("=5000000", "=4000000").replace("=50000&", "=40000&"),
        "merchant": url.replace(VNPAY_TMN_CODE, "OTHER").replace(SANDBOX_MERCHANT_ID, "other"),
        "signature": url[:-1] + ("0" if url[-1] != "0" else "1"),
    }[alter]
    assert altered != url
    assert fetch(altered).status == (404 if alter == "merchant" else 400)


@every_channel
def test_a_number_cannot_be_used_for_another_payment(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    fetch(platform.pay_url(code))
    assert fetch(platform.pay_url(code, amount_minor=60_000)).status == 409


def test_nobody_pays_after_the_time_is_over(platform: Platform) -> None:
    clock = [NOW]
    config = default_config("http://platform.example", "test", "test")
    with Simulator(config, clock=lambda: clock[0], send_call=platform.receive) as running:
        platform.use(running.url)
        url = platform.pay_url("vnpay")
        fetch(url)
        clock[0] = NOW.replace(hour=7)
        assert fetch(url, b"action=pay").status == 409
    assert platform.told == []


@every_channel
@pytest.mark.parametrize("kind", ["drop", "html", "http_500", "bad_signature"])
def test_a_spoiled_answer_to_a_question_leaves_the_outcome_unknown(
    simulator: Simulator, platform: Platform, code: str, kind: str
) -> None:
    act(platform, code, "pay")
    control(simulator, "faults", {"channel": code, "kind": kind, "times": 1})
    with pytest.raises(OutcomeUnknown):
        platform.ask(code, "q1")
    assert isinstance(platform.ask(code, "q2"), Succeeded)


def test_vnpay_refuses_a_question_that_it_was_asked_before(
    simulator: Simulator, platform: Platform
) -> None:
    act(platform, "vnpay", "pay")
    assert isinstance(platform.ask("vnpay", "q1"), Succeeded)
    assert platform.ask("vnpay", "q1") == Pending("94")


def statement(simulator: Simulator, code: str, faults: str = "") -> bytes:
    merchant = {"vnpay": VNPAY_TMN_CODE, "sandbox": SANDBOX_MERCHANT_ID}[code]
    url = f"{simulator.url}/{code}/{merchant}/statements/2026-03-01.csv?faults={faults}"
    answer = fetch(url)
    assert answer.status == 200
    return answer.body


def pay_some(platform: Platform, code: str, count: int) -> list[str]:
    numbers = [f"2200000000000001960{place}" for place in range(count)]
    for number in numbers:
        fetch(platform.pay_url(code, payment_no=number), b"action=pay")
    return numbers


@every_channel
def test_the_statement_lists_what_was_paid_that_day_and_its_totals(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    numbers = pay_some(platform, code, 3)
    read = platform.read_statement(code, statement(simulator, code))
    assert read.bad_rows == ()
    assert [line.payment_no for line in read.lines] == numbers
    assert {(line.amount, line.paid_at) for line in read.lines} == {(Money(50_000, "VND"), NOW)}
    assert read.totals.payment_count == 3
    assert read.totals.payment_amount == Money(150_000, "VND")


@every_channel
def test_a_statement_is_spoiled_as_asked(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    numbers = pay_some(platform, code, 5)
    content = statement(simulator, code, "broken,missing,doubled,different,extra,totals")
    read = platform.read_statement(code, content)
    assert [(row.row_no, row.column) for row in read.bad_rows] == [(2, "amount")]
    found = [(line.payment_no, line.amount.amount_minor) for line in read.lines]
    assert found == [
        (numbers[2], 50_000),
        (numbers[2], 50_000),
        (numbers[3], 1),
        (numbers[4], 50_000),
        ("999999999999999999", 50_000),
    ]
    assert read.totals.payment_count == 1 + 2 + 1 + 1 + 1 + 1  # the last of them is the fault


@every_channel
def test_a_statement_of_another_day_is_empty(
    simulator: Simulator, platform: Platform, code: str
) -> None:
    pay_some(platform, code, 1)
    merchant = {"vnpay": VNPAY_TMN_CODE, "sandbox": SANDBOX_MERCHANT_ID}[code]
    answer = fetch(f"{simulator.url}/{code}/{merchant}/statements/2026-02-28.csv")
    assert platform.read_statement(code, answer.body).lines == ()


@pytest.mark.parametrize(("digits", "action"), [*MAGIC.items(), ("000", "pay"), ("011", "pay")])
def test_the_amounts_last_digits_decide_on_the_sandbox(
    simulator: Simulator, platform: Platform, digits: str, action: str
) -> None:
    fetch(platform.pay_url("sandbox", amount_minor=50_000 + int(digits)), b"action=pay")
    [payment] = control(simulator, "payments")["items"]
    assert payment["action"] == action


def test_the_magic_amounts_are_documented_where_they_are_read(simulator: Simulator) -> None:
    shown = fetch(f"{simulator.url}/magic").body.decode()
    index = fetch(f"{simulator.url}/").body.decode()
    for digits, action in MAGIC.items():
        assert f"{digits}  {action}" in shown
        assert f"    {digits}  {action}:" in (infra.simulator.__doc__ or "")
        assert f"{digits}  {action}:" in index


def test_a_portals_notice_is_kept_as_it_came(simulator: Simulator) -> None:
    body = '{"type":"order.paid","đồng":1}'.encode()
    answer = fetch(f"{simulator.url}/portal/notices", body, {"Webhook-Id": "msg_1"})
    assert answer.status == 200
    [notice] = json.loads(fetch(f"{simulator.url}/portal/notices").body)["items"]
    assert notice["body"] == body.decode()
    assert notice["headers"]["webhook-id"] == "msg_1"


def test_a_portal_fails_as_often_as_it_is_told_to(simulator: Simulator) -> None:
    control(simulator, "portal", {"fail_next": 2})
    answers = [fetch(f"{simulator.url}/portal/notices", b"{}").status for _ in range(3)]
    assert answers == [500, 500, 200]
    kept = json.loads(fetch(f"{simulator.url}/portal/notices").body)["items"]
    assert [notice["answered"] for notice in kept] == [500, 500, 200]


def test_a_reset_forgets_everything(simulator: Simulator, platform: Platform) -> None:
    act(platform, "vnpay", "pay")
    fetch(f"{simulator.url}/portal/notices", b"{}")
    control(simulator, "reset", {})
    assert control(simulator, "payments")["items"] == []
    assert control(simulator, "notifications")["items"] == []
    assert json.loads(fetch(f"{simulator.url}/portal/notices").body)["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/nowhere", None, 404),
        ("/control/payments/1/pay", b"{}", 404),
        ("/control/faults", b'{"channel": "vnpay", "kind": "fire"}', 400),
        ("/control/portal", b'{"fail_next": "all"}', 400),
        ("/control/faults", b"{", 400),
        ("/vnpay/ERRLESS1/statements/yesterday.csv", None, 400),
        ("/vnpay/OTHER/statements/2026-03-01.csv", None, 404),
        ("/vnpay/ERRLESS1/statements/2026-03-01.csv?faults=fire", None, 400),
    ],
)
def test_what_cannot_be_done_is_said_in_plain_text(
    simulator: Simulator, path: str, body: bytes | None, status: int
) -> None:
    answer = fetch(simulator.url + path, body)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_the_simulator_imports_nothing_of_the_platform() -> None:
    folder = infra.simulator.__path__[0]
    for file in Path(folder).glob("*.py"):
        code = [line for line in file.read_text(encoding="utf-8").splitlines() if "import" in line]
        assert not [line for line in code if "chalicelib" in line], file
