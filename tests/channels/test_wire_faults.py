"""Every channel × fault of the wire × call, asserted on the rows that the handlers left.

Nothing is failed without its provider's word, nothing is paid without its signature, and what a
fault left open is settled by the next good answer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.channels.contract import Channel, Closes
from chalicelib.channels.registry import build_channels
from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import PaymentStatus
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.outbound import MAX_ANSWER_BYTES, OutboundHttp, Reach, Response
from tests.channels.kit import OTHER_PAYMENT_NO, Kit, Told, find_kits
from tests.channels.stand_ins import StandInHttp
from tests.channels.two_accounts import TwoAccounts, two_accounts
from tests.support.loopback_server import Behaviour, dripping, sending, serving

KITS = find_kits()
HTML = b"<html><body>Service temporarily unavailable</body></html>"
PATIENCE_SECONDS = 0.3

Reply = Callable[[bytes], Response]
# What the provider answers to a question about `told`; whether it says paid is up to the fault.
Fault = Callable[[Kit, str, Told], Reply]


def good(kit: Kit, call: str, told: Told, fields: str = "fields", keys: str = "keys") -> Reply:
    theirs = getattr(kit, keys).theirs
    return lambda question: kit.answers[call](getattr(kit, fields), theirs, told, question)


def lost_after_the_effect(kit: Kit, call: str, told: Told) -> Reply:
    def reply(question: bytes) -> Response:
        assert good(kit, call, told)(question).status == 200
        raise OutcomeUnknown("answer_lost", "sent: the answer took too long")

    return reply


def refused_connection(_: Kit, __: str, ___: Told) -> Reply:
    def reply(_question: bytes) -> Response:
        raise TryLater("not_connected", "nothing sent: ConnectionRefusedError")

    return reply


def always(status: int, body: bytes) -> Fault:
    return lambda _kit, _call, _told: lambda _question: Response(status, {}, body)


def with_status_500(kit: Kit, call: str, told: Told) -> Reply:
    """A good answer, and yet not one."""
    return lambda question: replace(good(kit, call, told)(question), status=500)


def changed_body(change: Callable[[bytes], bytes]) -> Fault:
    def fault(kit: Kit, call: str, told: Told) -> Reply:
        def reply(question: bytes) -> Response:
            answer = good(kit, call, told)(question)
            return replace(answer, body=change(answer.body))

        return reply

    return fault


FAULTS: Mapping[str, Fault] = {
    "timeout after the effect": lost_after_the_effect,
    "connection refused": refused_connection,
    "garbage": always(200, b"\x00\xff\xfe garbage"),
    "empty": always(200, b""),
    "an empty object": always(200, b"{}"),
    "html with 200": always(200, HTML),
    "html with 500": always(500, HTML),
    "a good answer with 500": with_status_500,
    "truncated": changed_body(lambda body: body[: len(body) // 2]),
    "altered": changed_body(lambda body: body.replace(b"0", b"1")),
    "wrong signature": lambda kit, call, told: good(kit, call, told, keys="other_keys"),
    "another merchant's": lambda kit, call, told: good(
        kit, call, told, fields="other_fields", keys="other_keys"
    ),
    "another payment's": lambda kit, call, told: good(
        kit, call, replace(told, payment_no=OTHER_PAYMENT_NO)
    ),
}
# Over a real socket, with the client that production uses.
SOCKET_FAULTS: Mapping[str, Behaviour] = {
    "more than 64 KB": sending(
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_ANSWER_BYTES + 1),
    ),
    "slow drip": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x"),
    "half a body": sending(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"),
    "nothing at all": sending(b""),
}
CALLS = [(code, call) for code, kit in KITS.items() for call in kit.answers]


@pytest.fixture(scope="module", params=sorted(KITS))
def running(request: pytest.FixtureRequest) -> Iterator[TwoAccounts]:
    with two_accounts(request.param, KITS[request.param]) as province:
        yield province


def require_open(running: TwoAccounts, told: Told) -> None:
    """Neither paid nor failed, and no money recorded."""
    assert running.order_of(told).is_payable
    assert running.attempt_of(told).is_in_flight
    assert running.money_of(told) == []


def ask(running: TwoAccounts) -> None:
    running.province.clock.advance(minutes=3)
    running.province.chase()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_question_that_is_answered_badly_leaves_it_open_and_the_next_settles_it(
    running: TwoAccounts, fault: str
) -> None:
    if "query" not in running.kit.answers:
        assert running.http.posted == [], "nobody is asked"
        return
    told = running.new_payment()
    running.reply(FAULTS[fault](running.kit, "query", told))
    ask(running)
    require_open(running, told)
    assert running.attempt_of(told).status is PaymentStatus.UNKNOWN
    running.answers(told)
    ask(running)
    assert running.order_of(told).status is OrderStatus.PAID
    assert len(running.money_of(told)) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_start_that_is_answered_badly_fails_nothing_and_goes_on_with_the_same_key(
    running: TwoAccounts, fault: str
) -> None:
    """An answer that only shows another code could still have made the payment: it stays open."""
    if "create" not in running.kit.answers:
        return
    order = running.new_order()
    told = running.told(f"{order}01")
    running.reply(FAULTS[fault](running.kit, "create", told))
    lost = running.start(order, client=running.kit.creates_for)
    assert (lost.status, lost.json["retryable"]) == (503, True)
    require_open(running, told)
    assert running.attempt_of(told).status is PaymentStatus.UNKNOWN
    running.answers(told, "create")
    again = running.start(order, client=running.kit.creates_for)
    assert (again.status, again.json["payment_no"]) == (201, told.payment_no)
    running.answers(told)
    ask(running)
    assert running.order_of(told).status is OrderStatus.PAID


Send = Callable[[TwoAccounts, Told], Any]


def send_changed(change: Callable[[str], str]) -> Send:
    """Wherever the words are, in the query or the body; the signature stays."""

    def send(running: TwoAccounts, told: Told) -> Any:
        sent = running.kit.notify(running.kit.fields, running.kit.keys.theirs, told)
        query = {name: change(value) for name, value in sent.query.items()}
        body = change(sent.raw_body.decode()).encode()
        return running.send(sent.method, query, dict(sent.headers), body)

    return send


def send_body(body: bytes) -> Send:
    def send(running: TwoAccounts, told: Told) -> Any:
        sent = running.kit.notify(running.kit.fields, running.kit.keys.theirs, told)
        return running.send("POST", {}, dict(sent.headers), body)

    return send


NOTIFICATION_FAULTS: Mapping[str, Send] = {
    "garbage": send_body(b"\x00\xff\xfe garbage"),
    "empty": send_body(b""),
    "an empty object": send_body(b"{}"),
    "html": send_body(HTML),
    "more than 64 KB": send_body(b"x" * (MAX_ANSWER_BYTES + 1)),
    "truncated": send_changed(lambda text: text[: len(text) // 2]),
    "another amount, the old signature": send_changed(
        lambda text: text.replace("50000", "10000").replace("500.00", "100.00")
    ),
    "wrong signature": lambda running, told: running.notify(told, keys="b"),
    "another merchant's": lambda running, told: running.notify(told, fields="b", keys="b"),
    "another account's": lambda running, told: running.notify(told, path="b"),
}


@pytest.mark.parametrize("fault", NOTIFICATION_FAULTS)
def test_a_bad_notification_changes_no_money_and_the_good_one_after_it_pays(
    running: TwoAccounts, fault: str
) -> None:
    told = running.new_payment()
    before = running.money_rows()
    NOTIFICATION_FAULTS[fault](running, told)
    assert running.money_rows() == before
    running.notify(told)
    assert running.order_of(told).status is OrderStatus.PAID


def test_a_notification_that_was_taken_and_whose_answer_was_lost_is_not_taken_again(
    running: TwoAccounts,
) -> None:
    told = running.new_payment()
    running.notify(told)
    before = running.money_rows()
    running.notify(told)
    assert running.money_rows() == before
    assert len(running.money_of(told)) == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("code", [code for code, call in CALLS if call == "close"])
def test_a_close_that_is_answered_badly_is_unknown(code: str, fault: str) -> None:
    """Never `Failed`: the payer could still pay what we believed to be closed."""
    kit = KITS[code]
    channel = build_channels(StandInHttp(FAULTS[fault](kit, "close", kit.told)))[code]
    assert isinstance(channel, Closes)
    with pytest.raises(OutcomeUnknown):
        channel.close_payment(kit.credentials(code), kit.query)


class Rerouted:
    """The production client, to one address and with little patience."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/"
        self._http = OutboundHttp(Reach.CONFIGURED, frozenset({self._url.rstrip("/")}))

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        return self._http.post(self._url, body, headers, PATIENCE_SECONDS)

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout_seconds: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Response:
        return self._http.get(self._url, headers, PATIENCE_SECONDS, max_bytes)


@pytest.mark.parametrize("fault", SOCKET_FAULTS)
@pytest.mark.parametrize(("code", "call"), CALLS)
def test_what_a_socket_can_do_leaves_it_unknown(code: str, call: str, fault: str) -> None:
    with serving(SOCKET_FAULTS[fault]) as server:
        channel = build_channels(Rerouted(server.port))[code]
        with pytest.raises(OutcomeUnknown):
            make(call, channel, code)
    assert len(server.requests) == 1


def make(call: str, channel: Channel, code: str) -> None:
    kit = KITS[code]
    match call:
        case "query":
            channel.query_payment(kit.credentials(code), kit.query)
        case "create":
            request = replace(kit.request, client=kit.creates_for)
            channel.start_payment(kit.credentials(code), request)
        case "close":
            assert isinstance(channel, Closes)
            channel.close_payment(kit.credentials(code), kit.query)
