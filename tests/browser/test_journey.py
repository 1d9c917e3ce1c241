"""A payer with a browser without scripts, from the order to the receipt, through the simulator."""

import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.site import Site


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def pay_at_simulator(page: Page, channel: str, action: str) -> None:
    """Two decisions: the channel here, and what to do there."""
    page.get_by_role("button", name=channel).click()
    page.get_by_role("button", name=action, exact=True).click()


@pytest.mark.parametrize("channel", ["vnpay", "sandbox"])
def test_a_payer_pays_and_gets_a_receipt_without_a_script(
    site: Site, phone: Page, channel: str
) -> None:
    order = site.create_order(lines=[{"fee_item": "FEE-1"}, {"fee_item": "CHARGE"}])
    phone.goto(order["pay_url"])
    expect(phone.locator("h1")).to_contain_text("80.000 đồng")
    pay_at_simulator(phone, channel, "pay")
    expect(phone.locator("h1")).to_have_text("Đã nộp xong", timeout=15_000)
    assert phone.url.startswith(order["pay_url"])
    site.pump()
    phone.goto(order["pay_url"] + "?lang=en")
    expect(phone.locator(".receipt")).to_have_count(2)
    phone.get_by_role("link", name="Verify this receipt").first.click()
    expect(phone.locator("h1")).to_have_text("This receipt is genuine")
    assert "Nguyễn" not in phone.content()


def test_a_payer_who_gives_up_at_the_channel_is_told_and_may_try_again(
    site: Site, phone: Page
) -> None:
    order = site.create_order()
    phone.goto(order["pay_url"] + "?lang=en")
    pay_at_simulator(phone, "vnpay", "refuse")
    phone.goto(order["pay_url"] + "?lang=en")
    expect(phone.locator("h1")).to_have_text("The last payment did not go through")
    pay_at_simulator(phone, "vnpay", "pay")
    expect(phone.locator("h1")).to_have_text("Đã nộp xong", timeout=15_000)


def test_while_the_outcome_is_unknown_the_page_asks_not_to_pay_again(
    site: Site, phone: Page
) -> None:
    order = site.create_order()
    phone.goto(order["pay_url"] + "?lang=en")
    pay_at_simulator(phone, "vnpay", "silent")
    phone.goto(order["pay_url"] + "?lang=en")
    expect(phone.locator("main")).to_contain_text("Please do not pay again")
    assert "fail" not in phone.locator("h1").inner_text().lower()


def test_the_page_finds_out_by_itself_that_the_money_came(site: Site, phone: Page) -> None:
    order = site.create_order()
    phone.goto(order["pay_url"] + "?lang=en")
    phone.get_by_role("button", name="vnpay").click()
    number = phone.url.partition("vnp_TxnRef=")[2][:20]
    phone.goto(order["pay_url"] + "?lang=en")
    expect(phone.locator("h1")).to_have_text("Waiting for vnpay to confirm")
    _act(site, number, "pay")
    # Nobody presses anything: the browser comes back after three seconds.
    expect(phone.locator("h1")).to_have_text("Paid", timeout=15_000)


def test_a_printed_code_leads_to_the_page_by_keyboard_alone(site: Site, phone: Page) -> None:
    order = site.create_order()
    phone.goto(f"{site.url}/c/{order['payment_code']}?lang=en")
    phone.locator("input[name=word]").focus()
    phone.keyboard.type(order["verification_word"].lower())
    phone.keyboard.press("Enter")
    expect(phone.locator("h1")).to_contain_text("50,000 VND")
    phone.locator("main a, main button").first.focus()
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile(f"{re.escape(site.simulator.url)}/vnpay/pay"))


def test_the_front_door_finds_an_order_and_tells_what_is_mistyped(site: Site, phone: Page) -> None:
    order = site.create_order()
    phone.goto(site.url + "/?lang=en")
    phone.get_by_label("Payment code").fill("22 0000")
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_role("alert")).to_contain_text("exactly 18 digits")
    phone.get_by_label("Payment code").fill(order["payment_code"])
    phone.get_by_label("Verification word").fill(order["verification_word"])
    phone.get_by_role("button", name="Continue").click()
    assert phone.url == order["pay_url"] + "?lang=en"


def _act(site: Site, number: str, action: str) -> None:
    request = urllib.request.Request(
        f"{site.simulator.url}/control/payments/{number}/{action}", b"{}", method="POST"
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
