"""Issuing bills: one for each number of a unit, however often it is sent and with whatever key."""

import json
from typing import Any
from unittest import mock

import pytest
from stdnum.iso7064 import mod_97_10

from chalicelib.checkout.issue_bill import MAX_BILLS_OF_ONE_REFERENCE
from chalicelib.domain.identifiers import derive_body
from chalicelib.domain.payers import Payer, PayerKind, read_parties
from chalicelib.domain.portals import KeyPrefix, PortalKey, Scope, hash_key, new_key
from chalicelib.domain.province import Mode
from chalicelib.errors import TryLater
from chalicelib.storage.compression import decompress
from chalicelib.storage.ledger import Ledger
from tests.support.bills import (
    SURCHARGE,
    amend,
    bill_body,
    cancel_bill,
    issue,
    issue_many,
    issued,
    look,
)
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_keys, ledger_rows
from tests.support.seeded import OTHER_PORTAL_KEY, province_document


def test_a_bill_is_an_order_with_a_due_date(province: LocalProvince) -> None:
    answer = issue(province, surcharge=SURCHARGE)
    assert answer.status == 201
    bill = answer.json
    assert (bill["status"], bill["amount_minor"], bill["currency"]) == ("created", 1_000_000, "VND")
    assert mod_97_10.is_valid(bill["payment_code"])
    assert bill["bill"]["due_date"] == "2026-03-31"
    # A year after the due date, to the end of the day in Vietnam.
    assert (bill["bill"]["valid_until"], bill["expires_at"]) == (
        "2027-03-31",
        "2027-03-31T17:00:00Z",
    )
    assert bill["links"]["amend"].endswith(f"/v1/bills/{bill['payment_code']}/amend")
    assert look(province, bill["payment_code"]).items() >= bill.items()


def test_a_repeat_gets_the_same_bytes(province: LocalProvince) -> None:
    first = issue(province)
    province.clock.advance(days=3)
    again = issue(province)
    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def test_the_same_bill_under_another_key_issues_none(province: LocalProvince) -> None:
    first = issue(province)
    again = issue(province, "b-2")
    assert (again.status, again.json) == (200, first.json)
    assert issue(province, "b-2").text == again.text
    assert len(ledger_keys(province, "O#")) == 1


def test_defaults_that_are_spelled_out_are_the_same_bill(province: LocalProvince) -> None:
    code = issued(province)
    again = issue(province, "b-2", reductions=[], metadata={}, language=None)
    assert (again.status, again.json["payment_code"]) == (200, code)


def test_another_spelling_of_the_number_is_the_same_bill_with_other_content(
    province: LocalProvince,
) -> None:
    issued(province)
    answer = issue(province, "b-2", reference="tb-2026 -0001")
    assert (answer.status, answer.json["code"]) == (409, "bill_differs")


def test_other_content_for_the_same_number_is_refused_and_names_the_amendment(
    province: LocalProvince,
) -> None:
    code = issued(province)
    before = ledger_rows(province)
    answer = issue(province, "b-2", principal_minor=900_000)
    assert (answer.status, answer.json["code"]) == (409, "bill_differs")
    assert f"/v1/bills/{code}/amend" in answer.json["suggested_action"]
    assert answer.json["link"].endswith(f"/v1/orders/{code}")
    assert ledger_rows(province) == before


def test_the_first_content_is_still_known_after_an_amendment(province: LocalProvince) -> None:
    code = issued(province)
    amend(province, code, lines=[{"fee_item": "FINE", "amount_minor": 900_000}])
    again = issue(province, "b-2")
    assert (again.status, again.json["payment_code"]) == (200, code)
    assert again.json["amount_minor"] == 900_000


def test_a_key_used_for_another_bill_is_refused(province: LocalProvince) -> None:
    issued(province)
    answer = issue(province, reference="TB-2")
    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
    assert len(ledger_keys(province, "O#")) == 1


