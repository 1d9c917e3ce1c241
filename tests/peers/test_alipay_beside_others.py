"""Alipay beside npm alipay-sdk (Alipay's own) and PyPI python-alipay-sdk: what they make we read,
what we make they read, and what one refuses the others refuse."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.alipay.keys import certificate_number, root_number
from chalicelib.channels.contract import AppParams, QrCode, Redirect
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client, Outcome
from chalicelib.errors import BadRequest, OutcomeUnknown, SignatureRefused
from chalicelib.outbound import Response
from infra.simulator import Simulator, alipay_keys, default_config
from infra.simulator.wire import Answered, Call
from tests.channels.alipay_wire import (
    ABSENT,
    ANSWERED,
    APP_ID,
    FORGERS_KEY,
    GATEWAY,
    PAID,
    SECRETS,
    alipay_credentials,
    dumped,
    envelope,
    posted,
    signature_of,
    signed,
    text_of,
)
from tests.channels.stand_ins import (
    PAYMENT_NO,
    QUERY,
    REQUEST,
    StandInHttp,
    read_samples,
    refuse_to_answer,
)
from tests.peers.peer import ask_npm, ask_pypi
from tests.simulator.platform import NOW, fetch

SEED = 20260301
AWKWARD = "~*'() +%/&=#?!,:;@$\"\\|<>[]{}^`-_." + "护照工本费考试測試ạđĐ🙂"
PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
CONFIG = {
    "appId": APP_ID,
    "privateKey": SECRETS["private_key"],
    "alipayPublicKey": SECRETS["alipay_public_key"],
    "gateway": GATEWAY,
}
ALIPAY = Alipay(StandInHttp(refuse_to_answer))
MEMBER = "alipay_trade_query_response"


def npm(tasks: list[dict[str, Any]]) -> list[Any]:
    return ask_npm([{"config": CONFIG, **task} for task in tasks], "alipay_peer.mjs")


def pypi(tasks: list[dict[str, Any]]) -> list[Any]:
    return ask_pypi([{**SECRETS, **task} for task in tasks], "alipay_peer.py")


def awkward_text(dice: random.Random, greatest_length: int = 40) -> str:
    return "x" + "".join(dice.choices(PLAIN + AWKWARD * 2, k=dice.randint(1, greatest_length)))


def awkward_requests(count: int) -> Iterator[Any]:
    dice = random.Random(SEED)
    for turn in range(count):
        started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(31_536_000))
        yield replace(
            REQUEST,
            payment_no=f"{dice.randrange(10**19, 10**20)}",
            amount=Money(dice.randint(1, 10_000_000_000), "CNY"),
            description=awkward_text(dice),
            started_at=started,
            expires_at=started + timedelta(minutes=15),
            return_url=f"https://pay.example/return?a={turn}&b=~*'()%20+é",
            notification_url=f"https://pay.example/notify/{turn}",
        )


def beijing(instant: datetime) -> str:
    return (instant + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


def as_npm(request: Any, product: str, **addresses: str) -> dict[str, Any]:
    content = {
        "out_trade_no": request.payment_no,
        "total_amount": f"{request.amount.amount_minor // 100}"
        f".{request.amount.amount_minor % 100:02d}",
        "subject": request.description,
        "product_code": product,
        "time_expire": beijing(request.expires_at),
    }
    timed = {"format": "JSON", "timestamp": beijing(request.started_at)}
    return {**timed, "notify_url": request.notification_url, **addresses, "bizContent": content}


def test_the_pages_address_is_the_one_that_npm_builds() -> None:
    """But for npm's own name, which it adds and signs."""
    method = "alipay.trade.page.pay"
    ours, tasks = [], []
    for request in awkward_requests(100):
        action = ALIPAY.start_payment(alipay_credentials(), request)
        assert isinstance(action, Redirect)
        ours.append(action.url)
        params = as_npm(request, "FAST_INSTANT_TRADE_PAY", return_url=request.return_url)
        tasks.append({"do": "pageUrl", "method": method, "params": params})
    for mine, theirs in zip(ours, npm(tasks), strict=True):
        assert mine.partition("?")[0] == theirs.partition("?")[0] == GATEWAY
        expected = dict(parse_qsl(theirs.partition("?")[2]))
        assert expected.pop("alipay_sdk").startswith("alipay-sdk-nodejs")
        given = dict(parse_qsl(mine.partition("?")[2]))
        assert {**given, "sign": ""} == {**expected, "sign": ""}


