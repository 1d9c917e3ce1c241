"""Amending and cancelling bills: with a reason, and never under a payment or after it."""

from typing import Any
from unittest import mock

import pytest

from chalicelib.domain.bills import MAX_AMENDMENTS
from chalicelib.storage.ledger import Ledger
from tests.support.bills import SURCHARGE, amend, cancel_bill, issue, issued, look
from tests.support.local_province import LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_keys, ledger_rows, money_rows
from tests.support.seeded import OTHER_PORTAL_KEY

LESS = [{"fee_item": "FINE", "amount_minor": 800_000}]
REFUSED = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}


def test_an_amendment_changes_the_bill_and_keeps_what_it_was(province: LocalProvince) -> None:
    code = issued(province, surcharge=SURCHARGE)
    province.clock.advance(hours=1)
    answer = amend(province, code, lines=LESS, due_date="2026-04-15", surcharge=None)
    assert answer.status == 200
    after = answer.json
    assert (after["amount_minor"], after["status"]) == (800_000, "created")
    bill = after["bill"]
    assert (bill["due_date"], bill["surcharge"], bill["version"]) == ("2026-04-15", None, 2)
    (kept,) = bill["amendments"]
    assert (kept["at"], kept["by"], kept["reason"]) == (
        "2026-03-02T03:00:00Z",
        "portal-a",
        "recalculated",
    )
    assert (kept["before"]["principal_minor"], kept["before"]["due_date"]) == (
        1_000_000,
        "2026-03-31",
    )
    assert kept["before"]["surcharge"]["daily_rate"] == {"parts": 5, "per": 10_000}
    assert look(province, code) == after


def test_what_is_not_named_stays(province: LocalProvince) -> None:
    code = issued(province, surcharge=SURCHARGE)
    before = look(province, code)
    after = amend(province, code, valid_until="2026-12-31").json
    assert after["expires_at"] == "2026-12-31T17:00:00Z"
    changed = {name for name in before["bill"] if before["bill"][name] != after["bill"][name]}
    assert changed == {"valid_until", "version", "amendments"}
    assert after["lines"] == before["lines"]


def test_amending_again_with_the_same_key_gets_the_same_bytes(province: LocalProvince) -> None:
    code = issued(province)
    first = amend(province, code, lines=LESS)
    again = amend(province, code, lines=LESS)
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    reused = amend(province, code, due_date="2026-05-04")
    assert (reused.status, reused.json["code"]) == (422, "idempotency_key_reused")
    assert look(province, code)["bill"]["version"] == 2


def test_an_amendment_that_changes_nothing_is_refused(province: LocalProvince) -> None:
    code = issued(province)
    before = ledger_rows(province)
    answer = amend(province, code, due_date="2026-03-31")
    assert (answer.status, answer.json["code"]) == (422, "nothing_to_amend")
    assert ledger_rows(province) == before


def test_reductions_come_with_their_lines(province: LocalProvince) -> None:
    code = issued(province)
    why = {"kind": "discount", "amount_minor": 1, "reason": "r", "legal_basis": "l"}
    answer = amend(province, code, reductions=[why])
    assert (answer.json["code"], answer.json["errors"][0]["field"]) == ("lines_required", "/lines")
    amended = amend(province, code, lines=LESS, reductions=[why]).json
    assert amended["amount_minor"] == 799_999


@pytest.mark.parametrize("act", [amend, cancel_bill])
def test_nothing_changes_under_a_payment(province: LocalProvince, act: Any) -> None:
    code = issued(province)
    start(province, code)
    before = ledger_rows(province)
    answer = act(province, code, "x-1", **({"lines": LESS} if act is amend else {}))
    assert (answer.status, answer.json["code"]) == (409, "payment_in_progress")
    assert ledger_rows(province) == before


@pytest.mark.parametrize("act", [amend, cancel_bill])
def test_nothing_changes_after_the_payment(province: LocalProvince, act: Any) -> None:
    code = issued(province)
    payment_no = start(province, code).json["payment_no"]
    assert ipn_code(send_ipn(province, payment_no, 1_000_000)) == "00"
    before = ledger_rows(province)
    answer = act(province, code, "x-1", **({"lines": LESS} if act is amend else {}))
    assert (answer.status, answer.json["code"]) == (409, "order_paid")
    assert ledger_rows(province) == before


def test_nothing_is_amended_while_money_waits_for_a_person(province: LocalProvince) -> None:
    code = issued(province)
    payment_no = start(province, code).json["payment_no"]
    send_ipn(province, payment_no, 999_999)
    answer = amend(province, code, lines=LESS)
    assert (answer.status, answer.json["code"]) == (409, "payment_in_review")


def test_a_payment_that_begins_while_a_bill_is_amended_refuses_the_amendment(
    province: LocalProvince,
) -> None:
    """The bill was read before the payment was there."""
    code = issued(province)
    order = province.platform.ledger.read_order(code)
    start(province, code)
    with mock.patch.object(Ledger, "read_order", return_value=order):
        answer = amend(province, code, lines=LESS)
    assert (answer.status, answer.json["retryable"]) == (503, True)
    assert look(province, code)["amount_minor"] == 1_000_000