def test_a_cancelled_bill_leaves_its_number_to_another_but_never_to_itself(
    province: LocalProvince,
) -> None:
    first = issued(province)
    assert cancel_bill(province, first).status == 200
    again = issue(province, "b-2")
    assert (again.status, again.json["payment_code"], again.json["status"]) == (
        200,
        first,
        "cancelled",
    )
    second = issue(province, "b-3", principal_minor=900_000)
    assert second.status == 201
    assert second.json["payment_code"] != first
    assert issue(province, "b-4", principal_minor=900_000).json == second.json
    assert issue(province, "b-5", principal_minor=800_000).json["code"] == "bill_differs"
    assert len(ledger_keys(province, "O#")) == 2


def test_a_number_that_an_order_covers_takes_no_bill(province: LocalProvince) -> None:
    order = create(province, reference="TB-2026-0001").json
    answer = issue(province)
    assert (answer.status, answer.json["code"]) == (409, "obligation_open")
    assert answer.json["link"] == order["links"]["self"]
    send_ipn(province, start(province, order["payment_code"]).json["payment_no"])
    assert issue(province).json["code"] == "obligation_paid"


def test_a_number_that_a_bill_covers_takes_no_order_and_no_bill_of_another_portal(
    province: LocalProvince,
) -> None:
    code = issued(province)
    order = create(province, reference="TB-2026-0001")
    assert (order.status, order.json["code"]) == (409, "obligation_open")
    other = issue(province, portal_key=OTHER_PORTAL_KEY)
    assert (other.status, other.json["code"]) == (409, "obligation_open")
    assert code not in other.text


def test_a_repeated_bill_is_answered_even_when_the_catalogue_no_longer_has_the_item(
    province: LocalProvince,
) -> None:
    code = issued(province)
    with mock.patch("chalicelib.domain.catalog.FeeItem.is_valid_on", return_value=False):
        again = issue(province, "b-2")
        assert (again.status, again.json["payment_code"]) == (200, code)
        assert issue(province, "b-3", reference="TB-2").status == 422


def test_a_taken_code_moves_on_and_its_repeat_walks_the_same_chain(
    province: LocalProvince,
) -> None:
    def collide(secret: bytes, purpose: str, key: str, turn: int) -> int:
        return 7 if turn == 0 else derive_body(secret, purpose, key, turn)

    with mock.patch("chalicelib.checkout.issue_bill.derive_body", collide):
        first, second = issue(province), issue(province, "b-2", reference="TB-2")
        assert (first.status, second.status) == (201, 201)
        assert first.json["payment_code"] != second.json["payment_code"]
        assert issue(province, "b-3", reference="TB-2").json == second.json
        assert issue(province, "b-4").json == first.json
    assert len(ledger_keys(province, "O#")) == 2


def test_days_to_pay_are_working_days_of_the_province(province: LocalProvince) -> None:
    """From Monday 2 March; Friday 6 March is a holiday here."""
    document = province_document()
    document["profile"]["holidays"] = ["2026-03-06"]
    province.platform.setup.write_province(document)
    bill = issue(province, due_date=None, days_to_pay=6).json["bill"]
    assert bill["due_date"] == "2026-03-11"
    moved = issue(province, "b-2", reference="TB-2", due_date="2026-03-06").json["bill"]
    assert moved["due_date"] == "2026-03-09"


