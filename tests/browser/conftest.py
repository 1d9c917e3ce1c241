"""A Chromium, pages of the gallery as they are sent, and a province to pay in."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from chalicelib.web.pages.layout import headers_of, render
from chalicelib.web.qr_image import draw_qr
from tests.browser.site import Site, serve_province
from tests.web.pages.gallery import gallery

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / ".build" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.exit("Chromium is missing: apt-get install chromium, or set CHROMIUM", 1)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with serve_province() as running:
        yield running


@dataclass
class Gallery:
    """One tab in each size; shows the gallery's pages with the headers that they are sent with.
    Scripts are on, because the accessibility checker is one."""

    tabs: dict[str, Page]
    shown: tuple[str, str] = ("vi", "front")

    def open(self, language: str, name: str, size: str) -> Page:
        self.shown = (language, name)
        width, height = SIZES[size]
        self.tabs[size].set_viewport_size({"width": width, "height": height})
        self.tabs[size].goto("http://pages.test/")
        return self.tabs[size]

    def serve(self, route: Route) -> None:
        if route.request.url.endswith("/qr.svg"):
            drawing = draw_qr("http://pages.test/pay/220000000000000092/CDFGHJ", "QR")
            route.fulfill(body=str(drawing), content_type="image/svg+xml")
            return
        language, name = self.shown
        page, frame = gallery(language)[name]
        headers = headers_of(page)
        headers.pop("Refresh", None)
        route.fulfill(status=page.status, body=render(page, frame), headers=headers)


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Iterator[Gallery]:
    context = browser.new_context()
    opened = Gallery({size: context.new_page() for size in SIZES})
    context.route("**/*", opened.serve)
    yield opened
    context.close()
