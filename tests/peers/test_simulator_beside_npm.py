"""The simulator meets npm vnpay: a merchant that uses it needs nothing of ours."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from infra.simulator import Simulator, default_config
from infra.simulator.vnpay import VNPAY_HASH_SECRET, VNPAY_TMN_CODE
from infra.simulator.wire import Answered, Call
from tests.peers.peer import ask_npm
from tests.simulator.platform import NOW, fetch

DATA = {
    "vnp_Amount": 50_000,
    "vnp_CreateDate": 20260301131000,
    "vnp_ExpireDate": 20260301132500,
    "vnp_IpAddr": "203.113.0.1",
    "vnp_Locale": "vn",
    "vnp_OrderInfo": "Lệ phí ~*'() + 5% / a&b",
    "vnp_OrderType": "other",
    "vnp_ReturnUrl": "https://merchant.example/return?x=1",
    "vnp_TxnRef": "MERCHANT-1",
}
QUESTION = {
    "vnp_IpAddr": "203.113.0.1",
    "vnp_TxnRef": "MERCHANT-1",
    "vnp_TransactionNo": 0,
    "vnp_OrderInfo": "query",
    "vnp_TransactionDate": 20260301131000,
    "vnp_CreateDate": 20260301131100,
}


class Merchant:
    """Keeps the queries of the IPNs that it got."""

    def __init__(self) -> None:
        self.queries: list[dict[str, str]] = []

    def receive(self, call: Call) -> Answered:
        self.queries.append(dict(parse_qsl(urlsplit(call.url).query)))
        return Answered(200, b'{"RspCode":"00","Message":"Confirm Success"}')


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


@pytest.fixture
def npm(merchant: Merchant) -> Iterator[dict[str, Any]]:
    """What npm vnpay is configured with."""
    config = replace(default_config("http://merchant.example", "x", "x"), retry_seconds=0.0)
    with Simulator(config, clock=lambda: NOW, send_call=merchant.receive) as simulator:
        yield {
            "tmnCode": VNPAY_TMN_CODE,
            "secret": VNPAY_HASH_SECRET,
            "host": simulator.url,
            "endpoints": {"paymentEndpoint": "vnpay/pay", "queryDrRefundEndpoint": "vnpay/api"},
        }


def act(npm: dict[str, Any], action: str) -> str:
    [url] = ask_npm([{"do": "payUrl", **npm, "data": DATA}])
    answer = fetch(url, f"action={action}".encode())
    assert answer.status == 303, answer.body
    return str(answer.headers["Location"])


@pytest.mark.parametrize(
    ("action", "code"), [("pay", "00"), ("refuse", "24"), ("suspicious", "07")]
)
def test_npm_opens_a_payment_and_believes_what_it_is_told(
    npm: dict[str, Any], merchant: Merchant, action: str, code: str
) -> None:
    location = act(npm, action)
    returned = dict(parse_qsl(urlsplit(location).query))
    assert returned.pop("x") == "1"
    assert merchant.queries == [returned]
    assert returned["vnp_ResponseCode"] == code
    assert ask_npm([{"do": "verifyIpn", **npm, "query": returned}]) == [True]


def test_npm_refuses_the_simulators_forgery(npm: dict[str, Any], merchant: Merchant) -> None:
    act(npm, "forged")
    [query] = merchant.queries[:1]
    assert query["vnp_ResponseCode"] == "00"
    assert ask_npm([{"do": "verifyIpn", **npm, "query": query}]) == [False]


@pytest.mark.parametrize(
    ("action", "status"), [("pay", "00"), ("lost", "00"), ("refuse", "02"), ("suspicious", "07")]
)
def test_npms_question_is_understood_and_the_answer_is_believed(
    npm: dict[str, Any], action: str, status: str
) -> None:
    act(npm, action)
    [answer] = ask_npm([{"do": "ask", **npm, "data": {**QUESTION, "vnp_RequestId": "q1"}}])
    assert (answer["isVerified"], answer["isSuccess"]) == (True, True)
    assert answer["vnp_TransactionStatus"] == status
    assert answer["vnp_Amount"] == "5000000"


def test_npm_is_told_what_is_wrong_with_its_question(npm: dict[str, Any]) -> None:
    act(npm, "pay")
    unknown = {**QUESTION, "vnp_RequestId": "q1", "vnp_TxnRef": "MERCHANT-2"}
    asked_again = {**QUESTION, "vnp_RequestId": "q1"}
    wrong_key = {**npm, "secret": "ANOTHER"}
    answers = ask_npm(
        [
            {"do": "ask", **npm, "data": unknown},
            {"do": "ask", **npm, "data": asked_again},
            {"do": "ask", **wrong_key, "data": {**QUESTION, "vnp_RequestId": "q2"}},
        ]
    )
    assert [answer["vnp_ResponseCode"] for answer in answers] == ["91", "94", "97"]
    assert [answer["isVerified"] for answer in answers] == [True, True, False]
