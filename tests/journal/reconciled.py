"""A day with its statement, reconciled and kept: one payment that agrees, one that the statement
lacks, one that we lack."""

from typing import Any

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.business_day import business_day_of
from tests.journal.kept import ZONE
from tests.support.local_province import START, LocalProvince
from tests.support.paid_orders import created, paid
from tests.support.portal_client import start
from tests.support.rows import scan

HEADER = "TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status\r\n"
LINE = "{},{},B,NCB,{},20260302090130,01,00\r\n"
OF = AccountDay("vnpay", "quangninh", business_day_of(START, ZONE))
DAY = OF.business_day.isoformat()


def statement(*lines: tuple[str, str, int]) -> bytes:
    """(payment no, provider's transaction, amount)"""
    rows = "".join(LINE.format(*line) for line in lines)
    total = sum(line[2] for line in lines)
    return f"{HEADER}{rows}TOTAL,{len(lines)},{total}\r\n".encode()


def reconciled_province(province: LocalProvince) -> str:
    """The payment code of the one that agrees. Nothing is kept yet of what comes after it."""
    code = paid(province, 1)
    paid(province, 2)
    missing = start(province, created(province, 3), idempotency_key="p-3").json["payment_no"]
    province.pump()
    province.clock.advance(hours=24)
    lines = ((code + "01", "14000001", 50_000), (missing, "14000003", 70_000))
    province.put_statement(OF.channel, OF.account, DAY, "day.csv", statement(*lines))
    return code


def keep_all(province: LocalProvince) -> None:
    province.pump()
    province.keep_journal()


def breaks(province: LocalProvince) -> dict[str, str]:
    """Kind and transaction of each, with its status."""
    rows: list[dict[str, Any]] = scan(province.settings.views_table, "BREAKS")
    return {f"{row['kind']} {row['provider_transaction']}": row["status"] for row in rows}
