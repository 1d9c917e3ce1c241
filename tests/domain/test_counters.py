"""Counters in a province's document."""

from typing import Any

import pytest

from chalicelib.domain.counters import CASH, POS
from chalicelib.domain.province_document import find_faults, parse_province
from tests.domain.province_documents import account, names, small_document


def document(**changes: Any) -> dict[str, Any]:
    made = small_document()
    made["channel_accounts"] += [
        account("cash", account="a-1", fields={"drawer": "a-1"}, secret_name="-"),
        account("pos", account="a", fields={"terminals": "T1"}, secret_name="-"),
    ]
    counter = {
        "counter": "a-1",
        "payee_unit": "UNITA",
        "portal": "portal-a",
        "names": names("Counter 1"),
        "cash_account": "a-1",
        "pos_account": "a",
    }
    made["profile"]["counters"] = [counter | changes]
    return made


def faults(made: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in find_faults(made)]


def test_a_document_of_before_the_counters_has_none() -> None:
    assert parse_province(small_document()).counters == ()


def test_a_counter_has_its_drawer_and_its_terminals() -> None:
    counter = parse_province(document()).counter_of("a-1")
    assert counter is not None
    assert (counter.account_for(CASH), counter.account_for(POS)) == ("a-1", "a")
    assert counter.account_for("vnpay") is None


def test_a_counter_may_take_no_cards() -> None:
    counter = parse_province(document(pos_account=None)).counter_of("a-1")
    assert counter is not None
    assert counter.account_for(POS) is None


def test_there_is_no_other_counter() -> None:
    assert parse_province(document()).counter_of("a-2") is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"payee_unit": "NONE"}, "profile/counters/0/payee_unit: unknown unit 'NONE'"),
        (
            {"cash_account": "b"},
            "profile/counters/0/cash_account: no account 'b' of cash serves 'UNITA'",
        ),
        (
            {"pos_account": "a-1"},
            "profile/counters/0/pos_account: no account 'a-1' of pos serves 'UNITA'",
        ),
    ],
)
def test_what_a_counter_needs_and_has_not_is_named(changes: dict[str, Any], fault: str) -> None:
    assert fault in faults(document(**changes))


def test_two_counters_share_neither_code_nor_drawer() -> None:
    made = document()
    made["profile"]["counters"] *= 2
    assert faults(made) == [
        "profile/counters/1/counter: the code 'a-1' is there twice",
        "profile/counters/1/cash_account: is another counter's drawer",
    ]
