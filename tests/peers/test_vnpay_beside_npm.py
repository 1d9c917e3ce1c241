"""VNPAY's channel beside npm vnpay 2.5.0: neither knows the other's code."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.channels.contract import Redirect
from chalicelib.channels.vnpay.channel import Vnpay
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client, Outcome, Succeeded
from chalicelib.errors import BadRequest, OutcomeUnknown, SignatureRefused
from chalicelib.outbound import Response
from tests.channels.stand_ins import (
    ASKED_AT,
    QUERY,
    REQUEST,
    STARTED_AT,
    StandInHttp,
    refuse_to_answer,
    with_field,
)
from tests.channels.vnpay_wire import (
    ANSWERED,
    PAID,
    SECRET,
    TMN_CODE,
    ipn,
    signed_answer,
    vnpay_credentials,
)
from tests.peers.peer import ask_npm

SEED = 20260301
AWKWARD = "~*'() +%/&=#?!,:;@$\"\\|<>[]{}^`-_." + "ạảấầẩẫậắằẳẵặđêôơưĐỲ中文🙂"
PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
NPM = {"tmnCode": TMN_CODE, "secret": SECRET}
VNPAY = Vnpay(StandInHttp(refuse_to_answer))


def awkward_text(dice: random.Random, greatest_length: int = 40) -> str:
    letters = PLAIN + AWKWARD * 2
    return "x" + "".join(dice.choices(letters, k=dice.randint(1, greatest_length)))


def local(instant: datetime) -> int:
    return int((instant + timedelta(hours=7)).strftime("%Y%m%d%H%M%S"))


def test_the_pay_url_is_the_one_that_npm_builds() -> None:
    dice = random.Random(SEED)
    ours, tasks = [], []
    for turn in range(300):
        started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(31_536_000))
        request = replace(
            REQUEST,
            payment_no=f"{dice.randrange(10**19, 10**20)}",
            amount=Money(dice.randint(5_000, 9_999_999_999), "VND"),
            description=awkward_text(dice),
            language=dice.choice(["vi", "en"]),
            client=dice.choice(list(Client)),
            started_at=started,
            expires_at=started + timedelta(minutes=15),
            return_url=f"https://pay.example/return?a={turn}&b=~*'()%20+é",
        )
        credentials = with_field(vnpay_credentials(), "bank_code_mobile", "VNPAYQR")
        action = VNPAY.start_payment(credentials, request)
        assert isinstance(action, Redirect)
        ours.append(action.url)
        data: dict[str, Any] = {
            "vnp_Amount": request.amount.amount_minor,
            "vnp_CreateDate": local(request.started_at),
            "vnp_ExpireDate": local(request.expires_at),
            "vnp_IpAddr": request.client_ip,
            "vnp_Locale": "vn" if request.language == "vi" else "en",
            "vnp_OrderInfo": request.description,
            "vnp_OrderType": "other",
            "vnp_ReturnUrl": request.return_url,
            "vnp_TxnRef": request.payment_no,
        }
        if request.client is Client.MOBILE:
            data["vnp_BankCode"] = "VNPAYQR"
        tasks.append({"do": "payUrl", **NPM, "data": data})
    assert ours == ask_npm(tasks)


def generated_messages() -> list[dict[str, str]]:
    """Valid IPNs with awkward texts, signed by Node, each followed by alterations of it."""
    dice = random.Random(SEED)
    tasks = []
    for _ in range(300):
        params = {
            **PAID,
            "vnp_Amount": str(dice.randint(1, 9_999_999_999) * 100),
            "vnp_OrderInfo": awkward_text(dice),
            "vnp_BankCode": dice.choice(["NCB", "VIETCOMBANK", awkward_text(dice, 8)]),
            "vnp_CardType": dice.choice(["ATM", "QRCODE", ""]),
        }
        secret = dice.choice([SECRET, SECRET, SECRET, "ANOTHER"])
        tasks.append({"do": "sign", "params": params, "secret": secret})
    signed = ask_npm(tasks)
    return [message for query in signed for message in (query, *altered(dice, query))]


def altered(dice: random.Random, query: dict[str, str]) -> list[dict[str, str]]:
    name = dice.choice([name for name in query if query[name] and name != "vnp_Amount"])
    place = dice.randrange(len(query[name]))
    other = dice.choice(PLAIN + AWKWARD)
    text = query[name][:place] + other + query[name][place + 1 :]
    amount = str(int(query["vnp_Amount"]) + 100)
    return [
        {**query, name: text},
        {**query, "vnp_Amount": amount},
        {other: value for other, value in query.items() if other != name},
        {**query, "vnp_Extra": "1"},
        {**query, "vnp_Empty": ""},
    ]


def is_accepted(query: dict[str, str]) -> bool:
    try:
        VNPAY.read_notification(vnpay_credentials(), ipn(query))
    except SignatureRefused:
        return False
    except BadRequest:
        return True
    return True


def test_we_and_npm_believe_the_same_notifications() -> None:
    messages = generated_messages()
    ours = [is_accepted(query) for query in messages]
    theirs = ask_npm([{"do": "verifyIpn", **NPM, "query": query} for query in messages])
    disagreed = [
        (query, mine, other)
        for query, mine, other in zip(messages, ours, theirs, strict=True)
        if mine is not other
    ]
    assert disagreed == []
    assert len(ours) == 1_800
    assert 400 < sum(ours) < 600, "valid ones, and those with one more empty value"


def test_npm_takes_another_merchants_notification_and_we_do_not() -> None:
    """Where we are stricter on purpose: the merchant is part of the verdict."""
    params = {**PAID, "vnp_TmnCode": "GOVTEST2"}
    [query] = ask_npm([{"do": "sign", "params": params, "secret": SECRET}])
    assert ask_npm([{"do": "verifyIpn", **NPM, "query": query}]) == [True]
    assert not is_accepted(query)


def test_our_question_is_signed_as_npm_signs_it() -> None:
    http = StandInHttp(lambda _question: Response(200, {}, b"{}"))
    with pytest.raises(OutcomeUnknown):
        Vnpay(http).query_payment(vnpay_credentials(), QUERY)
    ours = json.loads(http.posted[0][1])
    data = {
        "vnp_RequestId": QUERY.request_id,
        "vnp_IpAddr": "127.0.0.1",
        "vnp_TxnRef": QUERY.payment_no,
        "vnp_TransactionNo": 0,
        "vnp_OrderInfo": f"Query {QUERY.payment_no}",
        "vnp_TransactionDate": local(STARTED_AT),
        "vnp_CreateDate": local(ASKED_AT),
    }
    [theirs] = ask_npm([{"do": "questionBody", **NPM, "data": data}])
    theirs.pop("vnp_TransactionNo")
    assert ours == {name: str(value) for name, value in theirs.items()}


def test_we_and_npm_believe_the_same_answers() -> None:
    signed = signed_answer(ANSWERED)
    answers = [signed]
    for name in ANSWERED:
        if name != "vnp_TmnCode":
            answers.append({**signed, name: f"{signed[name]}1"})
    theirs = ask_npm(
        [{"do": "readAnswer", **NPM, "data": {}, "answer": answer} for answer in answers]
    )
    assert [answer["isVerified"] for answer in theirs] == [True] + [False] * (len(answers) - 1)
    first, *altered_ones = [Response(200, {}, json.dumps(answer).encode()) for answer in answers]
    assert isinstance(ask_us(first), Succeeded)
    for answer in altered_ones:
        with pytest.raises(OutcomeUnknown):
            ask_us(answer)


def ask_us(answer: Response) -> Outcome:
    http = StandInHttp(lambda _question: answer)
    return Vnpay(http).query_payment(vnpay_credentials(), QUERY).outcome
