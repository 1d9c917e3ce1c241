"""A person decides after the days that the hourly run looks at: the break is cleared all the
same, by the next hour."""

from datetime import date

import pytest

from chalicelib.domain.breaks import AccountDay, BreakKind, BreakStatus
from chalicelib.reconciliation.decided_since import list_decided_days
from tests.reconciliation.statement_files import file_of, row_of, watched_calls
from tests.support.local_province import LocalProvince
from tests.support.open_cases import decide, double_payment

OF = AccountDay("vnpay", "quangninh", date(2026, 3, 2))
REASON = "the payer called"


@pytest.fixture
def case_id(province: LocalProvince) -> str:
    """A day with a second payment, reconciled, and a week later."""
    opened = double_payment(province)
    province.pump()
    payments = list(province.platform.views.list_day_payments(OF))
    assert len(payments) == 2
    rows, total = map(row_of, payments), sum(each.amount.amount_minor for each in payments)
    province.put_statement(*_names(), "day.csv", file_of(list(rows), total))
    assert kinds(province) == {BreakKind.DOUBLE_PAYMENT: BreakStatus.OPEN}
    province.clock.advance(days=7)
    return opened


def _names() -> tuple[str, str, str]:
    return OF.channel, OF.account, OF.business_day.isoformat()


def kinds(province: LocalProvince) -> dict[BreakKind, BreakStatus]:
    tracked = province.platform.reconciliations.list_breaks_of(OF)
    return {each.found.kind: each.status for each in tracked}


def decided_days(province: LocalProvince) -> list[AccountDay]:
    return list_decided_days(province.platform.reconciliation_desk(), province.clock())


def test_a_break_that_waited_is_cleared_after_the_decision(
    province: LocalProvince, case_id: str
) -> None:
    province.reconcile_due()
    assert kinds(province) == {BreakKind.DOUBLE_PAYMENT: BreakStatus.OPEN}
    assert decide(province, case_id, "refund", reason=REASON).status == 200
    assert decided_days(province) == [OF]
    province.pump()
    province.reconcile_due()
    assert kinds(province) == {BreakKind.DOUBLE_PAYMENT: BreakStatus.CLEARED}
    assert decided_days(province) == []


def test_while_nobody_decided_the_day_is_left_alone(province: LocalProvince, case_id: str) -> None:
    before = province.platform.reconciliations.read_summary(OF)
    with watched_calls() as calls:
        assert decided_days(province) == []
    assert calls.writes == []
    province.reconcile_due()
    assert province.platform.reconciliations.read_summary(OF) == before


def test_days_of_a_quarter_ago_are_a_persons_to_run_again(
    province: LocalProvince, case_id: str
) -> None:
    province.clock.advance(days=84)
    assert decide(province, case_id, "refund", reason=REASON).status == 200
    assert OF not in decided_days(province)
