"""In which app a page was opened, by what that app says of itself."""

import pytest

from chalicelib.domain.apps import MAX_USER_AGENT, OPENINGS, App, app_of, client_of
from chalicelib.domain.payments import Client
from tests.domain.user_agents import AGENT_OF, RECORDED


@pytest.mark.parametrize(("app", "user_agent"), [(app, text) for app, text, _ in RECORDED])
def test_a_recorded_string_is_known(app: App, user_agent: str) -> None:
    assert app_of(user_agent) is app


def test_every_app_has_a_recorded_string_with_its_place_and_a_row() -> None:
    assert AGENT_OF.keys() == set(App) == OPENINGS.keys()
    assert all(place for _, _, place in RECORDED)


@pytest.mark.parametrize("app", App)
def test_no_app_refuses_what_it_pays_with(app: App) -> None:
    assert not OPENINGS[app].refuses & set(OPENINGS[app].pays)


@pytest.mark.parametrize(
    "user_agent", ["", "curl/8.5", "x" * MAX_USER_AGENT + "AlipayClient/10", "alipay", "QQ"]
)
def test_what_nobody_sends_is_a_browser(user_agent: str) -> None:
    assert app_of(user_agent) is App.BROWSER


@pytest.mark.parametrize(
    ("app", "client"),
    [
        (App.WECHAT, Client.WECHAT),
        (App.ALIPAY, Client.MOBILE),
        (App.MOMO, Client.MOBILE),
        (App.BAIDU, Client.MOBILE),
        (App.BROWSER, Client.MOBILE),
    ],
)
def test_the_form_of_payment_suits_the_app(app: App, client: Client) -> None:
    assert client_of(AGENT_OF[app]) is client


def test_a_desktop_browser_gets_a_channels_web_page() -> None:
    assert client_of("Mozilla/5.0 (X11; Linux x86_64) Chrome/65.0.3325.181") is Client.WEB
