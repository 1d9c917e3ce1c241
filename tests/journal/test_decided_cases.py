"""What persons decided is in the journal: rows are rebuilt from it, and it is told and verified."""

from pathlib import Path
from typing import Any

import pytest

from infra.errandless.story import Rows, tell
from tests.journal.kept import copy_journal, replayed
from tests.support import open_cases
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.open_cases import decide, new_order
from tests.support.portal_client import start
from tests.support.rows import scan
from tests.support.seeded import SECOND_OPERATOR_KEY
from tests.verifier.test_verify import verify

REASON = "as the payer said"
REFUND: dict[str, Any] = {"reference": "FT1", "amount_minor": 49_999, "refunded_on": "2026-03-02"}


@pytest.fixture
def refunded(province: LocalProvince) -> str:
    """The payment code of an order: wrong money came, went back, and it was paid rightly."""
    case_id = open_cases.wrong_amount(province)
    code: str = open_cases.look(province, case_id)["order"]["payment_code"]
    province.keep_journal(batch_size=5)
    assert decide(province, case_id, "take").status == 200
    assert decide(province, case_id, "refund", reason=REASON).status == 200
    send_ipn(province, start(province, code, idempotency_key="p-2").json["payment_no"])
    province.pump()
    answer = decide(province, case_id, "refunded", key=SECOND_OPERATOR_KEY, **REFUND)
    assert answer.status == 200, answer
    return code


@pytest.fixture
def assigned(province: LocalProvince) -> str:
    """The payment code of an order that money in suspense paid; another case waits, taken."""
    case_id, code = open_cases.suspense(province), new_order(province)
    body = {"payment_code": code, "reason": REASON}
    assert decide(province, case_id, "assign", **body).status == 200
    province.pump()
    send_ipn(province, open_cases.STRANGER, vnp_TransactionNo="778")
    other = open_cases.only_case(province)
    assert decide(province, other, "take").status == 200
    return code


@pytest.mark.parametrize("decided", ["assigned", "refunded"])
def test_a_replay_rebuilds_the_rows_of_decided_cases(
    province: LocalProvince, decided: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(decided)
    province.pump()
    province.keep_journal()
    report = replayed(province)
    assert (list(report.faults), list(report.differences)) == ([], [])
    owners = [row.get("owner") for row in scan(province.settings.views_table, "CASES#")]
    assert owners == (["An Nguyen"] if decided == "assigned" else [])


@pytest.mark.parametrize("decided", ["assigned", "refunded"])
def test_the_verifier_follows_a_payment_through_a_person_s_decision(
    province: LocalProvince, decided: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    code = request.getfixturevalue(decided)
    province.pump()
    province.keep_journal()
    copy_journal(province, tmp_path)
    status, said = verify(code, tmp_path)
    assert status == 0, said
    assert ("refunded" if decided == "refunded" else "applied") in said


def told(province: LocalProvince, number: str) -> list[tuple[str, str]]:
    settings = province.settings
    tables = {
        "LedgerTable": settings.ledger_table,
        "ViewsTable": settings.views_table,
        "SetupTable": settings.setup_table,
    }
    rows = Rows(province.platform.dynamo, tables, (("vnpay", "quangninh"),))
    return [(each.what, each.detail) for each in tell(rows, number).in_order()]


def test_a_refund_s_story_names_both_persons(province: LocalProvince, refunded: str) -> None:
    found = told(province, refunded)
    assert ("case opened: wrong_amount", "now closed, taken by An Nguyen") in found
    assert ("case decided: refund_decided", f"by An Nguyen, {REASON}") in found
    assert ("case decided: refunded", "by Trần Thị Bình, FT1") in found


def test_an_assignment_is_told_by_the_order_and_by_the_transaction(
    province: LocalProvince, assigned: str
) -> None:
    said = ("case decided: assigned", f"by An Nguyen, {assigned}01, {REASON}")
    assert said in told(province, assigned)
    assert said in told(province, "777")


def test_a_hold_is_told_with_its_end(province: LocalProvince) -> None:
    case_id = open_cases.held(province)
    payment_no = open_cases.look(province, case_id)["payment_no"]
    send_ipn(province, payment_no)
    found = told(province, payment_no)
    assert ("case opened: held_by_provider", "now closed") in found
    assert ("case decided: dismissed", "by system, the payment has succeeded") in found
