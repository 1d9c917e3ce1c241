"""A bill's day is rebuilt like any other, and its changes are followed by the verifier."""

from datetime import UTC, datetime
from pathlib import Path

from infra.errandless.replay_command import report_as_json
from infra.errandless.story import tell
from tests.journal.kept import copy_journal, replayed
from tests.journal.test_explain import rows_of
from tests.support.bills import SURCHARGE, amend, cancel_bill, issued, look
from tests.support.local_province import LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.portal_client import start
from tests.verifier.test_verify import verify


def late_and_paid(province: LocalProvince) -> str:
    """Issued, amended, ten days late, and paid with 804,000 đồng; beside it a cancelled one."""
    code = issued(province, surcharge=SURCHARGE)
    assert cancel_bill(province, issued(province, "b-2", reference="TB-2")).status == 200
    province.pump()
    lines = [{"fee_item": "FINE", "amount_minor": 800_000}]
    assert amend(province, code, lines=lines).status == 200
    province.pump()
    province.keep_journal(batch_size=3)
    province.clock.at = datetime(2026, 4, 10, 2, tzinfo=UTC)
    assert look(province, code)["amount_minor"] == 804_000
    payment_no = start(province, code).json["payment_no"]
    assert ipn_code(send_ipn(province, payment_no, 804_000)) == "00"
    province.pump()
    province.keep_journal(batch_size=3)
    return code


def test_bills_are_rebuilt_byte_for_byte(province: LocalProvince) -> None:
    late_and_paid(province)
    report = replayed(province)
    assert report.faults == []
    assert report.differences == [], report_as_json(report)


def test_a_lost_amendment_in_the_list_is_found(province: LocalProvince) -> None:
    code = issued(province)
    province.pump()
    amend(province, code, due_date="2026-05-04")
    province.lose_stream()
    province.keep_journal()
    (difference,) = replayed(province).differences
    assert "BILLS#portal-a" in str(report_as_json(replayed(province)))
    assert "due_on" in str(difference)


def test_the_verifier_follows_what_was_owed(province: LocalProvince, tmp_path: Path) -> None:
    code = late_and_paid(province)
    copy_journal(province, tmp_path)
    status, said = verify(code, tmp_path)
    assert status == 0, said
    for sentence in (
        "ok  order created for 1000000 VND",
        "ok  the order's amount changed to 800000 VND",
        "ok  the order's amount changed to 804000 VND",
        "ok  receipts amount to 804000, the order's amount",
    ):
        assert sentence in said


def test_a_bills_story_tells_who_changed_it_and_why(province: LocalProvince) -> None:
    code = issued(province)
    province.clock.advance(hours=1)
    amend(province, code, due_date="2026-05-04")
    province.clock.advance(hours=1)
    cancel_bill(province, code)
    told = {event.what: event.detail for event in tell(rows_of(province), code).in_order()}
    assert told["bill amended"] == "by portal-a: recalculated; it was 1000000 due 2026-03-31"
    assert told["bill cancelled"] == "by portal-a: withdrawn by decision 7"
