"""What every earlier release left behind is read, confirmed and replayed by this one."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from chalicelib.domain.breaks import AccountDay
from infra.errandless.paths import ROOT
from infra.errandless.replay_command import report_as_json
from tests.journal.kept import copy_journal, replayed
from tests.support.invariants import check_always
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.province_tables import read_tables
from tests.support.rows import ledger_rows, scan
from tests.support.seeded import OPERATOR_KEY
from tests.upgrade.loaded import Facts, loaded_province

SAMPLES = sorted(file.parent for file in Path(__file__).parent.glob("samples/*/facts.json"))


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.name)
def loaded(request: pytest.FixtureRequest) -> Iterator[tuple[LocalProvince, Facts]]:
    with loaded_province(request.param) as found:
        yield found


def as_portal(province: LocalProvince, facts: Facts, method: str, target: str) -> HttpAnswer:
    return province.http(method, target, headers={"Authorization": f"Bearer {facts['portal_key']}"})


def require_same_as_the_journal(province: LocalProvince) -> None:
    report = replayed(province)
    assert report.faults == []
    assert report.differences == [], report_as_json(report)
    assert report.records > 0


def test_there_is_a_sample_of_every_release() -> None:
    assert [sample.name for sample in SAMPLES] == ["part-1", "part-2"]


def test_every_request_is_answered_with_the_bytes_of_its_first_answer(
    loaded: tuple[LocalProvince, Facts],
) -> None:
    province, facts = loaded
    rows = ledger_rows(province)
    assert len(facts["answers"]) > 5
    for asked in facts["answers"]:
        again = province.http("POST", asked["target"], dict(asked["body"]), dict(asked["headers"]))
        assert (again.status, again.text) == (asked["status"], asked["text"])
    assert ledger_rows(province) == rows


def test_an_order_and_its_receipts_are_shown(loaded: tuple[LocalProvince, Facts]) -> None:
    province, facts = loaded
    shown = as_portal(province, facts, "GET", f"/v1/orders/{facts['paid']}")
    assert (shown.status, shown.json["status"]) == (200, "paid")
    assert [receipt["number"] for receipt in shown.json["receipts"]] == ["0000001", "0000001"]
    for receipt in shown.json["receipts"]:
        assert province.http("GET", f"/r/{receipt['token']}").status == 200


def test_an_open_order_is_confirmed_receipted_and_told(
    loaded: tuple[LocalProvince, Facts],
) -> None:
    province, facts = loaded
    assert ipn_code(pay(province, facts["waiting_payment"])) == "00"
    assert ipn_code(pay(province, facts["waiting_payment"])) == "02"
    province.pump()
    shown = as_portal(province, facts, "GET", f"/v1/orders/{facts['waiting']}").json
    assert shown["status"] == "paid"
    assert [receipt["number"] for receipt in shown["receipts"]] == ["0000003"]
    deliveries = scan(province.settings.views_table, "DELIVERIES#")
    assert {row["status"] for row in deliveries} == {"delivered"}
    check_always(read_tables(province))


def pay(province: LocalProvince, payment_no: str) -> HttpAnswer:
    return send_ipn(province, payment_no, 50_000, vnp_TransactionNo="14000009")


def test_a_bill_costs_more_when_it_is_late_and_is_paid() -> None:
    """Of releases that had bills."""
    with loaded_province(next(sample for sample in SAMPLES if sample.name == "part-2")) as loaded:
        province, facts = loaded
        province.clock.advance(days=7)
        body = {"channel": "vnpay", "client": "web"}
        headers = {"Authorization": f"Bearer {facts['portal_key']}", "Idempotency-Key": "start-6"}
        target = f"/v1/orders/{facts['bill']}"
        started = province.http("POST", f"{target}/payments", body, headers)
        assert started.status == 201, started
        shown = as_portal(province, facts, "GET", target).json
        assert (shown["bill"]["due_date"], shown["amount_minor"]) == ("2026-03-05", 52_500)
        paid = send_ipn(province, started.json["payment_no"], 52_500, vnp_TransactionNo="14000010")
        assert ipn_code(paid) == "00"
        province.pump()
        assert as_portal(province, facts, "GET", target).json["status"] == "paid"
        province.keep_journal()
        require_same_as_the_journal(province)


def test_orders_that_nobody_pays_expire(loaded: tuple[LocalProvince, Facts]) -> None:
    province, facts = loaded
    province.clock.advance(days=40)
    for _ in range(3):
        province.clock.advance(hours=1)
        province.chase()
    for code in facts["unpaid"]:
        shown = as_portal(province, facts, "GET", f"/v1/orders/{code}").json
        assert shown["status"] == "expired"


def test_cases_breaks_and_summaries_are_read(loaded: tuple[LocalProvince, Facts]) -> None:
    province, facts = loaded
    headers = {"Authorization": f"Bearer {OPERATOR_KEY}"}
    cases = province.http("GET", "/v1/cases", headers=headers).json["items"]
    assert sorted(case["kind"] for case in cases) == ["double_payment", "suspense"]
    found = province.http("GET", "/v1/reconciliations", headers=headers).json
    (day,) = found["items"]
    assert (day["business_day"], day["status"]) == (facts["day"], "breaks")
    breaks = province.http("GET", "/v1/breaks", headers=headers).json["items"]
    assert len(breaks) == 4


def of_day(facts: Facts) -> AccountDay:
    return AccountDay("vnpay", "quangninh", date.fromisoformat(facts["day"]))


def test_a_day_that_was_reconciled_is_reconciled_again(
    loaded: tuple[LocalProvince, Facts],
) -> None:
    """A late payment clears a break that the earlier release found."""
    province, facts = loaded
    assert ipn_code(pay(province, facts["waiting_payment"])) == "00"
    province.pump()
    province.clock.advance(hours=10)
    province.reconcile_due()
    breaks = scan(province.settings.views_table, "BREAKS")
    about = {row["provider_transaction"]: (row["kind"], row["status"]) for row in breaks}
    assert about["14000009"] == ("state_mismatch", "cleared")
    summary = province.platform.reconciliations.read_summary(of_day(facts))
    assert summary is not None
    assert summary.revision == 2


def test_its_journal_is_replayed_and_goes_on(loaded: tuple[LocalProvince, Facts]) -> None:
    province, facts = loaded
    require_same_as_the_journal(province)
    assert ipn_code(pay(province, facts["waiting_payment"])) == "00"
    province.pump()
    province.clock.advance(hours=10)
    province.reconcile_due()
    province.pump()
    province.keep_journal()
    require_same_as_the_journal(province)


def test_the_verifier_accepts_its_journal(
    loaded: tuple[LocalProvince, Facts], tmp_path: Path
) -> None:
    province, facts = loaded
    copy_journal(province, tmp_path)
    script = ROOT / "infra" / "verifier" / "verify.py"
    command = [sys.executable, "-I", str(script), facts["paid"], "--journal", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "paid by T#vnpay#quangninh#14000001 alone" in done.stdout
