"""A payer pays a bill in parts, from its page."""

from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest

from chalicelib.web.bill_parts import read_amount
from tests.support.baskets import issue_bill, seed_units, start_basket
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.web.pages.page_reader import ReadPage, read_page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units) as running:
        yield running


def open_page(province: LocalProvince, path: str) -> ReadPage:
    answer = province.http("GET", f"{path}?lang=en")
    assert answer.status == 200, answer.text
    return read_page(answer.text)


def choose(province: LocalProvince, path: str, page: ReadPage, amount: str) -> str:
    """The path to which it leads."""
    keys = [tag.attributes for tag in page.all("input") if tag.attributes["name"] == "key"]
    fields = urlencode({"amount": amount, "key": keys[-1]["value"] or ""})
    answer = province.http("POST", f"{path}/parts?lang=en", fields, FORM)
    assert answer.status == 303, answer.text
    return urlsplit(answer.headers["Location"]).path


def test_a_payer_pays_a_part_and_sees_what_is_left(province: LocalProvince) -> None:
    bill = issue_bill(province, 0, principal_minor=90_000)
    path = urlsplit(bill["pay_url"]).path
    page = open_page(province, path)
    assert "Pay a part of it Amount of this part From 1 VND to 89,999 VND." in page.text
    part = choose(province, path, page, "30.000")
    assert part != path
    assert choose(province, path, page, "30,000") == part, "pressed twice, it is one part"
    assert "Amount to pay 30,000 VND" in open_page(province, part).text
    code = part.split("/")[2]
    send_ipn(province, start_basket(province, code).json["payment_no"], 30_000)
    left = open_page(province, path).text
    assert "Amount to pay 60,000 VND" in left
    assert "Paid before 2 March 2026, 09:01 30,000 VND" in left
    assert "Paid We received 30,000 VND" in open_page(province, part).text


@pytest.mark.parametrize("amount", ["", "x", "90000", "0", "-5"])
def test_what_is_no_part_leads_back_to_the_bill(province: LocalProvince, amount: str) -> None:
    bill = issue_bill(province, 0, principal_minor=90_000)
    path = urlsplit(bill["pay_url"]).path
    assert choose(province, path, open_page(province, path), amount) == path


def test_a_bill_that_is_paid_whole_shows_no_such_form(province: LocalProvince) -> None:
    bill = issue_bill(province, 1, fee_item="FEE-2", principal_minor=None)
    assert "Pay a part of it" not in open_page(province, urlsplit(bill["pay_url"]).path).text


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1.000.000", "VND", 1_000_000),
        (" 1 000 000 ", "VND", 1_000_000),
        ("12.50", "CNY", 1_250),
        ("1,234.5", "CNY", None),
        ("1,234.50", "CNY", 123_450),
        ("12", "CNY", 1_200),
        ("", "VND", None),
        ("１２", "VND", None),
    ],
)
def test_amounts_as_persons_type_them(text: str, currency: str, minor: int | None) -> None:
    assert read_amount(text, currency) == minor
