"""The dossier receipt over HTTP: who gets it, what it says of an order in each state, and that what
is scanned from it pays."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.channels.vietqr.payload import read_vietqr
from chalicelib.domain.money import Money
from chalicelib.domain.orders import OrderStatus
from chalicelib.web.payer_orders import PartyNames
from tests.channels.test_vietqr_in_a_province import casso, seed
from tests.support.bills import issued
from tests.support.local_province import HttpAnswer, LocalProvince, local_cloud, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_rows
from tests.support.seeded import OPERATOR_KEY, OTHER_PORTAL_KEY, PORTAL_KEY
from tests.support.seeded_province import bring_up
from tests.web.paper.paper_reader import qr_codes, read_text

PDF = "application/pdf"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@pytest.fixture
def order(province: LocalProvince) -> dict[str, Any]:
    created: dict[str, Any] = create(province).json
    return created


def paper(province: LocalProvince, code: str, query: str = "", key: str = PORTAL_KEY) -> HttpAnswer:
    headers = {"Authorization": f"Bearer {key}", "Accept": PDF}
    return province.http("GET", f"/v1/orders/{code}/paper.pdf{query}", headers=headers)


def own_copy(province: LocalProvince, order: dict[str, Any]) -> HttpAnswer:
    """As a browser asks for it."""
    path = f"{urlsplit(order['pay_url']).path}/paper.pdf"
    return province.http("GET", path, headers={"Accept": "text/html,*/*;q=0.8"})


def text_of(answer: HttpAnswer) -> str:
    assert answer.status == 200, answer.text
    return read_text(answer.content)


def test_the_portal_prints_its_order(province: LocalProvince, order: dict[str, Any]) -> None:
    before = ledger_rows(province)
    answer = paper(province, order["payment_code"])
    assert answer.status == 200
    assert answer.headers["Content-Type"] == PDF
    assert (
        answer.headers["Content-Disposition"] == f'inline; filename="{order["payment_code"]}.pdf"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF-")
    text = text_of(answer)
    assert "Số hồ sơ HS-2026-0001 Người nộp Nguyễn Văn An" in text
    assert f"Mã xác minh {order['pay_url'].rpartition('/')[2]}" in text
    assert f"/c/{order['payment_code']}" in text
    assert answer.content == paper(province, order["payment_code"]).content
    assert ledger_rows(province) == before


def test_a_transfer_by_the_printed_code_pays_the_order(
    province: LocalProvince, order: dict[str, Any]
) -> None:
    [payload] = qr_codes(paper(province, order["payment_code"]).content)
    scanned = read_vietqr(payload)
    assert scanned.amount == Money(order["amount_minor"], "VND")
    told = {"amount": scanned.amount.amount_minor}
    assert casso(province, f"MBVCB {scanned.memo} chuyen tien", **told).status == 200
    row = province.platform.ledger.read_order(order["payment_code"])
    assert row is not None
    assert row.status is OrderStatus.PAID
    again = paper(province, order["payment_code"])
    assert "ĐÃ NỘP – XIN KHÔNG NỘP LẠI" in text_of(again)
    assert qr_codes(again.content) == []


def test_the_payers_own_copy_masks_his_name(province: LocalProvince, order: dict[str, Any]) -> None:
    answer = own_copy(province, order)
    text = text_of(answer)
    assert "Người nộp N*** V*** A***" in text
    assert "Nguyễn" not in text
    assert len(qr_codes(answer.content)) == 1


@pytest.mark.parametrize("caller", [{"key": OTHER_PORTAL_KEY}, {}])
def test_another_portals_order_and_an_unknown_one_are_not_told_apart(
    province: LocalProvince, order: dict[str, Any], caller: dict[str, str]
) -> None:
    code = order["payment_code"] if caller else "220000000000000092"
    answer = paper(province, code, **caller)
    assert (answer.status, answer.json["code"]) == (404, "order_not_found")


def test_an_operators_key_prints_nothing(province: LocalProvince, order: dict[str, Any]) -> None:
    answer = paper(province, order["payment_code"], key=OPERATOR_KEY)
    assert (answer.status, answer.json["code"]) in ((403, "scope_missing"), (403, "forbidden"))


def test_a_wrong_word_is_an_unknown_order_and_is_counted(
    province: LocalProvince, order: dict[str, Any]
) -> None:
    path = f"/pay/{order['payment_code']}/XXXXXX/paper.pdf"
    accept = {"Accept": PDF}
    answers = [province.http("GET", path, headers=accept) for _ in range(40)]
    assert answers[0].status == 404
    assert answers[0].json["code"] == "order_not_found"
    assert answers[-1].status == 429
    assert own_copy(province, order).status == 429


def test_a_cancelled_order_says_so(province: LocalProvince, order: dict[str, Any]) -> None:
    target = f"/v1/orders/{order['payment_code']}/cancel"
    assert call(province, "POST", target, {}, idempotency_key="c-1").status == 200
    answer = paper(province, order["payment_code"])
    assert "ĐÃ HỦY – XIN KHÔNG NỘP" in text_of(answer)
    assert qr_codes(answer.content) == []


def test_an_order_whose_time_is_over_says_so(
    province: LocalProvince, order: dict[str, Any]
) -> None:
    province.clock.advance(days=40)
    answer = paper(province, order["payment_code"])
    assert "HẾT HẠN – XIN KHÔNG NỘP" in text_of(answer)
    assert qr_codes(answer.content) == []


def test_money_that_waits_for_a_person_says_so(
    province: LocalProvince, order: dict[str, Any]
) -> None:
    number = start(province, order["payment_code"]).json["payment_no"]
    send_ipn(province, number, vnp_Amount="100")
    answer = paper(province, order["payment_code"])
    assert "ĐANG CHỜ KẾT QUẢ – XIN CHƯA NỘP" in text_of(answer)
    assert qr_codes(answer.content) == []


def test_who_pays_for_another_has_both_names_on_the_paper(province: LocalProvince) -> None:
    debtor = {"kind": "individual", "name": "Trần Thị Em"}
    order = {"payment_code": issued(province, debtor=debtor)}
    text = text_of(paper(province, order["payment_code"]))
    assert "Nộp thay cho Trần Thị Em" in text


def test_a_bill_that_grows_by_the_day_says_until_when_its_amount_holds(
    province: LocalProvince,
) -> None:
    code = issued(province)
    text = text_of(paper(province, code))
    assert "Ngày đến hạn" in text
    assert "Phiếu tiếp nhận hồ sơ và nộp tiền" in text


def test_while_the_key_store_does_not_answer_there_is_no_paper(
    province: LocalProvince, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.web.papers.open_names", lambda *_: PartyNames())
    answer = paper(province, order["payment_code"])
    assert (answer.status, answer.json["code"]) == (503, "payer_not_readable")


def test_a_province_in_yuan_prints_its_own_address_in_chinese() -> None:
    with local_cloud() as clock:
        zhejiang = bring_up("zhejiang", clock)
        body = {
            "reference": "BDC-2026-1",
            "payee_unit": "HZGHZY",
            "lines": [{"fee_item": "BUDONGCHAN-DENGJI", "amount_minor": 8_050}],
            "payer": {"kind": "individual", "name": "欧阳䶮"},
        }
        created = zhejiang.call("POST", "/v1/orders", body, idempotency_key="k").json
        code = created["payment_code"]
        key = zhejiang.seeded.portal_key
        with zhejiang.serving() as local:
            answer = paper(local, code, key=key or "")
    assert qr_codes(answer.content) == [f"https://pay.zhejiang.example/c/{code}"]
    text = text_of(answer)
    assert "缴款人 欧阳䶮" in text
    assert "合计 80.50 元 大写：人民币捌拾元零伍角" in text


def test_a_caller_that_accepts_nothing_is_told_so_and_gets_no_base64(
    province: LocalProvince, order: dict[str, Any]
) -> None:
    answer = call(province, "GET", f"/v1/orders/{order['payment_code']}/paper.pdf")
    assert (answer.status, answer.json["code"]) == (400, "accept_missing")
    answer = province.http("GET", f"{urlsplit(order['pay_url']).path}/paper.pdf")
    assert (answer.status, answer.json["code"]) == (400, "accept_missing")
