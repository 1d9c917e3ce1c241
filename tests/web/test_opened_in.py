"""The User-Agent orders what is shown, and decides nothing."""

import pytest

from chalicelib.domain.apps import App
from tests.domain.user_agents import AGENT_OF
from tests.support.local_province import BASE_URL, HttpAnswer, LocalProvince
from tests.support.portal_client import create
from tests.web.pages.page_reader import read_page
from tests.web.test_scheme_pages import enter


def opened(province: LocalProvince, target: str, app: App) -> HttpAnswer:
    path = target.removeprefix(BASE_URL)
    return province.http("GET", path, headers={"User-Agent": AGENT_OF[app]})


@pytest.mark.parametrize("app", App)
def test_every_entry_opens_in_every_app_small_and_told_apart_by_caches(
    province: LocalProvince, app: App
) -> None:
    order = create(province).json
    code = order["payment_code"]
    for target in ("/", "/s/traffic-fines", f"/c/{code}", order["pay_url"]):
        answer = opened(province, target, app)
        assert answer.status == 200
        assert answer.headers["Vary"] == "User-Agent"
        assert answer.headers["Cache-Control"] == "no-store"
        assert len(answer.text.encode()) < 20_000
        assert not read_page(answer.text).all("script")


def test_a_channel_that_the_page_did_not_lead_with_is_started_all_the_same(
    province: LocalProvince,
) -> None:
    order = create(province).json
    path = order["pay_url"].removeprefix(BASE_URL)
    form = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": AGENT_OF[App.ALIPAY]}
    started = province.http("POST", f"{path}/payments", "channel=vnpay&key=vnpay-1", form)
    assert started.status == 303


def test_not_found_is_the_same_for_the_unknown_and_the_wrong_in_every_app(
    province: LocalProvince,
) -> None:
    code = create(province).json["payment_code"]
    for app in App:
        wrong = opened(province, f"/pay/{code}/AAAAAA", app)
        unknown = opened(province, "/pay/220000000000000092/AAAAAA", app)
        assert (wrong.status, wrong.text) == (unknown.status, unknown.text)
        province.clock.advance(minutes=16)
    assert enter(province, "QĐ 1", "AAAAAA").status == 404
