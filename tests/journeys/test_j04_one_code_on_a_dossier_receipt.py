"""J4: at the one-stop counter the payer gets a dossier receipt with one code that any bank's app
scans. Its failure: two wallets pay by the same paper."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.journeys.pages import channels_on
from tests.journeys.place import Object, Place
from tests.stack.portal import Answer, ask
from tests.web.pages.page_reader import read_page
from tests.web.paper.paper_reader import qr_codes, read_text

# By province: the counter, its unit, what the dossier costs.
COUNTERS = {
    "quangninh": ("bai-chay-1", "QNPBC", "LP-DK-HOKINHDOANH", 100_000),
    "binhduong": ("stp-1", "HCMSTP", "LP-QUOCTICH-NHAP", 3_000_000),
}
PAID_STAMP = "ĐÃ NỘP – XIN KHÔNG NỘP LẠI"


def walk(place: Place) -> None:
    _, unit, _, amount = COUNTERS[place.description["province"]]
    order, paper = receive_dossier(place)
    code = order["payment_code"]
    text = read_text(paper)
    assert "Người nộp Nguyễn Thị Thùy Dương" in text
    assert " ".join(code[start : start + 3] for start in range(0, 18, 3)) in text
    (payload,) = qr_codes(paper)
    assert payload == order["counter_qr"]

    transfer = scan_and_pay(place, payload, "casso")
    assert (transfer["amount_minor"], code in transfer["memo"]) == (amount, True)
    paid = place.receipted(code)
    assert (paid["payee_unit"], paid["amount_minor"]) == (unit, amount)
    assert paid["cases"] == []
    (receipt,) = paid["receipts"]
    assert place.open(receipt["url"]).status == 200
    place.until(lambda: place.told("order.paid", code), bool)

    another_wallet_pays_by_the_same_paper(place, order, payload)


def receive_dossier(place: Place) -> tuple[Object, bytes]:
    """The clerk takes the dossier in, and prints its receipt from the counter's own page."""
    counter, unit, item, _ = COUNTERS[place.description["province"]]
    body = {
        "reference": "H49.01-J4-0017",
        "payee_unit": unit,
        "lines": [{"fee_item": item}],
        "payer": {"kind": "individual", "name": "Nguyễn Thị Thùy Dương"},
    }
    issued = place.clerk.post(f"/v1/counter/counters/{counter}/orders", body)
    assert issued.status == 201, issued.body
    signed_in = place.post_form("/counter/login", {"access_key": place.clerk.api_key})
    cookie = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
    opened = place.clerk.post("/v1/counter/shifts", {"counter": counter, "float_minor": 0})
    assert opened.status == 201, opened.body
    shift, code = opened.json["shift"], issued.json["payment_code"]
    address = f"{place.base_url}/counter/shifts/{shift}/orders/{code}/paper"
    printed = ask("GET", address, None, cookie | {"Accept": "text/html,*/*;q=0.8"})
    assert (printed.status, printed.headers["content-type"]) == (200, "application/pdf")
    closed = place.clerk.post(f"/v1/counter/shifts/{shift}/close", {"counted_minor": 0})
    assert closed.status == 200, closed.body
    order: Object = issued.json
    return order, printed.body


def scan_and_pay(place: Place, payload: str, told_by: str) -> Object:
    """In a bank's app, whose money arrives at the unit's bank; `told_by`: who tells us of it."""
    answer: Answer = place.tell_simulator("/vietqr/transfers", payload=payload, notices=told_by)
    assert answer.status == 201
    transfer: Object = answer.json
    return transfer


def another_wallet_pays_by_the_same_paper(place: Place, order: Object, payload: str) -> None:
    """Nobody can keep a bank from moving the money: it is a surplus that goes back."""
    code = order["payment_code"]
    second = scan_and_pay(place, payload, "sepay")
    seen = place.until(lambda: place.order(code), lambda found: bool(found["cases"]))
    assert (seen["status"], len(seen["receipts"])) == ("paid", 1)
    (case,) = seen["cases"]
    assert (case["kind"], case["state"]) == ("double_payment", "open")
    opened = place.operator.get(f"/v1/cases/{case['case_id']}").json
    assert opened["amount_minor"] == second["amount_minor"]
    assert len(place.told("order.paid", code)) == 1

    page = place.open(f"{order['pay_url']}?lang=en")
    assert (page.status, channels_on(page)) == (200, [])
    text = read_page(page.text).text
    assert "Paid, and more money came in later" in text
    assert "if you paid too much, it is returned" in text
    address = f"{place.base_url}{urlsplit(order['pay_url']).path}/paper.pdf"
    paper = ask("GET", address, None, {"Accept": "application/pdf"})
    assert PAID_STAMP in read_text(paper.body)
    assert qr_codes(paper.body) == []
    refund = place.operator.post(f"/v1/cases/{case['case_id']}/refund", {"reason": "paid twice"})
    assert (refund.status, refund.json["state"]) == (200, "refund_due"), refund.body


@pytest.mark.parametrize("province", COUNTERS)
def test_one_code_on_paper_is_paid_by_any_bank_s_app_and_twice_is_a_refund(
    walk_in: Callable[[str], Place], province: str
) -> None:
    place = walk_in(province)
    walk(place)
    assert place.replay() == []
