"""Cases as operators of finance meet them: the list, one case, and each decision."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.domain.cases import public_case_id
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.models.cases import Case, CaseDetail, CaseList
from tests.support import open_cases
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.notifications import ipn_code, send_ipn
from tests.support.open_cases import (
    FAILURE,
    MONEY,
    STRANGER,
    decide,
    look,
    money,
    new_order,
    suspense,
    wrong_amount,
)
from tests.support.portal_client import call, start
from tests.support.portal_receiver import PortalReceiver
from tests.support.province_tables import read_tables
from tests.support.rows import ledger_rows
from tests.support.seeded import (
    OPERATOR_KEY,
    OTHER_PORTAL_KEY,
    PORTAL_KEY,
    READER_KEY,
    SECOND_OPERATOR_KEY,
    province_document,
    seed,
)
from tests.support.settled_invariants import check_settled

REASON = "the payer called, number 12"
REFUND: dict[str, Any] = {
    "reference": "FT26061REF",
    "amount_minor": 50_000,
    "refunded_on": "2026-03-02",
}
BODIES: dict[str, dict[str, Any]] = {
    "take": {},
    "release": {},
    "assign": {"payment_code": STRANGER[:18], "reason": REASON},
    "refund": {"reason": REASON},
    "refunded": REFUND,
    "dismiss": {"reason": REASON},
}
MONEY_CASES = (suspense, wrong_amount, open_cases.double_payment, open_cases.late_success)
WORD_CASES = (open_cases.transaction_reused, open_cases.held)


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed, PortalReceiver()) as running:
        yield running


def listed(province: LocalProvince, query: str = "") -> list[str]:
    answer = call(province, "GET", f"/v1/cases?{query}", key=OPERATOR_KEY)
    assert answer.status == 200, answer
    return [each["case_id"] for each in answer.json["items"]]


def order(province: LocalProvince, code: str) -> Any:
    return call(province, "GET", f"/v1/orders/{code}").json


def refused(answer: HttpAnswer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def settle(province: LocalProvince) -> None:
    province.pump()
    check_settled(read_tables(province))


def test_a_case_says_what_it_is_whose_until_when_and_what_to_do(province: LocalProvince) -> None:
    case_id = suspense(province)
    province.clock.advance(hours=30)
    found = look(province, case_id)
    assert case_id == public_case_id(f"suspense:{MONEY}")
    assert {name: found[name] for name in ("kind", "state", "owner", "decision", "decisions")} == {
        "kind": "suspense",
        "state": "open",
        "owner": None,
        "decision": None,
        "decisions": [],
    }
    assert (found["payment_no"], found["amount_minor"]) == (STRANGER, 50_000)
    assert (found["opened_at"], found["age_hours"]) == ("2026-03-02T02:00:00Z", 30)
    assert (found["due_at"], found["overdue"]) == ("2026-03-05T17:00:00Z", False)
    assert found["title"]["vi"] == "Tiền chưa xác định"
    assert found["transaction"]["provider_transaction"] == "777"
    assert found["transaction"]["disposition"] == "suspense"
    assert found["order"] is None
    province.clock.advance(days=3)
    assert look(province, case_id)["overdue"] is True


def test_a_case_shows_the_order_that_the_money_named(province: LocalProvince) -> None:
    found = look(province, wrong_amount(province))
    assert (found["order"]["reference"], found["order"]["status"]) == ("HS-1", "pending")
    assert (found["order"]["amount_minor"], found["amount_minor"]) == (50_000, 49_999)


def test_the_list_follows_owner_and_state(province: LocalProvince) -> None:
    case_id = suspense(province)
    assert listed(province, "owner=") == [case_id]
    assert decide(province, case_id, "take").json["owner"] == "An Nguyen"
    province.pump()
    assert listed(province, "owner=") == []
    assert listed(province, "owner=An%20Nguyen&kind=suspense&state=open") == [case_id]
    assert listed(province, "kind=late_success") == []
    assert decide(province, case_id, "refund", reason=REASON).status == 200
    province.pump()
    assert listed(province, "state=refund_due") == [case_id]
    assert listed(province, "state=open") == []
    body = decide(province, case_id, "refunded", key=SECOND_OPERATOR_KEY, **REFUND).json
    assert (body["state"], body["decision"]) == ("closed", "refunded")
    assert listed(province) == []  # before the stream has told
    settle(province)
    assert listed(province) == []


def test_a_case_is_taken_by_one_person_and_released_by_any(province: LocalProvince) -> None:
    case_id = suspense(province)
    assert decide(province, case_id, "take").status == 200
    assert decide(province, case_id, "take", idempotency_key="d-2").status == 200
    other = decide(province, case_id, "take", key=SECOND_OPERATOR_KEY)
    assert refused(other) == (409, "case_taken")
    assert decide(province, case_id, "release", key=SECOND_OPERATOR_KEY).json["owner"] is None
    assert decide(province, case_id, "take", key=SECOND_OPERATOR_KEY, idempotency_key="d-2").json[
        "owner"
    ] == ("Trần Thị Bình")
    settle(province)
    assert listed(province, "owner=Tr%E1%BA%A7n%20Th%E1%BB%8B%20B%C3%ACnh") == [case_id]


@pytest.mark.parametrize(
    "query", ["kind=money", "state=done", "kind=suspense&kind=suspense", "x=1", "limit=0"]
)
def test_a_wrong_filter_is_refused(province: LocalProvince, query: str) -> None:
    assert call(province, "GET", f"/v1/cases?{query}", key=OPERATOR_KEY).status == 400


def test_pages_are_the_whole_list(province: LocalProvince) -> None:
    for number in range(5):
        send_ipn(province, STRANGER, vnp_TransactionNo=f"80{number}")
        province.clock.advance(seconds=1)
    province.pump()
    whole, seen = listed(province), []
    cursor: str | None = ""
    while cursor is not None:
        target = f"/v1/cases?limit=2{cursor and f'&cursor={cursor}'}"
        answer = call(province, "GET", target, key=OPERATOR_KEY).json
        seen += [each["case_id"] for each in answer["items"]]
        cursor = answer["next_cursor"]
    assert len(whole) == 5
    assert seen == whole


# Assign.


@pytest.mark.parametrize("opens", MONEY_CASES)
def test_money_that_paid_nothing_pays_another_order(
    province: LocalProvince, opens: Callable[[LocalProvince], str]
) -> None:
    is_other = opens is wrong_amount
    amount = 49_999 if is_other else 50_000
    case_id = opens(province)
    told = money(province)["payment_no"]
    lines = [{"fee_item": "FINE", "amount_minor": amount}]
    code = new_order(province, lines=lines)
    answer = decide(province, case_id, "assign", payment_code=code, reason=REASON)
    assert answer.status == 200, answer
    body = answer.json
    assert (body["state"], body["decision"]) == ("closed", "assigned")
    (said,) = body["decisions"]
    assert (said["by"], said["reason"]) == ("An Nguyen", REASON)
    assert said["assigned_to"] == code + "01"
    row = money(province)
    assert (row["disposition"], row["payment_no"]) == ("applied", code + "01")
    assert row["told_payment_no"] == told
    found = order(province, code)
    assert (found["status"], found["paid_at"]) == ("paid", "2026-03-02T02:01:30Z")
    assert [(each["payment_no"], each["status"]) for each in found["payments"]] == [
        (code + "01", "succeeded")
    ]
    named = order(province, told[:18])
    assert [(each["state"], each["decision"]) for each in named.get("cases", [])] in (
        [],
        [("closed", "assigned")],
    )
    settle(province)
    assert [each["kind"] for each in order(province, code)["receipts"]] == ["phi"]
    assert listed(province) == []


def test_an_order_with_a_payment_in_flight_is_paid_and_its_later_success_is_a_surplus(
    province: LocalProvince,
) -> None:
    case_id = suspense(province)
    code = new_order(province)
    payment_no = start(province, code).json["payment_no"]
    answer = decide(province, case_id, "assign", payment_code=code, reason=REASON)
    assert answer.json["decisions"][0]["assigned_to"] == code + "02"
    assert ipn_code(send_ipn(province, payment_no)) == "00"
    settle(province)
    (surplus,) = listed(province)
    assert look(province, surplus)["kind"] == "double_payment"


@pytest.mark.parametrize("told", [STRANGER, "", "code"])
def test_a_provider_who_tells_of_assigned_money_again_changes_nothing(
    province: LocalProvince, told: str
) -> None:
    case_id, code = suspense(province), new_order(province)
    payment_no = start(province, code).json["payment_no"]
    decide(province, case_id, "assign", payment_code=code, reason=REASON)
    province.pump()
    before = [row for row in ledger_rows(province) if not row["pk"].startswith("M#")]
    again = payment_no if told == "code" else told or STRANGER
    assert ipn_code(send_ipn(province, again, vnp_TransactionNo="777")) == "02"
    assert [row for row in ledger_rows(province) if not row["pk"].startswith("M#")] == before


def test_assigned_money_told_for_a_third_order_is_a_case(province: LocalProvince) -> None:
    case_id, code = suspense(province), new_order(province)
    decide(province, case_id, "assign", payment_code=code, reason=REASON)
    third = start(province, new_order(province, "k-3")).json["payment_no"]
    assert ipn_code(send_ipn(province, third, vnp_TransactionNo="777")) == "02"
    province.pump()
    (reused,) = listed(province)
    assert look(province, reused)["kind"] == "transaction_reused"
    assert order(province, third[:18])["status"] == "pending"


def test_a_decision_whose_twin_was_quicker_is_answered_as_the_twin(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looked for an answer before there was one, and at the case when it was decided."""
    case_id = suspense(province)
    first = decide(province, case_id, "refund", reason=REASON)
    read_answer, looks = Ledger.read_answer, [None]

    def early(ledger: Ledger, *given: Any) -> StoredAnswer | None:
        return looks.pop() if looks else read_answer(ledger, *given)

    monkeypatch.setattr(Ledger, "read_answer", early)
    again = decide(province, case_id, "refund", reason=REASON)
    assert (again.status, again.text) == (200, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = decide(province, case_id, "refund", idempotency_key="d-2", reason=REASON)
    assert refused(other) == (409, "case_decided")


def refuse_assignment(province: LocalProvince, code: str, status: int, reason: str) -> None:
    case_id = suspense(province)
    before = ledger_rows(province)
    answer = decide(province, case_id, "assign", payment_code=code, reason=REASON)
    assert refused(answer) == (status, reason)
    assert ledger_rows(province) == before


def test_money_pays_only_an_order_that_there_is(province: LocalProvince) -> None:
    refuse_assignment(province, "220000000000012314", 422, "order_unknown")
    answer = decide(province, listed(province)[0], "assign", payment_code="1" * 18, reason=REASON)
    assert (refused(answer), answer.json["errors"][0]["field"]) == (
        (422, "order_unknown"),
        "/payment_code",
    )


def test_money_pays_only_an_order_of_exactly_its_amount(province: LocalProvince) -> None:
    lines = [{"fee_item": "FINE", "amount_minor": 50_001}]
    refuse_assignment(province, new_order(province, lines=lines), 409, "amount_differs")


def test_money_pays_no_order_that_is_paid(province: LocalProvince) -> None:
    code = new_order(province)
    send_ipn(province, start(province, code).json["payment_no"])
    refuse_assignment(province, code, 409, "order_paid")


def test_money_pays_no_order_that_is_cancelled(province: LocalProvince) -> None:
    code = new_order(province)
    call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key="c-1")
    refuse_assignment(province, code, 409, "order_cancelled")