def test_what_is_not_asked_is_recorded_with_its_reason(province: LocalProvince) -> None:
    reductions = [
        {"kind": "discount", "amount_minor": 250_000, "reason": "near-poor household"},
        {"kind": "exemption", "amount_minor": 30_000, "reason": "war invalid", "line": 1},
    ]
    lines = [{"fee_item": "FINE", "amount_minor": 1_000_000}, {"fee_item": "CHARGE"}]
    answer = issue(
        province,
        fee_item=None,
        principal_minor=None,
        lines=lines,
        reductions=[{**each, "legal_basis": "Decree 81/2021"} for each in reductions],
    )
    assert [(line["fee_item"], line["amount_minor"]) for line in answer.json["lines"]] == [
        ("FINE", 750_000)
    ]
    assert answer.json["amount_minor"] == answer.json["bill"]["principal_minor"] == 750_000
    assert answer.json["bill"]["reductions"] == [
        {
            "fee_item": fee_item,
            "kind": each["kind"],
            "amount_minor": each["amount_minor"],
            "reason": each["reason"],
            "legal_basis": "Decree 81/2021",
        }
        for fee_item, each in zip(("FINE", "CHARGE"), reductions, strict=True)
    ]


def test_a_bill_that_was_due_before_it_is_issued_begins_with_its_surcharge(
    province: LocalProvince,
) -> None:
    bill = issue(province, due_date="2026-02-20", surcharge=SURCHARGE).json
    assert (bill["amount_minor"], bill["bill"]["surcharge_minor"]) == (1_005_000, 5_000)
    assert bill["bill"]["valid_until"] == "2027-03-02"


def test_the_debtor_may_be_an_organisation_and_is_stored_only_encrypted(
    province: LocalProvince,
) -> None:
    payer = {
        "kind": "organisation",
        "name": "Canary Trading Company",
        "identity": {"kind": "tax_code", "number": "5700123456"},
    }
    code = issued(province, payer=payer)
    assert "Canary" not in repr(ledger_rows(province))
    order = province.platform.ledger.read_order(code)
    assert order is not None
    opened = json.loads(decompress(province.platform.envelope.open(order.sealed_payer, code)))
    assert (opened["kind"], opened["identity_number"]) == ("organisation", "5700123456")
    assert "debtor" not in opened


def test_who_owes_may_be_another_than_who_pays(province: LocalProvince) -> None:
    debtor = {"kind": "individual", "name": "Canary Pupil"}
    code = issued(province, debtor=debtor)
    assert "Canary" not in repr(ledger_rows(province))
    order = province.platform.ledger.read_order(code)
    assert order is not None
    opened = json.loads(decompress(province.platform.envelope.open(order.sealed_payer, code)))
    parties = read_parties(opened)
    assert parties.payer.name == opened["name"] == "Nguyễn Văn An"
    assert parties.debtor == Payer(PayerKind.INDIVIDUAL, "Canary Pupil")
    assert issue(province, "b-2", debtor=debtor).status == 200
    assert issue(province, "b-3").json["code"] == "bill_differs"


def test_each_of_many_bills_has_a_result(province: LocalProvince) -> None:
    issued(province)
    issued(province, "b-2", reference="TB-9")
    bodies = [
        bill_body(),
        bill_body(reference="TB-2"),
        bill_body(reference="TB-9", principal_minor=7),
        bill_body(reference="TB-3", fee_item="NONE"),
        bill_body(reference="tb-2"),
        {"reference": 7},
    ]
    answer = issue_many(province, *bodies, key="b-9")
    results = answer.json["results"]
    assert answer.status == 200
    assert [(each["index"], each["result"]) for each in results] == [
        (0, "already_issued"),
        (1, "issued"),
        (2, "refused"),
        (3, "refused"),
        (4, "refused"),
        (5, "refused"),
    ]
    assert [each["problem"]["code"] for each in results[2:]] == [
        "bill_differs",
        "fee_item_unknown",
        "reference_repeated",
        "invalid_request",
    ]
    alone = issue(province, "b-10", reference="TB-3", fee_item="NONE").json
    assert {**results[3]["problem"], "trace_id": ""} == {**alone, "trace_id": ""}
    assert results[1]["bill"]["payment_code"] in [key[2:] for key in ledger_keys(province, "O#")]
    assert issue_many(province, *bodies, key="b-9").text == answer.text
    assert len(ledger_keys(province, "O#")) == 3


