"""Baskets in the journal: replayed, told, and followed by the verifier from both ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errandless.story import tell
from tests.checkout.test_baskets import pay_at_counter
from tests.journal.kept import copy_journal, replayed
from tests.journal.reconciled import DAY, OF, breaks, statement
from tests.journal.test_explain import rows_of
from tests.support.baskets import Bill, issue_bills, made_basket, seed_units, started_basket
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_receiver import PortalReceiver
from tests.support.rows import scan
from tests.verifier.test_verify import verify

MONEY = "T#vnpay#quangninh#14422574"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units, PortalReceiver()) as running:
        yield running


def paid_basket(province: LocalProvince) -> tuple[str, list[Bill]]:
    """Three bills, of which the second was paid at a counter meanwhile."""
    bills = issue_bills(province, 3)
    code = made_basket(province, bills)["payment_code"]
    payment_no = started_basket(province, code)
    pay_at_counter(province, bills[1])
    send_ipn(province, payment_no, 30_003)
    province.pump()
    province.keep_journal()
    return code, bills


def test_a_paid_basket_is_rebuilt_byte_for_byte(province: LocalProvince) -> None:
    paid_basket(province)
    report = replayed(province)
    assert not report.differences
    assert not report.unrecorded


def test_a_baskets_story_leads_to_its_bills_and_theirs_to_the_basket(
    province: LocalProvince,
) -> None:
    code, bills = paid_basket(province)
    told = [(event.what, event.detail) for event in tell(rows_of(province), code).in_order()]
    assert ("bill paid", f"{bills[0]['payment_code']}, 10000, unit UNITA") in told
    assert ("bill not paid", f"{bills[1]['payment_code']}, 10001, unit UNITB") in told
    assert ("case opened: bill_not_paid", "now open") in told
    own = [
        (event.what, event.detail)
        for event in tell(rows_of(province), bills[2]["payment_code"]).in_order()
    ]
    assert ("paid in a basket", code) in own
    assert ("money recorded: applied", MONEY) in own


def test_the_verifier_follows_a_basket_to_its_bills(
    province: LocalProvince, tmp_path: Path
) -> None:
    code, bills = paid_basket(province)
    copy_journal(province, tmp_path)
    status, said = verify(code, tmp_path)
    assert status == 0, said
    for sentence in (
        "ok  3 bills amount to 30003",
        f"ok  bill {bills[0]['payment_code']}, UNITA: 10000 paid",
        f"ok  bill {bills[1]['payment_code']}, UNITB: 10001 not paid, and a case for it",
    ):
        assert sentence in said


def test_the_verifier_follows_a_bill_to_its_basket(province: LocalProvince, tmp_path: Path) -> None:
    code, bills = paid_basket(province)
    copy_journal(province, tmp_path)
    status, said = verify(bills[2]["payment_code"], tmp_path)
    assert status == 0, said
    for sentence in (
        f"ok  basket {code} covers it for 10002, as it was owed",
        f"ok  {MONEY}: 30003, for basket {code}",
        "ok  receipts amount to 10002, the order's amount",
    ):
        assert sentence in said
    status, said = verify(bills[1]["payment_code"], tmp_path)
    assert status == 0, said


def test_a_statement_has_one_line_for_the_basket_and_makes_no_break(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 3)
    payment_no = started_basket(province, made_basket(province, bills)["payment_code"])
    send_ipn(province, payment_no, 30_003)
    province.pump()
    province.clock.advance(hours=24)
    body = statement((payment_no, "14422574", 30_003))
    province.put_statement(OF.channel, OF.account, DAY, "day.csv", body)
    assert breaks(province) == {}
    (summary,) = scan(province.settings.views_table, "RECON")
    assert summary["matched"] == {"count": 1, "amounts": {"VND": 30_003}}
