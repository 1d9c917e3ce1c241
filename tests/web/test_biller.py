"""J8 and J9: a bank looks a bill up by its code, locks it, takes the money and tells us; and what
can go wrong on the way. Every answer's signature is checked by the bank."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import PaymentStatus
from chalicelib.outbound import Response
from chalicelib.storage.guesses import MAX_WRONG
from chalicelib.web.models.biller import (
    BillerPayment,
    BillerPaymentStatus,
    Locked,
    LookedUpBill,
    Released,
)
from chalicelib.web.pages.standing import Standing, standing_of
from tests.channels.stand_ins import StandInHttp
from tests.support.biller_bank import OTHER_KEY, Bank, seed_with_banks
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, order_body, start
from tests.support.rows import money_rows

UNKNOWN_CODE = "220000000000000092"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks, StandInHttp(lambda _: Response(200, {}, b""))) as running:
        yield running


@pytest.fixture
def bank(province: LocalProvince) -> Bank:
    return Bank(province)


@pytest.fixture
def other_bank(province: LocalProvince) -> Bank:
    return Bank(province, "BANK-B", OTHER_KEY)


@pytest.fixture
def code(province: LocalProvince) -> str:
    return str(create(province, expires_in_seconds=86_400).json["payment_code"])


def order_status(province: LocalProvince, code: str) -> OrderStatus:
    order = province.platform.ledger.read_order(code)
    assert order is not None
    return order.status


def test_j8_a_bank_looks_up_locks_pays_and_asks_after_the_line_broke(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    found = bank.look_up(code)
    LookedUpBill.model_validate_json(found.text)
    shown = found.json
    assert (shown["payable"], shown["refused_because"]) == (True, None)
    assert (shown["amount_minor"], shown["currency"]) == (50_000, "VND")
    assert shown["payer_name"] == "N*** V*** A***"
    assert shown["payee_unit"] == {
        "code": "UNITA",
        "names": {"vi": "Unit UNITA", "en": "Unit UNITA"},
    }
    assert shown["lines"][0]["names"]["en"] == "Item FEE-1"
    assert "Nguyễn" not in found.text

    held = bank.lock(code)
    Locked.model_validate_json(held.text)
    assert held.json["locked_until"] == to_rfc3339(province.clock.at + timedelta(minutes=10))
    payment_no = held.json["payment_no"]

    paid = bank.pay(payment_no)
    BillerPayment.model_validate_json(paid.text)
    assert (paid.status, paid.json["result"], paid.json["reason"]) == (200, "paid", None)
    assert order_status(province, code) is OrderStatus.PAID

    province.pump()
    after = bank.status()
    BillerPaymentStatus.model_validate_json(after.text)
    assert after.json["result"] == "paid"
    assert [each["number"] for each in after.json["receipts"]] == ["0000001"]
    assert bank.status("FT-2").json["code"] == "payment_not_found"


def test_j9_a_code_read_aloud_may_be_typed_in_groups_and_a_slip_is_told(
    bank: Bank, code: str
) -> None:
    grouped = " ".join(code[start : start + 3] for start in range(0, 18, 3))
    assert bank.look_up(grouped).json["payment_code"] == code
    wrong_digit = code[:9] + str((int(code[9]) + 1) % 10) + code[10:]
    place = next(at for at in range(4, 16) if code[at] != code[at + 1])
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    for mistyped in (wrong_digit, swapped, code[:-1]):
        refused = bank.look_up(mistyped)
        assert (refused.status, refused.json["code"]) == (422, "payment_code_mistyped")


def test_a_code_that_nobody_has_is_counted_and_in_the_end_stops_this_bank_alone(
    bank: Bank, other_bank: Bank, code: str
) -> None:
    for _ in range(MAX_WRONG["pair"]):
        assert bank.look_up(UNKNOWN_CODE).json["code"] == "bill_not_found"
    assert bank.look_up(UNKNOWN_CODE).status == 429
    assert bank.look_up(code).status == 200
    assert other_bank.look_up(UNKNOWN_CODE).json["code"] == "bill_not_found"


def test_a_bill_of_a_unit_that_the_bank_does_not_serve_is_as_unknown(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    stranger = Bank(province, "BANK-C", "third-biller-key-of-the-tests-32-chars")
    refused = stranger.look_up(code)
    assert refused.status == 404
    unknown = stranger.look_up(UNKNOWN_CODE)
    trace = ("trace_id",)
    assert {k: v for k, v in refused.json.items() if k not in trace} == {
        k: v for k, v in unknown.json.items() if k not in trace
    }
    assert stranger.lock(code).status == 404


def test_the_same_payment_told_again_gets_the_same_bytes_and_writes_nothing(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    payment_no = bank.locked(code)
    first = bank.pay(payment_no)
    before = money_rows(province)
    again = bank.pay(payment_no)
    assert (again.status, again.text) == (200, first.text)
    assert money_rows(province) == before


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 49_999},
        {"paid_at": "2026-03-02T01:00:00Z"},
        {"business_day": "2026-03-03"},
        {"payment_no": "220000000000000092" + "01"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_number_told_again_with_other_content_is_a_conflict_and_moves_no_money(
    province: LocalProvince, bank: Bank, code: str, change: dict[str, object]
) -> None:
    payment_no = bank.locked(code)
    assert bank.pay(payment_no).json["result"] == "paid"
    money = [row for row in money_rows(province) if row["pk"].startswith("T#")]
    refused = bank.call("POST", "/biller/v1/payments", bank.payment(payment_no) | change)
    assert (refused.status, refused.json["code"]) == (409, "transaction_no_reused")
    assert [row for row in money_rows(province) if row["pk"].startswith("T#")] == money
    assert order_status(province, code) is OrderStatus.PAID


def test_a_wrong_amount_is_refused_before_the_money_and_a_case_after_it(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    refused = bank.lock(code, 49_999)
    assert (refused.status, refused.json["code"]) == (409, "amount_differs")
    assert bank.lock(code, currency="CNY").json["code"] == "amount_differs"
    insisted = bank.pay(bank.locked(code), amount_minor=49_999)
    assert (insisted.status, insisted.json["result"]) == (200, "in_review")
    assert insisted.json["reason"] == "wrong_amount"
    order = province.platform.ledger.read_order(code)
    assert order is not None
    assert list(order.cases.values()) == ["wrong_amount"]
    assert bank.look_up(code).json["refused_because"] == "payment_in_review"


def test_money_without_a_lock_waits_for_a_person(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    told = bank.pay(code)
    assert (told.json["result"], told.json["reason"]) == ("in_review", "suspense")
    assert order_status(province, code) is OrderStatus.CREATED


def test_a_second_bank_and_a_phone_are_refused_while_a_lock_stands(
    province: LocalProvince, bank: Bank, other_bank: Bank, code: str
) -> None:
    payment_no = bank.locked(code)
    second = other_bank.lock(code)
    assert (second.status, second.json["code"]) == (409, "payment_locked")
    assert bank.lock(code, request_no="L-2").json["code"] == "payment_locked"
    assert start(province, code).json["code"] == "payment_locked"
    assert other_bank.look_up(code).json["refused_because"] == "payment_locked"
    assert bank.call("POST", f"/biller/v1/locks/{payment_no}/release").json["released"] is True
    assert other_bank.lock(code).status == 201


def test_a_lock_ends_by_itself_and_money_that_comes_later_still_counts(
    province: LocalProvince, bank: Bank, other_bank: Bank, code: str
) -> None:
    payment_no = bank.locked(code)
    assert bank.lock(code).json["payment_no"] == payment_no
    province.clock.advance(minutes=10)
    over = bank.lock(code)
    assert (over.status, over.json["code"]) == (409, "lock_over")
    second = other_bank.locked(code)
    assert bank.pay(payment_no).json["result"] == "paid"
    doubled = other_bank.pay(second)
    assert (doubled.json["result"], doubled.json["reason"]) == ("in_review", "surplus")


def test_the_chaser_ends_a_lock_that_was_never_paid_and_a_late_word_corrects_it(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    payment_no = bank.locked(code)
    province.clock.advance(minutes=26)
    province.chase()
    order = province.platform.ledger.read_order(code)
    assert order is not None
    assert [each.status for each in order.attempts] == [PaymentStatus.FAILED]
    assert bank.pay(payment_no).json["result"] == "paid"


def test_a_phone_payment_in_flight_is_told_and_blocks_nothing(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    phone = start(province, code).json["payment_no"]
    assert bank.look_up(code).json["other_payment_in_flight"] is True
    held = bank.lock(code)
    assert (held.status, held.json["other_payment_in_flight"]) == (201, True)
    assert send_ipn(province, phone).json["RspCode"] == "00"
    assert bank.lock(code, request_no="L-2").json["code"] == "order_paid"
    assert bank.lock(code).json["code"] == "order_paid"
    surplus = bank.pay(held.json["payment_no"])
    assert (surplus.json["result"], surplus.json["reason"]) == ("in_review", "surplus")


@pytest.mark.parametrize("closed", ["paid", "cancelled", "expired"])
def test_a_closed_order_is_shown_and_not_locked(
    province: LocalProvince, bank: Bank, code: str, closed: str
) -> None:
    if closed == "paid":
        assert bank.pay(bank.locked(code)).json["result"] == "paid"
    elif closed == "cancelled":
        call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key="c-1")
    else:
        province.clock.advance(days=1, minutes=1)
        province.chase()
    shown = bank.look_up(code).json
    assert (shown["status"], shown["payable"]) == (closed, False)
    assert shown["refused_because"] == f"order_{closed}"
    assert bank.lock(code, request_no="L-9").json["code"] == f"order_{closed}"


def test_a_release_of_a_lock_that_is_paid_or_anothers_is_refused(
    bank: Bank, other_bank: Bank, code: str
) -> None:
    payment_no = bank.locked(code)
    path = f"/biller/v1/locks/{payment_no}/release"
    assert other_bank.call("POST", path).json["code"] == "lock_not_found"
    assert bank.pay(payment_no).json["result"] == "paid"
    assert bank.call("POST", path).json["code"] == "lock_paid"
    assert bank.call("POST", "/biller/v1/locks/nonsense/release").status == 404


def test_a_release_is_repeated_without_effect(bank: Bank, code: str) -> None:
    path = f"/biller/v1/locks/{bank.locked(code)}/release"
    for _ in range(2):
        answer = bank.call("POST", path)
        Released.model_validate_json(answer.text)
        assert answer.status == 200


def test_another_bank_sees_and_pays_nothing_of_this_one(
    province: LocalProvince, bank: Bank, other_bank: Bank, code: str
) -> None:
    payment_no = bank.locked(code)
    assert bank.pay(payment_no).json["result"] == "paid"
    assert other_bank.status().json["code"] == "payment_not_found"
    stolen = other_bank.pay(payment_no, "FT-9")
    assert (stolen.json["result"], stolen.json["reason"]) == ("in_review", "suspense")


def test_the_banks_own_day_decides_on_which_statement_the_money_is_looked_for(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    """After its cut-off, a bank counts today's money tomorrow."""
    payment_no = bank.locked(code)
    bank.pay(payment_no, business_day="2026-03-03")
    province.pump()
    rows = ["payment_no|transaction_no|amount|paid_at"]
    rows += [f"{payment_no}|FT-1|50000|2026-03-02T02:00:00Z", "TOTAL|1|50000|", ""]
    province.clock.advance(days=2)
    province.put_statement("biller", "a", "2026-03-03", "1.txt", "\r\n".join(rows).encode())
    day = AccountDay("biller", "a", datetime(2026, 3, 3, tzinfo=UTC).date())
    summary = province.platform.reconciliations.read_summary(day)
    assert summary is not None
    assert (summary.matched.count, summary.break_counts) == (1, {})


