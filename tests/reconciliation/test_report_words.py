"""What stands in a report is said in its reader's language."""

import re

import pytest

from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import Disposition, PaymentStatus
from chalicelib.domain.statements import BadRowReason, ControlTotals
from chalicelib.reconciliation.report_texts import DETAILS, LANGUAGES, TEXTS
from chalicelib.reconciliation.report_words import VALUES, describe_detail
from tests.reconciliation.days import OF
from tests.reconciliation.statement_files import put_file, read_report
from tests.support.local_province import LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.paid_orders import created
from tests.support.portal_client import start


def test_every_stable_word_has_its_words() -> None:
    assert set(VALUES["reason"]) == {each.value for each in BadRowReason}
    assert set(VALUES["disposition"]) == {each.value for each in Disposition}
    assert set(VALUES["payment_status"]) == {each.value for each in PaymentStatus}
    assert set(VALUES["order_status"]) == {each.value for each in OrderStatus} | {"none"}
    assert set(VALUES["total"]) == set(ControlTotals.__slots__)


def test_every_language_says_the_same_things() -> None:
    assert set(DETAILS) == set(TEXTS) == set(LANGUAGES)
    assert len({frozenset(names) for names in DETAILS.values()}) == 1
    assert len({frozenset(names) for names in TEXTS.values()}) == 1
    assert set(VALUES) <= set(DETAILS["en"])
    for words in VALUES.values():
        for texts in words.values():
            assert len(texts) == 3
            assert all(texts)
            assert re.search("[\u4e00-\u9fff]", texts[2])


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (
            {"reason": "encoding_wrong"},
            {
                "en": "reason: has bytes that are no text in the file's encoding",
                "vi": "lý do: có ký tự không đúng bảng mã của tệp",
                "zh": "原因: 含有不符合文件编码的字节",
            },
        ),
        (
            {"disposition": "wrong_amount", "order_amount": "1250000 VND"},
            {
                "en": "held as: another amount than was asked"
                " · the order asked: 1,250,000\u00a0VND",
                "vi": "ghi nhận là: số tiền khác với yêu cầu"
                " · khoản thu yêu cầu: 1.250.000\u00a0VND",
                "zh": "挂账为: 与应付金额不同的款项 · 订单应付: 1,250,000\u00a0VND",
            },
        ),
        (
            {"total": "payment_count", "stated": "1200", "counted": "1199"},
            {
                "en": "total: number of payments · file says: 1,200 · rows give: 1,199",
                "vi": "tổng: số giao dịch · tệp ghi: 1.200 · cộng các dòng: 1.199",
                "zh": "合计: 付款笔数 · 文件所列: 1,200 · 各行之和: 1,199",
            },
        ),
        (
            {"total": "refund_amount", "stated": "12.50 CNY", "counted": "0.00 CNY"},
            {
                "en": "total: sum of refunds · file says: 12.50\u00a0CNY"
                " · rows give: 0.00\u00a0CNY",
                "vi": "tổng: tổng tiền hoàn · tệp ghi: 12,50\u00a0CNY"
                " · cộng các dòng: 0,00\u00a0CNY",
                "zh": "合计: 退款合计 · 文件所列: 12.50\u00a0CNY · 各行之和: 0.00\u00a0CNY",
            },
        ),
    ],
)
def test_details_are_said_in_three_languages(detail: dict[str, str], said: dict[str, str]) -> None:
    assert {language: describe_detail(detail, language) for language in LANGUAGES} == said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reason", "was shortened by a spreadsheet: '2E+19'"),
        ("our_amount", "7 đồng"),
        ("our_amount", "x VND"),
        ("unknown", "word"),
    ],
)
def test_what_an_older_release_wrote_is_shown_as_it_is(name: str, value: str) -> None:
    assert describe_detail({name: value}, "en").endswith(f": {value}")


def test_another_amount_says_in_the_report_what_the_order_asked(province: LocalProvince) -> None:
    payment_no = start(province, created(province)).json["payment_no"]
    answer = send_ipn(province, payment_no, 30_000, vnp_PayDate="20260301090130")
    assert ipn_code(answer) == "04"
    province.pump()
    row = f"{payment_no},14422574,B,NCB,30000,20260301090130,01,00"
    header = "TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status"
    content = f"{header}\r\n{row}\r\nx,1,B,NCB,5?,20260301090130,01,00\r\nTOTAL,2,30005\r\n"
    key = put_file(province, OF, "day.csv", content.encode())
    province.tell_arrival(key, len(content))
    found = province.platform.reconciliations.read_summary(OF)
    assert found is not None
    assert found.break_counts == {"amount_mismatch": 1, "bad_row": 1}
    vietnamese = read_report(province, found.reports["html_vi"]).decode()
    assert "khoản thu yêu cầu: 50.000\u00a0VND" in vietnamese
    assert "không phải số tiền" in vietnamese
    assert "wrong_amount" not in vietnamese
    assert "amount_unreadable" not in vietnamese
    english = read_report(province, found.reports["html_en"]).decode()
    assert "the order asked: 50,000\u00a0VND" in english
