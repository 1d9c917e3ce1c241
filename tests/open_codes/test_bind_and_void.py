"""A unit whose own system is down sells codes; they are bound once; what is void and paid is a
case."""

import json
import re
from typing import Any
from unittest import mock

import pytest

from chalicelib.errors import OutcomeUnknown
from chalicelib.web.models.open_codes import OpenCodeBatchVoided, PaidOpenCodeList
from chalicelib.wiring import Platform
from tests.journal.kept import replayed
from tests.support import counters, seeded
from tests.support.biller_bank import Bank, add_banks, biller_account, seed_with_banks
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import ipn_code, send_ipn, send_sandbox
from tests.support.open_codes import (
    PATH,
    PAYER,
    bind,
    codes_of,
    issue_codes,
    issued_batch,
    issued_codes,
    unbound,
    void_batch,
    void_code,
)
from tests.support.portal_client import call, create, start
from tests.support.portal_receiver import PortalReceiver
from tests.support.province_tables import read_tables
from tests.support.seeded import OTHER_PORTAL_KEY
from tests.support.settled_invariants import check_settled


def look(province: LocalProvince, code: str) -> Any:
    return call(province, "GET", f"/v1/orders/{code}").json


def paid_code(province: LocalProvince, code: str, transaction: str = "14422574") -> str:
    """By VNPAY; returns the code."""
    started = start(province, code, idempotency_key=f"p-{code}")
    answer = send_ipn(province, started.json["payment_no"], vnp_TransactionNo=transaction)
    assert ipn_code(answer) == "00"
    province.pump()
    return code


def require_whole(province: LocalProvince) -> None:
    """All invariants, and a replay that finds no difference."""
    check_settled(read_tables(province))
    province.keep_journal()
    report = replayed(province)
    assert (report.faults, report.differences, report.unrecorded) == ([], [], 0)


class StoppedPortal:
    """Its endpoint answers nothing until it is started."""

    def __init__(self) -> None:
        self.receiver = PortalReceiver()
        self.is_up = False

    def post(self, url: str, body: bytes, headers: Any, timeout_seconds: float) -> Any:
        if not self.is_up:
            raise OutcomeUnknown("no_answer", "the unit's system is down")
        return self.receiver.post(url, body, headers, timeout_seconds)

    def get(self, url: str, headers: Any, timeout_seconds: float, max_bytes: int = 0) -> Any:
        raise AssertionError(url)


def seed_with_every_way_to_pay(platform: Platform) -> None:
    """Banks and counters beside what is on line."""
    counters.seed(platform)
    add_banks(platform)
    document = counters.counter_document(seeded.province_document())
    document["channel_accounts"].append(biller_account("a", "BANK-A"))
    platform.setup.write_province(document)


def test_a_day_of_a_unit_that_is_offline() -> None:
    """Endpoint stopped, printed, paid by VNPAY, on line, at a bank and in cash, bound once, list
    exact; told when the unit is back."""
    portal = StoppedPortal()
    with local_province(seed_with_every_way_to_pay, portal) as province:
        batch = issued_batch(province, count=5)
        codes = [each["payment_code"] for each in codes_of(province, batch)]
        assert call(province, "GET", f"{PATH}/{batch}/sheet").text.count('class="slip"') == 5
        paid_code(province, codes[0])
        bank = Bank(province)
        told = bank.look_up(codes[1]).json
        assert (told["payable"], told["amount_minor"], told["payer_name"]) == (True, 50_000, None)
        assert bank.pay(bank.locked(codes[1])).status == 200
        payment_no = start(province, codes[2], "sandbox", "p-3").json["payment_no"]
        assert send_sandbox(province, payment_no).status == 200
        shift = counters.opened(province)
        assert counters.take_cash(province, shift, codes[3]).status == 201
        province.pump()
        assert sorted(unbound(province, day="2026-03-02")) == sorted(codes[:4])
        assert unbound(province, day="2026-03-01") == unbound(province, day="2026-03-03") == []
        assert portal.receiver.received == []
        for turn, code in enumerate(codes[:4]):
            answer = bind(province, code, f"b-{turn}", reference=f"HS-{turn}")
            assert (answer.status, answer.json["status"]) == (200, "paid")
            second = bind(province, code, f"again-{turn}", reference="HS-other")
            assert (second.status, second.json["code"]) == (409, "open_code_bound")
        province.pump()
        assert unbound(province) == []
        assert sorted(unbound(province, state="bound")) == sorted(codes[:4])
        assert look(province, codes[4])["status"] == "created"
        portal.is_up = True
        province.clock.advance(minutes=30)
        province.pump()
        types = [each.type for each in portal.receiver.received]
        assert (types.count("order.paid"), types.count("receipt.issued")) == (4, 4)
        require_whole(province)


