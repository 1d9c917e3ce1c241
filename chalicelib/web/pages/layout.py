"""The frame of every page: head, styles, header, footer, and the HTTP headers that belong to it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote

from chalicelib.domain.province import Mode
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, trusted
from chalicelib.web.pages.texts import LANGUAGES, load_texts

_ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
    "<rect width='32' height='32' rx='7' fill='#12406e'/>"
    "<path d='M9 17l5 5 9-12' fill='none' stroke='#fff' stroke-width='4'/></svg>"
)


@dataclass(frozen=True, slots=True)
class Page:
    """`refresh`: (seconds, address) after which the browser comes back by itself.
    `form_origins`: other sites to which a form here, or the redirect that answers it, may lead."""

    title: str
    body: Html
    status: int = 200
    refresh: tuple[int, str] | None = None
    form_origins: Sequence[str] = field(default=())


def render(page: Page, frame: Frame) -> str:
    return "<!doctype html>" + element(
        "html", _head(page, frame), _body(page, frame), lang=frame.language
    )


def headers_of(page: Page) -> dict[str, str]:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _content_security_policy(page.form_origins),
        "Cache-Control": "no-store",
        "Vary": "User-Agent",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
        "Strict-Transport-Security": "max-age=31536000",
    }
    if page.refresh is not None:
        headers["Refresh"] = f"{page.refresh[0]}; url={page.refresh[1]}"
    return headers


def _content_security_policy(form_origins: Sequence[str]) -> str:
    targets = " ".join(["'self'", *form_origins])
    return (
        f"default-src 'none'; style-src '{_style_hash()}'; img-src 'self' data:; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def _style() -> str:
    return (Path(__file__).parent / "style.css").read_text("utf-8")


@cache
def _style_hash() -> str:
    digest = hashlib.sha256(_style().encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _head(page: Page, frame: Frame) -> Html:
    title = f"{page.title} · {frame.texts.choose(frame.province.names)[0]}"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("title", title),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("link", rel="icon", href="data:image/svg+xml," + quote(_ICON)),
        element("style", trusted(_style())),
    )


def _body(page: Page, frame: Frame) -> Html:
    texts = frame.texts
    return element(
        "body",
        element("a", texts("site.skip"), href="#main", class_="skip"),
        _header(frame),
        element("main", page.body, id="main", tabindex="-1"),
        _footer(frame),
    )


def _test_band(frame: Frame) -> Html | None:
    if frame.mode is Mode.LIVE:
        return None
    return element("p", frame.texts("site.test_mode"), class_="test")


def _header(frame: Frame) -> Html:
    texts = frame.texts
    title = element(
        "a",
        element("span", frame.named(frame.province.names), class_="province"),
        element("span", texts("site.title"), class_="site"),
        href=frame.link("/"),
        class_="home",
    )
    links = (_language_link(code, frame) for code in LANGUAGES if code in frame.province.languages)
    languages = element("nav", *links, aria_label=texts("site.languages"), class_="languages")
    inner = element("div", title, languages, class_="inner")
    return element("header", _test_band(frame), inner)


def _language_link(code: str, frame: Frame) -> Html:
    own_name = load_texts(code)(f"language.{code}")
    if code == frame.language:
        return element("span", own_name, aria_current="true")
    return element(
        "a", own_name, href=f"{frame.root}{frame.path}?lang={code}", lang=code, hreflang=code
    )


def _footer(frame: Frame) -> Html:
    texts = frame.texts
    return element(
        "footer",
        element(
            "div",
            element("p", frame.sentence("site.help", phone=frame.phone_link()), class_="help"),
            element("p", texts("site.no_word")),
            element(
                "p",
                element("a", texts("site.status_link"), href=frame.link("/status")),
                element("a", texts("site.front_link"), href=frame.link("/")),
                class_="links",
            ),
            class_="inner",
        ),
    )
