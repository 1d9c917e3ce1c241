"""J1: a driver scans the city's one QR code for traffic fines, whatever app it opens in, types the
decision's number and pays. Its failures: the police's system is off line; the same fine is paid at
a bank a minute later."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chalicelib.domain.apps import App
from tests.domain.user_agents import AGENT_OF
from tests.journeys.pages import (
    address_on,
    channels_on,
    code_on,
    pay_by_page,
    pay_started,
    start_by_page,
)
from tests.journeys.place import Page, Place
from tests.stack.portal import ask
from tests.web.pages.page_reader import read_page
from tests.web.test_qr_image import read_svg

SCHEME = "/s/traffic-fines"


@dataclass(frozen=True, slots=True)
class City:
    """`app`: what most of its drivers scan with; `channel`: what comes first there, and in every
    app but those that would not open it."""

    police: str
    fee_item: str
    plate: str
    amount_minor: int
    shown: str
    bank: str
    app: App
    channel: str
    closed_in: frozenset[App]


CITIES = {
    "quangninh": City(
        *("QNCSGT", "PHAT-GIAOTHONG", "14A-678.90", 2_500_000, "2,500,000 VND"),
        *("quangninh", App.ZALO, "vnpay", frozenset[App]()),
    ),
    "zhejiang": City(
        *("HZJJ", "JIAOTONG-FAKUAN", "浙A·67890", 20_000, "200.00 CNY"),
        *("bank-of-hangzhou", App.ALIPAY, "alipay"),
        frozenset({App.WECHAT, App.QQ, App.UNIONPAY, App.MOMO, App.ZALOPAY}),
    ),
}


def decide_fine(place: Place, city: City, number: str) -> None:
    """In the police's own system, which alone knows it."""
    place.tell_simulator(
        "/control/units",
        unit=city.police,
        reference=number,
        second_fact=city.plate,
        fee_item=city.fee_item,
        amount_minor=city.amount_minor,
        payer="Nguyễn Văn Bình",
    )


def scan(place: Place, app: App) -> Page:
    """The code on the wall, the same for everybody."""
    drawn = ask("GET", f"{place.base_url}{SCHEME}/qr.svg")
    (address,) = read_svg(drawn.body.decode())
    assert address == f"{place.base_url}{SCHEME}"
    return place.open(f"{address}?lang=en", **{"User-Agent": AGENT_OF[app]})


def look_up(place: Place, city: City, entry: Page, number: str) -> Page:
    agent = {"User-Agent": AGENT_OF[city.app]}
    return place.send(entry, headers=agent, number=number, word=city.plate)


def walk(place: Place) -> None:
    city = CITIES[place.description["province"]]
    first, second, unknown = "J1-2026-0001", "J1-2026-0002", "J1-2026-0003"
    decide_fine(place, city, first)
    decide_fine(place, city, second)
    for app in App:
        opened = scan(place, app)
        assert (opened.status, opened.headers["vary"]) == (200, "User-Agent")
        assert [set(fields) for _, fields in opened.forms] == [{"number", "word"}]
    entry = scan(place, city.app)
    assert look_up(place, city, entry, unknown).status == 404

    pays_on_the_phone_and_the_bank_is_refused(place, city, entry, first)
    pays_while_the_police_is_offline(place, city, entry, second)


def pays_on_the_phone_and_the_bank_is_refused(
    place: Place, city: City, entry: Page, number: str
) -> None:
    found = look_up(place, city, entry, number)
    assert city.shown in read_page(found.text).text
    for app in App:
        seen = place.open(address_on(found), **{"User-Agent": AGENT_OF[app]})
        offered = channels_on(seen)
        assert offered[0] == city.channel or app in city.closed_in
        assert city.channel not in offered or app not in city.closed_in
    code = code_on(found)
    pay_by_page(place, found, city.channel, AGENT_OF[city.app])
    order = place.receipted(code)
    assert (order["amount_minor"], len(order["receipts"])) == (city.amount_minor, 1)
    place.until(lambda: place.told("order.paid", code), bool)

    bank = place.bank(city.bank)
    told = bank.look_up(code)
    assert (told.json["payable"], told.json["status"]) == (False, "paid")
    refused = bank.lock(told.json, "L-J1-1")
    assert (refused.status, refused.json["code"]) == (409, "order_paid")
    after = place.order(code)
    assert [each["status"] for each in after["payments"]] == ["succeeded"]
    assert after["cases"] == []
    again = look_up(place, city, entry, number)
    assert (again.status, channels_on(again)) == (200, [])


def pays_while_the_police_is_offline(place: Place, city: City, entry: Page, number: str) -> None:
    """And a bank whose money was on its way before takes it a minute later."""
    known = code_on(look_up(place, city, entry, number))
    place.tell_simulator("/control/units/faults", unit=city.police, kind="down", times=2)
    silent = look_up(place, city, entry, "J1-2026-0099")
    assert silent.status == 503
    assert "That does not mean that nothing is owed." in read_page(silent.text).text
    found = look_up(place, city, entry, number)
    assert (found.status, code_on(found)) == (200, known)

    phone = start_by_page(place, found, city.channel, AGENT_OF[city.app])
    bank = place.bank(city.bank)
    bill = bank.look_up(known).json
    held = bank.lock(bill, "L-J1-2")
    assert held.status == 201, held.body
    assert held.json["other_payment_in_flight"] is True
    pay_started(place, phone)
    late = bank.pay(bill, held.json["payment_no"], "J1-AT-THE-BANK")
    assert (late.status, late.json["result"]) == (200, "in_review")

    order = place.receipted(known)
    assert len(order["receipts"]) == 1
    assert [each["status"] for each in order["payments"]] == ["succeeded", "succeeded"]
    (case,) = order["cases"]
    assert (case["kind"], case["state"]) == ("double_payment", "open")
    opened = place.operator.get(f"/v1/cases/{case['case_id']}").json
    assert opened["amount_minor"] == city.amount_minor


@pytest.mark.parametrize("province", CITIES)
def test_a_driver_pays_a_fine_by_the_city_s_one_code(
    walk_in: Callable[[str], Place], province: str
) -> None:
    place = walk_in(province)
    walk(place)
    assert place.replay() == []
