"""What every registered channel must do. A new channel gets its line in `KITS`."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest

from chalicelib.channels.contract import (
    Channel,
    Credentials,
    Message,
    Notification,
    PaymentQuery,
    PaymentRequest,
    ProvidesStatements,
    Redirect,
)
from chalicelib.channels.registry import build_channels
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client, Pending, Recorded, Succeeded
from chalicelib.errors import ErrandlessError, OutcomeUnknown, SignatureRefused, TryLater
from chalicelib.outbound import Response
from tests.channels import alipay_wire, sandbox_wire, vietqr_wire, vnpay_wire
from tests.channels.stand_ins import (
    PAYMENT_NO,
    QUERY,
    REQUEST,
    StandInHttp,
    credentials_of,
    refuse_to_answer,
)


@dataclass(frozen=True)
class Kit:
    """A provider's own messages about `payment_no`, all well signed unless said otherwise. The
    three answers are None for a channel that cannot be asked. `chosen`: fields of the account that
    it could do without, of which its messages need some."""

    credentials: Credentials
    other_merchant: Credentials
    paid: Message
    forged: Message
    unmapped: Message
    answer_paid: Callable[[bytes], Response] | None = None
    answer_absent: Callable[[bytes], Response] | None = None
    answer_about_another: Callable[[bytes], Response] | None = None
    payment_no: str = PAYMENT_NO
    chosen: frozenset[str] = frozenset()
    answer_started: Callable[[bytes], Response] = refuse_to_answer
    amount: Money = REQUEST.amount
    other_secrets: tuple[Mapping[str, str], Mapping[str, str]] | None = None

    @property
    def request(self) -> PaymentRequest:
        return replace(REQUEST, amount=self.amount)

    @property
    def query(self) -> PaymentQuery:
        return replace(QUERY, amount=self.amount)


VNPAY_ANSWERED = vnpay_wire.ANSWERED
VNPAY_ABSENT = {**VNPAY_ANSWERED, "vnp_ResponseCode": "91"}
VNPAY_ANOTHER = {**VNPAY_ANSWERED, "vnp_TxnRef": "22000000000000019602"}
KITS = {
    "vnpay": Kit(
        credentials=vnpay_wire.vnpay_credentials(),
        other_merchant=vnpay_wire.vnpay_credentials("GOVTEST2"),
        paid=vnpay_wire.ipn(vnpay_wire.signed_query(vnpay_wire.PAID)),
        forged=vnpay_wire.ipn(vnpay_wire.signed_query(vnpay_wire.PAID, "FORGED")),
        unmapped=vnpay_wire.ipn(
            vnpay_wire.signed_query({**vnpay_wire.PAID, "vnp_ResponseCode": "88"})
        ),
        answer_paid=vnpay_wire.answering(vnpay_wire.signed_answer(VNPAY_ANSWERED)),
        answer_absent=vnpay_wire.answering(vnpay_wire.signed_answer(VNPAY_ABSENT)),
        answer_about_another=vnpay_wire.answering(vnpay_wire.signed_answer(VNPAY_ANOTHER)),
    ),
    "vietqr": Kit(
        credentials=vietqr_wire.vietqr_credentials(),
        other_merchant=vietqr_wire.vietqr_credentials("SIMULATEDVCB9"),
        paid=vietqr_wire.casso(vietqr_wire.CASSO_CREDIT),
        forged=vietqr_wire.casso(vietqr_wire.CASSO_CREDIT, "FORGED"),
        unmapped=vietqr_wire.payos({**vietqr_wire.PAYOS_CREDIT, "code": "88"}),
        payment_no=vietqr_wire.PAYMENT_NO,
        chosen=frozenset(vietqr_wire.SECRETS),
    ),
    "sandbox": Kit(
        credentials=sandbox_wire.sandbox_credentials(),
        other_merchant=sandbox_wire.sandbox_credentials("merchant-2"),
        paid=sandbox_wire.posted(sandbox_wire.PAID),
        forged=sandbox_wire.posted(sandbox_wire.PAID, "FORGED"),
        unmapped=sandbox_wire.posted({**sandbox_wire.PAID, "status": "in_orbit"}),
        answer_paid=sandbox_wire.answering(sandbox_wire.PAID),
        answer_absent=sandbox_wire.answering({**sandbox_wire.PAID, "status": "not_found"}),
        answer_about_another=sandbox_wire.answering(
            {**sandbox_wire.PAID, "payment_no": "22000000000000019602"}
        ),
    ),
    "alipay": Kit(
        credentials=alipay_wire.alipay_credentials(),
        other_merchant=alipay_wire.alipay_credentials("2021000000000002"),
        paid=alipay_wire.posted(alipay_wire.signed(alipay_wire.PAID)),
        forged=alipay_wire.posted(alipay_wire.signed(alipay_wire.PAID, alipay_wire.FORGERS_KEY)),
        unmapped=alipay_wire.posted(
            alipay_wire.signed({**alipay_wire.PAID, "trade_status": "TRADE_IN_ORBIT"})
        ),
        answer_paid=alipay_wire.answering("alipay.trade.query", alipay_wire.ANSWERED),
        answer_absent=alipay_wire.answering("alipay.trade.query", alipay_wire.ABSENT),
        answer_about_another=alipay_wire.answering(
            "alipay.trade.query",
            {**alipay_wire.ANSWERED, "out_trade_no": "22000000000000019602"},
        ),
        answer_started=alipay_wire.answering("alipay.trade.precreate", alipay_wire.CODE),
        amount=Money(50_000, "CNY"),
        other_secrets=(
            {
                "private_key": alipay_wire.private_pem(alipay_wire.FORGERS_KEY),
                "alipay_public_key": alipay_wire.public_pem(alipay_wire.APP_KEY),
            },
            {
                "private_key": alipay_wire.private_pem(alipay_wire.ALIPAY_KEY),
                "alipay_public_key": alipay_wire.public_pem(alipay_wire.APP_KEY),
            },
        ),
    ),
}
CODES = sorted(build_channels(StandInHttp(refuse_to_answer)))
ASKED = [code for code in CODES if KITS[code].answer_paid]
every_channel = pytest.mark.parametrize("code", CODES)
every_asked_channel = pytest.mark.parametrize("code", ASKED)


def build(code: str, reply: Callable[[bytes], Response] = refuse_to_answer) -> Channel:
    return build_channels(StandInHttp(reply))[code]


def answer_of(reply: Callable[[bytes], Response] | None) -> Callable[[bytes], Response]:
    assert reply is not None
    return reply


def read(code: str, credentials: Credentials, message: Message) -> Notification:
    notification = build(code).read_notification(credentials, message)
    assert notification is not None
    return notification


def lose_the_answer(_question: bytes) -> Response:
    raise OutcomeUnknown("timeout", "no answer in time")


def reach_nobody(_question: bytes) -> Response:
    raise TryLater("unreachable", "connection refused")


def test_every_registered_channel_has_its_messages_here() -> None:
    assert sorted(KITS) == CODES


@every_channel
def test_a_channel_is_registered_under_its_own_code(code: str) -> None:
    assert build(code).code == code


@every_channel
def test_an_account_of_the_required_fields_is_enough(code: str) -> None:
    kit, channel = KITS[code], build(code)
    needed = [field for field in channel.account_fields if field.is_required]
    plain = {field.name for field in needed if not field.is_secret}
    secret = {field.name for field in needed if field.is_secret}
    assert set(kit.credentials.account.fields) - kit.chosen == plain
    assert set(kit.credentials.current) - kit.chosen == secret
    assert kit.chosen <= {field.name for field in channel.account_fields if not field.is_required}
    assert len({field.name for field in channel.account_fields}) == len(channel.account_fields)


@every_channel
@pytest.mark.parametrize("client", list(Client))
def test_starting_twice_gives_the_payer_the_same_action(code: str, client: Client) -> None:
    kit = KITS[code]
    channel = build(code, kit.answer_started)
    request = replace(kit.request, client=client)
    first = channel.start_payment(kit.credentials, request)
    assert channel.start_payment(kit.credentials, request) == first


@every_channel
def test_a_signed_success_is_the_payments_number_amount_and_transaction(code: str) -> None:
    notification = read(code, KITS[code].credentials, KITS[code].paid)
    assert notification.payment_no == KITS[code].payment_no
    assert isinstance(notification.outcome, Succeeded)
    assert notification.outcome.amount == KITS[code].amount
    assert notification.outcome.paid_at.utcoffset() is not None
    assert notification.raw != b""


@every_channel
def test_a_forged_message_is_refused(code: str) -> None:
    with pytest.raises(SignatureRefused):
        build(code).read_notification(KITS[code].credentials, KITS[code].forged)


@every_channel
def test_another_merchants_message_is_refused(code: str) -> None:
    with pytest.raises(SignatureRefused):
        build(code).read_notification(KITS[code].other_merchant, KITS[code].paid)


@every_channel
def test_a_code_that_is_in_no_table_is_pending(code: str) -> None:
    notification = read(code, KITS[code].credentials, KITS[code].unmapped)
    assert isinstance(notification.outcome, Pending)


@every_asked_channel
def test_a_question_about_a_paid_payment_is_answered_paid(code: str) -> None:
    channel = build(code, answer_of(KITS[code].answer_paid))
    outcome = channel.query_payment(KITS[code].credentials, KITS[code].query).outcome
    assert isinstance(outcome, Succeeded)
    assert outcome.amount == KITS[code].amount


@every_asked_channel
def test_a_payment_that_the_provider_never_saw_is_pending_and_absent(code: str) -> None:
    channel = build(code, answer_of(KITS[code].answer_absent))
    outcome = channel.query_payment(KITS[code].credentials, KITS[code].query).outcome
    assert isinstance(outcome, Pending)
    assert outcome.is_absent


@pytest.mark.parametrize("code", sorted(set(CODES) - set(ASKED)))
def test_a_channel_that_cannot_be_asked_waits_for_its_provider(code: str) -> None:
    outcome = build(code).query_payment(KITS[code].credentials, KITS[code].query).outcome
    assert isinstance(outcome, Pending)
    assert (outcome.is_absent, outcome.needs_person) == (False, False)


@every_asked_channel
def test_what_cannot_be_known_is_unknown_and_never_failed(code: str) -> None:
    kit = KITS[code]
    for reply in (
        lose_the_answer,
        reach_nobody,
        answer_of(kit.answer_about_another),
        lambda _question: Response(200, {}, b"<html></html>"),
        lambda _question: Response(200, {}, b"{}"),
        lambda _question: Response(502, {}, b""),
    ):
        with pytest.raises(OutcomeUnknown):
            build(code, reply).query_payment(kit.credentials, kit.query)


@every_channel
def test_every_record_and_refusal_has_an_answer(code: str) -> None:
    channel = build(code)
    answers = [channel.answer(recorded) for recorded in (*Recorded, None)]
    for answer in (*answers, channel.answer_failure()):
        assert answer.status in range(200, 600)
        assert answer.content_type
    assert channel.answer(None) != channel.answer(Recorded.PAID) != channel.answer_failure()


@every_channel
def test_a_secret_shows_nowhere(code: str) -> None:
    """Not in the payer's action, an exception with its whole chain, or a record's text."""
    kit = KITS[code]
    old, new = kit.other_secrets or (
        dict.fromkeys(kit.credentials.current, "THE-OLD-SECRET"),
        dict.fromkeys(kit.credentials.current, "THE-NEW-SECRET"),
    )
    credentials = replace(kit.credentials, current=new, previous=old)
    shown = [repr(credentials), repr(build(code).start_payment(credentials, kit.request))]
    answers = (lose_the_answer, kit.answer_paid, lambda _question: Response(500, {}, b""))
    for reply in answers if kit.answer_paid else ():
        try:
            build(code, answer_of(reply)).query_payment(credentials, kit.query)
        except ErrandlessError as error:
            shown.append("".join(traceback.format_exception(error)) + error.detail)
    for message in (kit.paid, kit.forged, replace(kit.paid, query={}, headers={}, raw_body=b"")):
        try:
            build(code).read_notification(credentials, message)
        except ErrandlessError as error:
            shown.append("".join(traceback.format_exception(error)) + error.detail)
    assert len(shown) == (8 if kit.answer_paid else 5)
    pieces = [piece for value in (*old.values(), *new.values()) for piece in pieces_of(value)]
    assert not [piece for text in shown for piece in pieces if piece in text]


def pieces_of(secret: str) -> list[str]:
    """A key of many lines shows already when one of its lines does."""
    lines = [line for line in secret.splitlines() if not line.startswith("-----")]
    return [line[:14] for line in lines if len(line) >= 14]


@every_channel
def test_nothing_is_signed_for_an_account_without_its_secret(code: str) -> None:
    kit = KITS[code]
    bare = credentials_of(code, kit.credentials.account.fields, {})
    for message in (kit.paid, kit.forged):
        with pytest.raises(ErrandlessError) as fault:
            build(code).read_notification(bare, message)
        assert fault.value.code == "channel_account_incomplete"


@every_channel
def test_a_redirect_goes_to_the_accounts_own_endpoint(code: str) -> None:
    action = build(code).start_payment(KITS[code].credentials, KITS[code].request)
    if isinstance(action, Redirect):
        page = action.url.partition("?")[0]
        assert page in KITS[code].credentials.account.fields.values()


@every_channel
def test_a_statement_that_is_not_one_is_a_bad_row_and_stops_nothing(code: str) -> None:
    channel = build(code)
    if isinstance(channel, ProvidesStatements):
        statement = channel.read_statement(
            KITS[code].credentials.account,
            REQUEST.started_at.date(),
            "Asia/Ho_Chi_Minh",
            b"\x00\xff no statement",
        )
        assert statement.lines == ()
        assert len(statement.bad_rows) == 1