WRONG_PAYMENTS = [
    ({"paid_at": "yesterday"}, "/paid_at", "invalid_format"),
    ({"paid_at": "2026-03-02T02:00:00"}, "/paid_at", "invalid_format"),
    ({"business_day": "2026-04-02"}, "/business_day", "business_day_impossible"),
    ({"amount_minor": 50_000.0}, "/amount_minor", "wrong_type"),
    ({"amount_minor": 0}, "/amount_minor", "out_of_range"),
    ({"currency": "XXX"}, "/currency", "invalid_format"),
    ({"transaction_no": "a#b"}, "/transaction_no", "invalid_format"),
    ({"status": "lost"}, "/status", "unknown_value"),
    ({"payment_no": "7"}, "/payment_no", "invalid_format"),
    ({"teller": "x"}, "/teller", "unknown_field"),
]


@pytest.mark.parametrize(("change", "field", "error"), WRONG_PAYMENTS)
def test_an_unreadable_payment_names_its_field_and_writes_nothing(
    province: LocalProvince, bank: Bank, change: dict[str, object], field: str, error: str
) -> None:
    before = money_rows(province)
    refused = bank.call("POST", "/biller/v1/payments", bank.payment(UNKNOWN_CODE) | change)
    assert refused.status == 422, refused.text
    assert [(each["field"], each["code"]) for each in refused.json["errors"]] == [(field, error)]
    assert money_rows(province) == before


