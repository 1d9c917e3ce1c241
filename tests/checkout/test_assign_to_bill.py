"""Money that a person assigns pays a bill as it stood on the day on which the money came, whoever
looked at the bill since. The bill is that of test_late_bill.py."""

from datetime import UTC, datetime

import pytest

from tests.support.bills import SURCHARGE, issued, look
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.notifications import send_ipn
from tests.support.open_cases import STRANGER, decide, only_case
from tests.support.portal_client import start
from tests.support.rows import ledger_rows


@pytest.fixture
def code(province: LocalProvince) -> str:
    return issued(province, surcharge=SURCHARGE)


def assign(
    province: LocalProvince, code: str, amount: int, came_on: str, *, looked: bool
) -> HttpAnswer:
    """On 12 April, when the bill is of 1,006,000."""
    province.clock.at = datetime(2026, 4, 12, 2, tzinfo=UTC)
    paid_at = f"{came_on}090000"
    send_ipn(province, STRANGER, amount, vnp_TransactionNo="777", vnp_PayDate=paid_at)
    if looked:
        assert look(province, code)["amount_minor"] == 1_006_000
    return decide(province, only_case(province), "assign", payment_code=code, reason="it is his")


@pytest.mark.parametrize("looked", [False, True])
@pytest.mark.parametrize(
    ("amount", "came_on", "surcharge"),
    [(1_000_000, "20260331", 0), (1_005_000, "20260410", 5_000), (1_006_000, "20260412", 6_000)],
)
def test_what_was_owed_when_it_came_pays(
    province: LocalProvince, code: str, amount: int, came_on: str, surcharge: int, looked: bool
) -> None:
    answer = assign(province, code, amount, came_on, looked=looked)
    assert (answer.status, answer.json.get("decision")) == (200, "assigned"), answer.text
    bill = look(province, code)
    assert (bill["status"], bill["amount_minor"]) == ("paid", amount)
    assert bill["bill"]["surcharge_minor"] == surcharge
    assert sum(line["amount_minor"] for line in bill["lines"]) == amount


@pytest.mark.parametrize("looked", [False, True])
@pytest.mark.parametrize("amount", [1_000_000, 1_006_000])
def test_what_was_owed_on_another_day_does_not(
    province: LocalProvince, code: str, amount: int, looked: bool
) -> None:
    answer = assign(province, code, amount, "20260410", looked=looked)
    assert (answer.status, answer.json["code"]) == (409, "amount_differs")
    assert look(province, code)["amount_minor"] == 1_006_000


def test_under_a_payment_what_is_owed_does_not_change(province: LocalProvince, code: str) -> None:
    province.clock.at = datetime(2026, 4, 12, 1, tzinfo=UTC)
    start(province, code)
    answer = assign(province, code, 1_005_000, "20260410", looked=True)
    assert (answer.status, answer.json["code"]) == (409, "payment_in_progress")
    (order,) = ledger_rows(province, "O#")
    assert order["amount_minor"] == 1_006_000
