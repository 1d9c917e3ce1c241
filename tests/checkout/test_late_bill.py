"""A late bill grows by the business day of the province, and never under a payment.

It is due on Tuesday 31 March 2026; the province's day begins at 17:00 UTC. One million đồng grow
by 500 a day."""

from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

from chalicelib.storage.bills import Bills
from tests.support.bill_invariants import lines_sum_to_the_amount
from tests.support.bills import SURCHARGE, bill_body, issue, issue_many, issued, look
from tests.support.local_province import LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.portal_client import call, start
from tests.support.province_tables import read_tables
from tests.support.rows import ledger_rows

REFUSED = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}


def at(province: LocalProvince, month: int, day: int, hour: int, minute: int = 0) -> None:
    """UTC."""
    province.clock.at = datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def code(province: LocalProvince) -> str:
    return issued(province, surcharge=SURCHARGE)


def amounts(order: Any) -> list[tuple[str, int]]:
    return [(line.get("part", "principal"), line["amount_minor"]) for line in order["lines"]]


def test_it_grows_at_the_provinces_midnight_after_the_due_date(
    province: LocalProvince, code: str
) -> None:
    at(province, 3, 31, 16, 59)
    assert look(province, code)["amount_minor"] == 1_000_000
    at(province, 3, 31, 17)
    order = look(province, code)
    assert amounts(order) == [("principal", 1_000_000), ("surcharge", 500)]
    assert (order["amount_minor"], order["bill"]["surcharge_minor"]) == (1_000_500, 500)
    assert order["bill"]["priced_on"] == "2026-04-01"
    at(province, 4, 10, 2)
    assert look(province, code)["amount_minor"] == 1_005_000


def test_looking_again_on_the_same_day_writes_nothing(province: LocalProvince, code: str) -> None:
    at(province, 4, 10, 2)
    look(province, code)
    before = ledger_rows(province)
    at(province, 4, 10, 16, 59)
    with mock.patch.object(Bills, "reprice") as reprice:
        assert look(province, code)["amount_minor"] == 1_005_000
    reprice.assert_not_called()
    assert ledger_rows(province) == before


def test_before_the_due_date_and_without_a_rule_nothing_is_written(
    province: LocalProvince, code: str
) -> None:
    plain = issued(province, "b-2", reference="TB-2")
    with mock.patch.object(Bills, "reprice") as reprice:
        at(province, 3, 30, 2)
        look(province, code)
        at(province, 6, 30, 2)
        assert look(province, plain)["amount_minor"] == 1_000_000
    reprice.assert_not_called()


def test_a_payment_is_for_todays_amount(province: LocalProvince, code: str) -> None:
    at(province, 4, 10, 2)
    started = start(province, code).json
    assert "vnp_Amount=100500000&" in started["action"]["url"]
    assert ipn_code(send_ipn(province, started["payment_no"], 1_005_000)) == "00"
    province.pump()
    order = look(province, code)
    assert (order["status"], order["amount_minor"]) == ("paid", 1_005_000)
    lines_sum_to_the_amount(read_tables(province))
    at(province, 5, 10, 2)
    assert look(province, code)["amount_minor"] == 1_005_000


def test_a_payer_sees_todays_amount_with_its_surcharge(province: LocalProvince) -> None:
    bill = issue(province, surcharge=SURCHARGE).json
    path = bill["pay_url"].removeprefix("https://pay.quangninh.example")
    on_time = province.http("GET", path).text
    assert "Ngày đến hạn" in on_time
    assert "tiền chậm nộp" not in on_time
    at(province, 4, 10, 2)
    late = province.http("GET", path).text
    assert "1.005.000\u00a0đồng" in late
    assert "tiền chậm nộp" in late
    assert "5.000\u00a0đồng" in late


def test_an_attempt_does_not_outlive_the_day_of_its_amount(
    province: LocalProvince, code: str
) -> None:
    at(province, 4, 10, 16, 55)
    assert start(province, code).json["expires_at"] == "2026-04-10T17:00:00Z"
    on_time = issued(province, "b-2", reference="TB-2", due_date="2026-06-01", surcharge=SURCHARGE)
    assert start(province, on_time).json["expires_at"] == "2026-04-10T17:10:00Z"


def test_an_attempt_on_the_due_date_ends_with_it(province: LocalProvince, code: str) -> None:
    at(province, 3, 31, 16, 50)
    assert start(province, code).json["expires_at"] == "2026-03-31T17:00:00Z"


def test_a_capped_amount_holds_over_midnight(province: LocalProvince) -> None:
    capped = {**SURCHARGE, "cap_minor": 1_000}
    code = issued(province, surcharge=capped)
    at(province, 4, 10, 16, 55)
    started = start(province, code).json
    assert started["expires_at"] == "2026-04-10T17:10:00Z"
    assert "vnp_Amount=100100000&" in started["action"]["url"]


