"""A city-wide code leads to whatever the payer's paper says, and to nothing else."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.storage.guesses import MAX_WRONG
from chalicelib.web.qr_image import draw_qr
from infra.errandless.paths import PROVINCES
from tests.support.local_province import BASE_URL, HttpAnswer, LocalProvince
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, start
from tests.web.pages.page_reader import read_page
from tests.web.test_qr_image import raster_svg, read, read_svg, scanned

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FINE: dict[str, Any] = {"lines": [{"fee_item": "FINE", "amount_minor": 4_000_000}]}


def fine(province: LocalProvince, number: str = "QĐ 123/2026") -> dict[str, Any]:
    answer = create(province, "k-1", reference=number, **FINE)
    assert answer.status == 201
    order: dict[str, Any] = answer.json
    return order


def enter(
    province: LocalProvince, number: str, word: str, scheme: str = "traffic-fines"
) -> HttpAnswer:
    body = urlencode({"number": number, "word": word})
    return province.http("POST", f"/s/{scheme}?lang=en", body, FORM)


def test_the_entry_asks_for_the_number_as_it_is_called_there(province: LocalProvince) -> None:
    answer = province.http("GET", "/s/traffic-fines?lang=en")
    page = read_page(answer.text)
    assert answer.status == 200
    assert "Traffic fines" in page.text
    assert "Decision number" in page.text
    assert page.values("input", "name") == ["number", "word"]


@pytest.mark.parametrize("typed", ["QĐ 123/2026", "qđ123/2026", "  QĐ 123 / 2026 "])
def test_number_and_word_lead_to_the_pay_page(province: LocalProvince, typed: str) -> None:
    order = fine(province)
    answer = enter(province, typed, order["verification_word"].lower())
    assert answer.status == 303
    assert answer.headers["Location"] == f"{order['pay_url']}?lang=en"


def test_of_a_paid_fine_the_page_says_so(province: LocalProvince) -> None:
    order = fine(province)
    send_ipn(province, start(province, order["payment_code"]).json["payment_no"], 4_000_000)
    answer = enter(province, "QĐ 123/2026", order["verification_word"])
    page = province.http("GET", answer.headers["Location"].removeprefix(BASE_URL))
    assert "Paid" in read_page(page.text).text


def test_an_unknown_number_and_a_wrong_word_look_the_same(province: LocalProvince) -> None:
    order = fine(province)
    wrong = enter(province, "QĐ 123/2026", "AAAAAA")
    unknown = enter(province, "QĐ 999/2026", order["verification_word"])
    assert (wrong.status, unknown.status) == (404, 404)
    assert wrong.text == unknown.text


def test_who_mistyped_a_number_is_led_back_to_its_form_and_not_asked_for_a_code(
    province: LocalProvince,
) -> None:
    fine(province)
    shown = enter(province, "QĐ 123/2026", "AAAAAA").text
    assert "The number and what you entered with it do not belong to any payment" in shown
    assert 'href="/s/traffic-fines?lang=en" class="button"' in shown
    assert "Pay with a payment code" not in shown
    body = urlencode({"whose": "scheme-traffic-fines", "number": "QĐ 123/2026", "word": "AAAAAA"})
    found = province.http("POST", "/find?lang=en", body, FORM)
    assert found.status == 404
    assert 'href="/find?lang=en" class="button"' in found.text


def test_a_cancelled_fine_is_not_found_and_its_successor_is(province: LocalProvince) -> None:
    first = fine(province)
    target = f"/v1/orders/{first['payment_code']}/cancel"
    assert call(province, "POST", target, idempotency_key="c").status == 200
    assert enter(province, "QĐ 123/2026", first["verification_word"]).status == 404
    again = create(province, "k-2", reference="QĐ 123/2026", **FINE).json
    found = enter(province, "QĐ 123/2026", again["verification_word"])
    assert found.headers["Location"] == f"{again['pay_url']}?lang=en"


def test_what_is_owed_for_something_else_to_the_same_unit_is_found_by_its_word_alone(
    province: LocalProvince,
) -> None:
    """The unit's own numbers are one space: a word opens only what it was printed for."""
    other = create(province, "k-9", reference="HS-9").json
    assert enter(province, "HS-9", "AAAAAA").status == 404
    assert enter(province, "HS-9", other["verification_word"]).status == 303