def test_a_hundred_bills_are_issued_and_a_hundred_and_one_are_not(
    province: LocalProvince,
) -> None:
    bodies = [bill_body(reference=f"TB-{number}") for number in range(101)]
    refused = issue_many(province, *bodies)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "/bills")
    results = issue_many(province, *bodies[:100]).json["results"]
    assert {each["result"] for each in results} == {"issued"}
    assert len({each["bill"]["payment_code"] for each in results}) == 100


def test_many_of_which_one_cannot_be_decided_are_asked_for_again(
    province: LocalProvince,
) -> None:
    """What was issued before stays issued, and is told as issued by the repetition."""
    create_order = Ledger.create_order

    def busy(ledger: Ledger, order: Any) -> Any:
        if order.reference == "TB-2":
            raise TryLater("busy", "throttled")
        return create_order(ledger, order)

    bodies = [bill_body(reference=f"TB-{number}") for number in (1, 2, 3)]
    with mock.patch.object(Ledger, "create_order", busy):
        answer = issue_many(province, *bodies)
    assert (answer.status, answer.json["retryable"]) == (503, True)
    assert len(ledger_keys(province, "O#")) == 1
    again = issue_many(province, *bodies).json["results"]
    assert [each["result"] for each in again] == ["issued"] * 3


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"due_date": None}, "/due_date", "due_date_required"),
        ({"days_to_pay": 5}, "/days_to_pay", "due_date_twice"),
        ({"due_date": "2026-02-30"}, "/due_date", "invalid_value"),
        ({"due_date": "31.3.2026"}, "/due_date", "invalid_format"),
        ({"due_date": "1926-03-31"}, "/due_date", "due_date_out_of_range"),
        ({"due_date": "9999-12-31"}, "/due_date", "due_date_out_of_range"),
        ({"valid_until": "9999-12-31"}, "/valid_until", "validity_out_of_range"),
        ({"valid_until": "2026-03-30"}, "/valid_until", "validity_out_of_range"),
        ({"valid_until": "2046-03-30"}, "/valid_until", "validity_out_of_range"),
        ({"days_to_pay": 0, "due_date": None}, "/days_to_pay", "out_of_range"),
        ({"principal_minor": None}, "/lines/0/amount_minor", "amount_required"),
        ({"principal_minor": 1.5}, "/principal_minor", "wrong_type"),
        ({"fee_item": None}, "/lines", "lines_or_fee_item"),
        ({"lines": [{"fee_item": "CHARGE"}]}, "/lines", "lines_or_fee_item"),
        ({"payee_unit": "UNITB"}, "/payee_unit", "payee_unit_unknown"),
        ({"return_url": "https://portal.example/done"}, "/return_url", "unknown_field"),
        (
            {"surcharge": {**SURCHARGE, "daily_rate": {"parts": 1, "per": 0}}},
            "/surcharge/daily_rate/per",
            "out_of_range",
        ),
        (
            {"surcharge": {**SURCHARGE, "rounding": "bankers"}},
            "/surcharge/rounding",
            "unknown_value",
        ),
    ],
)
def test_a_wrong_bill_is_refused_by_its_field(
    province: LocalProvince, changes: dict[str, Any], field: str, code: str
) -> None:
    answer = issue(province, **changes)
    assert answer.status == 422
    assert (answer.json["code"], answer.json["errors"][0]["field"]) == (code, field)
    assert ledger_rows(province) == []


@pytest.mark.parametrize(
    ("reduction", "field", "code"),
    [
        ({"amount_minor": 1_000_001}, "/reductions/0/amount_minor", "reduction_out_of_range"),
        ({"line": 1, "amount_minor": 1}, "/reductions/0/line", "line_unknown"),
        ({"amount_minor": 1_000_000}, "/reductions", "nothing_to_pay"),
    ],
)
def test_a_reduction_leaves_something_to_pay(
    province: LocalProvince, reduction: dict[str, Any], field: str, code: str
) -> None:
    why = {"kind": "discount", "reason": "r", "legal_basis": "l"}
    answer = issue(province, reductions=[{**why, **reduction}])
    assert (answer.json["code"], answer.json["errors"][0]["field"]) == (code, field)


