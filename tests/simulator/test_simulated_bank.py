"""The simulator's bank meets the platform's VietQR channel over HTTP on loopback."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.channels.contract import QrCode
from chalicelib.channels.vietqr.payload import VietQr, write_vietqr
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Recorded, Succeeded
from chalicelib.domain.statements import Statement
from infra.simulator import Simulator, default_config
from infra.simulator.bank import VIETQR_ACCOUNT_NUMBER
from tests.channels.vietqr_wire import PAYMENT_NO
from tests.simulator.platform import NOW, Platform, fetch


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def simulator(platform: Platform) -> Iterator[Simulator]:
    config = replace(default_config("http://platform.example", "x", "x", "x"), retry_seconds=0.0)
    with Simulator(config, clock=lambda: NOW, send_call=platform.receive) as running:
        platform.use(running.url)
        yield running


def code(platform: Platform) -> str:
    action = platform.start("vietqr", payment_no=PAYMENT_NO)
    assert isinstance(action, QrCode)
    return action.payload


def transfer(simulator: Simulator, payload: str, **options: str) -> tuple[int, str]:
    body = urlencode({"payload": payload, **options}).encode()
    answer = fetch(f"{simulator.url}/vietqr/transfers", body)
    simulator.wait_until_idle()
    return answer.status, answer.body.decode()


def results(platform: Platform) -> list[Recorded | None]:
    return [recorded for _, recorded in platform.told]


def told(platform: Platform) -> list[tuple[str, Any]]:
    return [(read.payment_no, read.outcome) for read, _ in platform.told if read is not None]


def listing(simulator: Simulator, platform: Platform, faults: str = "") -> Statement:
    path = f"/vietqr/{VIETQR_ACCOUNT_NUMBER}/statements/{NOW.date()}.csv?faults={faults}"
    answer = fetch(simulator.url + path)
    assert answer.status == 200
    statement: Statement = platform.read_statement("vietqr", answer.body)
    return statement


@pytest.mark.parametrize("notices", ["casso", "sepay", "sepay-key", "payos"])
def test_a_scanned_code_is_paid_and_told(
    simulator: Simulator, platform: Platform, notices: str
) -> None:
    status, text = transfer(simulator, code(platform), notices=notices)
    assert (status, "answered: 200" in text) == (201, True)
    ((number, outcome),) = told(platform)
    assert number == PAYMENT_NO
    assert isinstance(outcome, Succeeded)
    assert outcome.amount == Money(50_000, "VND")
    assert outcome.paid_at == NOW


def test_one_credit_told_by_all_is_one_transaction(
    simulator: Simulator, platform: Platform
) -> None:
    transfer(simulator, code(platform), notices="casso,sepay,sepay-key,payos")
    transactions = {outcome.provider_transaction for _, outcome in told(platform)}
    assert (len(told(platform)), len(transactions)) == (4, 1)
    transfer(simulator, code(platform))
    assert len({outcome.provider_transaction for _, outcome in told(platform)}) == 2


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ("as_scanned", PAYMENT_NO),
        ("prefixed", PAYMENT_NO),
        ("grouped", PAYMENT_NO),
        ("split", PAYMENT_NO),
        ("code_only", PAYMENT_NO[:18]),
        ("cut", ""),
        ("none", ""),
    ],
)
def test_what_banks_make_of_a_memo_is_understood(
    simulator: Simulator, platform: Platform, form: str, number: str
) -> None:
    transfer(simulator, code(platform), memo_form=form)
    assert [each for each, _ in told(platform)] == [number]


def test_the_payer_may_transfer_another_amount_or_write_another_memo(
    simulator: Simulator, platform: Platform
) -> None:
    transfer(simulator, code(platform), other_amount_minor="49000", memo="nop phi")
    ((number, outcome),) = told(platform)
    assert (number, outcome.amount) == ("", Money(49_000, "VND"))


def test_a_forged_notice_is_refused_and_moves_nothing(
    simulator: Simulator, platform: Platform
) -> None:
    transfer(simulator, code(platform), forged="1", notices="casso,sepay,sepay-key,payos")
    assert set(results(platform)) == {None}
    assert listing(simulator, platform).lines == ()


@pytest.mark.parametrize("notices", ["casso", "sepay", "sepay-key", "payos"])
def test_an_aggregators_test_is_acknowledged(
    simulator: Simulator, platform: Platform, notices: str
) -> None:
    url = f"{simulator.url}/vietqr/{VIETQR_ACCOUNT_NUMBER}/test"
    answer = fetch(url, urlencode({"notices": notices}).encode())
    assert (answer.status, b"answered: 200" in answer.body) == (200, True)
    assert told(platform) == []


def test_a_notice_is_repeated_until_it_is_acknowledged(
    simulator: Simulator, platform: Platform
) -> None:
    platform.failures = 3
    transfer(simulator, code(platform))
    assert len(told(platform)) == 1
    assert len(simulator.core.sender.log()) == 4


def test_the_listing_has_the_credits_and_what_went_wrong(
    simulator: Simulator, platform: Platform
) -> None:
    for form in ("prefixed", "code_only", "none", "as_scanned"):
        transfer(simulator, code(platform), memo_form=form, notices="casso")
    agreed = listing(simulator, platform)
    ours = [(outcome.provider_transaction, number) for number, outcome in told(platform)]
    assert [(line.provider_transaction, line.payment_no) for line in agreed.lines] == ours
    assert (agreed.unpaid_count, agreed.bad_rows) == (1, ())
    spoiled = listing(simulator, platform, "broken,missing,doubled,different,extra")
    assert len(spoiled.lines) == 4
    assert [bad.column for bad in spoiled.bad_rows] == ["amount"]
    assert listing(simulator, platform) == agreed


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"memo_form": "verse"}, 400),
        ({"notices": "pigeon"}, 400),
        ({"other_amount_minor": "-1"}, 400),
    ],
)
def test_what_it_does_not_understand_it_refuses(
    simulator: Simulator, platform: Platform, options: dict[str, str], status: int
) -> None:
    assert transfer(simulator, code(platform), **options)[0] == status


def test_a_code_that_no_app_would_read_moves_nothing(
    simulator: Simulator, platform: Platform
) -> None:
    payload = code(platform)
    for wrong in (payload[:-1], payload.replace("5405", "5406"), "https://pay.example", ""):
        assert transfer(simulator, wrong)[0] == 400
    stranger = write_vietqr(VietQr("970436", "0099", amount=Money(1, "VND")))
    assert transfer(simulator, stranger)[0] == 404
    static = write_vietqr(VietQr("970436", VIETQR_ACCOUNT_NUMBER, is_for_one=False))
    assert transfer(simulator, static)[0] == 400
    assert platform.told == []


def test_a_person_finds_the_form(simulator: Simulator) -> None:
    page = fetch(f"{simulator.url}/vietqr/").body.decode()
    assert '<form method="post" action="/vietqr/transfers">' in page