def test_a_bank_takes_its_payment_of_a_code_back() -> None:
    """It is no paid code any more, whatever it is bound to, and can be paid again."""
    with local_province(seed_with_banks, PortalReceiver()) as province:
        first, second = issued_codes(province, count=2)
        bank = Bank(province)
        for turn, code in enumerate((first, second)):
            payment_no = bank.locked(code, request_no=f"L-{turn}")
            assert bank.pay(payment_no, f"FT-{turn}").status == 200
        bind(province, second)
        province.pump()
        assert unbound(province) == [first]
        for turn in range(2):
            answer = bank.reverse(f"FT-{turn}", reversal_no=f"RV-{turn}")
            assert answer.status == 200, answer.text
        province.pump()
        assert unbound(province) == unbound(province, state="bound") == []
        assert [look(province, code)["status"] for code in (first, second)] == ["pending"] * 2
        paid_code(province, first)
        assert unbound(province) == [first]
        assert unbound(province, state="bound") == []
        require_whole(province)


def test_a_bound_code_is_found_by_its_file(province: LocalProvince) -> None:
    code, other = issued_codes(province, count=2)
    paid_code(province, code)
    bind(province, code)
    province.pump()
    found = call(province, "GET", "/v1/orders?reference=HS-2026-0001").json["items"]
    assert [each["payment_code"] for each in found] == [code]
    refused = create(province, reference="hs-2026-0001")
    assert (refused.status, refused.json["code"]) == (409, "obligation_paid")
    assert refused.json["link"].endswith(f"/v1/orders/{code}")
    taken = bind(province, other, "b-2")
    assert (taken.status, taken.json["code"]) == (409, "obligation_paid")
    require_whole_but_notices(province)


def require_whole_but_notices(province: LocalProvince) -> None:
    """The endpoint of these tests' portal is out of reach."""
    province.pump()
    province.keep_journal()
    report = replayed(province)
    assert (report.faults, report.differences, report.unrecorded) == ([], [], 0)


