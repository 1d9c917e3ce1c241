"""Several bills at once, as a payer without a login does it: paste, add up, pay, see what became of
each."""

from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest

from tests.checkout.test_baskets import pay_at_counter, settle
from tests.support.baskets import Bill, issue_bills, look_at, seed_units, start_basket
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_receiver import PortalReceiver
from tests.support.rows import scan
from tests.web.pages.page_reader import ReadPage, read_page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units, PortalReceiver()) as running:
        yield running


def paste(province: LocalProvince, text: str, key: str = "key-1", lang: str = "en") -> HttpAnswer:
    fields = urlencode({"bills": text, "key": key})
    return province.http("POST", f"/basket?lang={lang}", fields, FORM)


def lines_of(bills: list[Bill]) -> str:
    return "\n".join(f"{bill['payment_code']} {bill['verification_word']}" for bill in bills)


def open_page(province: LocalProvince, answer: HttpAnswer) -> tuple[str, ReadPage]:
    assert answer.status == 303, answer.text
    address = urlsplit(answer.headers["Location"])
    shown = province.http("GET", f"{address.path}?{address.query}")
    assert shown.status == 200, shown.text
    return address.path, read_page(shown.text)


def test_a_payer_pastes_codes_and_gets_one_pay_page(province: LocalProvince) -> None:
    bills = issue_bills(province, 3)
    front = province.http("GET", "/?lang=en").text
    assert 'href="/basket?lang=en"' in front
    form = province.http("GET", "/basket?lang=en")
    assert form.status == 200
    code = bills[2]["payment_code"]
    grouped = "-".join(code[start : start + 3] for start in range(0, 18, 3))
    text = f"{lines_of(bills[:2])}\n\n {grouped} {bills[2]['verification_word'].lower()} \n"
    path, page = open_page(province, paste(province, text))
    assert "Amount to pay 30,003 VND" in page.text
    for part in (
        "Unit UNITA TB-0 Item TUITION 10,000 VND Sum 10,000 VND",
        "Unit UNITC TB-2 Item TUITION 10,002 VND Sum 10,002 VND",
        "Paid to Unit UNITA; Unit UNITB; Unit UNITC",
    ):
        assert part in page.text, page.text
    again, _ = open_page(province, paste(province, text))
    assert again == path, "sent twice, it is one basket"
    other, _ = open_page(province, paste(province, lines_of(bills[:2])))
    assert other != path


def test_what_became_of_each_bill_is_told(province: LocalProvince) -> None:
    bills = issue_bills(province, 3)
    path, page = open_page(province, paste(province, lines_of(bills)))
    code = path.split("/")[2]
    keys = [tag.attributes for tag in page.all("input") if tag.attributes["name"] == "key"]
    fields = urlencode({"channel": "vnpay", "key": keys[0]["value"] or ""})
    assert province.http("POST", f"{path}/payments", fields, FORM).status == 303
    pay_at_counter(province, bills[1])
    send_ipn(province, f"{code}01", 30_003)
    province.pump()
    shown = read_page(province.http("GET", f"{path}?lang=en").text).text
    assert "Paid, but for some of the bills We received 30,003 VND through vnpay" in shown
    assert "TB-1 Item TUITION Not paid with this money: this part is returned to you" in shown
    assert shown.count("Receipt 000000") == 2
    bill = bills[0]
    own = urlsplit(bill["pay_url"]).path
    alone = read_page(province.http("GET", f"{own}?lang=en").text).text
    assert "Paid We received 10,000 VND through vnpay" in alone
    settle(province)


def test_no_money_is_asked_for_what_is_known_to_be_paid(province: LocalProvince) -> None:
    bills = issue_bills(province, 2)
    path, page = open_page(province, paste(province, lines_of(bills)))
    keys = [tag.attributes for tag in page.all("input") if tag.attributes["name"] == "key"]
    pay_at_counter(province, bills[0])
    shown = read_page(province.http("GET", f"{path}?lang=en").text)
    assert "Some of these bills were paid or changed since" in shown.text
    assert "TB-0 Item TUITION Paid or changed since" in shown.text
    assert shown.values("form", "action") == []
    fields = urlencode({"channel": "vnpay", "key": keys[0]["value"] or ""})
    refused = province.http("POST", f"{path}/payments", fields, FORM)
    assert (refused.status, urlsplit(refused.headers["Location"]).path) == (303, path)


def test_each_line_that_is_wrong_is_named(province: LocalProvince) -> None:
    bills = issue_bills(province, 3)
    pay_at_counter(province, bills[2])
    text = lines_of(bills).replace(bills[0]["verification_word"], "ABC")
    assert "Line 1: The verification word has 6 characters" in paste(province, text).text
    text = f"{lines_of(bills)}\n220000000000012314 {bills[0]['verification_word']}"
    unknown = paste(province, text)
    assert unknown.status == 422
    assert "Line 4: No such payment code, or not its verification word." in unknown.text
    assert bills[0]["payment_code"] in unknown.text, "what was typed stays"
    paid = paste(province, lines_of(bills))
    assert "Line 3: This bill is paid already." in paid.text
    twice = paste(province, lines_of([bills[0], bills[0]]))
    assert "Line 2: This bill stands here twice." in twice.text
    assert "Enter at least one payment code" in paste(province, "\n \n").text


@pytest.mark.parametrize(("lang", "title"), [("vi", "Nộp nhiều khoản cùng lúc"), ("en", "Pay sev")])
def test_the_page_speaks_the_provinces_languages(
    province: LocalProvince, lang: str, title: str
) -> None:
    assert title in province.http("GET", f"/basket?lang={lang}").text


def test_wrong_words_are_limited_here_too(province: LocalProvince) -> None:
    (bill,) = issue_bills(province, 1)
    for _ in range(10):
        assert paste(province, f"{bill['payment_code']} AAAAAA").status == 422
    assert paste(province, lines_of([bill])).status == 429


def test_the_front_door_is_a_portal_of_nobody(province: LocalProvince) -> None:
    bills = issue_bills(province, 1)
    path, _ = open_page(province, paste(province, lines_of(bills)))
    order = province.platform.ledger.read_order(path.split("/")[2])
    assert order is not None
    assert order.portal == "front-door-test"
    (row,) = scan(province.settings.setup_table, "PORTAL#front-door")
    assert row["payee_units"] == []
    open_page(province, paste(province, lines_of(bills), "key-2"))
    assert scan(province.settings.setup_table, "PORTAL#front-door") == [row]
    started = start_basket(province, order.payment_code)
    assert started.status == 404, "the city's key does not reach it"
    assert look_at(province, bills[0]["payment_code"])["status"] == "created"
