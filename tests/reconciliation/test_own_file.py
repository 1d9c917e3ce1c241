"""Our file for a bank: every row and the totals, read back by the statement reader itself."""

from dataclasses import replace
from datetime import UTC, date, datetime

from chalicelib.channels.delimited_statement import read_delimited
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Disposition
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.reconciliation.own_file import write_own_file
from tests.channels.biller_wire import LAYOUT
from tests.channels.stand_ins import credentials_of

DAY = date(2026, 3, 3)
AT = datetime(2026, 3, 2, 16, 40, tzinfo=UTC)
ONE = DayPayment("FT-2", "22541094922887078701", Money(50_000, "VND"), AT, Disposition.APPLIED, DAY)
TWO = replace(ONE, provider_transaction="FT-1", amount=Money(7, "VND"))
STRAY = replace(TWO, payment_no="", disposition=Disposition.SUSPENSE, provider_transaction="FT-3")


def test_rows_are_in_the_order_of_the_banks_numbers_and_the_totals_are_theirs() -> None:
    assert write_own_file([ONE, STRAY, TWO], DAY, "VND").decode().split("\r\n") == [
        "payment_no|transaction_no|amount|currency|paid_at|business_day|disposition",
        "22541094922887078701|FT-1|7|VND|2026-03-02T16:40:00Z|2026-03-03|applied",
        "22541094922887078701|FT-2|50000|VND|2026-03-02T16:40:00Z|2026-03-03|applied",
        "|FT-3|7|VND|2026-03-02T16:40:00Z|2026-03-03|suspense",
        "TOTAL|3|50014|VND|0|2026-03-03|0",
        "",
    ]


def test_a_day_without_payments_has_totals_of_nothing() -> None:
    assert write_own_file([], DAY, "CNY").endswith(b"TOTAL|0|0.00|CNY|0|2026-03-03|0.00\r\n")


def test_money_in_another_currency_is_listed_and_not_added_up() -> None:
    yuan = replace(ONE, amount=Money(5, "CNY"))
    lines = write_own_file([yuan, TWO], DAY, "VND").decode().splitlines()
    assert lines[-1] == "TOTAL|2|7|VND|0|2026-03-03|0"
    assert "|0.05|CNY|" in lines[2]


def test_the_statement_reader_reads_it_and_agrees_with_its_totals() -> None:
    account = credentials_of("biller", {}, {}).account
    content = write_own_file([ONE, TWO], DAY, "VND")
    read = read_delimited(LAYOUT, account, DAY, "Asia/Ho_Chi_Minh", content)
    assert read.bad_rows == ()
    assert [(line.provider_transaction, line.amount, line.paid_at) for line in read.lines] == [
        ("FT-1", Money(7, "VND"), AT),
        ("FT-2", Money(50_000, "VND"), AT),
    ]
    assert read.totals is not None
    assert (read.totals.payment_count, read.totals.payment_amount) == (2, Money(50_007, "VND"))
