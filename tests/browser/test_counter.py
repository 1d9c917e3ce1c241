"""A clerk's day in a browser without scripts, and what the accessibility checker says of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS, SIZES
from tests.browser.site import Site, serve_province
from tests.browser.test_every_page_in_chromium import AXE, RUN_AXE
from tests.support.counters import CLERK_KEY, add_counters


@pytest.fixture(scope="module")
def counter() -> Iterator[Site]:
    with serve_province(add_counters) as running:
        yield running


@pytest.fixture
def till(browser: Browser) -> Iterator[Page]:
    width, height = SIZES["desktop"]
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=Path(SCREENSHOTS) / f"counter-{name}.png", full_page=True)


def sign_in(page: Page, site: Site, language: str) -> None:
    page.goto(f"{site.url}/counter?lang={language}")
    page.locator("#access_key").fill(CLERK_KEY)
    page.locator("form button").click()


def test_a_clerk_s_day(counter: Site, till: Page) -> None:
    """In Vietnamese: sign in, open, issue, take cash, a slip, count, report."""
    sign_in(till, counter, "vi")
    expect(till.locator("h1")).to_have_text("Quầy của bạn")
    till.locator("#float-a-1").fill("500.000")
    till.get_by_role("button", name="Mở ca").first.click()
    expect(till.locator("h1")).to_have_text("Ca a-1-000001")
    shoot(till, "desk")
    till.locator("#fee_item").select_option("FEE-1")
    till.locator("#reference").fill("HS-Q-1")
    till.locator("#payer").fill("Nguyễn Thị Bình")
    till.get_by_role("button", name="Lập khoản thu").click()
    expect(till.locator("main")).to_contain_text("50.000 đồng")
    shoot(till, "order")
    till.locator("#received").fill("100.000")
    till.get_by_role("button", name="Ghi nhận tiền mặt").click()
    expect(till.locator("h1")).to_have_text("Đã ghi nhận")
    expect(till.locator("dd strong")).to_have_text("50.000 đồng")
    shoot(till, "sold")
    till.reload()
    expect(till.locator("dd strong")).to_have_text("50.000 đồng")
    till.get_by_role("link", name="Về ca").click()
    order = counter.create_order()
    till.locator("#payment_code").fill(order["payment_code"])
    till.get_by_role("button", name="Tìm").click()
    slip = {"terminal": "TID00001", "batch": "7", "trace": "101", "reference": "6060"}
    for name, value in (slip | {"masked_pan": "970436******1234", "brand": "NAPAS"}).items():
        till.locator(f"#{name}").fill(value)
    till.get_by_role("button", name="Ghi nhận phiếu thẻ").click()
    expect(till.locator("h1")).to_have_text("Đã ghi nhận")
    till.get_by_role("link", name="Về ca").click()
    till.locator("#counted").fill("540.000")
    till.get_by_role("button", name="Đóng ca").click()
    expect(till.locator(".problems")).to_contain_text("Tiền trong két không khớp")
    shoot(till, "differs")
    till.locator("#counted").fill("550.000")
    till.get_by_role("button", name="Đóng ca").click()
    expect(till.locator("h1")).to_have_text("Báo cáo ca a-1-000001")
    expect(till.locator("main")).to_contain_text("50.00 % số lần")
    shoot(till, "report")


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_clerk_s_pages_are_accessible_and_fit(
    counter: Site, browser: Browser, language: str, size: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{counter.url}/counter?lang={language}")
    check(page, width)
    sign_in(page, counter, language)
    check(page, width)
    box = page.locator("#float-a-2")
    if box.count():
        box.fill("0")
        page.locator(f'form[action="/counter/a-2/shifts?lang={language}"] button').click()
    else:
        page.locator('a[href^="/counter/shifts/a-2-"]').click()
    check(page, width)
    shift = page.url.partition("?")[0]
    order = counter.create_order()
    page.goto(f"{shift}/orders/{order['payment_code']}?lang={language}")
    check(page, width)
    context.close()


def check(page: Page, width: int) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate(RUN_AXE)
    assert violations == [], (page.url, json.dumps(violations, indent=1))
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
