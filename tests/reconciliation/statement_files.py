"""Statement files as VNPAY's simulator writes them, and our side of the same payments."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from unittest import mock

import boto3
from botocore.client import BaseClient

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.business_day import start_of
from chalicelib.domain.payments import Transaction
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.storage.order_items import transaction_to_item
from tests.reconciliation.days import ZONE
from tests.support.local_province import LocalProvince

HEADER = "TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status"
WRITES = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "PutObject", "CopyObject"}
)


def row_of(paid: DayPayment, **changes: str) -> str:
    local = paid.paid_at.astimezone(start_zone()).strftime("%Y%m%d%H%M%S")
    cells = {
        "TxnRef": paid.payment_no,
        "TransactionNo": paid.provider_transaction,
        "BankTranNo": "B",
        "BankCode": "NCB",
        "Amount": str(paid.amount.amount_minor),
        "PayDate": local,
        "Type": "01",
        "Status": "00",
    }
    return ",".join({**cells, **changes}.values())


def start_zone() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(ZONE)


def file_of(rows: Sequence[str], total: int, count: int | None = None) -> bytes:
    closing = f"TOTAL,{len(rows) if count is None else count},{total}"
    return "\r\n".join([HEADER, *rows, closing, ""]).encode()


def record_payment(province: LocalProvince, of: AccountDay, paid: DayPayment) -> None:
    """As the ledger has it; the day's row follows with `follow_payment`."""
    dynamo = province.platform.dynamo
    dynamo.put(province.settings.ledger_table, transaction_to_item(_transaction(of, paid)))


def follow_payment(
    province: LocalProvince, of: AccountDay, paid: DayPayment, zone: str = ZONE
) -> None:
    province.platform.views.write_day_payment(_transaction(of, paid), zone)


def _transaction(of: AccountDay, paid: DayPayment) -> Transaction:
    return Transaction(
        channel=of.channel,
        account=of.account,
        provider_transaction=paid.provider_transaction,
        payment_no=paid.payment_no,
        amount=paid.amount,
        paid_at=paid.paid_at,
        recorded_at=paid.paid_at,
        disposition=paid.disposition,
        raw=b"",
    )


def put_file(province: LocalProvince, of: AccountDay, name: str, content: bytes) -> str:
    key = f"statements/{of.channel}/{of.account}/{of.business_day.isoformat()}/{name}"
    bucket = province.settings.statements_bucket
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    return key


def read_report(province: LocalProvince, key: str) -> bytes:
    got = boto3.client("s3").get_object(Bucket=province.settings.reports_bucket, Key=key)
    content: bytes = got["Body"].read()
    return content


def noon_of(day: date) -> Any:
    return start_of(day, ZONE).replace(hour=5)


class Crash(BaseException):
    """The process dies: nothing may catch it."""


@dataclass
class Calls:
    """The AWS calls of a stretch of work; `crash_at` counts from 1."""

    names: list[str] = field(default_factory=list)

    @property
    def writes(self) -> list[str]:
        return [name for name in self.names if name in WRITES]


@contextmanager
def watched_calls(
    crash_at: int | None = None, *, after: bool = False, meddle: Any = None
) -> Iterator[Calls]:
    """`after`: the crash comes when the call has had its effect. `meddle`: called with the name and
    the number of each call before it goes out."""
    calls = Calls()
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: Any) -> Any:
        calls.names.append(operation)
        number = len(calls.names)
        if meddle is not None:
            meddle(operation, number)
        if number == crash_at and not after:
            raise Crash
        answer = original(client, operation, parameters)
        if number == crash_at:
            raise Crash
        return answer

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield calls
