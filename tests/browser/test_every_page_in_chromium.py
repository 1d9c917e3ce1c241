"""Every page, state, language and size: accessible, inside the screen, within its own policy."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage

from chalicelib.web.pages.texts import LANGUAGES
from tests.browser.conftest import SCREENSHOTS, SIZES, Gallery
from tests.web.pages.gallery import gallery

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values:
    ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}});
  return found.violations.map(each => ({id: each.id, nodes: each.nodes.map(node => node.html)}));
}"""


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", list(gallery("vi")))
def test_a_page_is_accessible_and_fits(pages: Gallery, name: str, language: str, size: str) -> None:
    page = pages.open(language, name, size)
    for summary in page.locator("details > summary").all():
        summary.click()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{language}-{size}.png", full_page=True)
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate(RUN_AXE)
    assert violations == [], json.dumps(violations, indent=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


def test_the_checker_finds_what_is_wrong(pages: Gallery) -> None:
    page = pages.open("vi", "front", "phone")
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate(AXE.read_text("utf-8"))
    assert "label" in [violation["id"] for violation in page.evaluate(RUN_AXE)]


@pytest.mark.parametrize("name", ["pay-ready", "pay-paid", "action-qr", "front-problems"])
def test_nothing_on_a_page_is_refused_by_its_own_policy(pages: Gallery, name: str) -> None:
    page = pages.open("vi", name, "desktop")
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    page.on("console", listen)
    page.reload()
    page.remove_listener("console", listen)
    assert complaints == []
    # The style sheet passed the policy's hash.
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
    # An image is decoded after the page is loaded: this waits, and fails when one never shows.
    page.wait_for_function("[...document.images].every(image => image.naturalWidth > 0)")


def test_at_320_pixels_a_page_still_fits(pages: Gallery) -> None:
    page = pages.open("vi", "pay-ready", "phone")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_everything_that_is_pressed_is_large_enough_for_a_thumb(pages: Gallery) -> None:
    page = pages.open("vi", "pay-asking", "phone")
    page.locator("summary").click()
    for control in page.locator("button, .button, summary").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_on_a_phone_the_code_for_another_phone_is_neither_shown_nor_fetched(
    pages: Gallery,
) -> None:
    page = pages.open("vi", "pay-ready", "phone")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="networkidle")
    assert not page.locator("img").is_visible()
    assert [url for url in asked if url.endswith("qr.svg")] == []
