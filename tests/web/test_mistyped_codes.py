"""A code typed on a keypad: every single wrong digit and every two digits in each other's place are
told as slips, at the biller interface and on the pages, before anything is looked up."""

from collections.abc import Iterator

import pytest

from tests.support.biller_bank import Bank, seed_with_banks
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import create
from tests.web.pages.page_reader import read_page
from tests.web.test_find_pages import send

DIGITS = "0123456789"


def slips(code: str) -> Iterator[str]:
    places = range(len(code))
    for at in places:
        for wrong in DIGITS.replace(code[at], ""):
            yield code[:at] + wrong + code[at + 1 :]
    for at in places:
        for other in places[at + 1 :]:
            if code[at] != code[other]:
                left, right = code[:at], code[at + 1 : other]
                yield left + code[other] + right + code[at] + code[other + 1 :]


@pytest.fixture(scope="module")
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks) as running:
        yield running


@pytest.fixture(scope="module")
def code(province: LocalProvince) -> str:
    return str(create(province).json["payment_code"])


def test_all_positions_are_tried(code: str) -> None:
    tried = list(slips(code))
    wrong = [each for each in tried if sum(a != b for a, b in zip(each, code, strict=True)) == 1]
    assert len(wrong) == 18 * 9
    assert len(set(tried)) == len(tried) > 18 * 9 + 100


def test_a_bank_is_told_of_each_slip_and_none_counts_as_a_guess(
    province: LocalProvince, code: str
) -> None:
    bank = Bank(province)
    for slip in slips(code):
        refused = bank.look_up(slip)
        assert (refused.status, refused.json["code"]) == (422, "payment_code_mistyped"), slip
        assert refused.json["errors"][0]["field"] == "/payment_code"
    assert bank.look_up(code).status == 200


def test_a_payer_is_told_of_each_slip_on_the_page(province: LocalProvince, code: str) -> None:
    for slip in slips(code):
        answer = send(province, "/pay?lang=en", slip, "ABCDEF")
        assert answer.status == 422, slip
    assert "Compare it group by group" in read_page(answer.text).text
    for slip in list(slips(code))[::7]:
        assert province.http("GET", f"/c/{slip}").status == 404
        assert province.http("GET", f"/pay/{slip}/ABCDEF").status == 404