@pytest.mark.parametrize(
    ("client", "method", "product"),
    [
        (Client.WEB, "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
        (Client.APP, "alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
    ],
)
def test_every_parameter_and_the_signature_are_those_of_npm_and_pypi(
    client: Client, method: str, product: str
) -> None:
    """RSA signatures of this kind have no chance in them, so equal texts are signed equally."""
    ours, tasks, parameters = [], [], []
    for request in awkward_requests(60):
        action = ALIPAY.start_payment(alipay_credentials(), replace(request, client=client))
        text = action.params["order_string"] if isinstance(action, AppParams) else ""
        text = text or (action.url.partition("?")[2] if isinstance(action, Redirect) else "")
        ours.append(dict(parse_qsl(text, strict_parsing=True)))
        is_page = client is Client.WEB
        addresses = {"return_url": request.return_url} if is_page else {}
        params = as_npm(request, product, **addresses)
        tasks.append({"do": "orderString", "method": method, "params": params})
        unsigned = {name: value for name, value in ours[-1].items() if name != "sign"}
        parameters.append({"do": "order_string", "parameters": unsigned})
    assert ours == [dict(parse_qsl(text)) for text in npm(tasks)]
    assert ours == [dict(parse_qsl(text)) for text in pypi(parameters)]


def is_accepted(post: dict[str, str]) -> bool:
    try:
        ALIPAY.read_notification(alipay_credentials(), posted(post))
    except SignatureRefused:
        return False
    except BadRequest:
        return True
    return True


def generated_notifications() -> list[dict[str, str]]:
    dice = random.Random(SEED)
    messages = []
    for _ in range(60):
        fields = {
            **PAID,
            "subject": awkward_text(dice),
            "total_amount": f"{dice.randint(1, 99_999)}.{dice.randint(0, 99):02d}",
            "passback_params": awkward_text(dice),
        }
        message = signed(fields)
        name = dice.choice([name for name in fields if name not in ("app_id", "seller_id")])
        place = dice.randrange(len(message[name]))
        other = dice.choice(PLAIN + AWKWARD)
        text = message[name][:place] + other + message[name][place + 1 :]
        messages += [
            message,
            signed(fields, FORGERS_KEY),
            {**message, name: text},
            {key: value for key, value in message.items() if key != name},
            {**message, "added": "1"},
            {**message, "added": ""},
        ]
    return messages


def test_we_npm_and_pypi_believe_the_same_notifications() -> None:
    messages = generated_notifications()
    ours = [is_accepted(post) for post in messages]
    assert ours == npm([{"do": "verifyNotification", "post": post} for post in messages])
    assert ours == pypi([{"do": "verify_notification", "post": post} for post in messages])
    assert len(ours) == 360
    assert 60 <= sum(ours) < 75, "and now and then a letter was replaced by itself"


def test_a_message_of_the_platform_is_believed_by_npm_too() -> None:
    fields = {**PAID, "method": "alipay.trade.changed", "sign_type": "RSA2"}
    kept = {**fields, "sign": signature_of(text_of(fields, ["sign"]))}
    assert is_accepted(kept)
    altered = {**kept, "total_amount": "1.00"}
    verdicts = npm([{"do": "verifyNotification", "post": post} for post in (kept, altered)])
    assert verdicts == [True, False]
    assert not is_accepted(altered)


def test_npm_takes_another_sellers_notification_and_we_do_not() -> None:
    """Where we are stricter on purpose: the application and the seller are part of the verdict."""
    for name in ("app_id", "seller_id"):
        post = signed({**PAID, name: "2088000000000009"})
        assert npm([{"do": "verifyNotification", "post": post}]) == [True]
        assert not is_accepted(post)


def ask_us(body: bytes) -> Outcome:
    http = StandInHttp(lambda _question: Response(200, {}, body))
    return Alipay(http).query_payment(alipay_credentials(), QUERY).outcome


def test_we_npm_and_pypi_believe_the_same_answers() -> None:
    """Braces inside of texts are left out here: PyPI's package counts them."""
    good = [
        envelope("alipay.trade.query", answer)
        for answer in (
            ANSWERED,
            ABSENT,
            {**ANSWERED, "store_name": "a/b\\ 中文 🙂"},
            json.dumps(ANSWERED),
            json.dumps({**ANSWERED, "fund_bill_list": [{"amount": "1"}]}, ensure_ascii=True),
        )
    ]
    bad = [
        good[0].replace(b"500.00", b"500.01"),
        good[0].replace(b"TRADE_SUCCESS", b"TRADE_CLOSED"),
        good[0].replace(b'"code":', b'"code": '),
        good[0].replace(b'"sign":"', b'"sign":"AAAA'),
        envelope("alipay.trade.query", ANSWERED, FORGERS_KEY),
    ]
    bodies = [body.decode() for body in (*good, *bad)]
    expected = [True] * len(good) + [False] * len(bad)
    tasks = [{"body": body, "member": MEMBER} for body in bodies]
    theirs = npm([{"do": "verifyAnswer", **task} for task in tasks])
    others = pypi([{"do": "verify_answer", **task} for task in tasks])
    assert [verdict is True for verdict in theirs] == expected
    assert [isinstance(verdict, dict) for verdict in others] == expected
    for body, is_good in zip(bodies, expected, strict=True):
        if is_good:
            ask_us(body.encode())
        else:
            with pytest.raises(OutcomeUnknown):
                ask_us(body.encode())


def test_the_samples_say_the_same_to_npm_and_pypi_as_to_us() -> None:
    samples = read_samples("alipay.json").values()
    notifications = [each for each in samples if each["id"].startswith("notify-")]
    tasks = []
    for each in notifications:
        key = each.get("public_key_pem") or each["alipay_public_key_pem"]
        tasks.append({"post": each["post"], "key": key})
    theirs = npm(
        [
            {
                "do": "verifyNotification",
                "post": task["post"],
                "config": {**CONFIG, "alipayPublicKey": task["key"]},
            }
            for task in tasks
        ]
    )
    others = pypi(
        [
            {"do": "verify_notification", "post": task["post"], "alipay_public_key": task["key"]}
            for task in tasks
        ]
    )
    assert theirs == others == [each["expect"] == "valid" for each in notifications]


def test_the_numbers_of_certificates_are_those_of_npm_and_pypi() -> None:
    sample = read_samples("alipay.json")["cert-sn"]
    app, root = sample["app_cert_pem"], sample["root_bundle_pem"]
    certificates = {
        "appCertContent": app,
        "alipayPublicCertContent": sample["alipay_cert_pem"],
        "alipayRootCertContent": root,
    }
    ours = [certificate_number(app.encode()), root_number(root.encode())]
    [theirs] = npm([{"do": "certificateNumbers", "config": {**CONFIG, **certificates}}])
    assert [theirs["appCertSn"], theirs["alipayRootCertSn"]] == ours
    assert pypi(
        [{"do": "certificate_numbers", "app_certificate": app, "root_certificates": root}]
    ) == [ours]


class Merchant:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.posts: list[dict[str, str]] = []

    def receive(self, call: Call) -> Answered:
        self.posts.append(dict(parse_qsl(call.body.decode())))
        return Answered(200, b"success")


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


@pytest.fixture
def simulator(merchant: Merchant) -> Iterator[Simulator]:
    config = replace(default_config("http://merchant.example", "x", "x"), retry_seconds=0.0)
    with Simulator(config, clock=lambda: NOW, send_call=merchant.receive) as running:
        yield running


def meeting(simulator: Simulator) -> dict[str, str]:
    return {
        "appId": alipay_keys.APP_ID,
        "privateKey": alipay_keys.APP_PRIVATE_KEY,
        "alipayPublicKey": alipay_keys.ALIPAY_PUBLIC_KEY,
        "gateway": f"{simulator.url}/alipay/gateway.do",
    }


def open_page(simulator: Simulator) -> str:
    """The address that npm makes for a page of the simulator's."""
    request = replace(
        REQUEST, amount=Money(12_500, "CNY"), started_at=NOW, expires_at=NOW + timedelta(hours=1)
    )
    params = as_npm(request, "FAST_INSTANT_TRADE_PAY", return_url=request.return_url)
    task = {"do": "pageUrl", "method": "alipay.trade.page.pay", "params": params}
    [url] = npm([{**task, "config": meeting(simulator)}])
    return str(url)


@pytest.mark.parametrize(
    ("action", "status"),
    [("pay", "TRADE_SUCCESS"), ("refuse", "TRADE_CLOSED"), ("suspicious", "TRADE_PENDING")],
)
def test_npm_opens_a_payment_of_the_simulators_and_believes_what_it_is_told(
    simulator: Simulator, merchant: Merchant, action: str, status: str
) -> None:
    answer = fetch(open_page(simulator), urlencode({"action": action}).encode())
    assert answer.status == 303, answer.body
    returned = dict(parse_qsl(answer.headers["Location"].partition("?")[2]))
    [post] = merchant.posts
    assert post["trade_status"] == status
    config = meeting(simulator)
    theirs = npm(
        [
            {"do": "verifyNotification", "config": config, "post": message}
            for message in (post, returned, {**post, "total_amount": "1.00"})
        ]
    )
    assert theirs == [True, True, False]


def test_npm_refuses_the_simulators_forgery(simulator: Simulator, merchant: Merchant) -> None:
    fetch(open_page(simulator), b"action=forged")
    post = merchant.posts[0]
    assert post["trade_status"] == "TRADE_SUCCESS"
    task = {"do": "verifyNotification", "config": meeting(simulator), "post": post}
    assert npm([task]) == [False]


def test_npm_asks_refunds_and_closes_at_the_simulator(simulator: Simulator) -> None:
    config = meeting(simulator)

    def ask(method: str, **content: str) -> Any:
        about = {"out_trade_no": PAYMENT_NO, **content}
        [told] = npm([{"do": "ask", "config": config, "method": method, "content": about}])
        return told

    assert ask("alipay.trade.query")["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    fetch(open_page(simulator), b"action=pay")
    told = ask("alipay.trade.query")
    assert (told["trade_status"], told["total_amount"]) == ("TRADE_SUCCESS", "125.00")
    refund = {"refund_amount": "25.00", "out_request_no": "R1"}
    assert ask("alipay.trade.refund", **refund)["fund_change"] == "Y"
    assert ask("alipay.trade.refund", **refund)["fund_change"] == "N"
    found = ask("alipay.trade.fastpay.refund.query", out_request_no="R1")
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "25.00")
    assert ask("alipay.trade.close")["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


def test_our_request_for_a_code_has_the_signature_that_npm_gives_it() -> None:
    """What is posted, put together again, is what npm signs for the same content."""
    code = {"code": "10000", "out_trade_no": PAYMENT_NO, "qr_code": "https://qr.alipay.test/1"}
    body = envelope("alipay.trade.precreate", dumped(code))
    http = StandInHttp(lambda _question: Response(200, {}, body))
    request = replace(REQUEST, amount=Money(12_500, "CNY"), client=Client.COUNTER)
    assert isinstance(Alipay(http).start_payment(alipay_credentials(), request), QrCode)
    [(url, sent, _)] = http.posted
    ours = dict(parse_qsl(f"{url.partition('?')[2]}&{sent.decode()}"))
    params = as_npm(request, "FACE_TO_FACE_PAYMENT")
    task = {"do": "orderString", "method": "alipay.trade.precreate", "params": params}
    [theirs] = npm([task])
    assert ours == dict(parse_qsl(theirs))
