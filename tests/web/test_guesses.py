"""Who guesses codes or words is stopped, and learns nothing from how."""

from urllib.parse import urlencode

import pytest

from chalicelib.storage.guesses import MAX_WRONG, WINDOW, network_of
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import create
from tests.web.pages.page_reader import read_page

UNKNOWN_CODE = "220000000000000092"


def open_page(
    province: LocalProvince, code: str, word: str, address: str = "203.0.113.7"
) -> HttpAnswer:
    province.source_ip = address
    return province.http("GET", f"/pay/{code}/{word}?lang=en")


def test_after_ten_wrong_words_the_right_one_is_refused_too(province: LocalProvince) -> None:
    order = create(province).json
    code, word = order["payment_code"], order["verification_word"]
    wrong = [open_page(province, code, "AAAAAA").status for _ in range(MAX_WRONG["pair"])]
    assert wrong == [404] * MAX_WRONG["pair"]
    refused = open_page(province, code, word)
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "900"
    assert "Too many attempts" in read_page(refused.text).text
    assert order["amount_minor"] != 0
    assert f"{order['amount_minor']:,}" not in refused.text


def test_a_stranger_who_guesses_does_not_keep_the_payer_out(province: LocalProvince) -> None:
    order = create(province).json
    for _ in range(MAX_WRONG["pair"] + 1):
        open_page(province, order["payment_code"], "AAAAAA", "203.0.113.7")
    payer = open_page(province, order["payment_code"], order["verification_word"], "198.51.100.4")
    assert payer.status == 200


def test_after_a_while_the_right_word_opens_the_page_again(province: LocalProvince) -> None:
    order = create(province).json
    for _ in range(MAX_WRONG["pair"] + 1):
        open_page(province, order["payment_code"], "AAAAAA")
    province.clock.advance(seconds=WINDOW.total_seconds())
    page = open_page(province, order["payment_code"], order["verification_word"])
    assert page.status == 200


def test_unknown_codes_and_wrong_words_are_stopped_alike(province: LocalProvince) -> None:
    known = create(province).json["payment_code"]
    tries = MAX_WRONG["pair"] + 2
    wrong = [open_page(province, known, "AAAAAA", "203.0.113.7") for _ in range(tries)]
    unknown = [open_page(province, UNKNOWN_CODE, "AAAAAA", "198.51.100.4") for _ in range(tries)]
    assert [each.text for each in wrong] == [each.text for each in unknown]
    assert [each.status for each in wrong] == [404] * MAX_WRONG["pair"] + [429] * 2


def test_one_network_may_not_try_many_codes(province: LocalProvince) -> None:
    orders = [create(province, f"k-{n}", reference=f"R-{n}").json for n in range(5)]
    for turn in range(MAX_WRONG["address"]):
        code = orders[turn % 4]["payment_code"]
        assert open_page(province, code, "AAAAAA", f"2001:db8::{turn:x}").status == 404
    untried = orders[4]["payment_code"], orders[4]["verification_word"]
    assert open_page(province, *untried, "2001:db8::ffff").status == 429
    assert open_page(province, *untried, "2001:db8:0:1::1").status == 200


def test_the_right_word_counts_as_no_guess(province: LocalProvince) -> None:
    order = create(province).json
    for _ in range(MAX_WRONG["address"] + 2):
        page = open_page(province, order["payment_code"], order["verification_word"])
        assert page.status == 200


def test_the_status_form_is_guarded_by_the_same_count(province: LocalProvince) -> None:
    order = create(province).json
    code = order["payment_code"]
    for _ in range(MAX_WRONG["pair"]):
        open_page(province, code, "AAAAAA")
    form = urlencode({"payment_code": code, "word": order["verification_word"]})
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    assert province.http("POST", "/status", form, typed).status == 429


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
    ],
)
def test_what_counts_as_one_place_on_the_network(address: str, network: str) -> None:
    assert network_of(address) == network
