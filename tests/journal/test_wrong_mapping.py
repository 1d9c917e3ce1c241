"""A wrong mapping is found by a replay with the right one, and mended: by repair where rows are
derived, by the next run where a run judged by it. Nothing of it is lost."""

from copy import deepcopy
from typing import Any

from infra.errandless.replay_command import report_as_json
from infra.errandless.row_store import VIEWS
from tests.journal.kept import replayed
from tests.journal.reconciled import DAY, OF, breaks, keep_all, statement
from tests.support.local_province import LocalProvince
from tests.support.paid_orders import paid
from tests.support.rows import ledger_rows, scan
from tests.support.seeded import province_document

TWO_DAYS_EARLY = "Pacific/Pago_Pago"


def map_by(province: LocalProvince, document: dict[str, Any]) -> None:
    """What functions remember of the province is a minute old at most."""
    province.platform.setup.write_province(document)
    province.clock.advance(minutes=2)


def two_paid_and_a_statement(province: LocalProvince) -> None:
    lines = [
        (paid(province, number, pay_date="20260302090130") + "01", f"1400000{number}", 50_000)
        for number in (1, 2)
    ]
    province.pump()
    province.clock.advance(hours=24)
    province.put_statement(OF.channel, OF.account, DAY, "day.csv", statement(*lines))
    keep_all(province)


def assert_same(province: LocalProvince) -> None:
    report = replayed(province)
    assert (report.faults, report.differences) == ([], []), report_as_json(report)


def day_rows(province: LocalProvince) -> list[str]:
    rows = scan(province.settings.views_table, "DAY#")
    return sorted(f"{row['pk'].split('#')[3]} {row['sk']}" for row in rows)


def test_rows_derived_in_a_wrong_zone_are_put_right_and_false_breaks_are_cleared(
    province: LocalProvince,
) -> None:
    document = province_document()
    document["profile"]["zone"] = TWO_DAYS_EARLY
    map_by(province, document)
    two_paid_and_a_statement(province)
    assert day_rows(province) == ["2026-03-01 14000001", "2026-03-01 14000002"]
    false_breaks = breaks(province)
    assert len(false_breaks) >= 2
    assert set(false_breaks.values()) == {"open"}

    map_by(province, province_document())
    shown = replayed(province)
    assert shown.different == {VIEWS: 4}  # two that should not be there, two that should
    assert {each.pk.split("#")[3] for each in shown.differences} == {"2026-03-01", DAY}
    mended = replayed(province, repair=True)
    assert (mended.repaired, mended.left) == (4, 0)
    assert day_rows(province) == [f"{DAY} 14000001", f"{DAY} 14000002"]

    province.reconcile_due()
    assert breaks(province).keys() >= false_breaks.keys()
    assert all(breaks(province)[name] == "cleared" for name in false_breaks)
    summary = province.platform.reconciliations.read_summary(OF)
    assert summary is not None
    assert (summary.status.value, summary.matched.count) == ("matched", 2)
    keep_all(province)
    assert_same(province)


def test_a_statement_read_by_a_wrong_column_is_judged_anew(province: LocalProvince) -> None:
    document = deepcopy(province_document())
    columns = document["channel_accounts"][0]["statement_layout"]["columns"]
    name = next(name for name, column in columns.items() if column == "TransactionNo")
    columns[name] = "BankTranNo"
    map_by(province, document)
    two_paid_and_a_statement(province)
    false_breaks = breaks(province)
    assert len(false_breaks) >= 2
    assert_same(province)  # what the run decided is on record, right or wrong

    map_by(province, province_document())
    province.reconcile_due()
    assert {breaks(province)[each] for each in false_breaks} == {"cleared"}
    keep_all(province)
    assert_same(province)
    runs = ledger_rows(province, f"RUN#vnpay#quangninh#{DAY}")
    assert [row["status"] for row in runs] == ["breaks", "matched"]
