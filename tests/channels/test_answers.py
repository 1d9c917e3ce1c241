"""What a provider answered is kept to the byte, also where nothing can be told from it."""

import json
from collections.abc import Callable

import pytest

from chalicelib.channels.answers import reading_answer
from chalicelib.channels.contract import Answered, Channel, Credentials
from chalicelib.channels.registry import build_channels
from chalicelib.domain.payments import Succeeded
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.outbound import Response
from tests.channels import alipay_wire, sandbox_wire, vnpay_wire
from tests.channels.stand_ins import QUERY, StandInHttp

Reply = Callable[[bytes], Response]

PAID: dict[str, tuple[Credentials, Reply]] = {
    "alipay": (
        alipay_wire.alipay_credentials(),
        alipay_wire.answering("alipay.trade.query", alipay_wire.ANSWERED),
    ),
    "sandbox": (
        sandbox_wire.sandbox_credentials(),
        sandbox_wire.answering(sandbox_wire.PAID),
    ),
    "vnpay": (
        vnpay_wire.vnpay_credentials(),
        vnpay_wire.answering(vnpay_wire.signed_answer(vnpay_wire.ANSWERED)),
    ),
}
QUESTION = b'{"request_id": "q1"}'
CANARY = b"<html>Nguyen Thi Canary \xff\x00</html>"

every_asked_channel = pytest.mark.parametrize("code", sorted(PAID))


def build(code: str, reply: Reply) -> Channel:
    return build_channels(StandInHttp(reply))[code]


def ask(code: str, reply: Reply) -> Answered:
    return build(code, reply).query_payment(PAID[code][0], QUERY)


def refused(code: str, reply: Reply) -> OutcomeUnknown:
    with pytest.raises(OutcomeUnknown) as caught:
        ask(code, reply)
    return caught.value


@every_asked_channel
def test_an_answer_is_returned_with_the_bytes_that_it_came_in(code: str) -> None:
    reply = PAID[code][1]
    answered = ask(code, reply)
    assert isinstance(answered.outcome, Succeeded)
    assert answered.raw == reply(QUESTION).body
    assert "raw" not in repr(answered)


@every_asked_channel
@pytest.mark.parametrize("status", [200, 302, 403, 500, 502])
def test_what_cannot_be_read_goes_with_the_error_and_into_no_text(code: str, status: int) -> None:
    unknown = refused(code, lambda _question: Response(status, {}, CANARY))
    assert unknown.answer == CANARY
    assert "Canary" not in f"{unknown} {unknown!r} {unknown.detail} {unknown.args}"


@every_asked_channel
def test_an_answer_whose_signature_does_not_hold_is_kept_too(code: str) -> None:
    whole = PAID[code][1](QUESTION)
    altered = whole.body.replace(b"50", b"51", 1).replace(b"14500001", b"14500002", 1)
    assert altered != whole.body
    unknown = refused(code, lambda _question: Response(200, whole.headers, altered))
    assert (unknown.code, unknown.answer) == ("channel_answer_signature", altered)


@every_asked_channel
def test_an_empty_object_is_an_answer_as_well(code: str) -> None:
    assert refused(code, lambda _question: Response(200, {}, b"{}")).answer == b"{}"


@every_asked_channel
def test_where_nothing_came_there_is_nothing_to_keep(code: str) -> None:
    def lose(_question: bytes) -> Response:
        raise OutcomeUnknown("answer_lost", "sent: timeout")

    def reach_nobody(_question: bytes) -> Response:
        raise TryLater("not_connected", "nothing sent")

    assert refused(code, lose).answer == b""
    assert refused(code, reach_nobody).answer == b""


@every_asked_channel
def test_what_came_before_the_line_broke_is_kept(code: str) -> None:
    def break_off(_question: bytes) -> Response:
        raise OutcomeUnknown("answer_lost", "sent: IncompleteRead", answer=b'{"sta')

    assert refused(code, break_off).answer == b'{"sta'


def test_alipays_own_error_and_its_unsettled_word_are_kept() -> None:
    unsigned = json.dumps({"error_response": {"code": "40002", "sub_code": "isv.x"}}).encode()
    unsettled = alipay_wire.answering(
        "alipay.trade.query", {"code": "20000", "sub_code": "aop.unknow-error"}
    )
    assert refused("alipay", lambda _question: Response(200, {}, unsigned)).answer == unsigned
    assert refused("alipay", unsettled).answer == unsettled(QUESTION).body


def test_the_first_evidence_is_not_replaced_by_what_was_read_from_it() -> None:
    outer, inner = reading_answer(b"outer"), reading_answer(b"inner")
    with pytest.raises(OutcomeUnknown) as caught, outer, inner:
        raise OutcomeUnknown("channel_answer_not_ours", "another payment")
    assert caught.value.answer == b"inner"
