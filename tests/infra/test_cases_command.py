"""`errandless cases` as an operator types it, on a province in this process."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chalicelib.wiring import Platform
from infra.errandless import cases_command
from infra.errandless.__main__ import cli, main
from tests.support import open_cases
from tests.support.invariants import check_always
from tests.support.local_province import LocalProvince
from tests.support.open_cases import money, new_order
from tests.support.province_tables import read_tables
from tests.support.rows import ledger_rows

Typed = Callable[..., Result]
FIRST, SECOND = ("--as", "An Nguyen"), ("--as", "Trần Thị Bình")
REFUNDED = ("--reference", "FT1", "--on", "2026-03-02")


@dataclass
class OpenedHere:
    platform: Platform


@pytest.fixture
def typed(province: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> Typed:
    monkeypatch.setattr(
        cases_command, "open_province", lambda _, *, local: OpenedHere(province.platform)
    )

    def run(verb: str, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["cases", verb, "quangninh", *arguments])

    return run


def told(result: Result) -> Any:
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def test_money_in_suspense_is_found_taken_and_assigned(
    province: LocalProvince, typed: Typed
) -> None:
    case_id, code = open_cases.suspense(province), new_order(province)
    assert case_id in "".join(typed("list").output.split())
    (listed,) = told(typed("list", "--json", "--owner", ""))["cases"]
    assert (listed["case_id"], listed["kind"]) == (case_id, "suspense")
    assert told(typed("take", case_id, *FIRST, "--json"))["owner"] == "An Nguyen"
    province.pump()
    assert told(typed("list", "--json", "--owner", "")) == {"cases": []}
    done = typed("assign", case_id, code, *FIRST, "--reason", "he called", "--json")
    assert (told(done)["state"], told(done)["decision"]) == ("closed", "assigned")
    assert money(province)["payment_no"] == code + "01"
    shown = typed("show", case_id).output
    assert "assigned" in shown
    assert "he called" in shown
    number = money(province)["provider_transaction"]
    assert f"errandless explain quangninh {number} --raw" in " ".join(shown.split())
    assert typed("list").output.strip() == "Nothing is to decide."
    check_always(read_tables(province))


def test_money_goes_back_by_two_persons(province: LocalProvince, typed: Typed) -> None:
    case_id = open_cases.wrong_amount(province)
    decided = told(typed("refund", case_id, *FIRST, "--reason", "too little", "--json"))
    assert decided["state"] == "refund_due"
    confirmed = ("--amount", "49999", *REFUNDED)
    same = typed("refunded", case_id, *FIRST, *confirmed)
    assert "second_person_needed" in str(same.exception)
    assert told(typed("refunded", case_id, *SECOND, *confirmed, "--json"))["state"] == "closed"
    assert money(province)["disposition"] == "refunded"


def test_a_hold_is_dismissed(province: LocalProvince, typed: Typed) -> None:
    case_id = open_cases.held(province)
    assert told(typed("release", case_id, *FIRST, "--json"))["owner"] is None
    done = told(typed("dismiss", case_id, *FIRST, "--reason", "released", "--json"))
    assert (done["decision"], done["transaction"]) == ("dismissed", None)


@pytest.mark.parametrize("name", ["Nobody", "Cao Van Doc", ""])
def test_who_may_not_decide_decides_nothing(
    province: LocalProvince, typed: Typed, name: str
) -> None:
    case_id = open_cases.suspense(province)
    before = ledger_rows(province)
    done = typed("refund", case_id, "--as", name, "--reason", "x")
    assert "has no live key for finance:write" in str(done.exception)
    assert ledger_rows(province) == before


def test_a_mistyped_case_is_one_sentence(
    province: LocalProvince, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cases", "show", "quangninh", "nonsense"]) == 1
    assert "is not a case's id" in capsys.readouterr().err
