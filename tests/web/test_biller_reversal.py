"""A bank takes its payment of the day back: the bill is owed again, its receipt is void and keeps
its number; and what a person must decide instead."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.notices import NoticeType
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payments import Disposition, PaymentStatus
from chalicelib.outbound import Response
from chalicelib.storage.keys import transaction_key
from chalicelib.web.models.biller import BillerPaymentStatus
from chalicelib.web.pages.standing import Standing, standing_of
from tests.channels.stand_ins import StandInHttp
from tests.support.biller_bank import (
    OTHER_KEY,
    PAYMENTS,
    Bank,
    biller_account,
    seed_with_banks,
)
from tests.support.bills import issued
from tests.support.invariants import check_always
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, start
from tests.support.province_tables import read_tables
from tests.support.rows import money_rows
from tests.support.seeded import OPERATOR_KEY, province_document
from tests.support.settled_invariants import check_settled


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks, StandInHttp(lambda _: Response(200, {}, b""))) as running:
        yield running
        check_always(read_tables(running))


@pytest.fixture
def bank(province: LocalProvince) -> Bank:
    return Bank(province)


@pytest.fixture
def other_bank(province: LocalProvince) -> Bank:
    return Bank(province, "BANK-B", OTHER_KEY)


@pytest.fixture
def code(province: LocalProvince) -> str:
    return str(create(province, expires_in_seconds=86_400).json["payment_code"])


def order_of(province: LocalProvince, code: str) -> Order:
    order = province.platform.ledger.read_order(code)
    assert order is not None
    return order


def shown(province: LocalProvince, code: str) -> Any:
    return call(province, "GET", f"/v1/orders/{code}").json


def disposition(province: LocalProvince, transaction_no: str = "FT-1") -> Disposition:
    key = transaction_key("biller", "a", transaction_no)
    money = province.platform.ledger.read_transaction(key["pk"])
    assert money is not None
    return money.disposition


def settle(province: LocalProvince) -> None:
    province.pump()
    check_settled(read_tables(province))


def cases(province: LocalProvince) -> list[Any]:
    province.pump()
    items: list[Any] = call(province, "GET", "/v1/cases", key=OPERATOR_KEY).json["items"]
    return items


def test_j8_a_payment_of_the_day_is_taken_back_and_the_bill_is_paid_again(
    province: LocalProvince, bank: Bank, other_bank: Bank, code: str
) -> None:
    bank.pay(bank.locked(code))
    province.pump()
    first = shown(province, code)["receipts"][0]

    done = bank.reverse()
    BillerPaymentStatus.model_validate_json(done.text)
    assert (done.status, done.json["result"], done.json["reversal"]) == (200, "reversed", "done")
    assert (done.json["reversal_no"], done.json["receipts"]) == ("RV-1", [])
    assert bank.status().text == done.text

    order = order_of(province, code)
    assert (order.status, order.paid_by, order.paid_at) == (OrderStatus.PENDING, None, None)
    assert [each.status for each in order.attempts] == [PaymentStatus.REVERSED]
    assert (order.receipts, order.due_at) == ((), province.clock.at)
    assert disposition(province) is Disposition.REVERSED
    assert province.platform.ledger.read_holder(order) == code, "the debt is open again"
    settle(province)
    assert standing_of(order, province.clock.at) is Standing.TAKEN_BACK
    now = shown(province, code)
    assert (now["status"], now["receipts"]) == ("pending", [])
    assert [each["status"] for each in now["payments"]] == ["reversed"]
    assert now["voided_receipts"] == [{**first, "voided_at": "2026-03-02T02:00:00Z"}]

    assert other_bank.look_up(code).json["payable"] is True
    assert other_bank.pay(other_bank.locked(code), "FT-2").json["result"] == "paid"
    settle(province)
    again = shown(province, code)
    assert (again["status"], again["receipts"][0]["number"]) == ("paid", "0000002")
    assert again["voided_receipts"][0]["number"] == "0000001"
    assert bank.status().text == done.text


def test_the_portal_is_told_of_each_fact_under_an_id_of_its_own(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    told: list[tuple[str, str, Any]] = []
    for number in ("1", "2"):
        bank.pay(bank.locked(code, request_no=f"L-{number}"), f"FT-{number}")
        province.pump()
        bank.reverse(f"FT-{number}", reversal_no=f"RV-{number}")
        settle(province)
    for body in read_tables(province).notices.values():
        told.append((body["type"], body["id"], body["data"]))
    counts = {each.value: sum(kind == each for kind, _, _ in told) for each in NoticeType}
    assert counts == {
        "order.paid": 2,
        "order.cancelled": 0,
        "order.expired": 0,
        "receipt.issued": 2,
        "order.reversed": 2,
        "receipt.voided": 2,
    }
    assert len({notice_id for _, notice_id, _ in told}) == len(told)
    voided = [data for kind, _, data in told if kind == "receipt.voided"]
    assert sorted(data["receipt"]["number"] for data in voided) == ["0000001", "0000002"]
    assert all("voided_at" in data["receipt"] for data in voided)
    reversed_data = [data for kind, _, data in told if kind == "order.reversed"]
    assert {data["status"] for data in reversed_data} == {"pending"}


def test_a_void_receipt_is_found_and_said_to_be_void(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    bank.pay(bank.locked(code))
    province.pump()
    token = shown(province, code)["receipts"][0]["token"]
    assert "genuine" in province.http("GET", f"/r/{token}?lang=en").text
    bank.reverse()
    province.pump()
    page = province.http("GET", f"/r/{token}?lang=en")
    assert page.status == 200
    assert "This receipt is void" in page.text
    assert "genuine" not in page.text
    assert "0000001" in page.text


def test_the_same_reversal_again_gets_the_same_bytes_and_writes_nothing(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    payment = bank.payment(bank.locked(code))
    bank.call("POST", PAYMENTS, payment)
    done = bank.reverse()
    before = money_rows(province)
    province.clock.advance(days=2)
    again = bank.reverse(reason="sent once more")
    assert (again.status, again.text) == (200, done.text)
    assert money_rows(province) == before
    other_number = bank.reverse(reversal_no="RV-2")
    assert (other_number.status, other_number.json["code"]) == (409, "payment_reversed")
    assert bank.reverse(amount_minor=1).json["code"] == "reversal_no_reused"
    repeated = bank.call("POST", PAYMENTS, payment)
    assert (repeated.status, repeated.json["result"]) == (200, "reversed")
    assert order_of(province, code).status is OrderStatus.PENDING


def test_a_bank_without_numbers_of_its_own_reverses_each_payment_once(
    bank: Bank, code: str
) -> None:
    bank.pay(bank.locked(code))
    done = bank.reverse(reversal_no=None)
    assert (done.status, done.json["reversal_no"]) == (200, "FT-1")
    assert bank.reverse(reversal_no=None).text == done.text


def test_a_number_that_reversed_one_payment_reverses_no_other(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    other = create(province, "k-2", reference="HS-2").json["payment_code"]
    for number, paid in (("1", code), ("2", other)):
        bank.pay(bank.locked(paid, request_no=f"L-{number}"), f"FT-{number}")
    assert bank.reverse("FT-1").status == 200
    refused = bank.reverse("FT-2")
    assert (refused.status, refused.json["code"]) == (409, "reversal_no_reused")
    assert order_of(province, other).status is OrderStatus.PAID


def test_a_receipt_that_is_still_in_the_queue_is_never_numbered(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    bank.pay(bank.locked(code))
    stream = province.take_stream()
    bank.reverse()
    import app

    assert app.ledger_stream({"Records": stream}, None)["batchItemFailures"] == []
    settle(province)
    tables = read_tables(province)
    assert (tables.receipts, order_of(province, code).voided_receipts) == ([], ())
    assert province.take_messages(province.settings.receipts_queue_url) == []


def test_what_the_stream_lost_of_a_reversal_is_swept(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    bank.pay(bank.locked(code))
    province.pump()
    bank.reverse()
    province.lose_stream()
    province.clock.advance(minutes=3)
    province.sweep()
    settle(province)


def test_other_money_under_a_reversed_payment_waits_for_a_person(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    """No lock of the bank's stands any more."""
    payment_no = bank.locked(code)
    bank.pay(payment_no)
    bank.reverse()
    told = bank.pay(payment_no, "FT-2")
    assert (told.json["result"], told.json["reason"]) == ("in_review", "suspense")
    assert order_of(province, code).status is OrderStatus.PENDING
    assert bank.pay(payment_no).json["result"] == "reversed"


