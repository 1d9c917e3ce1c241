"""What holds for every page, in every state and language."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest

from chalicelib.web.pages.html import element
from chalicelib.web.pages.layout import Page, headers_of, render
from chalicelib.web.pages.pay_page import Updates, pay_page
from chalicelib.web.pages.texts import LANGUAGES
from tests.web.pages.gallery import PAYER, gallery
from tests.web.pages.page_reader import read_page
from tests.web.pages.samples import CHOICES, LINES, ORDERS, PROVINCE, UNIT, frame_in, view_of

EVERY_PAGE = [(language, name) for language in LANGUAGES for name in gallery("vi")]
HOSTILE = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>{phone}{0.__class__}"


def sent(language: str, name: str) -> tuple[Page, str]:
    page, frame = gallery(language)[name]
    return page, render(page, frame)


@pytest.mark.parametrize(("language", "name"), EVERY_PAGE)
def test_a_page_is_well_formed_small_and_in_its_language(language: str, name: str) -> None:
    _, html = sent(language, name)
    page = read_page(html)
    assert html.startswith("<!doctype html><html lang=")
    assert page.values("html", "lang") == [language]
    assert len(page.all("h1")) == 1
    assert page.title.strip()
    assert len(html.encode()) < 20_000


@pytest.mark.parametrize(("language", "name"), EVERY_PAGE)
def test_a_page_needs_no_script_and_nothing_from_elsewhere(language: str, name: str) -> None:
    page = read_page(sent(language, name)[1])
    assert not page.all("script") + page.all("iframe") + page.all("object")
    assert not [key for tag in page.tags for key in tag.attributes if key.startswith("on")]
    assert not [tag for tag in page.tags if "style" in tag.attributes]
    loaded = page.values("img", "src") + page.values("link", "href")
    assert all(address.startswith(("/pay/", "/s/", "data:image/svg+xml,")) for address in loaded)
    assert "@import" not in page.style
    assert "url(http" not in page.style


@pytest.mark.parametrize(("language", "name"), EVERY_PAGE)
def test_every_label_and_reference_within_a_page_has_its_target(language: str, name: str) -> None:
    page = read_page(sent(language, name)[1])
    ids = [value for tag in page.tags if (value := tag.attributes.get("id")) is not None]
    assert len(ids) == len(set(ids))
    wanted = page.values("label", "for")
    wanted += [part for text in page.values("input", "aria-describedby") for part in text.split()]
    wanted += [href[1:] for href in page.values("a", "href") if href.startswith("#")]
    assert set(wanted) <= set(ids)


@pytest.mark.parametrize("name", list(gallery("vi")))
def test_links_on_the_site_keep_the_language(name: str) -> None:
    page = read_page(sent("en", name)[1])
    for href in page.values("a", "href") + page.values("form", "action"):
        assert not href.startswith("/") or href.endswith(("lang=en", "?lang=vi"))


def test_every_page_is_sent_with_headers_that_keep_it_private_and_let_nothing_in() -> None:
    page, html = sent("vi", "pay-ready")
    headers = headers_of(page)
    style = base64.b64encode(hashlib.sha256(read_page(html).style.encode()).digest()).decode()
    assert headers == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{style}'; img-src 'self' data:; "
            "form-action 'self' https://pay.example.vn; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Vary": "User-Agent",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
        "Strict-Transport-Security": "max-age=31536000",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_reach_the_page_as_text_only(language: str) -> None:
    names = {"vi": HOSTILE, "en": HOSTILE}
    unit = replace(UNIT, names=names, address=HOSTILE, phone=HOSTILE, tax_code=HOSTILE)
    province = replace(PROVINCE, names=names, payee_units=(unit,))
    lines = tuple(replace(line, names=names, description=HOSTILE) for line in LINES)
    choices = tuple(replace(choice, names=names, key=HOSTILE) for choice in CHOICES)
    frame = replace(frame_in(language), province=province)
    for order in ORDERS.values():
        hostile = replace(order, lines=lines, reference=HOSTILE)
        view = replace(view_of(hostile, HOSTILE), unit=unit)
        page = read_page(render(pay_page(view, choices, Updates(), frame), frame))
        assert not page.all("script")
        assert not [tag for tag in page.tags if "onerror" in tag.attributes]
        assert HOSTILE in page.text


def test_the_word_failed_or_its_like_is_never_said_while_the_outcome_is_unknown() -> None:
    for name in ("pay-asking", "pay-unknown", "status-asking", "status-unknown", "pay-review"):
        text = read_page(sent("en", name)[1]).text.lower()
        assert "does not mean that the payment failed" in text or "fail" not in text
        assert "did not go through" not in text
        assert "do not pay again" in text
        assert "không thành công" not in read_page(sent("vi", name)[1]).text


def test_a_name_in_another_language_than_the_page_is_marked_as_such() -> None:
    frame = frame_in("en")
    assert frame.named({"vi": "Phí"}) == '<span lang="vi">Phí</span>'
    assert frame.named({"vi": "Phí", "en": "Fee"}) == "Fee"
    assert element("p", frame.named({"en": "<"})) == "<p>&lt;</p>"


def test_a_page_shows_no_sealed_thing_and_no_internal_name() -> None:
    for name in gallery("vi"):
        text = sent("vi", name)[1]
        for secret in ("sealed", "H49.01-phi-2026", "late_success", "catalogue_version", "dvc"):
            assert secret not in text.replace("dichvucong", "")
    assert PAYER in sent("vi", "pay-paid")[1]
    assert PAYER not in json.dumps([sent("vi", name)[1] for name in ("pay-ready", "receipt")])
