"""One slip for several bills: a line for each, and no QR code once a bill is paid elsewhere."""

from collections.abc import Iterator

import pytest

from tests.support.baskets import CITY_KEY, issue_bills, made_basket, seed_units, started_basket
from tests.support.local_province import BASE_URL, LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.web.paper.paper_reader import qr_codes, read_text


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_units) as running:
        yield running


def paper(province: LocalProvince, code: str) -> bytes:
    headers = {"Authorization": f"Bearer {CITY_KEY}", "Accept": "application/pdf"}
    answer = province.http("GET", f"/v1/orders/{code}/paper.pdf", headers=headers)
    assert answer.status == 200, answer.text
    return answer.content


def grouped(code: str) -> str:
    return " ".join(code[start : start + 3] for start in range(0, 18, 3))


def test_every_bill_is_a_line_with_its_unit_and_number(province: LocalProvince) -> None:
    bills = issue_bills(province, 3)
    basket = made_basket(province, bills)
    content = paper(province, basket["payment_code"])
    text = read_text(content)
    for number, unit in enumerate(("UNITA", "UNITB", "UNITC")):
        code = bills[number]["payment_code"]
        assert f"10.00{number} đồng Unit {unit} · {grouped(code)}" in text
    assert "Tổng cộng 30.003 đồng Bằng chữ: Ba mươi nghìn không trăm linh ba đồng." in text
    assert qr_codes(content) == [f"{BASE_URL}/c/{basket['payment_code']}"]


def test_a_basket_of_forty_bills_is_all_there(province: LocalProvince) -> None:
    bills = issue_bills(province, 40)
    basket = made_basket(province, bills)
    text = read_text(paper(province, basket["payment_code"]))
    assert [grouped(bill["payment_code"]) in text for bill in bills] == [True] * 40


def test_a_basket_of_which_a_bill_was_paid_elsewhere_has_no_qr_code(
    province: LocalProvince,
) -> None:
    bills = issue_bills(province, 3)
    basket = made_basket(province, bills)
    send_ipn(province, started_basket(province, bills[1]["payment_code"]), vnp_Amount="1000100")
    content = paper(province, basket["payment_code"])
    assert "ĐÃ THAY ĐỔI – XIN KHÔNG NỘP" in read_text(content)
    assert qr_codes(content) == []
