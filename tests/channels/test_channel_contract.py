"""What every registered channel must do, whatever its provider. A channel is here by its `KIT`."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.channels.contract import (
    Channel,
    Closes,
    Credentials,
    Message,
    Notification,
    ProvidesStatements,
    Redirect,
)
from chalicelib.channels.registry import build_channels
from chalicelib.domain.payments import Client, Failed, Outcome, Pending, Recorded, Succeeded
from chalicelib.errors import ErrandlessError, OutcomeUnknown, SignatureRefused, TryLater
from chalicelib.outbound import Response
from tests.channels.kit import OTHER_PAYMENT_NO, Keys, Told, Word, find_kits
from tests.channels.stand_ins import StandInHttp, credentials_of, refuse_to_answer

KITS = find_kits()
CODES = sorted(build_channels(StandInHttp(refuse_to_answer)))
ASKED = [code for code in CODES if "query" in KITS[code].answers]
DAY = date(2026, 3, 1)
ZONE = "Asia/Ho_Chi_Minh"
STATED = [code for code in CODES if KITS[code].statement is not None]
every_channel = pytest.mark.parametrize("code", CODES)
every_stated_channel = pytest.mark.parametrize("code", STATED)
every_asked_channel = pytest.mark.parametrize("code", ASKED)
every_word = pytest.mark.parametrize(
    ("code", "word"), [(code, word) for code in CODES for word in sorted(KITS[code].says)]
)
every_answered_word = pytest.mark.parametrize(
    ("code", "word"), [(code, word) for code in ASKED for word in sorted(KITS[code].answers_with)]
)


def build(code: str, reply: Callable[[bytes], Response] = refuse_to_answer) -> Channel:
    return build_channels(StandInHttp(reply))[code]


def ours(code: str) -> Credentials:
    return KITS[code].credentials(code)


def message(code: str, keys: Keys | None = None, **changes: Any) -> Message:
    """About our account, signed with its key or with another."""
    kit = KITS[code]
    return kit.notify(kit.fields, (keys or kit.keys).theirs, replace(kit.told, **changes))


def read(code: str, sent: Message, credentials: Credentials | None = None) -> Notification:
    notification = build(code).read_notification(credentials or ours(code), sent)
    assert notification is not None
    return notification


def replying(
    code: str, call: str = "query", keys: Keys | None = None, **changes: Any
) -> Callable[[bytes], Response]:
    kit = KITS[code]
    told, theirs = replace(kit.told, **changes), (keys or kit.keys).theirs
    return lambda question: kit.answers[call](kit.fields, theirs, told, question)


def ask(
    code: str, reply: Callable[[bytes], Response], credentials: Credentials | None = None
) -> Outcome:
    channel = build(code, reply)
    return channel.query_payment(credentials or ours(code), KITS[code].query).outcome


def require(outcome: Outcome, word: Word, told: Told) -> None:
    """What the provider's word must have become."""
    match word:
        case Word.PAID:
            assert isinstance(outcome, Succeeded)
            assert outcome.amount == told.amount
            assert outcome.paid_at == told.at
            assert told.transaction in outcome.provider_transaction
        case Word.REFUSED:
            assert isinstance(outcome, Failed)
            assert outcome.code
        case Word.WAITING | Word.UNMAPPED | Word.ABSENT:
            assert isinstance(outcome, Pending)
            assert outcome.is_unmapped is (word is Word.UNMAPPED)
            assert outcome.is_absent is (word is Word.ABSENT)
            assert not outcome.needs_person


def test_every_registered_channel_has_its_kit_and_every_kit_its_channel() -> None:
    assert sorted(KITS) == CODES


@every_channel
def test_a_channel_is_registered_under_its_own_code_and_class(code: str) -> None:
    channel = build(code)
    assert channel.code == code
    assert type(channel) is KITS[code].channel


@every_channel
def test_an_account_of_the_required_fields_is_enough(code: str) -> None:
    kit, channel = KITS[code], build(code)
    needed = [field for field in channel.account_fields if field.is_required]
    plain = {field.name for field in needed if not field.is_secret}
    secret = {field.name for field in needed if field.is_secret}
    assert set(kit.fields) - kit.chosen == plain
    assert set(kit.keys.ours) - kit.chosen == secret
    assert kit.chosen <= {field.name for field in channel.account_fields if not field.is_required}
    assert len({field.name for field in channel.account_fields}) == len(channel.account_fields)