def test_test_money_pays_no_real_order(province: LocalProvince) -> None:
    code = new_order(province)
    table, key = province.settings.ledger_table, {"pk": f"O#{code}", "sk": "-"}
    row = province.platform.dynamo.get(table, key)
    assert row is not None
    province.platform.dynamo.put(table, {**row, "mode": "live"})
    refuse_assignment(province, code, 409, "mode_differs")


def test_money_in_the_account_of_one_unit_pays_no_order_of_another(
    province: LocalProvince,
) -> None:
    case_id, code = suspense(province), new_order(province)
    document = province_document()
    for account in document["channel_accounts"]:
        account["payee_units"] = ["UNITB"]
    province.platform.setup.write_province(document)
    province.clock.advance(minutes=2)
    before = ledger_rows(province)
    answer = decide(province, case_id, "assign", payment_code=code, reason=REASON)
    assert refused(answer) == (409, "payee_unit_differs")
    assert ledger_rows(province) == before


# Refund.


@pytest.mark.parametrize("opens", MONEY_CASES)
def test_money_goes_back_by_two_persons(
    province: LocalProvince, opens: Callable[[LocalProvince], str]
) -> None:
    case_id = opens(province)
    decided = decide(province, case_id, "refund", reason=REASON).json
    assert (decided["state"], decided["decision"]) == ("refund_due", None)
    assert money(province)["disposition"] == "refund_due"
    settle(province)
    amount = money(province)["amount_minor"]
    body = REFUND | {"amount_minor": amount}
    same = decide(province, case_id, "refunded", **body)
    assert refused(same) == (409, "second_person_needed")
    done = decide(province, case_id, "refunded", key=SECOND_OPERATOR_KEY, **body).json
    assert (done["state"], done["decision"]) == ("closed", "refunded")
    assert [each["by"] for each in done["decisions"]] == ["An Nguyen", "Trần Thị Bình"]
    assert (done["decisions"][1]["reference"], done["decisions"][1]["refunded_on"]) == (
        "FT26061REF",
        "2026-03-02",
    )
    assert money(province)["disposition"] == "refunded"
    settle(province)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"amount_minor": 49_999}, "/amount_minor", "refund_amount_differs"),
        ({"amount_minor": 50_001}, "/amount_minor", "refund_amount_differs"),
        ({"refunded_on": "2026-03-01"}, "/refunded_on", "refund_day_impossible"),
        ({"refunded_on": "2026-03-03"}, "/refunded_on", "refund_day_impossible"),
        ({"refunded_on": "yesterday"}, "/refunded_on", "invalid_value"),
        ({"reference": ""}, "/reference", "too_short"),
        ({"amount_minor": 0}, "/amount_minor", "out_of_range"),
        ({"note": "x"}, "/note", "unknown_field"),
    ],
)
def test_a_refund_that_cannot_be_is_refused(
    province: LocalProvince, changes: dict[str, Any], field: str, code: str
) -> None:
    case_id = suspense(province)
    decide(province, case_id, "refund", reason=REASON)
    answer = decide(province, case_id, "refunded", key=SECOND_OPERATOR_KEY, **REFUND | changes)
    assert (refused(answer), answer.json["errors"][0]["field"]) == ((422, code), field)
    assert money(province)["disposition"] == "refund_due"