def test_bills_need_their_own_right(province: LocalProvince) -> None:
    key = new_key(KeyPrefix.PORTAL_TEST, b"orders-only-key!")
    scopes = frozenset({Scope.ORDERS_READ, Scope.ORDERS_WRITE})
    setup = province.platform.setup
    setup.write_key(PortalKey(hash_key(key), "portal-a", Mode.TEST, scopes, province.clock.at))
    code = issued(province)
    for target in ("/v1/bills", f"/v1/bills/{code}/amend", f"/v1/bills/{code}/cancel"):
        answer = call(province, "POST", target, bill_body(), key=key, idempotency_key="x-1")
        assert (answer.status, answer.json["code"]) == (403, "scope_missing")
    assert call(province, "GET", f"/v1/orders/{code}", key=key).status == 200


def test_a_dry_run_says_what_would_happen_and_writes_nothing(province: LocalProvince) -> None:
    issued(province)
    create(province, reference="HS-1")
    before = ledger_rows(province)
    bodies = [
        bill_body(),
        bill_body(reference="TB-2"),
        bill_body(reference="TB-2 "),
        bill_body(reference="HS-1"),
        bill_body(reference="TB-3", fee_item="NONE"),
    ]
    target = "/v1/bills?dry_run=true"
    tried = call(province, "POST", target, {"bills": bodies}, idempotency_key="b-1").json
    assert [each["result"] for each in tried["results"]] == [
        "already_issued",
        "would_issue",
        "refused",
        "refused",
        "refused",
    ]
    codes = [each["problem"]["code"] for each in tried["results"][2:]]
    assert codes == ["reference_repeated", "obligation_open", "fee_item_unknown"]
    differs = bill_body(principal_minor=7)
    refused = call(province, "POST", target, differs, idempotency_key="b-1")
    assert (refused.status, refused.json["code"]) == (409, "bill_differs")
    alone = call(province, "POST", target, bill_body(reference="TB-2"), idempotency_key="b-1")
    assert (alone.status, alone.json["status"]) == (200, "created")
    assert ledger_rows(province) == before
    done = issue(province, "b-2", reference="TB-2")
    assert done.status == 201
    assert done.json["payment_code"] == alone.json["payment_code"]
    assert tried["results"][1]["bill"]["payment_code"] == alone.json["payment_code"]
    wrong = call(province, "POST", "/v1/bills?dry_run=1", bill_body(), idempotency_key="b-1")
    assert (wrong.status, wrong.json["code"]) == (400, "invalid_parameter")


def test_of_a_bill_that_is_wrong_all_over_the_first_errors_are_told(
    province: LocalProvince,
) -> None:
    """The whole answer is kept in a row of at most 400 KB."""
    wrong = {f"x{number}": 1 for number in range(60)}
    answer = issue_many(province, *[wrong] * 100)
    assert answer.status == 200
    assert {len(each["problem"]["errors"]) for each in answer.json["results"]} == {10}
    assert issue_many(province, *[wrong] * 100).text == answer.text


def test_a_number_is_not_billed_for_ever(province: LocalProvince) -> None:
    for number in range(MAX_BILLS_OF_ONE_REFERENCE):
        code = issued(province, f"b-{number}", principal_minor=1_000 + number)
        assert cancel_bill(province, code, f"c-{number}").status == 200
    for target in ("/v1/bills", "/v1/bills?dry_run=true"):
        answer = call(province, "POST", target, bill_body(), idempotency_key="b-last")
        assert (answer.status, answer.json["code"]) == (409, "reference_used_up")
