"""The electronic share of a day: from the day rows, by payee unit."""

from collections.abc import Iterator

import pytest

from tests.support.counters import new_order, opened, record_slip, seed, take_cash
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, start
from tests.support.seeded import OPERATOR_KEY, PORTAL_KEY


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


def share(province: LocalProvince, query: str = "business_day=2026-03-02&mode=test") -> HttpAnswer:
    return call(province, "GET", f"/v1/figures/electronic-share?{query}", key=OPERATOR_KEY)


def test_cash_cards_and_phones_of_a_day(province: LocalProvince) -> None:
    shift = opened(province)
    for no in range(3):
        take_cash(province, shift, new_order(province, f"c-{no}"), f"c-{no}")
    record_slip(province, shift, new_order(province, "p-1"))
    code = new_order(province, "v-1")
    send_ipn(province, start(province, code).json["payment_no"], 50_000)
    # A second success of the same order is no payment of anything.
    record_slip(province, shift, code, "p-2", trace="102")
    province.pump()
    told = share(province).json
    wanted = {
        "payments": 5,
        "electronic_payments": 2,
        "amount_minor": 250_000,
        "electronic_minor": 100_000,
        "of_payments": "40.00",
        "of_money": "40.00",
    }
    assert told["total"] == wanted
    assert told["units"] == [{"payee_unit": "UNITA", **wanted}]


def test_a_day_without_payments_has_no_share(province: LocalProvince) -> None:
    told = share(province, "business_day=2026-03-01&mode=test").json
    assert (told["total"]["payments"], told["total"]["of_payments"], told["units"]) == (0, None, [])
    assert share(province, "business_day=2026-03-02").json["mode"] == "live"


@pytest.mark.parametrize("query", ["", "business_day=2", "business_day=2026-03-02&mode=x", "x=1"])
def test_what_is_not_asked_rightly_is_refused(province: LocalProvince, query: str) -> None:
    assert share(province, query).status == 400


def test_it_is_the_finance_department_s(province: LocalProvince) -> None:
    path = "/v1/figures/electronic-share?business_day=2026-03-02"
    assert call(province, "GET", path, key=PORTAL_KEY).status == 403