def test_the_same_binding_again_is_the_same_answer(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    first = bind(province, code)
    again = bind(province, code)
    assert (again.status, again.text) == (200, first.text)
    other_key = bind(province, code, "b-2", reference=" hs-2026-0001 ")
    assert (other_key.status, other_key.json["open_code"]) == (200, first.json["open_code"])
    reused = bind(province, code, reference="HS-2")
    assert (reused.status, reused.json["code"]) == (422, "idempotency_key_reused")
    another_payer = bind(province, code, "b-3", payer={**PAYER, "name": "Another"})
    assert (another_payer.status, another_payer.json["code"]) == (409, "open_code_bound")


def test_a_code_is_bound_before_it_is_paid_and_holds_the_file(province: LocalProvince) -> None:
    code, other = issued_codes(province, count=2)
    assert bind(province, code).status == 200
    refused = create(province)
    assert (refused.status, refused.json["code"]) == (409, "obligation_open")
    refused = bind(province, other, "b-2")
    assert (refused.status, refused.json["code"]) == (409, "obligation_open")
    assert "void this code" in refused.json["suggested_action"]
    paid_code(province, code)
    assert unbound(province) == []
    assert unbound(province, state="bound") == [code]
    require_whole_but_notices(province)


def test_a_void_code_leaves_its_file_to_another_order(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    bind(province, code)
    assert void_code(province, code).status == 200
    assert create(province).status == 201
    require_whole_but_notices(province)


def test_an_expired_code_leaves_its_file_to_another_order(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    bind(province, code)
    province.clock.advance(days=31)
    province.chase()
    assert look(province, code)["status"] == "expired"
    assert create(province).status == 201
    late = bind(province, code, "b-2", reference="HS-9")
    assert (late.status, late.json["code"]) == (409, "open_code_bound")


def test_items_that_may_be_paid_again_hold_nothing(province: LocalProvince) -> None:
    lines = [{"fee_item": "COPIES", "quantity": 2}]
    first, second = issued_codes(province, count=2, lines=lines)
    assert bind(province, first).status == 200
    assert bind(province, second, "b-2").status == 200
    assert read_tables(province).of("REF#") == []


def test_money_of_a_file_that_is_paid_otherwise_is_not_lost(province: LocalProvince) -> None:
    """Its clerk is told what to do with it, and it stays on the list."""
    (code,) = issued_codes(province, count=1)
    paid_code(province, code)
    other = create(province).json["payment_code"]
    open_elsewhere = bind(province, code)
    assert (open_elsewhere.status, open_elsewhere.json["code"]) == (409, "obligation_open")
    assert "Cancel the open order" in open_elsewhere.json["suggested_action"]
    assert open_elsewhere.json["link"].endswith(f"/v1/orders/{other}")
    paid_code(province, other, "14422575")
    paid_elsewhere = bind(province, code)
    assert (paid_elsewhere.status, paid_elsewhere.json["code"]) == (409, "obligation_paid")
    assert "finance repay it" in paid_elsewhere.json["suggested_action"]
    assert unbound(province) == [code]
    assert bind(province, code, "b-2", reference="HS-right").status == 200


def test_what_is_no_open_code_is_not_bound(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    assert bind(province, code).json["code"] == "open_code_not_found"
    assert void_code(province, code).json["code"] == "open_code_not_found"
    assert bind(province, "221111111111111111").json["code"] == "order_not_found"


def test_another_portals_code_is_not_found(province: LocalProvince) -> None:
    batch = issue_codes(province, portal_key=OTHER_PORTAL_KEY).json["batch"]
    target = f"{PATH}/{batch}/codes"
    (code, *_) = call(province, "GET", target, key=OTHER_PORTAL_KEY).json["items"]
    for act in (bind, void_code):
        answer = act(province, code["payment_code"])
        assert (answer.status, answer.json["code"]) == (404, "order_not_found")


def test_a_void_code_that_is_paid_after_all_is_a_case(province: LocalProvince) -> None:
    """The payer's bank had said no; then it said yes, for a code that was taken back meanwhile."""
    (code,) = issued_codes(province, count=1)
    payment_no = start(province, code).json["payment_no"]
    busy = void_code(province, code)
    assert (busy.status, busy.json["code"]) == (409, "payment_in_progress")
    no = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}
    send_ipn(province, payment_no, 50_000, **no)
    voided = void_code(province, code)
    assert (voided.status, voided.json["status"]) == (200, "cancelled")
    assert voided.json["open_code"]["void"]["reason"] == "the sheet got wet"
    assert ipn_code(send_ipn(province, payment_no)) == "00"
    (case,) = look(province, code)["cases"]
    assert (case["kind"], case["state"]) == ("late_success", "open")
    province.pump()
    assert unbound(province) == []
    refused = bind(province, code)
    assert (refused.status, refused.json["code"]) == (409, "order_cancelled")


def test_a_void_code_is_refused_at_a_bank_before_money_moves() -> None:
    with local_province(seed_with_banks) as province:
        (code,) = issued_codes(province, count=1)
        void_code(province, code)
        bank = Bank(province)
        assert bank.look_up(code).json["payable"] is False
        assert bank.lock(code).json["code"] == "order_cancelled"


def test_a_batch_is_taken_back_but_for_what_is_used(province: LocalProvince) -> None:
    batch = issued_batch(province, count=5)
    codes = [each["payment_code"] for each in codes_of(province, batch)]
    paid_code(province, codes[0])
    start(province, codes[1], idempotency_key="p-2")
    bind(province, codes[2])
    answer = void_batch(province, batch)
    told = OpenCodeBatchVoided.model_validate_json(answer.text)
    assert (told.voided, [(each.serial, each.why) for each in told.kept]) == (
        2,
        [(1, "order_paid"), (2, "payment_in_progress"), (3, "open_code_bound")],
    )
    assert void_batch(province, batch).text == answer.text
    look_again = call(province, "GET", f"{PATH}/{batch}").json
    assert (look_again["state"], look_again["void"]["reason"]) == ("void", "the exam is over")
    assert [look(province, code)["status"] for code in codes] == [
        *("paid", "pending", "created", "cancelled", "cancelled")
    ]
    require_whole_but_notices(province)


def test_orders_cancel_sends_to_void(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    answer = call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key="c-1")
    assert (answer.status, answer.json["code"]) == (409, "order_is_open_code")


def test_the_list_is_paged_and_downloaded_whole(province: LocalProvince) -> None:
    codes = issued_codes(province, count=7)
    for turn, code in enumerate(codes):
        province.clock.advance(seconds=1)
        paid_code(province, code, str(14_422_574 + turn))
    found: list[str] = []
    cursor = ""
    while True:
        target = f"/v1/open-codes?payee_unit=UNITA&limit=3{cursor}"
        page = PaidOpenCodeList.model_validate_json(call(province, "GET", target).text)
        found += [each.payment_code for each in page.items]
        if page.next_cursor is None:
            break
        cursor = f"&cursor={page.next_cursor}"
    assert sorted(found) == sorted(codes)
    file = call(province, "GET", "/v1/open-codes.csv?payee_unit=UNITA&day=2026-03-02")
    lines = file.text.splitlines()
    assert len(lines) == 8
    assert {re.sub("[^0-9]", "", line.split(",")[0]) for line in lines[1:]} == set(codes)


@pytest.mark.parametrize("query", ["", "?payee_unit=UNITA&state=x", "?payee_unit=UNITA&day=1"])
def test_a_list_of_nothing_in_particular_is_refused(province: LocalProvince, query: str) -> None:
    assert call(province, "GET", f"/v1/open-codes{query}").status == 400


def page_of(province: LocalProvince, code: str) -> str:
    address = look(province, code)["pay_url"].removeprefix(province.settings.public_base_url)
    answer = province.http("GET", f"{address}?lang=en")
    assert answer.status == 200
    return answer.text


def test_a_payer_is_told_what_a_code_is_for(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    page = page_of(province, code)
    assert "Item FEE-1" in page
    assert "Not known yet: keep your slip" in page
    assert "OPEN-" not in page
    bind(province, code)
    assert "HS-2026-0001" in page_of(province, code)


def test_a_receipt_stays_and_binding_adds_the_file_and_the_payer(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    paid_code(province, code)
    (receipt,) = look(province, code)["receipts"]
    before = read_tables(province).receipts
    page = province.http("GET", f"/r/{receipt['token']}?lang=en").text
    assert "sold before its file number was known" in page
    assert "Payer" not in page
    bind(province, code)
    province.pump()
    page = province.http("GET", f"/r/{receipt['token']}?lang=en").text
    assert "HS-2026-0001" in page
    assert "T*** T*** B***" in page
    assert "sold before its file number was known" not in page
    assert read_tables(province).receipts == before
    assert look(province, code)["receipts"] == [receipt]


def test_a_receipt_numbered_after_the_binding_has_its_payer(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    bind(province, code)
    paid_code(province, code)
    (receipt,) = look(province, code)["receipts"]
    page = province.http("GET", f"/r/{receipt['token']}?lang=en").text
    assert "HS-2026-0001" in page
    assert "T*** T*** B***" in page


def test_nobody_who_pays_is_in_the_clear(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    bind(province, code)
    rows = json.dumps(read_tables(province).ledger, default=repr, ensure_ascii=False)
    assert "022099001234" not in rows
    assert "Trần Thị Bình" not in rows


def test_an_open_codes_row_stays_small(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    (row,) = [row for row in read_tables(province).typed_ledger if row["pk"]["S"] == f"O#{code}"]
    assert len(json.dumps(row, default=repr)) < 2_000


def stale(province: LocalProvince, code: str) -> Any:
    """Whoever reads the order from now on sees it as it is at this moment."""
    ledger = province.platform.ledger
    return mock.patch.object(type(ledger), "read_order", return_value=ledger.read_order(code))


def test_who_read_a_code_before_it_was_bound_is_told_by_the_write(
    province: LocalProvince,
) -> None:
    (code,) = issued_codes(province, count=1)
    with stale(province, code):
        first = bind(province, code)
        same = bind(province, code, "b-2")
        other = bind(province, code, "b-3", reference="HS-2")
        voided = void_code(province, code)
    assert (first.status, same.status) == (200, 200)
    assert same.json["open_code"] == first.json["open_code"]
    assert (other.status, other.json["code"]) == (409, "open_code_bound")
    assert (voided.status, voided.json["code"]) == (503, "busy")
    assert void_code(province, code).status == 200


def test_who_read_a_code_before_it_was_void_does_not_bind_it(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    with stale(province, code):
        assert void_code(province, code).status == 200
        refused = bind(province, code)
    assert (refused.status, refused.json["code"]) == (409, "order_cancelled")