def test_an_amendment_that_comes_while_a_payment_begins_gives_it_the_new_amount(
    province: LocalProvince,
) -> None:
    """The bill was read before the amendment was there: no attempt is written for that amount."""
    code = issued(province)
    order = province.platform.ledger.read_order(code)
    amend(province, code, lines=LESS)
    read_order = Ledger.read_order
    stale = [order]

    def late(ledger: Ledger, payment_code: str) -> Any:
        return stale.pop() if stale else read_order(ledger, payment_code)

    with mock.patch.object(Ledger, "read_order", late):
        started = start(province, code)
    assert "vnp_Amount=80000000&" in started.json["action"]["url"]
    assert [each["payment_no"][18:] for each in look(province, code)["payments"]] == ["01"]


def test_the_amount_before_an_amendment_pays_nothing_and_becomes_a_case(
    province: LocalProvince,
) -> None:
    """The channel said that the payer gave up; the bill was amended; then it says success."""
    code = issued(province)
    payment_no = start(province, code).json["payment_no"]
    assert ipn_code(send_ipn(province, payment_no, 1_000_000, **REFUSED)) == "00"
    assert amend(province, code, lines=LESS).json["amount_minor"] == 800_000
    assert ipn_code(send_ipn(province, payment_no, 1_000_000)) == "04"
    order = look(province, code)
    assert (order["status"], order["needs_review"]) == ("pending", True)
    assert [case["kind"] for case in order["cases"]] == ["wrong_amount"]
    (money,) = [row for row in money_rows(province) if row["pk"].startswith("T#")]
    assert (money["amount_minor"], money["disposition"]) == (1_000_000, "wrong_amount")
    again = start(province, code, idempotency_key="p-2")
    assert (again.status, again.json["code"]) == (409, "payment_in_review")


def test_the_new_amount_is_paid_like_any_order(province: LocalProvince) -> None:
    code = issued(province)
    amend(province, code, lines=LESS)
    started = start(province, code).json
    assert ipn_code(send_ipn(province, started["payment_no"], 800_000)) == "00"
    province.pump()
    order = look(province, code)
    assert (order["status"], order["amount_minor"]) == ("paid", 800_000)
    assert [receipt["kind"] for receipt in order["receipts"]] == ["phi"]


def test_the_pay_page_shows_the_new_amount(province: LocalProvince) -> None:
    bill = issue(province).json
    path = bill["pay_url"].removeprefix("https://pay.quangninh.example")
    assert "1.000.000\u00a0đồng" in province.http("GET", path).text
    amend(province, bill["payment_code"], lines=LESS)
    shown = province.http("GET", path).text
    assert "800.000\u00a0đồng" in shown
    assert "1.000.000" not in shown


def test_a_bill_is_amended_twenty_times_at_most(province: LocalProvince) -> None:
    code = issued(province)
    for number in range(MAX_AMENDMENTS):
        lines = [{"fee_item": "FINE", "amount_minor": 500_000 + number}]
        assert amend(province, code, f"a-{number}", lines=lines).status == 200
    answer = amend(province, code, "a-last", lines=LESS)
    assert (answer.status, answer.json["code"]) == (409, "too_many_amendments")
    assert len(look(province, code)["bill"]["amendments"]) == MAX_AMENDMENTS
    (row,) = ledger_rows(province, "O#")
    assert len(row["content"]) < 3_000


def test_a_bill_is_cancelled_with_its_reason(province: LocalProvince) -> None:
    code = issued(province)
    answer = cancel_bill(province, code)
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert answer.json["bill"]["cancellation"] == {
        "at": "2026-03-02T02:00:00Z",
        "by": "portal-a",
        "reason": "withdrawn by decision 7",
    }
    assert cancel_bill(province, code).text == answer.text
    assert look(province, code) == answer.json
    assert cancel_bill(province, code, "c-2").json["code"] == "order_cancelled"
    assert amend(province, code, lines=LESS).json["code"] == "order_cancelled"
    assert create(province, reference="TB-2026-0001").status == 201


def test_a_reason_is_needed(province: LocalProvince) -> None:
    code = issued(province)
    for act in ("amend", "cancel"):
        target = f"/v1/bills/{code}/{act}"
        answer = call(province, "POST", target, {}, idempotency_key="x-1")
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, "/reason")
    plain = call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key="x-2")
    assert (plain.status, plain.json["code"]) == (409, "order_is_bill")


def test_an_order_that_is_no_bill_is_not_amended(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    for answer in (amend(province, code, lines=LESS), cancel_bill(province, code)):
        assert (answer.status, answer.json["code"]) == (404, "bill_not_found")


@pytest.mark.parametrize("act", ["amend", "cancel"])
def test_another_portals_bill_does_not_exist(province: LocalProvince, act: str) -> None:
    code = issued(province)
    before = ledger_rows(province)
    body = {"reason": "r", **({"lines": LESS} if act == "amend" else {})}
    answers = [
        call(
            province,
            "POST",
            f"/v1/bills/{asked}/{act}",
            body,
            key=OTHER_PORTAL_KEY,
            idempotency_key="x-1",
        )
        for asked in (code, "220000000000012314")
    ]
    assert [(each.status, each.json["code"]) for each in answers] == [(404, "order_not_found")] * 2
    assert ledger_rows(province) == before


def test_an_amended_time_is_when_the_chaser_comes(province: LocalProvince) -> None:
    """Extended just before its end, it does not expire; and then at its new end."""
    code = issued(province, valid_until="2026-03-31")
    province.clock.advance(days=29)
    assert amend(province, code, valid_until="2026-04-30").status == 200
    province.clock.advance(days=3)
    province.chase()
    assert look(province, code)["status"] == "created"
    province.clock.advance(days=30)
    province.chase()
    province.pump()
    assert look(province, code)["status"] == "expired"
    assert len(ledger_keys(province, "O#")) == 1
