"""The same reversal comes twice at once, as from a line that broke: the second is told what the
first was told, and nothing of it stays in the way of the next payment."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.checkout import reverse_payment as reversing
from chalicelib.outbound import Response
from chalicelib.storage.ledger import Ledger
from tests.channels.stand_ins import StandInHttp
from tests.support.biller_bank import Bank, seed_with_banks
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.portal_client import create
from tests.support.province_tables import read_tables
from tests.support.rows import ledger_rows
from tests.support.settled_invariants import check_settled

READS = [(reversing, "_order_of"), (Ledger, "read_transaction"), (Ledger, "read_answer")]


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks, StandInHttp(lambda _: Response(200, {}, b""))) as running:
        yield running


@pytest.fixture
def bank(province: LocalProvince) -> Bank:
    return Bank(province)


@pytest.fixture
def code(province: LocalProvince, bank: Bank) -> str:
    code = str(create(province, expires_in_seconds=86_400).json["payment_code"])
    bank.pay(bank.locked(code))
    province.pump()
    return code


def with_another_before(
    patch: pytest.MonkeyPatch, bank: Bank, read: tuple[Any, str], reversal_no: str
) -> tuple[HttpAnswer, HttpAnswer]:
    """A reversal, and the one that was done whole just before its first such reading."""
    place, name = read
    usual, waiting, told = getattr(place, name), [reversal_no], []

    def later(*given: Any) -> Any:
        while waiting:
            told.append(bank.reverse(reversal_no=waiting.pop()))
        return usual(*given)

    patch.setattr(place, name, later)
    answer = bank.reverse()
    return told[0], answer


@pytest.mark.parametrize("read", READS, ids=[name for _, name in READS])
def test_the_same_reversal_just_before_is_the_same_answer(
    province: LocalProvince,
    bank: Bank,
    code: str,
    read: tuple[Any, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = with_another_before(monkeypatch, bank, read, "RV-1")
    assert (first.status, second.status, second.text) == (200, 200, first.text)
    is_payable_again(province, bank, code)


@pytest.mark.parametrize("read", READS, ids=[name for _, name in READS])
def test_another_reversal_just_before_leaves_no_case(
    province: LocalProvince,
    bank: Bank,
    code: str,
    read: tuple[Any, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = with_another_before(monkeypatch, bank, read, "RV-2")
    told = (first.status, second.status, second.json["code"])
    assert told == (200, 409, "payment_reversed")
    is_payable_again(province, bank, code)


def is_payable_again(province: LocalProvince, bank: Bank, code: str) -> None:
    province.pump()
    check_settled(read_tables(province))
    assert ledger_rows(province, "CASE#") == []
    assert bank.look_up(code).json["refused_because"] is None
    assert bank.pay(bank.locked(code, request_no="L-2"), "FT-2").json["result"] == "paid"