def test_who_decides_reads_the_provider_s_words_and_who_only_looks_does_not(
    province: LocalProvince,
) -> None:
    case_id = suspense(province)
    told = look(province, case_id)["provider_words"]
    assert "vnp_TransactionNo=" in told
    read_only = call(province, "GET", f"/v1/cases/{case_id}", key=READER_KEY)
    assert (read_only.status, read_only.json["provider_words"]) == (200, None)


def test_the_order_tells_its_portal_what_became_of_the_money(province: LocalProvince) -> None:
    case_id = wrong_amount(province)
    code = look(province, case_id)["payment_no"][:18]
    assert order(province, code)["refunds"] == []
    decide(province, case_id, "refund", reason=REASON)
    due = {"case_id": case_id, "status": "due", "amount_minor": 49_999, "currency": "VND"}
    assert order(province, code)["refunds"] == [due | {"refunded_on": None, "reference": None}]
    sent = REFUND | {"amount_minor": 49_999}
    decide(province, case_id, "refunded", key=SECOND_OPERATOR_KEY, idempotency_key="d-2", **sent)
    told = order(province, code)
    assert told["refunds"] == [
        due | {"status": "refunded", "refunded_on": "2026-03-02", "reference": REFUND["reference"]}
    ]
    assert told["cases"] == [
        {"case_id": case_id, "kind": "wrong_amount", "state": "closed", "decision": "refunded"}
    ]
    assert [each["account"] for each in told["payments"]] == ["quangninh"]