@every_channel
@pytest.mark.parametrize("client", list(Client))
def test_starting_twice_gives_the_payer_the_same_action(code: str, client: Client) -> None:
    kit = KITS[code]
    channel = build(code, replying(code, "create") if "create" in kit.answers else refuse_to_answer)
    request = replace(kit.request, client=client)
    first = channel.start_payment(ours(code), request)
    assert channel.start_payment(ours(code), request) == first


@every_word
def test_a_signed_word_becomes_its_outcome(code: str, word: Word) -> None:
    notification = read(code, message(code, word=word))
    assert notification.payment_no == KITS[code].told.payment_no
    require(notification.outcome, word, KITS[code].told)
    assert notification.raw != b""


@every_channel
def test_every_channel_can_say_paid_and_something_that_is_in_no_table(code: str) -> None:
    assert {Word.PAID, Word.UNMAPPED} <= KITS[code].says


@every_channel
def test_the_amount_is_the_one_that_the_provider_names(code: str) -> None:
    """And never the one that was asked for."""
    other = replace(KITS[code].amount, amount_minor=51_000)
    require(read(code, message(code, amount=other)).outcome, Word.PAID, Told(amount=other))
    if code in ASKED:
        require(ask(code, replying(code, amount=other)), Word.PAID, Told(amount=other))


@every_channel
def test_a_forged_message_is_refused(code: str) -> None:
    with pytest.raises(SignatureRefused):
        build(code).read_notification(ours(code), message(code, KITS[code].other_keys))


@every_channel
def test_another_merchants_message_is_refused_by_its_key_and_by_its_name(code: str) -> None:
    kit = KITS[code]
    for keys in (kit.other_keys, kit.keys):
        sent = kit.notify(kit.other_fields, keys.theirs, kit.told)
        with pytest.raises(SignatureRefused):
            build(code).read_notification(ours(code), sent)
    assert read(code, sent, kit.credentials(code, fields=kit.other_fields))


@every_answered_word
def test_an_answered_word_becomes_its_outcome(code: str, word: Word) -> None:
    require(ask(code, replying(code, word=word)), word, KITS[code].told)


@every_asked_channel
def test_every_asked_channel_can_be_told_that_there_is_no_such_payment(code: str) -> None:
    assert {Word.PAID, Word.ABSENT, Word.UNMAPPED} <= KITS[code].answers_with


@pytest.mark.parametrize("code", sorted(set(CODES) - set(ASKED)))
def test_a_channel_that_cannot_be_asked_waits_for_its_provider(code: str) -> None:
    answered = build(code).query_payment(ours(code), KITS[code].query)
    assert isinstance(answered.outcome, Pending)
    assert (answered.outcome.is_absent, answered.outcome.needs_person) == (False, False)
    assert answered.raw == b""


@every_channel
def test_every_record_and_refusal_has_an_answer(code: str) -> None:
    channel = build(code)
    answers = [channel.answer(recorded) for recorded in (*Recorded, None)]
    for answer in (*answers, channel.answer_failure()):
        assert answer.status in range(200, 600)
        assert answer.content_type
    assert channel.answer(None) != channel.answer(Recorded.PAID) != channel.answer_failure()


@every_channel
def test_during_a_rotation_both_secrets_are_believed_and_the_new_one_signs(code: str) -> None:
    kit = KITS[code]
    old, new = kit.keys, kit.other_keys
    turning = kit.credentials(code, current=new, previous=old)
    for keys in (old, new):
        assert read(code, message(code, keys), turning).payment_no == kit.told.payment_no
        if code in ASKED:
            assert ask(code, replying(code, keys=keys), turning)
    assert spoken(code, turning) == spoken(code, kit.credentials(code, current=new))
    if code in ASKED:
        assert spoken(code, turning) != spoken(code, kit.credentials(code, current=old))


@every_channel
def test_after_a_rotation_the_old_secret_is_refused(code: str) -> None:
    kit = KITS[code]
    turned = kit.credentials(code, current=kit.other_keys)
    with pytest.raises(SignatureRefused):
        build(code).read_notification(turned, message(code, kit.keys))
    if code in ASKED:
        with pytest.raises(OutcomeUnknown):
            ask(code, replying(code), turned)


def spoken(code: str, credentials: Credentials) -> list[object]:
    """All that the channel says for an account: the payer's action, and what it asks."""
    kit = KITS[code]
    http = StandInHttp(lose_the_answer)
    channel = build_channels(http)[code]
    action = channel.start_payment(credentials, kit.request)
    if code in ASKED:
        with pytest.raises(OutcomeUnknown):
            channel.query_payment(credentials, kit.query)
    return [action, *http.posted]


def lose_the_answer(_question: bytes) -> Response:
    raise OutcomeUnknown("timeout", "no answer in time")


