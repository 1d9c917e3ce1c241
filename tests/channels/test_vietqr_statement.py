"""The bank's listing of the account: its lines have the keys of the credits that notices told."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.channels.statement_layout import validate_layout
from chalicelib.channels.vietqr.channel import Vietqr
from chalicelib.domain.statements import Statement
from tests.channels.vietqr_wire import PAYMENT_NO, vietqr_credentials

LAYOUT: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "memo": "Content",
        "provider_transaction": "Reference",
        "amount": "Credit",
        "paid_at": "Date",
    },
    "amount": {"scale": "decimal", "may_be_empty": True},
    "paid_at": {"format": "%Y-%m-%d %H:%M:%S"},
}
UNDATED = {
    **{name: value for name, value in LAYOUT.items() if name != "paid_at"},
    "columns": {name: value for name, value in LAYOUT["columns"].items() if name != "paid_at"},
}


def read(layout: dict[str, Any], *rows: str) -> Statement:
    account = replace(vietqr_credentials().account, statement_layout=layout)
    content = "\n".join(["Date,Reference,Credit,Content", *rows]).encode()
    return Vietqr().read_statement(account, date(2026, 3, 1), "Asia/Ho_Chi_Minh", content)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-01 00:00:00", "20260301"),
        ("2026-03-01 23:59:59", "20260301"),
        ("2026-03-02 00:00:00", "20260302"),
    ],
)
def test_a_lines_key_has_the_date_of_its_own_moment_in_vietnam(moment: str, day: str) -> None:
    (line,) = read(LAYOUT, f"{moment},ft-26060.17,50000,CT {PAYMENT_NO}").lines
    assert line.provider_transaction == f"{day}-FT2606017-50000"
    assert line.payment_no == PAYMENT_NO


def test_without_a_moment_it_is_the_files_business_day() -> None:
    (line,) = read(UNDATED, f"x,FT1,50000,{PAYMENT_NO}").lines
    assert line.provider_transaction == "20260301-FT1-50000"


def test_a_line_without_a_reference_keeps_saying_nothing() -> None:
    (line,) = read(LAYOUT, f"2026-03-01 10:00:00,,50000,{PAYMENT_NO}").lines
    assert (line.provider_transaction, line.payment_no) == ("", PAYMENT_NO)


def test_an_account_without_a_layout_has_an_unreadable_listing() -> None:
    account = vietqr_credentials().account
    statement = Vietqr().read_statement(account, date(2026, 3, 1), "Asia/Ho_Chi_Minh", b"x")
    assert not statement.is_readable


# Shapes that banks' listings are seen in; none of them publishes a layout. The first has days
# without times and references with a dot, as Vietcombank's; the second times, a title above and
# totals below, as VietinBank's.
DAYS_ONLY: dict[str, Any] = {
    "encoding": "utf-8-sig",
    "delimiter": "semicolon",
    "quoted": True,
    "columns": {"memo": "Mô tả", "provider_transaction": "Số tham chiếu", "amount": "Ghi có"},
    "amount": {"scale": "decimal", "thousands_separator": ",", "may_be_empty": True},
}
WITH_TIMES: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "tab",
    "quoted": True,
    "skip_rows": 2,
    "columns": {
        "memo": "Nội dung giao dịch",
        "provider_transaction": "Số giao dịch",
        "amount": "Số tiền ghi có",
        "paid_at": "Ngày giao dịch",
    },
    "amount": {"scale": "minor", "thousands_separator": ".", "may_be_empty": True},
    "paid_at": {"format": "%d-%m-%Y %H:%M:%S", "zone": "Asia/Ho_Chi_Minh"},
    "trailer": {"marker": "Tổng cộng", "payment_amount": 4},
}


def listed(layout: dict[str, Any], *rows: str) -> Statement:
    account = replace(vietqr_credentials().account, statement_layout=layout)
    content = "\r\n".join([*rows, ""]).encode("utf-8-sig")
    return Vietqr().read_statement(account, date(2026, 3, 1), "Asia/Ho_Chi_Minh", content)


def test_a_listing_that_gives_days_without_times() -> None:
    statement = listed(
        DAYS_ONLY,
        "Ngày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Mô tả",
        f'01/03/2026;5243.65937;;1,250,000;"MBVCB.4530998360.{PAYMENT_NO}.CT tu 0351000646393"',
        "01/03/2026;5243.65938;99,000;;phi",
        "01/03/2026;5243.65939;99,000;0;phi",
    )
    (line,) = statement.lines
    assert line.provider_transaction == "20260301-524365937-1250000"
    assert (line.payment_no, line.paid_at) == (PAYMENT_NO, None)
    assert (statement.bad_rows, statement.unpaid_count) == ((), 2)


def test_a_listing_with_a_title_above_and_totals_below() -> None:
    statement = listed(
        WITH_TIMES,
        "SAO KÊ TÀI KHOẢN",
        "Từ 01-03-2026",
        "Ngày giao dịch\tSố giao dịch\tSố tiền ghi nợ\tSố tiền ghi có\tNội dung giao dịch",
        f"01-03-2026 23:59:59\t818S2630\t\t1.250.000\t{PAYMENT_NO}",
        "01-03-2026 12:00:00\t818S2631\t99.000\t\tphi",
        "Tổng cộng\t\t99.000\t1.250.000\t",
    )
    (line,) = statement.lines
    assert line.provider_transaction == "20260301-818S2630-1250000"
    assert statement.bad_rows == ()
    assert statement.totals is not None
    assert statement.totals.payment_amount == line.amount


@pytest.mark.parametrize("layout", [LAYOUT, DAYS_ONLY, WITH_TIMES])
def test_the_layouts_here_are_valid(layout: dict[str, Any]) -> None:
    assert validate_layout(layout) == []