def test_a_refund_is_decided_before_it_is_confirmed(province: LocalProvince) -> None:
    answer = decide(province, suspense(province), "refunded", **REFUND)
    assert refused(answer) == (409, "refund_not_decided")


def test_after_the_decision_the_order_may_be_paid_again(province: LocalProvince) -> None:
    case_id = wrong_amount(province)
    code = look(province, case_id)["order"]["payment_code"]
    assert refused(start(province, code, idempotency_key="p-2")) == (409, "payment_in_review")
    decide(province, case_id, "refund", reason=REASON)
    second = start(province, code, idempotency_key="p-2").json["payment_no"]
    assert ipn_code(send_ipn(province, second)) == "00"
    settle(province)
    assert (order(province, code)["status"], order(province, code)["needs_review"]) == (
        "paid",
        False,
    )


# Dismiss.


@pytest.mark.parametrize("opens", WORD_CASES)
def test_a_case_without_money_of_ours_is_dismissed(
    province: LocalProvince, opens: Callable[[LocalProvince], str]
) -> None:
    case_id = opens(province)
    named = look(province, case_id)["order"]["payment_code"]
    assert order(province, named)["needs_review"] is True
    answer = decide(province, case_id, "dismiss", reason=REASON).json
    assert (answer["state"], answer["decision"]) == ("closed", "dismissed")
    assert order(province, named)["needs_review"] is False
    settle(province)
    assert listed(province) == []


