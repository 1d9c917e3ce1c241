"""The bank's listing of the account: its lines have the keys of the credits that notices told."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

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
