"""Every channel through the real HTTP handlers, with two accounts of it: what is told is recorded
once, for its own account only, and what is not signed writes nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from chalicelib.channels.contract import Answer
from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import PaymentStatus, Recorded
from chalicelib.outbound import Response
from chalicelib.storage.ledger import Ledger
from tests.channels.kit import Word, find_kits
from tests.channels.two_accounts import TwoAccounts, two_accounts
from tests.support.local_province import HttpAnswer
from tests.support.portal_client import call

KITS = find_kits()
CODES = sorted(KITS)
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module", params=CODES)
def running(request: pytest.FixtureRequest) -> Iterator[TwoAccounts]:
    with two_accounts(request.param, KITS[request.param]) as province:
        yield province


def is_answer(answer: HttpAnswer, wanted: Answer) -> bool:
    """One that is signed says what it answers beside what is wanted."""
    is_same = answer.text == wanted.body
    if not is_same and '"check_sum"' in answer.text:
        is_same = json.loads(wanted.body).items() <= json.loads(answer.text).items()
    return is_same and answer.status == wanted.status


def answered(running: TwoAccounts, recorded: Recorded | None) -> Answer:
    return running.province.platform.channels[running.code].answer(recorded)


def test_a_signed_success_pays_and_its_replay_writes_nothing(running: TwoAccounts) -> None:
    told = running.new_payment()
    assert is_answer(running.notify(told), answered(running, Recorded.PAID))
    assert running.order_of(told).status is OrderStatus.PAID
    (transaction,) = running.money_of(told)
    assert transaction["amount_minor"] == told.amount.amount_minor
    before = running.money_rows()
    for _ in range(2):
        assert is_answer(running.notify(told), answered(running, Recorded.REPEATED))
    assert running.money_rows() == before


def test_the_amount_that_the_provider_names_decides(running: TwoAccounts) -> None:
    told = running.new_payment()
    other = replace(told, amount=replace(told.amount, amount_minor=49_000))
    assert is_answer(running.notify(other), answered(running, Recorded.WRONG_AMOUNT))
    assert running.order_of(told).status is not OrderStatus.PAID
    (transaction,) = running.money_of(told)
    assert (transaction["amount_minor"], transaction["disposition"]) == (49_000, "wrong_amount")


@pytest.mark.parametrize(
    "message",
    [
        {"keys": "b"},
        {"fields": "b"},
        {"fields": "b", "keys": "b"},
        {"path": "b"},
        {"path": "b", "keys": "b"},
        {"path": "b", "fields": "b"},
    ],
    ids=lambda message: ", ".join(f"{name} of b" for name in message),
)
def test_what_is_not_this_accounts_own_is_refused_and_writes_nothing(
    running: TwoAccounts, message: dict[str, str], capsys: Captured
) -> None:
    """`keys of b` alone is a forgery; `path of b` alone is the whole message of the other."""
    told = running.new_payment()
    before = running.money_rows()
    capsys.readouterr()
    assert is_answer(running.notify(told, **message), answered(running, None))
    assert running.money_rows() == before
    assert '"signatures_refused":[1.0]' in capsys.readouterr().out


def test_money_for_a_payment_of_the_other_account_is_not_applied(running: TwoAccounts) -> None:
    """The second bank tells, signed and named well, of a payment that was started at the first."""
    told = running.new_payment("a")
    recorded = running.notify(told, path="b", fields="b", keys="b")
    assert is_answer(recorded, answered(running, Recorded.NO_ORDER))
    assert running.order_of(told).status is not OrderStatus.PAID
    (transaction,) = running.money_of(told)
    assert (transaction["account"], transaction["disposition"]) == ("b", "suspense")


def test_a_word_that_is_in_no_table_is_pending_and_counted(
    running: TwoAccounts, capsys: Captured
) -> None:
    told = running.new_payment()
    capsys.readouterr()
    unmapped = replace(told, word=Word.UNMAPPED)
    assert is_answer(running.notify(unmapped), answered(running, Recorded.PENDING))
    assert running.attempt_of(told).status is PaymentStatus.PENDING
    assert running.money_of(told) == []
    assert '"codes_unmapped":[1.0]' in capsys.readouterr().out


def test_a_refusal_is_the_providers_word_and_a_later_success_still_pays(
    running: TwoAccounts,
) -> None:
    if Word.REFUSED not in running.kit.says:
        assert running.kit.says == {Word.PAID, Word.UNMAPPED}, "a bank tells of money only"
        return
    told = running.new_payment()
    refused = running.notify(replace(told, word=Word.REFUSED))
    assert is_answer(refused, answered(running, Recorded.FAILED))
    assert running.attempt_of(told).status is PaymentStatus.FAILED
    assert is_answer(running.notify(told), answered(running, Recorded.PAID))
    assert running.order_of(told).status is OrderStatus.PAID


def test_during_a_rotation_both_secrets_pay_and_afterwards_only_the_new_one(
    running: TwoAccounts,
) -> None:
    secrets, name = running.province.platform.secrets, f"{running.code}/a"
    old, new = running.kit.keys, running.kit.other_keys
    first, second, third = (running.new_payment() for _ in range(3))
    try:
        secrets.write_secret(name, dict(new.ours), dict(old.ours))
        for told, keys in ((first, "a"), (second, "b")):
            assert is_answer(running.notify(told, keys=keys), answered(running, Recorded.PAID))
        secrets.write_secret(name, dict(new.ours))
        assert is_answer(running.notify(third), answered(running, None))
        assert running.order_of(third).status is not OrderStatus.PAID
        assert is_answer(running.notify(third, keys="b"), answered(running, Recorded.PAID))
    finally:
        secrets.write_secret(name, dict(old.ours))


def test_no_secret_is_logged_also_when_a_handler_breaks(
    running: TwoAccounts, capsys: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = [value for keys in ("a", "b") for value in running.keys_of(keys).ours.values()]

    def break_down(*_: Any, **__: Any) -> None:
        raise RuntimeError("; ".join(secrets))

    told = running.new_payment()
    running.notify(told, keys="b")
    with mock.patch.object(Ledger, "confirm", break_down):
        broken = running.notify(told)
    assert broken.status >= 500
    running.notify(told)
    shown = capsys.readouterr()
    texts = (shown.out, shown.err, caplog.text, broken.text)
    assert "RuntimeError" in shown.out
    pieces = [line[:14] for value in secrets for line in value.splitlines() if "-----" not in line]
    assert not [piece for piece in pieces for text in texts if piece in text]


def test_channels_are_listed_with_the_accounts_that_a_payer_may_choose(
    running: TwoAccounts,
) -> None:
    listed = call(running.province, "GET", "/v1/channels?payee_unit=UNITA&amount_minor=50000").json
    order = running.new_order()
    (channel,) = listed["items"]
    assert [
        (each["account"], each["acquirer"]["code"], each["acquirer"]["names"]["en"])
        for each in channel["accounts"]
    ] == [("a", "BANK-A", "Bank A"), ("b", "BANK-B", "Bank B")]
    assert (channel["channel"], channel["available"]) == (running.code, True)
    for name, taken in ((None, "a"), ("b", "b")):
        started = running.start(order, name, key=f"choice-{taken}").json
        told = running.told(started["payment_no"])
        assert running.attempt_of(told).account == taken
    refused = running.start(order, "c", key="choice-c")
    assert (refused.status, refused.json["code"]) == (422, "channel_unavailable")
    assert refused.json["errors"][0]["field"] == "/account"


@pytest.mark.parametrize(
    "running", [code for code in CODES if KITS[code].statement is not None], indirect=True
)
def test_each_account_has_its_own_day(running: TwoAccounts) -> None:
    """Money of one in the other's file is a break in both, and its control total one more."""
    kit, province = running.kit, running.province
    province.clock.advance(days=1)
    told = {name: running.new_payment(name) for name in ("a", "b")}
    for name, each in told.items():
        assert running.notify(each, path=name, fields=name, keys=name).status == 200
    running.reply(lambda _notice: Response(200, {}, b""))
    province.pump()
    day = business_day_of(province.clock.at, province.platform.setup.read_province().zone)
    assert kit.statement is not None
    for name, each in told.items():
        put(running, name, day.isoformat(), kit.statement(running.fields_of(name), [each], 0))
        assert found(running, name, day) == (1, {})
    both = kit.statement(running.fields_of("b"), list(told.values()), 1)
    put(running, "b", day.isoformat(), both)
    matched, breaks = found(running, "b", day)
    assert matched == 1
    assert breaks == {"control_total_mismatch": 1, "double_payment": 1}
    assert found(running, "a", day) == (1, {})


def put(running: TwoAccounts, account: str, day: str, content: bytes) -> None:
    running.province.clock.advance(minutes=1)
    name = f"{running.province.clock.at:%H%M%S}.bin"
    running.province.put_statement(running.code, account, day, name, content)


def found(running: TwoAccounts, account: str, day: Any) -> tuple[int, dict[str, int]]:
    of = AccountDay(running.code, account, day)
    summary = running.province.platform.reconciliations.read_summary(of)
    assert summary is not None
    return summary.matched.count, {str(kind): n for kind, n in summary.break_counts.items() if n}