@pytest.mark.parametrize("opens", MONEY_CASES)
def test_money_is_not_dismissed(
    province: LocalProvince, opens: Callable[[LocalProvince], str]
) -> None:
    answer = decide(province, opens(province), "dismiss", reason=REASON)
    assert refused(answer) == (409, "decision_not_allowed")


@pytest.mark.parametrize("opens", WORD_CASES)
@pytest.mark.parametrize("verb", ["assign", "refund", "refunded"])
def test_a_word_alone_is_neither_assigned_nor_refunded(
    province: LocalProvince, opens: Callable[[LocalProvince], str], verb: str
) -> None:
    answer = decide(province, opens(province), verb, **BODIES[verb])
    assert refused(answer) == (409, "decision_not_allowed")


# Held by the provider.


@pytest.mark.parametrize(
    ("changes", "amount", "reason", "kinds"),
    [
        ({}, 50_000, "the payment has succeeded", []),
        (FAILURE, 50_000, "the payment has failed", []),
        ({}, 49_999, "the payment has succeeded", ["wrong_amount"]),
    ],
)
def test_a_held_payment_s_case_closes_when_the_provider_ends_it(
    province: LocalProvince, changes: dict[str, str], amount: int, reason: str, kinds: list[str]
) -> None:
    case_id = open_cases.held(province)
    payment_no = look(province, case_id)["payment_no"]
    send_ipn(province, payment_no, amount, **changes)
    found = look(province, case_id)
    assert (found["state"], found["decision"]) == ("closed", "dismissed")
    (said,) = found["decisions"]
    assert (said["by"], said["reason"]) == ("system", reason)
    told = order(province, payment_no[:18])["cases"]
    assert [each["kind"] for each in told if each["state"] != "closed"] == kinds
    assert [each["kind"] for each in told if each["state"] == "closed"] == ["held_by_provider"]
    settle(province)
    assert len(listed(province)) == len(kinds)


def test_a_second_success_that_was_held_closes_its_case_too(province: LocalProvince) -> None:
    first = open_cases.started(province, "k-1")
    second = start(province, first[:18], idempotency_key="p-2").json["payment_no"]
    open_cases.send_held(province, second)
    send_ipn(province, first)
    send_ipn(province, second, vnp_TransactionNo="777")
    settle(province)
    (surplus,) = listed(province)
    assert look(province, surplus)["kind"] == "double_payment"


def test_a_dismissed_hold_lets_the_success_through(province: LocalProvince) -> None:
    case_id = open_cases.held(province)
    payment_no = look(province, case_id)["payment_no"]
    decide(province, case_id, "dismiss", reason=REASON)
    open_cases.send_held(province, payment_no)
    assert listed(province) == []
    assert ipn_code(send_ipn(province, payment_no)) == "00"
    assert [each["by"] for each in look(province, case_id)["decisions"]] == ["An Nguyen"]
    settle(province)


# Who may, and again.


@pytest.mark.parametrize("verb", BODIES)
@pytest.mark.parametrize(
    ("key", "status"),
    [(PORTAL_KEY, 403), (OTHER_PORTAL_KEY, 403), (READER_KEY, 403), ("ok_nobody", 401)],
)
def test_only_finance_may_decide(province: LocalProvince, verb: str, key: str, status: int) -> None:
    case_id = suspense(province)
    before = ledger_rows(province)
    assert decide(province, case_id, verb, key=key, **BODIES[verb]).status == status
    assert ledger_rows(province) == before


