"""A clerk's shift: opened once, sold in, closed by counting the drawer."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.counters import (
    CLERK_KEY,
    SECOND_CLERK_KEY,
    STRANGER_KEY,
    close,
    issue,
    look,
    new_order,
    opened,
    post,
    record_slip,
    seed,
    take_cash,
)
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, start
from tests.support.rows import ledger_rows
from tests.support.seeded import OPERATOR_KEY, PORTAL_KEY, SECOND_OPERATOR_KEY


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@pytest.fixture
def shift(province: LocalProvince) -> str:
    return opened(province)


def code_of(answer: HttpAnswer) -> str:
    code: str = answer.json["code"]
    return code


def status(province: LocalProvince, code: str) -> str:
    answer: str = call(province, "GET", f"/v1/orders/{code}").json["status"]
    return answer


def money(province: LocalProvince) -> dict[str, tuple[str, int, str]]:
    return {
        row["pk"]: (row["payment_no"], row["amount_minor"], row["disposition"])
        for row in ledger_rows(province, "T#")
    }


def kinds(province: LocalProvince) -> list[str]:
    return sorted(row["kind"] for row in ledger_rows(province, "CASE#"))


def test_a_counter_has_one_open_shift(province: LocalProvince, shift: str) -> None:
    assert shift == "a-1-000001"
    assert opened(province) == shift
    body = {"counter": "a-1", "float_minor": 1}
    refused = post(province, "shifts", body, "s-2", SECOND_CLERK_KEY)
    assert (refused.status, code_of(refused)) == (409, "shift_open")
    assert opened(province, key="s-3", counter="a-2") == "a-2-000001"
    items = look(province, "counters").json["items"]
    assert [(each["counter"], each["shift"], each["means"]) for each in items] == [
        ("a-1", "a-1-000001", ["cash", "pos"]),
        ("a-2", "a-2-000001", ["cash"]),
    ]


def test_cash_pays_with_its_change_and_its_number(province: LocalProvince, shift: str) -> None:
    code = issue(province).json["payment_code"]
    answer = take_cash(province, shift, code)
    assert answer.status == 201
    sale = answer.json
    assert (sale["recorded"], sale["change_minor"], sale["number"]) == (
        "paid",
        50_000,
        "a-1-000001-0001",
    )
    assert status(province, code) == "paid"
    assert money(province) == {"T#cash#a-1#a-1-000001-0001": (f"{code}01", 50_000, "applied")}


def test_a_double_click_is_one_sale(province: LocalProvince, shift: str) -> None:
    code = new_order(province)
    first = take_cash(province, shift, code)
    again = take_cash(province, shift, code)
    assert (again.status, again.text) == (first.status, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = take_cash(province, shift, code, received_minor=60_000)
    assert (other.status, code_of(other)) == (422, "idempotency_key_reused")
    new_key = take_cash(province, shift, code, "c-2")
    assert (new_key.status, code_of(new_key)) == (409, "order_paid")
    assert len(money(province)) == 1
    assert look(province, f"shifts/{shift}").json["sales"] == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"received_minor": 49_999}, (422, "received_too_little")),
        ({"amount_minor": 49_000}, (409, "amount_differs")),
    ],
)
def test_cash_that_does_not_fit_is_refused_before_it_is_taken(
    province: LocalProvince, shift: str, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    code = new_order(province)
    refused = take_cash(province, shift, code, **changes)
    assert (refused.status, code_of(refused)) == expected
    assert (money(province), status(province, code)) == ({}, "created")
    assert take_cash(province, shift, code, "c-2").json["number"] == "a-1-000001-0001"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("220000000000000188", (422, "payment_code_mistyped")),
        ("220000000000000189", (404, "order_not_found")),
    ],
)
def test_a_code_that_nobody_has_takes_no_cash(
    province: LocalProvince, shift: str, code: str, expected: tuple[int, str]
) -> None:
    refused = take_cash(province, shift, code)
    assert (refused.status, code_of(refused)) == expected


def test_a_slip_pays_and_a_second_time_is_repeated(province: LocalProvince, shift: str) -> None:
    code = new_order(province)
    first = record_slip(province, shift, code)
    assert (first.status, first.json["recorded"]) == (201, "paid")
    assert first.json["number"] == "TID00001|000007|000101"
    again = record_slip(province, shift, code, "p-2", batch="000007", trace="000101")
    assert (again.status, again.json["recorded"]) == (201, "repeated")
    assert len(money(province)) == 1
    report = look(province, f"shifts/{shift}").json
    assert [(each["means"], each["sales"], each["amount_minor"]) for each in report["totals"]] == [
        ("cash", 0, 0),
        ("pos", 1, 50_000),
    ]
    assert kinds(province) == []


def test_a_slip_for_another_order_is_a_case(province: LocalProvince, shift: str) -> None:
    first, other = new_order(province), new_order(province, "k-2")
    record_slip(province, shift, first)
    reused = record_slip(province, shift, other, "p-2")
    assert (reused.status, reused.json["recorded"]) == (201, "transaction_reused")
    assert kinds(province) == ["transaction_reused"]
    assert (status(province, first), status(province, other)) == ("paid", "created")
    assert look(province, f"shifts/{shift}").json["sales"] == 1


def test_a_card_that_was_charged_is_never_lost(province: LocalProvince, shift: str) -> None:
    """The phone was quicker: surplus, with a case to refund."""
    code = new_order(province)
    assert take_cash(province, shift, code).status == 201
    assert record_slip(province, shift, code).json["recorded"] == "surplus"
    assert kinds(province) == ["double_payment"]
    other = new_order(province, "k-2")
    late = record_slip(province, shift, other, "p-2", trace="102", amount_minor=40_000)
    assert late.json["recorded"] == "wrong_amount"
    assert look(province, f"shifts/{shift}").json["totals"][1]["amount_minor"] == 90_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("masked_pan", "9704361234561234"),
        ("masked_pan", "9704 3612 3456 1234"),
        ("terminal", "TID00009"),
        ("trace", "77a77"),
    ],
)
def test_what_no_slip_says_is_refused_and_shown_nowhere(
    province: LocalProvince,
    shift: str,
    name: str,
    value: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = new_order(province)
    refused = record_slip(province, shift, code, **{name: value})
    assert (refused.status, code_of(refused)) == (422, "slip_unreadable")
    assert [each["field"] for each in refused.json["errors"]] == [f"/{name}"]
    captured = capsys.readouterr()
    rows = str(ledger_rows(province))
    assert value not in refused.text + captured.out + captured.err + rows
    assert money(province) == {}


def test_a_held_order_is_nobody_else_s_for_a_while(province: LocalProvince, shift: str) -> None:
    code = new_order(province)
    body = {"payment_code": code, "amount_minor": 50_000}
    held = post(province, f"shifts/{shift}/holds", body, "h-1")
    assert held.status == 201
    phone = start(province, code)
    assert (phone.status, code_of(phone)) == (409, "payment_locked")
    slip = record_slip(province, shift, code).json
    assert (slip["payment_no"], slip["recorded"]) == (held.json["payment_no"], "paid")


def test_a_phone_that_began_before_the_clerk_is_surplus_after_him(
    province: LocalProvince, shift: str
) -> None:
    code = new_order(province)
    phone = start(province, code).json["payment_no"]
    assert take_cash(province, shift, code).json["recorded"] == "paid"
    send_ipn(province, phone, 50_000)
    assert kinds(province) == ["double_payment"]
    assert sorted(each[2] for each in money(province).values()) == ["applied", "surplus"]


def test_a_drawer_that_counts_closes_and_gives_its_report(
    province: LocalProvince, shift: str
) -> None:
    take_cash(province, shift, new_order(province))
    record_slip(province, shift, new_order(province, "k-2"))
    pieces = [{"value_minor": 500_000, "pieces": 1}, {"value_minor": 50_000, "pieces": 1}]
    answer = post(province, f"shifts/{shift}/close", {"pieces": pieces}, "z-1")
    assert answer.status == 200
    closed = answer.json
    assert (closed["state"], closed["expected_minor"], closed["counted_minor"]) == (
        "closed",
        550_000,
        550_000,
    )
    assert (closed["difference_minor"], closed["reason"], closed["counted_by"]) == (
        0,
        None,
        "Lê Thị Thu",
    )
    assert closed["electronic"] == {
        "payments": 2,
        "electronic_payments": 1,
        "amount_minor": 100_000,
        "electronic_minor": 50_000,
        "of_payments": "50.00",
        "of_money": "50.00",
    }
    assert kinds(province) == []
    again = post(province, f"shifts/{shift}/close", {"pieces": pieces}, "z-1")
    assert again.text == answer.text


def test_nothing_is_sold_in_a_closed_shift(province: LocalProvince, shift: str) -> None:
    close(province, shift, 500_000)
    code = new_order(province)
    for answer in (take_cash(province, shift, code), record_slip(province, shift, code)):
        assert (answer.status, code_of(answer)) == (409, "shift_closed")
    assert (money(province), status(province, code)) == ({}, "created")
    assert opened(province, key="s-2") == "a-1-000002"
    assert take_cash(province, "a-1-000002", code, "c-2").status == 201


def test_a_drawer_that_does_not_count_needs_a_reason_and_a_second_person(
    province: LocalProvince, shift: str
) -> None:
    take_cash(province, shift, new_order(province))
    refused = close(province, shift, 540_000)
    assert (refused.status, code_of(refused)) == (409, "drawer_differs")
    assert look(province, f"shifts/{shift}").json["state"] == "open"
    closed = close(province, shift, 540_000, "z-2", reason="a note was given out twice").json
    assert (closed["state"], closed["difference_minor"]) == ("closed", -10_000)
    province.pump()
    case = call(province, "GET", "/v1/cases", key=OPERATOR_KEY).json["items"][0]
    assert (case["kind"], case["amount_minor"]) == ("drawer_differs", 10_000)
    path = f"/v1/cases/{case['case_id']}/dismiss"
    body = {"reason": "counted again by two: 10,000 short, taken over by the unit"}
    clerk = call(province, "POST", path, body, key=CLERK_KEY, idempotency_key="d-1")
    assert clerk.status == 403
    done = call(province, "POST", path, body, key=SECOND_OPERATOR_KEY, idempotency_key="d-1")
    assert (done.status, done.json["state"]) == (200, "closed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "count_missing"),
        ({"counted_minor": 1, "pieces": [{"value_minor": 2, "pieces": 1}]}, "count_differs"),
    ],
)
def test_a_count_that_is_none_closes_nothing(
    province: LocalProvince, shift: str, body: dict[str, object], code: str
) -> None:
    answer = post(province, f"shifts/{shift}/close", dict(body), "z-1")
    assert (answer.status, code_of(answer)) == (422, code)
    assert look(province, f"shifts/{shift}").json["state"] == "open"


def test_only_its_own_clerk_sells_in_a_shift_and_any_of_the_counter_closes_it(
    province: LocalProvince, shift: str
) -> None:
    code = new_order(province)
    other = take_cash(province, shift, code, clerk=SECOND_CLERK_KEY)
    assert (other.status, code_of(other)) == (409, "shift_of_another")
    body = {"counted_minor": 500_000}
    closed = post(province, f"shifts/{shift}/close", body, "z-1", SECOND_CLERK_KEY)
    assert (closed.json["state"], closed.json["counted_by"]) == ("closed", "Vũ Văn Ngân")


def test_other_counters_and_other_keys_see_nothing(province: LocalProvince, shift: str) -> None:
    assert look(province, f"shifts/{shift}", STRANGER_KEY).status == 404
    assert look(province, "shifts/a-1-000009").status == 404
    for key in (OPERATOR_KEY, PORTAL_KEY):
        assert look(province, f"shifts/{shift}", key).status == 403
    body = {"counter": "a-1", "float_minor": 0}
    assert post(province, "shifts", body, "s-9", STRANGER_KEY).status == 404
    assert take_cash(province, shift, new_order(province), clerk=STRANGER_KEY).status == 404


def test_an_order_is_issued_once_and_found_with_the_paper_s_code(province: LocalProvince) -> None:
    first = issue(province)
    assert first.status == 201
    assert issue(province).text == first.text
    code = first.json["payment_code"]
    found = look(province, f"counters/a-1/orders/{code}").json
    assert (found["status"], found["counter_qr"]) == ("created", first.json["counter_qr"])
    assert found["counter_qr"].endswith(f"/c/{code}")
    other = issue(province, "o-2", payee_unit="UNITB")
    assert (other.status, code_of(other)) == (422, "payee_unit_unknown")
