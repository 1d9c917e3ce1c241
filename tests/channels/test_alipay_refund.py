from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.contract import Closes, FetchesStatements, RefundRequest, Refunds
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Outcome, Pending, Succeeded
from chalicelib.errors import ChannelRefused, OutcomeUnknown, TryLater
from chalicelib.outbound import Response
from tests.channels.alipay_wire import (
    FORGERS_KEY,
    alipay_credentials,
    answering,
    content_of,
    dumped,
    envelope,
    signature_of,
)
from tests.channels.stand_ins import (
    ASKED_AT,
    PAYMENT_NO,
    STARTED_AT,
    StandInHttp,
    refuse_to_answer,
)

REFUND, QUERY = "alipay.trade.refund", "alipay.trade.fastpay.refund.query"
REQUEST = RefundRequest(
    refund_no="22000000000000019601R01",
    payment_no=PAYMENT_NO,
    provider_transaction="2026030122001400000000000001",
    paid=Money(50_000, "CNY"),
    amount=Money(12_550, "CNY"),
    reason="Thu tuc bi huy",
    paid_at=STARTED_AT,
    asked_at=ASKED_AT,
    request_id="r1",
)
MOVED = {
    "code": "10000",
    "msg": "Success",
    "out_trade_no": PAYMENT_NO,
    "trade_no": "2026030122001400000000000001",
    "buyer_logon_id": "138****0000",
    "fund_change": "Y",
    "refund_fee": "125.50",
    "gmt_refund_pay": "2026-03-01 15:00:01",
}
FOUND = {
    "code": "10000",
    "msg": "Success",
    "out_trade_no": PAYMENT_NO,
    "trade_no": "2026030122001400000000000001",
    "out_request_no": "22000000000000019601R01",
    "refund_status": "REFUND_SUCCESS",
    "refund_amount": "125.50",
    "total_amount": "500.00",
    "gmt_refund_pay": "2026-03-01 15:00:01",
}
DONE = Succeeded(
    "22000000000000019601R01", Money(12_550, "CNY"), datetime(2026, 3, 1, 7, 0, 1, tzinfo=UTC)
)
Reply = Callable[[bytes], Response]


def refund(*replies: Reply, request: RefundRequest = REQUEST) -> tuple[Outcome, StandInHttp]:
    waiting = iter(replies)

    def reply(question: bytes) -> Response:
        return next(waiting)(question)

    http = StandInHttp(reply)
    return Alipay(http).refund_payment(alipay_credentials(), request), http


def look(reply: Reply) -> Outcome:
    return Alipay(StandInHttp(reply)).query_refund(alipay_credentials(), REQUEST)


def test_alipay_closes_refunds_and_gives_statements() -> None:
    alipay = Alipay(StandInHttp(refuse_to_answer))
    assert isinstance(alipay, Closes)
    assert isinstance(alipay, Refunds)
    assert isinstance(alipay, FetchesStatements)


def test_a_refund_names_its_number_the_payment_and_yuan() -> None:
    outcome, http = refund(answering(REFUND, MOVED))
    assert outcome == DONE
    [(url, body, _)] = http.posted
    assert "method=alipay.trade.refund&" in url
    assert content_of(body) == {
        "out_trade_no": PAYMENT_NO,
        "trade_no": "2026030122001400000000000001",
        "refund_amount": "125.50",
        "refund_reason": "Thu tuc bi huy",
        "out_request_no": "22000000000000019601R01",
    }


def test_a_repeat_that_moves_nothing_is_asked_about() -> None:
    repeated = {**MOVED, "fund_change": "N"}
    outcome, http = refund(answering(REFUND, repeated), answering(QUERY, FOUND))
    assert outcome == DONE
    assert content_of(http.posted[1][1]) == {
        "out_trade_no": PAYMENT_NO,
        "out_request_no": "22000000000000019601R01",
        "query_options": ["gmt_refund_pay"],
    }
    waiting = {**FOUND, "refund_status": ""}
    assert refund(answering(REFUND, repeated), answering(QUERY, waiting))[0] == Pending(
        "REFUND_NOT_DONE"
    )


def test_the_second_refund_of_a_payment_is_answered_with_the_sum_of_both() -> None:
    assert refund(answering(REFUND, {**MOVED, "refund_fee": "500.00"}))[0] == DONE


@pytest.mark.parametrize("refund_fee", ["125.49", "500.01", "", "0.00", "much"])
def test_a_sum_that_cannot_hold_this_refund_is_unknown(refund_fee: str) -> None:
    with pytest.raises(OutcomeUnknown):
        refund(answering(REFUND, {**MOVED, "refund_fee": refund_fee}))


def test_a_refund_without_its_time_was_done_by_the_time_we_asked() -> None:
    untimed = {name: value for name, value in MOVED.items() if name != "gmt_refund_pay"}
    assert refund(answering(REFUND, untimed))[0] == replace(DONE, paid_at=ASKED_AT)