@pytest.mark.parametrize("key", [PORTAL_KEY, OTHER_PORTAL_KEY])
def test_portals_see_no_cases(province: LocalProvince, key: str) -> None:
    case_id = suspense(province)
    assert call(province, "GET", "/v1/cases", key=key).status == 403
    assert call(province, "GET", f"/v1/cases/{case_id}", key=key).status == 403


@pytest.mark.parametrize(
    "case_id", ["x", public_case_id("suspense:T#vnpay#quangninh#1"), "suspense:T", "%2e%2e"]
)
def test_a_case_that_is_not_there_is_not_found(province: LocalProvince, case_id: str) -> None:
    answer = call(province, "GET", f"/v1/cases/{case_id}", key=OPERATOR_KEY)
    assert refused(answer) == (404, "case_not_found")
    for verb, body in BODIES.items():
        assert refused(decide(province, case_id, verb, **body)) == (404, "case_not_found")


def play_all(province: LocalProvince) -> list[tuple[str, str, dict[str, Any]]]:
    """Every verb once, on cases that allow it: key, target's verb and body."""
    return [
        ("take", OPERATOR_KEY, {}),
        ("release", OPERATOR_KEY, {}),
        ("refund", OPERATOR_KEY, {"reason": REASON}),
        ("refunded", SECOND_OPERATOR_KEY, REFUND),
    ]


def test_a_repeated_request_gets_the_same_bytes(province: LocalProvince) -> None:
    case_id = suspense(province)
    for verb, key, body in play_all(province):
        first = decide(province, case_id, verb, key=key, **body)
        assert (first.status, "Idempotent-Replayed" in first.headers) == (200, False)
        before = ledger_rows(province)
        province.clock.advance(hours=2)
        again = decide(province, case_id, verb, key=key, **body)
        assert (again.status, again.text) == (200, first.text)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert ledger_rows(province) == before
    other = decide(province, case_id, "refund", reason="another")
    assert refused(other) == (422, "idempotency_key_reused")


def test_one_key_is_another_request_for_another_person(province: LocalProvince) -> None:
    case_id = suspense(province)
    decide(province, case_id, "refund", reason=REASON)
    other = decide(province, case_id, "refund", key=SECOND_OPERATOR_KEY, reason=REASON)
    assert refused(other) == (409, "case_decided")
    assert "refund_decided" in other.json["detail"]


@pytest.mark.parametrize("verb", BODIES)
def test_a_decision_needs_an_idempotency_key(province: LocalProvince, verb: str) -> None:
    target = f"/v1/cases/{suspense(province)}/{verb}"
    answer = call(province, "POST", target, BODIES[verb], key=OPERATOR_KEY)
    assert refused(answer) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("verb", ["take", "release", "assign", "refund", "refunded"])
def test_a_closed_case_takes_no_decision(province: LocalProvince, verb: str) -> None:
    case_id, code = suspense(province), new_order(province)
    decide(province, case_id, "assign", payment_code=code, reason=REASON)
    answer = decide(province, case_id, verb, idempotency_key="d-2", **BODIES[verb])
    assert refused(answer) == (409, "case_decided")
    assert "assigned" in answer.json["detail"]


@pytest.mark.parametrize("verb", ["assign", "refund", "dismiss"])
def test_a_decision_has_a_reason(province: LocalProvince, verb: str) -> None:
    body = {name: value for name, value in BODIES[verb].items() if name != "reason"}
    answer = decide(province, suspense(province), verb, **body)
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "required")


def test_answers_are_what_the_document_says(province: LocalProvince) -> None:
    case_id = wrong_amount(province)
    CaseDetail.model_validate_json(
        call(province, "GET", f"/v1/cases/{case_id}", key=OPERATOR_KEY).text
    )
    CaseList.model_validate_json(call(province, "GET", "/v1/cases", key=OPERATOR_KEY).text)
    for verb, key, body in play_all(province):
        given = body | ({"amount_minor": 49_999} if "amount_minor" in body else {})
        Case.model_validate_json(decide(province, case_id, verb, key=key, **given).text)