def test_a_payment_in_flight_keeps_its_amount_over_midnight(
    province: LocalProvince, code: str
) -> None:
    at(province, 4, 10, 16, 55)
    payment_no = start(province, code).json["payment_no"]
    at(province, 4, 10, 17, 3)
    before = ledger_rows(province)
    assert look(province, code)["amount_minor"] == 1_005_000
    second = start(province, code, idempotency_key="p-2")
    assert (second.status, second.json["code"]) == (409, "payment_in_progress")
    assert ledger_rows(province) == before
    assert ipn_code(send_ipn(province, payment_no, 1_005_000)) == "00"
    assert look(province, code)["status"] == "paid"


def test_a_payment_given_up_yesterday_that_succeeds_today_is_a_case(
    province: LocalProvince, code: str
) -> None:
    at(province, 4, 10, 16, 55)
    payment_no = start(province, code).json["payment_no"]
    send_ipn(province, payment_no, 1_005_000, **REFUSED)
    at(province, 4, 10, 17, 3)
    assert look(province, code)["amount_minor"] == 1_005_500
    assert ipn_code(send_ipn(province, payment_no, 1_005_000)) == "04"
    order = look(province, code)
    assert [case["kind"] for case in order["cases"]] == ["wrong_amount"]
    at(province, 4, 20, 2)
    assert look(province, code)["amount_minor"] == 1_005_500


def test_a_payment_that_begins_as_the_amount_grows_is_for_the_amount_that_was_written(
    province: LocalProvince, code: str
) -> None:
    """The bill is priced for today by somebody else between our reading and our writing."""
    at(province, 4, 10, 2)
    reprice = Bills.reprice
    turns = []

    def raced(bills: Bills, order: Any, priced: Any) -> bool:
        turns.append(order.bill.priced_on)
        if len(turns) == 1:
            assert reprice(bills, order, priced)
        return reprice(bills, order, priced)

    with mock.patch.object(Bills, "reprice", raced):
        started = start(province, code)
    assert started.status == 201
    assert "vnp_Amount=100500000&" in started.json["action"]["url"]
    assert len(turns) == 1


def test_each_receipt_has_its_part_of_the_surcharge(province: LocalProvince) -> None:
    lines = [{"fee_item": "FINE", "amount_minor": 970_000}, {"fee_item": "CHARGE"}]
    code = issued(province, fee_item=None, principal_minor=None, lines=lines, surcharge=SURCHARGE)
    at(province, 4, 10, 2)
    started = start(province, code).json
    send_ipn(province, started["payment_no"], 1_005_000)
    province.pump()
    order = look(province, code)
    assert amounts(order) == [
        ("principal", 970_000),
        ("principal", 30_000),
        ("surcharge", 4_850),
        ("surcharge", 150),
    ]
    receipts = {row["kind"]: row["amount_minor"] for row in ledger_rows(province, "R#")}
    assert receipts == {"phi": 974_850, "lephi": 30_150}


def test_the_bill_expires_after_its_last_day_and_releases_its_number(
    province: LocalProvince,
) -> None:
    code = issued(province, valid_until="2026-04-30", surcharge=SURCHARGE)
    at(province, 4, 30, 16, 59)
    province.chase()
    assert look(province, code)["status"] == "created"
    at(province, 4, 30, 17, 1)
    refused = start(province, code)
    assert (refused.status, refused.json["code"]) == (409, "order_expired")
    province.chase()
    assert look(province, code)["status"] == "expired"
    again = issue(province, "b-2", due_date="2026-05-29")
    assert again.status == 201
    assert again.json["payment_code"] != code


def test_bills_are_found_by_unit_status_due_date_and_number(province: LocalProvince) -> None:
    bodies = [
        bill_body(reference=f"TB-{number}", due_date=day)
        for number, day in enumerate(("2026-03-10", "2026-03-20", "2026-03-30"), 1)
    ]
    issue_many(province, *bodies)
    province.pump()

    def found(query: str) -> list[str]:
        answer = call(province, "GET", f"/v1/bills{query}")
        assert answer.status == 200, answer
        return sorted(item["reference"] for item in answer.json["items"])

    assert found("") == ["TB-1", "TB-2", "TB-3"]
    assert found("?due_before=2026-03-20") == ["TB-1"]
    assert found("?payee_unit=UNITA&status=created") == ["TB-1", "TB-2", "TB-3"]
    assert found("?payee_unit=UNITB") == []
    assert found("?reference=TB-2") == ["TB-2"]
    assert found("?reference=TB-2&due_before=2026-03-20") == []
    (second,) = call(province, "GET", "/v1/bills?reference=TB-2").json["items"]
    body = {"reason": "r", "due_date": "2026-03-09"}
    target = f"/v1/bills/{second['payment_code']}/amend"
    call(province, "POST", target, body, idempotency_key="a-1")
    province.pump()
    assert found("?due_before=2026-03-20") == ["TB-1", "TB-2"]
    call(
        province,
        "POST",
        f"/v1/bills/{second['payment_code']}/cancel",
        {"reason": "r"},
        idempotency_key="c-1",
    )
    province.pump()
    assert found("?status=cancelled") == ["TB-2"]
    assert found("?status=created") == ["TB-1", "TB-3"]
    for query in ("?due_before=soon", "?status=late", "?unit=UNITA", "?limit=0"):
        assert call(province, "GET", f"/v1/bills{query}").status == 400
