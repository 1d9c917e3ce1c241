"""The frame of every page: head, styles, header, footer, and the HTTP headers that belong to it."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from chalicelib.domain.province import Mode, Province
from chalicelib.web.pages.html import Html, element, fill, join, trusted
from chalicelib.web.pages.texts import LANGUAGES, Texts, load_texts

_ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
    "<rect width='32' height='32' rx='7' fill='#12406e'/>"
    "<path d='M9 17l5 5 9-12' fill='none' stroke='#fff' stroke-width='4'/></svg>"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a page appears. `path` is its own address below the base URL, without a query, for the
    language links. `base_url` is the public one."""

    province: Province
    texts: Texts
    path: str
    mode: Mode = Mode.LIVE
    base_url: str = ""

    @property
    def root(self) -> str:
        """The base URL's path, empty where the site has a host of its own."""
        return urlsplit(self.base_url).path

    @property
    def language(self) -> str:
        return self.texts.language

    def link(self, path: str, **query: str) -> str:
        """An address on this site that keeps the language."""
        return f"{self.root}{path}?{urlencode({**query, 'lang': self.language})}"

    def named(self, names: Mapping[str, str]) -> Html:
        """A name from the catalogue, marked with its language where that is not the page's."""
        text, language = self.texts.choose(names)
        return join(text) if language == self.language else element("span", text, lang=language)

    def sentence(self, key: str, **children: str) -> Html:
        return fill(self.texts.entries[key], **children)

    def phone_link(self) -> Html:
        phone = self.province.phone
        digits = "".join(letter for letter in phone if letter.isdigit() or letter == "+")
        return element("a", phone, href=f"tel:{digits}", class_="phone")


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