def test_a_payer_is_told_where_to_pay(province: LocalProvince, code: str) -> None:
    started = call(
        province,
        "POST",
        f"/v1/orders/{code}/payments",
        {"channel": "biller", "client": "web"},
        idempotency_key="p-1",
    )
    action = started.json["action"]
    assert action["type"] == "instructions"
    assert "Bank A" in action["text"]
    assert " ".join(code[start : start + 3] for start in range(0, 18, 3)) in action["text"]
    assert Bank(province).lock(code).status == 201, "a payer holds nothing"


def test_an_order_that_allows_other_channels_only_is_not_the_banks(
    province: LocalProvince, bank: Bank
) -> None:
    body = order_body(reference="HS-7", channels=["vnpay"])
    made = call(province, "POST", "/v1/orders", body, idempotency_key="k-7").json
    assert bank.look_up(made["payment_code"]).status == 404


def standing(province: LocalProvince, code: str) -> Standing:
    order = province.platform.ledger.read_order(code)
    assert order is not None
    return standing_of(order, province.clock.at)


def test_a_payer_who_starts_while_a_bank_holds_the_order_is_told_on_his_page(
    province: LocalProvince, bank: Bank
) -> None:
    made = create(province, "k-5", reference="HS-5").json
    bank.locked(made["payment_code"])
    path = f"/pay/{made['payment_code']}/{made['verification_word']}"
    page = province.http("GET", path)
    assert page.status == 200
    assert standing(province, made["payment_code"]) is Standing.ASKING
    form = "channel=vnpay&key=vnpay-2"
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = province.http("POST", f"{path}/payments", form, typed)
    assert (sent.status, sent.headers["Location"].partition("?")[0]) == (
        303,
        f"https://pay.quangninh.example{path}",
    )