def test_a_phone_that_was_under_way_pays_the_reversed_order(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    phone = start(province, code).json["payment_no"]
    bank.pay(bank.locked(code))
    assert bank.reverse().status == 200
    assert send_ipn(province, phone).json["RspCode"] == "00"
    assert order_of(province, code).status is OrderStatus.PAID
    settle(province)


def test_an_order_whose_time_is_over_is_left_to_the_chaser(
    province: LocalProvince, bank: Bank
) -> None:
    code = create(province, "k-3", reference="HS-3", expires_in_seconds=3600).json["payment_code"]
    bank.pay(bank.locked(code))
    province.clock.advance(hours=3)
    assert bank.reverse().status == 200
    assert order_of(province, code).status is OrderStatus.PENDING
    province.chase()
    settle(province)
    assert order_of(province, code).status is OrderStatus.EXPIRED


def test_a_second_payment_since_makes_it_a_case(
    province: LocalProvince, bank: Bank, other_bank: Bank, code: str
) -> None:
    phone = start(province, code).json["payment_no"]
    bank.pay(bank.locked(code))
    send_ipn(province, phone)
    asked = bank.reverse()
    assert (asked.status, asked.json["reversal"], asked.json["result"]) == (202, "asked", "paid")
    assert order_of(province, code).status is OrderStatus.PAID
    assert {each["kind"] for each in cases(province)} == {"double_payment", "reversal_asked"}


def test_money_that_a_person_assigned_is_a_persons_to_take_back(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    bank.pay(code)
    (case,) = cases(province)
    path = f"/v1/cases/{case['case_id']}/assign"
    body = {"payment_code": code, "reason": "the teller told us"}
    given = call(province, "POST", path, body, key=OPERATOR_KEY, idempotency_key="a-1")
    assert given.status == 200, given.text
    asked = bank.reverse()
    assert (asked.status, asked.json["reversal"]) == (202, "asked")
    province.clock.advance(days=3)
    assert bank.reverse().text == asked.text
    dismissed = call(
        province,
        "POST",
        f"/v1/cases/{cases(province)[0]['case_id']}/dismiss",
        {"reason": "the payer keeps the receipt"},
        key=OPERATOR_KEY,
        idempotency_key="d-1",
    )
    assert dismissed.status == 200, dismissed.text
    assert bank.status().json["reversal"] == "decided"
    assert order_of(province, code).status is OrderStatus.PAID


def test_a_reversal_of_another_amount_day_bank_or_of_no_paid_bill_is_refused(
    province: LocalProvince, bank: Bank, other_bank: Bank, code: str
) -> None:
    payment_no = bank.locked(code)
    bank.pay(payment_no)
    assert bank.reverse(amount_minor=1).json["code"] == "reversal_amount_differs"
    assert other_bank.reverse().json["code"] == "payment_not_found"
    assert bank.reverse("FT-9").json["code"] == "payment_not_found"
    bank.pay(code, "FT-2")
    assert bank.reverse("FT-2").json["code"] == "reversal_not_needed"
    province.clock.at = datetime(2026, 3, 2, 16, 59, 59, tzinfo=UTC)
    assert bank.reverse(amount_minor=2).json["code"] == "reversal_amount_differs"
    province.clock.advance(seconds=1)
    late = bank.reverse()
    assert (late.status, late.json["code"]) == (409, "reversal_too_late")
    assert order_of(province, code).status is OrderStatus.PAID


@pytest.mark.parametrize(("minute", "status"), [(30, 200), (31, 409)])
def test_a_bank_may_agree_an_earlier_hour(
    province: LocalProvince, bank: Bank, code: str, minute: int, status: int
) -> None:
    bank.pay(bank.locked(code))
    document = province_document()
    account = biller_account("a", "BANK-A")
    account["fields"]["reversal_until"] = "16:30"
    document["channel_accounts"] += [account]
    province.platform.setup.write_province(document)
    province.clock.at = datetime(2026, 3, 2, 9, minute, tzinfo=UTC)
    assert bank.reverse().status == status


Meanwhile = Callable[[LocalProvince, Bank, str], HttpAnswer | None]


def _numbers(province: LocalProvince, _bank: Bank, _code: str) -> None:
    province.pump()


def _phone_pays(province: LocalProvince, _bank: Bank, code: str) -> None:
    send_ipn(province, f"{code}01")


def _reverses_too(_province: LocalProvince, bank: Bank, _code: str) -> HttpAnswer:
    return bank.reverse()


def _reverses_otherwise(_province: LocalProvince, bank: Bank, _code: str) -> HttpAnswer:
    return bank.reverse(reversal_no="RV-2")


@pytest.mark.parametrize(
    ("meanwhile", "status", "told"),
    [
        (_numbers, 200, "reversed"),
        (_phone_pays, 202, "paid"),
        (_reverses_too, 200, "reversed"),
        (_reverses_otherwise, 409, None),
    ],
    ids=["receipt numbered", "second payment", "same reversal", "other reversal"],
)
def test_what_happens_between_its_reading_and_its_writing_is_seen(
    province: LocalProvince,
    bank: Bank,
    code: str,
    meanwhile: Meanwhile,
    status: int,
    told: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start(province, code)
    bank.pay(bank.locked(code))
    reversals = province.platform.reversals
    write, waiting = reversals.reverse, [meanwhile]

    def reverse_later(asked: Any) -> Any:
        while waiting:
            waiting.pop()(province, bank, code)
        return write(asked)

    monkeypatch.setattr(reversals, "reverse", reverse_later)
    answer = bank.reverse()
    assert (answer.status, answer.json.get("result")) == (status, told), answer.text
    settle(province)
    numbers = [row["number"] for row in read_tables(province).receipts]
    assert numbers == ([1] if meanwhile in (_numbers, _phone_pays) else [])


def test_a_numberer_that_read_before_the_reversal_numbers_nothing(
    province: LocalProvince, bank: Bank, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.pay(bank.locked(code))
    book = province.platform.receipt_book
    issue, waiting = book.issue, [bank]

    def issue_later(receipts: Any) -> Any:
        while waiting:
            assert waiting.pop().reverse().status == 200
        return issue(receipts)

    monkeypatch.setattr(book, "issue", issue_later)
    settle(province)
    assert read_tables(province).receipts == []
    assert order_of(province, code).status is OrderStatus.PENDING


def test_a_basket_is_a_persons_to_take_apart(province: LocalProvince, bank: Bank) -> None:
    codes = [issued(province, each, reference=f"TB-{each}") for each in ("1", "2")]
    asked = {"payment_codes": codes, "language": "vi"}
    made = call(province, "POST", "/v1/orders", asked, idempotency_key="basket").json
    amount_minor = made["amount_minor"]
    payment_no = bank.locked(made["payment_code"], amount_minor=amount_minor)
    assert bank.pay(payment_no, amount_minor=amount_minor).json["result"] == "paid"
    answer = bank.reverse(amount_minor=amount_minor)
    assert (answer.status, answer.json["reversal"]) == (202, "asked")
    assert {order_of(province, code).status for code in codes} == {OrderStatus.PAID}
