"""A paid order's page goes on saying that more money came, until it has gone back."""

from typing import Any

from chalicelib.web.pages.texts import load_texts
from tests.support.local_province import BASE_URL, LocalProvince
from tests.support.open_cases import decide, double_payment, look
from tests.support.portal_client import call
from tests.support.seeded import SECOND_OPERATOR_KEY
from tests.web.pages.page_reader import read_page

REASON = "the payer called, number 12"
REFUND: dict[str, Any] = {
    "reference": "FT26061REF",
    "amount_minor": 50_000,
    "refunded_on": "2026-03-02",
}


def page_of(province: LocalProvince, case_id: str, language: str = "en") -> str:
    code = look(province, case_id)["payment_no"][:18]
    address = call(province, "GET", f"/v1/orders/{code}").json["pay_url"].removeprefix(BASE_URL)
    shown = province.http("GET", f"{address}?lang={language}")
    assert shown.status == 200
    return read_page(shown.text).text


def test_a_surplus_is_told_until_it_has_gone_back(province: LocalProvince) -> None:
    case_id = double_payment(province)
    assert "A person is checking the later sum" in page_of(province, case_id)
    assert decide(province, case_id, "refund", reason=REASON).status == 200
    text = page_of(province, case_id)
    assert "Another sum came in for this code as well. It is to be returned to you" in text
    body = decide(province, case_id, "refunded", key=SECOND_OPERATOR_KEY, **REFUND)
    assert body.status == 200
    text = page_of(province, case_id)
    assert "Another sum" not in text
    assert "You need not do anything else." in text


def test_it_is_told_in_every_language(province: LocalProvince) -> None:
    case_id = double_payment(province)
    assert decide(province, case_id, "refund", reason=REASON).status == 200
    assert "sẽ được trả lại cho bạn" in page_of(province, case_id, "vi")
    assert "这笔款项将退还给您" in load_texts("zh")("pay.surplus_due", phone="1900")