def reach_nobody(_question: bytes) -> Response:
    raise TryLater("unreachable", "connection refused")


@every_channel
def test_a_secret_shows_nowhere(code: str) -> None:
    """Not in the payer's action, an exception with its whole chain, or a record's text."""
    kit = KITS[code]
    credentials = kit.credentials(code, current=kit.other_keys, previous=kit.keys)
    shown = [repr(credentials), repr(build(code).start_payment(credentials, kit.request))]
    for reply in (lose_the_answer, reach_nobody, *unreadable_replies()):
        if code in ASKED:
            with pytest.raises(OutcomeUnknown) as unknown:
                ask(code, reply, credentials)
            shown.append("".join(traceback.format_exception(unknown.value)) + unknown.value.detail)
    sent = kit.notify(kit.fields, kit.keys.theirs, kit.told)
    strangers = kit.credentials(code, current=Keys(dict(kit.other_keys.ours), None))
    for each in (sent, replace(sent, query={}, headers={}, raw_body=b"")):
        with pytest.raises(ErrandlessError) as refused:
            build(code).read_notification(strangers, each)
        shown.append("".join(traceback.format_exception(refused.value)) + refused.value.detail)
    secrets = [*kit.keys.ours.values(), *kit.other_keys.ours.values()]
    pieces = [piece for secret in secrets for piece in pieces_of(secret)]
    assert pieces
    assert not [piece for text in shown for piece in pieces if piece in text]


def unreadable_replies() -> list[Callable[[bytes], Response]]:
    return [lambda _question: Response(500, {}, b""), lambda _question: Response(200, {}, b"{}")]


def pieces_of(secret: str) -> list[str]:
    """A key of many lines shows already when one of its lines does."""
    lines = [line for line in secret.splitlines() if not line.startswith("-----")]
    return [line[:14] for line in lines if len(line) >= 14]


@every_channel
def test_nothing_is_signed_for_an_account_without_its_secret(code: str) -> None:
    kit = KITS[code]
    bare = credentials_of(code, kit.fields, {})
    for keys in (kit.keys, kit.other_keys):
        with pytest.raises(ErrandlessError) as fault:
            build(code).read_notification(bare, message(code, keys))
        assert fault.value.code == "channel_account_incomplete"


@every_channel
def test_a_redirect_goes_to_the_accounts_own_endpoint(code: str) -> None:
    action = build(code).start_payment(ours(code), KITS[code].request)
    if isinstance(action, Redirect):
        page = action.url.partition("?")[0]
        assert page in KITS[code].fields.values()


@every_channel
def test_closing_says_closed_only_by_the_providers_word(code: str) -> None:
    assert isinstance(build(code), Closes) is ("close" in KITS[code].answers)
    if "close" in KITS[code].answers:
        channel = build(code, replying(code, "close"))
        assert isinstance(channel, Closes)
        outcome = channel.close_payment(ours(code), KITS[code].query)
        assert isinstance(outcome.outcome, Failed)
        assert outcome.raw


@every_channel
def test_only_cash_has_no_statement(code: str) -> None:
    """The drawer's count is its control (decision 0146)."""
    assert isinstance(build(code), ProvidesStatements) is (code != "cash") is (code in STATED)


@every_stated_channel
def test_a_statement_is_read_with_its_control_totals(code: str) -> None:
    kit, channel = KITS[code], build(code)
    assert isinstance(channel, ProvidesStatements)
    assert kit.statement is not None
    account = replace(ours(code).account, statement_layout=kit.layout)
    lines = [kit.told, replace(kit.told, payment_no=OTHER_PAYMENT_NO, transaction="14500002")]
    for wrong_by in (0, 1):
        content = kit.statement(kit.fields, lines, wrong_by)
        statement = channel.read_statement(account, DAY, ZONE, content)
        assert statement.bad_rows == ()
        assert [line.payment_no for line in statement.lines] == [each.payment_no for each in lines]
        assert [line.amount for line in statement.lines] == [kit.amount] * 2
        assert statement.totals is not None
        assert statement.totals.payment_count == 2
        added = replace(kit.amount, amount_minor=2 * kit.amount.amount_minor + wrong_by)
        assert statement.totals.payment_amount == added


@every_stated_channel
def test_a_statement_that_is_not_one_is_a_bad_row_and_stops_nothing(code: str) -> None:
    channel = build(code)
    assert isinstance(channel, ProvidesStatements)
    account = replace(ours(code).account, statement_layout=KITS[code].layout)
    statement = channel.read_statement(account, DAY, ZONE, b"\x00\xff no statement")
    assert statement.lines == ()
    assert len(statement.bad_rows) == 1
