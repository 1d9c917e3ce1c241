"""Opened inside an app, a page leads to what that app can pay with."""

from dataclasses import replace

import pytest

from chalicelib.domain.apps import OPENINGS, App
from chalicelib.web.pages.layout import render
from chalicelib.web.pages.pay_page import Updates, pay_page
from chalicelib.web.pages.texts import LANGUAGES, load_texts
from tests.web.pages.gallery import gallery
from tests.web.pages.page_reader import ReadPage, read_page
from tests.web.pages.samples import ORDER, WALLET_NAMES, WALLETS, frame_in, view_of

# What each app's pay page has, of a bank's page and three wallets: the one button that stands
# alone, the buttons below it, and what is named as not opening there.
SHOWN = {
    App.ALIPAY: ("alipay", ["vnpay"], ["unionpay", "momo"]),
    App.UNIONPAY: ("unionpay", ["vnpay"], ["alipay", "momo"]),
    App.MOMO: ("momo", ["vnpay"], ["alipay", "unionpay"]),
    App.WECHAT: (None, ["vnpay"], ["alipay", "unionpay", "momo"]),
    App.QQ: (None, ["vnpay"], ["alipay", "unionpay", "momo"]),
    App.ZALOPAY: (None, ["vnpay"], ["alipay", "unionpay", "momo"]),
    App.ZALO: (None, ["vnpay", "alipay", "unionpay", "momo"], []),
    App.BAIDU: (None, ["vnpay", "alipay", "unionpay", "momo"], []),
    App.BROWSER: (None, ["vnpay", "alipay", "unionpay", "momo"], []),
}


def page_in(app: App, language: str) -> ReadPage:
    frame = replace(frame_in(language), app=app)
    return read_page(render(pay_page(view_of(ORDER), WALLETS, Updates(), frame), frame))


def buttons(page: ReadPage) -> list[str | None]:
    hidden = [tag.attributes for tag in page.all("input")]
    return [each["value"] for each in hidden if each["name"] == "channel"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("app", App)
def test_a_pay_page_has_what_the_app_pays_with_first(app: App, language: str) -> None:
    first, below, refused = SHOWN[app]
    page, texts = page_in(app, language), load_texts(language)
    assert buttons(page) == ([first] if first else []) + below
    assert bool(page.all("details")) is (first is not None)
    assert (texts("opened.pay_here", app=texts(f"app.{app}")) in page.text) is (first is not None)
    names = texts("opened.and").join(texts.choose(WALLET_NAMES[each])[0] for each in refused)
    reason = texts("opened.refuses", app=texts(f"app.{app}"), channel=names)
    assert (reason in page.text) is bool(refused)
    # The way out: a browser, or this page's own code, shown on a phone too.
    leave = texts("opened.open_elsewhere", app=texts(f"app.{app}"))
    assert (leave in page.text) is bool(refused)
    classes = page.values("section", "class")
    assert ("card elsewhere here" in classes) is bool(refused)
    assert len(page.all("img")) == 1


def test_no_app_pays_where_its_channel_is_closed() -> None:
    closed = tuple(replace(each, closed_reason={"en": "Maintenance"}) for each in WALLETS)
    frame = replace(frame_in("en"), app=App.ALIPAY)
    page = read_page(render(pay_page(view_of(ORDER), closed, Updates(), frame), frame))
    assert buttons(page) == []
    assert "Pay right here" not in page.text
    assert "Maintenance" in page.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["front", "scheme", "printed-code"])
def test_a_page_before_the_order_says_what_the_app_can_do(name: str, language: str) -> None:
    texts, pages = load_texts(language), gallery(language)

    def text(of: str) -> str:
        page, frame = pages[of]
        return read_page(render(page, frame)).text

    alipay = texts("opened.pays", app=texts("app.alipay"), channel="Alipay")
    assert alipay in text(f"{name}-in-alipay")
    names = texts("opened.and").join(
        texts.choose({key: WALLET_NAMES[channel][key] for key in ("vi", "en")})[0]
        for channel in ("alipay", "unionpay", "momo")
    )
    wechat = texts("opened.refuses", app=texts("app.wechat"), channel=names)
    assert wechat in text(f"{name}-in-wechat")
    assert texts("app.wechat") not in text(name).replace("WeChat", "-")


def test_the_table_of_expectations_has_every_app() -> None:
    assert SHOWN.keys() == OPENINGS.keys()