@pytest.mark.parametrize(
    "sub_code",
    ["ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "ACQ.TRADE_NOT_EXIST"],
)
def test_a_refund_is_refused_by_alipays_signed_word_only(sub_code: str) -> None:
    refusal = {"code": "40004", "sub_code": sub_code, "out_trade_no": PAYMENT_NO}
    with pytest.raises(ChannelRefused):
        refund(answering(REFUND, refusal))
    for reply in (
        answering(REFUND, refusal, FORGERS_KEY),
        answering(REFUND, {**refusal, "out_trade_no": "22000000000000019602"}),
    ):
        with pytest.raises(OutcomeUnknown):
            refund(reply)


@pytest.mark.parametrize(
    ("code", "sub_code"),
    [
        ("40004", "ACQ.SYSTEM_ERROR"),
        ("40004", "ACQ.DISCORDANT_REPEAT_REQUEST"),
        ("40004", "ACQ.TRADE_HAS_CLOSE"),
        ("40004", "ACQ.NEVER_HEARD_OF"),
        ("20000", "isp.unknow-error"),
        ("20000", "aop.ACQ.SYSTEM_ERROR"),
    ],
)
def test_any_other_word_leaves_a_refund_unknown(code: str, sub_code: str) -> None:
    with pytest.raises(OutcomeUnknown):
        refund(answering(REFUND, {"code": code, "sub_code": sub_code, "out_trade_no": PAYMENT_NO}))


def lose(_body: bytes) -> Response:
    raise OutcomeUnknown("answer_lost", "sent: TimeoutError")


def reach_nobody(_body: bytes) -> Response:
    raise TryLater("not_connected", "nothing sent")


FAULTS: list[Reply] = [
    lose,
    reach_nobody,
    lambda _body: Response(500, {}, envelope(REFUND, MOVED)),
    lambda _body: Response(200, {}, b"<html></html>"),
    lambda _body: Response(200, {}, b""),
    answering(REFUND, MOVED, FORGERS_KEY),
    answering(REFUND, {**MOVED, "out_trade_no": "22000000000000019602"}),
    answering("alipay.trade.query", MOVED),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_on_the_wire_leaves_a_refund_unknown_and_the_repeat_is_the_same(
    fault: Reply,
) -> None:
    with pytest.raises(OutcomeUnknown):
        refund(fault)
    first = StandInHttp(fault)
    with pytest.raises(OutcomeUnknown):
        Alipay(first).refund_payment(alipay_credentials(), REQUEST)
    again = {**MOVED, "fund_change": "N"}
    outcome, second = refund(answering(REFUND, again), answering(QUERY, FOUND))
    assert outcome == DONE
    assert second.posted[0] == first.posted[0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_on_the_wire_leaves_the_state_of_a_refund_unknown(fault: Reply) -> None:
    with pytest.raises(OutcomeUnknown):
        look(fault)
    with pytest.raises(OutcomeUnknown):
        refund(answering(REFUND, {**MOVED, "fund_change": "N"}), fault)


def test_a_refund_is_done_by_its_status_only() -> None:
    assert look(answering(QUERY, FOUND)) == DONE
    for status in ("", "REFUND_PROCESSING", "REFUND_IN_ORBIT"):
        outcome = look(answering(QUERY, {**FOUND, "refund_status": status}))
        assert outcome == Pending(status or "REFUND_NOT_DONE")


def test_a_refund_that_alipay_does_not_know_is_absent() -> None:
    nothing = {"code": "10000", "msg": "Success", "out_trade_no": PAYMENT_NO}
    assert look(answering(QUERY, nothing)) == Pending("REFUND_NOT_FOUND", is_absent=True)
    unknown = {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST", "out_trade_no": PAYMENT_NO}
    assert look(answering(QUERY, unknown)) == Pending("ACQ.TRADE_NOT_EXIST", is_absent=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"out_request_no": "22000000000000019601R02"},
        {"refund_amount": "125.49"},
        {"refund_amount": ""},
        {"gmt_refund_pay": "soon"},
        {"out_trade_no": "22000000000000019602"},
    ],
)
def test_an_answer_about_another_refund_tells_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        look(answering(QUERY, {**FOUND, **changes}))


@pytest.mark.parametrize("name", list(FOUND))
def test_an_altered_answer_tells_nothing(name: str) -> None:
    signature = signature_of(dumped(FOUND))
    altered = dumped({**FOUND, name: f"{FOUND[name]}0"})
    member = "alipay_trade_fastpay_refund_query_response"
    body = f'{{"{member}":{altered},"sign":"{signature}"}}'.encode()
    with pytest.raises(OutcomeUnknown):
        look(lambda _question: Response(200, {}, body))


@pytest.mark.parametrize("amount", [Money(0, "CNY"), Money(-1, "CNY"), Money(5, "VND")])
def test_an_amount_that_cannot_go_back_is_refused_before_anything_is_sent(amount: Money) -> None:
    with pytest.raises(ChannelRefused):
        refund(refuse_to_answer, request=replace(REQUEST, amount=amount))