def test_numbers_are_not_tried_for_long(province: LocalProvince) -> None:
    order = fine(province)
    tries = [enter(province, "QĐ 123/2026", "AAAAAA").status for _ in range(MAX_WRONG["pair"])]
    assert set(tries) == {404}
    assert enter(province, "qđ 123/2026", order["verification_word"]).status == 429


@pytest.mark.parametrize(
    ("number", "word", "said"),
    [
        ("", "ABCDEF", "Enter the number."),
        ("1" * 65, "ABCDEF", "This number is too long."),
        ("QĐ 1", "", "Enter the verification word."),
        ("QĐ 1", "ABC", "The verification word has 6 characters."),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_looked_up(
    province: LocalProvince, number: str, word: str, said: str
) -> None:
    answer = enter(province, number, word)
    assert answer.status == 422
    assert said in read_page(answer.text).text


def test_an_unknown_scheme_is_not_found(province: LocalProvince) -> None:
    assert province.http("GET", "/s/parking").status == 404
    assert enter(province, "1", "ABCDEF", "parking").status == 404
    assert province.http("GET", "/s/parking/qr.svg").status == 404


def test_the_front_door_leads_to_every_scheme(province: LocalProvince) -> None:
    page = read_page(province.http("GET", "/?lang=en").text)
    assert "/s/traffic-fines?lang=en" in page.values("a", "href")


def test_the_printed_code_is_the_schemes_in_its_color_and_the_same_for_everybody(
    province: LocalProvince,
) -> None:
    answer = province.http("GET", "/s/traffic-fines/qr.svg")
    assert answer.text == province.http("GET", "/s/traffic-fines/qr.svg?lang=en").text
    assert 'fill="#9c1c1c"' in answer.text
    assert read_svg(answer.text) == [f"{BASE_URL}/s/traffic-fines"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_sheet_for_print_has_the_code_the_address_and_what_is_needed(
    province: LocalProvince, language: str
) -> None:
    answer = province.http("GET", f"/s/traffic-fines/sheet?lang={language}")
    page = read_page(answer.text)
    assert answer.status == 200
    assert page.values("img", "src") == ["/s/traffic-fines/qr.svg"]
    for said in (f"{BASE_URL}/s/traffic-fines", "Phạt giao thông", "Traffic fines"):
        assert said in page.text
    assert ("Số quyết định" if language == "vi" else "Decision number") in page.text
    assert province.http("GET", "/s/parking/sheet").status == 404


@pytest.mark.parametrize("color", ["#9c1c1c", "#0b6b3f", "#12406e", "#4a2b7a", "#7a4b00"])
def test_a_printed_code_in_a_schemes_color_is_read_worn_and_askew(color: str) -> None:
    """In the colors of the provinces' schemes, on a printer of 203 dots an inch."""
    address = "https://thanhtoan.quangninh.example/s/traffic-fines"
    dots = round(30 / 25.4 * 203)
    image = raster_svg(str(draw_qr(address, "x", color)), dots)
    print_out = image.point(lambda value: 255 if value > 127 else 0)
    for blur, turn in ((0, 0), (1, 4), (2.5, 45), (2.5, 187)):
        assert read(scanned(print_out, blur=blur, turn=turn)) == [address]


def test_every_scheme_of_every_province_has_one_color_of_its_own_that_is_tried_here() -> None:
    tried = {"#9c1c1c", "#0b6b3f", "#12406e", "#4a2b7a", "#7a4b00"}
    for profile in PROVINCES.glob("*/profile.json"):
        schemes = json.loads(profile.read_text("utf-8")).get("schemes", [])
        colors = [scheme["color"] for scheme in schemes]
        assert len(set(colors)) == len(colors)
        assert set(colors) <= tried
