"""Results for a finance system: each fact once, 1, 2, 3 without a gap, whoever numbers them."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import pytest

import app as table_of_contents
from chalicelib.domain.finance_systems import ResultKind
from chalicelib.finance.number_results import ResultDesk, number_results
from chalicelib.receipts.request_results import ResultRequest
from chalicelib.storage.finance_results import FinanceResults
from infra.simulator.finance import FinanceSystem
from tests.support.bills import cancel_bill
from tests.support.finance import SENDER, a_notice, calling, pay, sent
from tests.support.local_province import Context, LocalProvince
from tests.support.portal_client import call
from tests.support.rows import ledger_rows
from tests.support.seeded import PORTAL_KEY

_KEYS = count(1)


def issued(province: LocalProvince, system: FinanceSystem, number: str, **changes: str) -> str:
    (answer,) = sent(province, system.message("bill", a_notice(number, **changes)))
    code: str = answer["result"]["payment_code"]
    return code


def test_a_payment_is_told_with_its_notice_its_time_and_its_receipt(
    province: LocalProvince, system: FinanceSystem
) -> None:
    code = issued(province, system, "N-1")
    # 14:05:09 by the province's clock: a clock of twelve hours would say 02:05:09.
    trade_no = pay(province, code, 1_000_000, vnp_PayDate="20260302140509")
    province.pump()
    assert system.read_results(calling(province)) == 2
    (told,) = system.facts("paid")
    assert told == {
        "NOTICENO": "N-1",
        "PAYNO": code,
        "ENTERCODE": "330101",
        "PAYMONEY": "1000000",
        "PAYDATE": "20260302",
        "PAYTIME": "140509",
        "TRADEDATE": "20260302",
        "TRADENO": trade_no,
        "TRADECODE": "quangninh",
        "WAYCODE": "vnpay",
        "ITEMS": [
            {"CHITCODE": "1030101", "CHCOUNT": "1", "CHMONEY": "1000000", "ITEMOVERDUEAMT": "0"}
        ],
    }
    (receipt,) = system.facts("receipt")
    assert (receipt["RECEIPTTYPENO"], receipt["RECEIPTNO"], receipt["PAYMONEY"]) == (
        "test-UNITA-phi-2026",
        "0000001",
        "1000000",
    )


def test_what_is_paid_in_parts_adds_up_to_the_bill(
    province: LocalProvince, system: FinanceSystem
) -> None:
    code = issued(province, system, "N-1")
    target, body = f"/v1/bills/{code}/parts", {"amount_minor": 400_000}
    paid, unpaid = (
        call(province, "POST", target, body, idempotency_key=key).json["payment_code"]
        for key in ("part-1", "part-2")
    )
    pay(province, paid, 400_000)
    province.pump()
    pay(province, code, 600_000, 2)
    province.clock.advance(days=2)
    province.chase()
    province.pump()
    assert call(province, "GET", f"/v1/orders/{unpaid}").json["status"] == "expired"
    system.read_results(calling(province))
    told = [(each["NOTICENO"], each["PAYNO"], each["PAYMONEY"]) for each in system.facts("paid")]
    assert told == [("N-1", paid, "400000"), ("N-1", code, "600000")]
    assert [each["PAYMONEY"] for each in system.facts("receipt")] == ["400000", "600000"]
    assert system.facts("expired") == []
    totals = call(province, "GET", "/v1/finance/totals?business_day=2026-03-02").json
    assert totals["control"]["paid"] == {"count": 2, "amount": "1000000"}


def test_a_cancelled_and_an_expired_bill_are_told(
    province: LocalProvince, system: FinanceSystem
) -> None:
    cancelled, expired = issued(province, system, "N-1"), issued(province, system, "N-2")
    assert cancel_bill(province, cancelled).status == 200
    province.clock.advance(days=31)
    province.chase()
    province.pump()
    system.read_results(calling(province))
    assert [each["PAYNO"] for each in system.facts("cancelled")] == [cancelled]
    assert [each["PAYNO"] for each in system.facts("expired")] == [expired]
    assert system.facts("cancelled")[0]["REASON"] == "withdrawn by decision 7"
    days = {each["kind"]: each["business_day"] for each in system.results.values()}
    assert days == {"cancelled": "2026-03-02", "expired": "2026-03-31"}


def test_a_bill_of_another_portal_and_an_order_that_is_no_bill_are_not_told(
    province: LocalProvince, system: FinanceSystem
) -> None:
    from tests.support.paid_orders import paid

    paid(province, 7)
    province.pump()
    assert system.read_results(calling(province)) == 0
    assert ledger_rows(province, "FIN") == []


def test_what_the_stream_brings_again_is_not_told_again(
    province: LocalProvince, system: FinanceSystem
) -> None:
    code = issued(province, system, "N-1")
    pay(province, code, 1_000_000)
    event = {"Records": province.take_stream()}
    for _ in range(3):
        assert table_of_contents.ledger_stream(event, Context()) == {"batchItemFailures": []}
        province.clock.advance(minutes=6)  # the queue forgets what it was sent
        province.pump()
    assert system.read_results(calling(province)) == 2
    assert sorted(each["kind"] for each in system.results.values()) == ["paid", "receipt"]


def test_what_the_stream_lost_the_sweeper_tells(
    province: LocalProvince, system: FinanceSystem
) -> None:
    paid, cancelled = issued(province, system, "N-1"), issued(province, system, "N-2")
    pay(province, paid, 1_000_000)
    assert cancel_bill(province, cancelled).status == 200
    province.lose_stream()
    province.clock.advance(minutes=5)
    province.sweep()
    province.pump()
    system.read_results(calling(province))
    kinds = sorted(each["kind"] for each in system.results.values())
    assert kinds == ["cancelled", "paid", "receipt"]


def test_racing_numberers_leave_no_gap_and_no_double(
    province: LocalProvince, system: FinanceSystem
) -> None:
    codes = [issued(province, system, f"N-{number}") for number in range(1, 8)]
    for number, code in enumerate(codes, 1):
        pay(province, code, 1_000_000, number)
    parts = province.platform
    other = FinanceResults(parts.dynamo, parts.settings.ledger_table)
    orders = parts.ledger.read_orders(codes)
    requests = [
        ResultRequest(SENDER, code, ResultKind.PAID, orders[code].paid_by or "") for code in codes
    ]

    class Overtaken(FinanceResults):
        """Another process numbers some of the same just before each write of this one."""

        turns = 0

        def add(self, results):  # type: ignore[no-untyped-def]
            self.turns += 1
            if self.turns < 4:
                desk = ResultDesk(parts.ledger, parts.receipt_book, other, "Asia/Ho_Chi_Minh")
                number_results(desk, requests[self.turns - 1 : self.turns + 1])
            return super().add(results)

    overtaken = Overtaken(parts.dynamo, parts.settings.ledger_table)
    desk = ResultDesk(parts.ledger, parts.receipt_book, overtaken, "Asia/Ho_Chi_Minh")
    number_results(desk, requests)
    assert overtaken.turns == 4
    told = other.read(SENDER, range(1, 20))
    assert [each.number for each in told] == list(range(1, 8))
    assert {each.payment_code for each in told} == set(codes)


def test_reading_goes_on_where_it_stopped_and_acknowledging_never_goes_back(
    province: LocalProvince, system: FinanceSystem
) -> None:
    for number in range(1, 6):
        pay(province, issued(province, system, f"N-{number}"), 1_000_000, number)
    province.pump()
    assert system.read_results(calling(province), page=3) == 10
    assert system.read_results(calling(province), page=3) == 0
    for up_to, stands in ((4, 10), (10, 10)):
        answer = call(province, "POST", "/v1/finance/results/ack", {"up_to_number": up_to})
        assert answer.json == {"read_up_to": stands}
    answer = call(province, "POST", "/v1/finance/results/ack", {"up_to_number": 11})
    assert (answer.status, answer.json["code"]) == (409, "number_not_given")
    answer = call(province, "GET", "/v1/finance/results?after=8")
    assert [each["number"] for each in answer.json["items"]] == [9, 10]
    assert (answer.json["last_number"], answer.json["read_up_to"]) == (10, 10)


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=101", "page=1"])
def test_a_wrong_parameter_is_refused(province: LocalProvince, query: str) -> None:
    assert call(province, "GET", f"/v1/finance/results?{query}").status == 400


def test_the_days_totals_are_what_the_system_sums_itself(
    province: LocalProvince, system: FinanceSystem
) -> None:
    amounts = {"N-1": "1000000", "N-2": "250000", "N-3": "70000"}
    for number, (reference, amount) in enumerate(amounts.items(), 1):
        pay(province, issued(province, system, reference, amount=amount), int(amount), number)
    province.pump()
    system.read_results(calling(province))
    answer = call(province, "GET", "/v1/finance/totals?business_day=2026-03-02").json
    mine = system.sums_of_day("2026-03-02")
    assert mine == {("330101", "1030101", "paid"): (3, Decimal(1_320_000))}
    (total,) = answer["totals"]
    assert (total["unit"], total["item"], total["channel"]) == ("330101", "1030101", "vnpay")
    assert (total["count"], total["amount"]) == (3, "1320000")
    assert answer["control"]["paid"] == {"count": 3, "amount": "1320000"}
    assert answer["control"]["receipt"] == {"count": 3, "amount": "1320000"}
    empty = call(province, "GET", "/v1/finance/totals?business_day=2026-03-01").json
    assert (empty["totals"], empty["control"]["paid"]["count"]) == ([], 0)


def test_a_payment_that_a_bank_took_back_is_told_and_so_is_the_next(
    province: LocalProvince, system: FinanceSystem
) -> None:
    from tests.channels.biller_wire import KEY
    from tests.support.biller_bank import Bank, biller_account
    from tests.support.finance import SYSTEM
    from tests.support.seeded import province_document

    document = province_document()
    document["profile"]["finance_systems"] = [SYSTEM]
    document["channel_accounts"].append(biller_account("a", "BANK-A"))
    province.platform.setup.write_province(document)
    province.platform.secrets.write_secret("biller/a", {"signing_key": KEY})
    province.clock.advance(minutes=2)
    bank = Bank(province)
    code = issued(province, system, "N-1")
    for turn in (1, 2):
        lock = bank.lock(code, 1_000_000, request_no=f"L-{turn}")
        assert lock.status == 201, lock
        told = bank.payment(lock.json["payment_no"], f"FT-{turn}", amount_minor=1_000_000)
        assert bank.call("POST", "/biller/v1/payments", told).json["result"] == "paid"
        province.pump()
        if turn == 1:
            body = {"amount_minor": 1_000_000, "currency": "VND", "reason": "a slip"}
            body |= {"reversal_no": "RV-1"}
            path = "/biller/v1/payments/FT-1/reversal"
            answer = bank.call("POST", path, body)
            assert answer.status == 200, answer
            province.pump()
    system.read_results(calling(province))
    kinds = [each["kind"] for _, each in sorted(system.results.items())]
    assert sorted(kinds) == ["paid", "paid", "receipt", "receipt", "receipt_voided", "reversed"]
    assert [each["TRADENO"] for each in system.facts("paid")] == ["FT-1", "FT-2"]
    (reversed_one,) = system.facts("reversed")
    assert (reversed_one["TRADENO"], reversed_one["PAYMONEY"]) == ("FT-1", "1000000")
    assert kinds.index("paid") < kinds.index("reversed")
    totals = call(province, "GET", "/v1/finance/totals?business_day=2026-03-02").json
    by_kind = {each["kind"]: (each["count"], each["amount"]) for each in totals["totals"]}
    assert by_kind == {"paid": (2, "2000000"), "reversed": (1, "1000000")}


def test_a_late_bill_is_told_with_what_lateness_added(
    province: LocalProvince, system: FinanceSystem
) -> None:
    line = {"CHITCODE": "1030101", "CHMONEY": "1000000", "ISEXISTSOVERDUE": "1"}
    line |= {"PAYMENTRADIO": "0.0005"}
    body = a_notice(ISCOUNTOVERDUE="1", ITEMS=[line])
    (answer,) = sent(province, system.message("bill", body))
    province.clock.at = datetime(2026, 4, 10, 2, 0, tzinfo=UTC)  # ten days late
    pay(province, answer["result"]["payment_code"], 1_005_000, vnp_PayDate="20260410090130")
    province.pump()
    system.read_results(calling(province))
    (told,) = system.facts("paid")
    assert told["PAYMONEY"] == "1005000"
    assert told["ITEMS"][0]["CHMONEY"] == "1000000"
    assert told["ITEMS"][0]["ITEMOVERDUEAMT"] == "5000"
    assert PORTAL_KEY
