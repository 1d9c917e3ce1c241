"""Each named bank's file, as its layout in `infra/banks/` reads it: one in the bank's encoding,
with reversals, fees and rows that moved no money, reconciles against the payments that it is of."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels.contract import ProvidesStatements
from chalicelib.channels.registry import build_channels
from chalicelib.channels.statement_layout import validate_layout
from chalicelib.channels.vietqr.credit import credit_key
from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH, build_payment_code, build_payment_no
from chalicelib.domain.money import EXPONENTS, Money
from chalicelib.domain.payments import Disposition
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import LineKind, Statement
from chalicelib.reconciliation.match import match_day
from chalicelib.reconciliation.verdicts import Held
from infra.errandless.paths import ROOT
from tests.channels.stand_ins import StandInHttp, credentials_of, refuse_to_answer

BANKS = ROOT / "infra" / "banks"
SAMPLES = Path(__file__).parent / "samples" / "banks"
GUIDE = ROOT / "infra" / "guides" / "connect-a-bank.md"
CODES = sorted(path.stem for path in BANKS.glob("*.json"))
DAY = date(2026, 3, 1)
CHANNELS = build_channels(StandInHttp(refuse_to_answer))

# By bank: its own numbers of the three payments, and at what its clocks say; None: not in the file.
NUMBERS: Mapping[str, tuple[str | None, ...]] = {
    "icbc": ("ICBC20260301000001", "ICBC20260301000002", "ICBC20260301000003"),
    "abc": ("9BECEP0100090512001", "9BECEP0100090512002", "9BECEP0100090512003"),
    "bank-of-hangzhou": ("HZ0301-0001", "HZ0301-0002", "HZ0301-0003"),
    "vnpt-money": ("VNP88000001", "VNP88000002", None),
    "mobifone-money": ("MBF000000701", "MBF000000702", None),
    "vietcombank": ("FT26060000001", "FT26060000002", None),
    "vietinbank": ("116T2630001", "116T2630002", None),
}
CLOCKS = {"CNY": 8, "VND": 7}
TIMES = ((9, 30, 15), (14, 5, 2), (16, 0, 0))
DECIMALS = {"CNY": ("1250.00", "80.50", "300.00"), "VND": ("1250000", "80500", "300000")}


def read_bank(code: str) -> dict[str, Any]:
    bank: dict[str, Any] = json.loads((BANKS / f"{code}.json").read_text("utf-8"))
    return bank


def read_sample(code: str) -> Statement:
    bank = read_bank(code)
    channel = CHANNELS[bank["channel"]]
    assert isinstance(channel, ProvidesStatements)
    account = credentials_of(bank["channel"], {}, {}, currency=bank["currency"]).account
    account = replace(account, statement_layout=bank["statement_layout"])
    (file,) = SAMPLES.glob(f"{code}.*")
    zone = "Asia/Shanghai" if bank["currency"] == "CNY" else "Asia/Ho_Chi_Minh"
    return channel.read_statement(account, DAY, zone, file.read_bytes())


def payments_of(code: str) -> list[DayPayment]:
    """What the platform was told of that day, the third taken back before the cut-off."""
    bank = read_bank(code)
    currency, province = bank["currency"], "33" if bank["currency"] == "CNY" else "22"
    made = []
    for index, number in enumerate(NUMBERS[code]):
        if number is None:
            continue
        hour, minute, second = TIMES[index]
        at = datetime(2026, 3, 1, hour - CLOCKS[currency], minute, second, tzinfo=UTC)
        minor = round(float(DECIMALS[currency][index]) * 10 ** EXPONENTS[currency])
        amount = Money(minor, currency)
        is_transfer = bank["channel"] == "vietqr"
        made.append(
            DayPayment(
                credit_key(number, amount, DAY) if is_transfer else number,
                build_payment_no(build_payment_code(province, index + 1), 1),
                amount,
                at,
                Disposition.REVERSED if index == 2 else Disposition.APPLIED,
            )
        )
    return made


every_bank = pytest.mark.parametrize("code", CODES)


def test_every_named_bank_is_there_with_its_sample() -> None:
    assert set(CODES) == set(NUMBERS)
    assert {path.stem for path in SAMPLES.iterdir()} == set(CODES)


@every_bank
def test_its_layout_is_one_that_an_account_may_have(code: str) -> None:
    bank = read_bank(code)
    assert validate_layout(bank["statement_layout"]) == []
    assert bank["channel"] in ("biller", "vietqr")
    assert bank["public"]
    assert bank["sample"]


@every_bank
def test_every_row_of_its_sample_is_read_with_number_amount_and_time(code: str) -> None:
    statement = read_sample(code)
    assert statement.bad_rows == ()
    paid = [each for each in statement.lines if each.kind is LineKind.PAYMENT]
    expected = payments_of(code)
    told = [(each.provider_transaction, each.amount, each.paid_at) for each in paid]
    assert told == [(each.provider_transaction, each.amount, each.paid_at) for each in expected]
    for line, payment in zip(paid, expected, strict=True):
        assert payment.payment_no.startswith(line.payment_no)
        assert len(line.payment_no) >= PAYMENT_CODE_LENGTH


@every_bank
def test_its_sample_reconciles(code: str) -> None:
    bank, payments = read_bank(code), payments_of(code)
    of = AccountDay(bank["channel"], code, DAY)
    by_transaction = {each.provider_transaction: each for each in payments}

    def look_up(line: Any) -> Held:
        return Held(by_transaction.get(line.provider_transaction), None, None)

    matched = match_day(of, payments, read_sample(code), look_up, zone="Asia/Ho_Chi_Minh")
    assert matched.breaks == ()
    reversed_again = [each for each in payments if each.disposition is Disposition.REVERSED]
    assert len(matched.matches) == len(payments) + len(reversed_again)
    assert list(matched.refunded) == reversed_again


@every_bank
def test_one_figure_that_is_wrong_in_it_is_found(code: str) -> None:
    payments = payments_of(code)
    wrong = [replace(payments[0], amount=payments[0].amount + payments[1].amount), *payments[1:]]
    of = AccountDay(read_bank(code)["channel"], code, DAY)
    found = match_day(
        of, wrong, read_sample(code), lambda _: Held(None, None, None), zone="Asia/Ho_Chi_Minh"
    )
    assert [each.kind.value for each in found.breaks if each.kind.value.startswith("amount")]


@every_bank
def test_reversals_and_rows_without_money_are_told_apart(code: str) -> None:
    statement = read_sample(code)
    refunds = [each for each in statement.lines if each.kind is LineKind.REFUND]
    assert len(refunds) == (read_bank(code)["currency"] == "CNY")
    not_paid = {"abc": 1, "vnpt-money": 1, "vietcombank": 1, "vietinbank": 1}
    assert statement.unpaid_count == not_paid.get(code, 0)
    has_trailer = "trailer" in read_bank(code)["statement_layout"]
    assert (statement.totals is not None) is has_trailer


@every_bank
def test_the_guide_says_what_is_public_of_it(code: str) -> None:
    names = read_bank(code)["names"]
    guide = GUIDE.read_text("utf-8")
    assert f"[{code}.json](../banks/{code}.json)" in guide
    assert names["en"] in guide
