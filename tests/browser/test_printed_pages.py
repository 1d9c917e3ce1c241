"""What units print: open codes on slips, and the plan for a day without network."""

import json
from datetime import date

import pytest
from playwright.sync_api import Browser

from infra.open_codes.emergency_plan import write_plan
from tests.browser.conftest import SCREENSHOTS
from tests.browser.site import Site
from tests.browser.test_every_page_in_chromium import AXE, RUN_AXE
from tests.support.open_codes import PATH, issued_batch
from tests.support.portal_client import call


def sheet(site: Site, language: str) -> str:
    with site.lock:
        batch = issued_batch(site.province, f"sheet-{language}", count=4)
        return call(site.province, "GET", f"{PATH}/{batch}/sheet?lang={language}").text


def plan(site: Site, language: str) -> str:
    return write_plan("quangninh", "QNPHG", language, today=date(2026, 3, 2))


@pytest.mark.parametrize("language", ["vi", "zh", "en"])
@pytest.mark.parametrize("made", [sheet, plan], ids=["open-codes", "emergency-plan"])
def test_what_is_printed_is_accessible_and_as_wide_as_its_paper(
    site: Site, browser: Browser, made: object, language: str
) -> None:
    assert callable(made)
    context = browser.new_context(viewport={"width": 794, "height": 1123}, bypass_csp=True)
    page = context.new_page()
    page.set_content(made(site, language))
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = getattr(made, "__name__", "")
    page.screenshot(path=SCREENSHOTS / f"printed-{name}-{language}.png", full_page=True)
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate(RUN_AXE)
    assert violations == [], json.dumps(violations, indent=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    context.close()
