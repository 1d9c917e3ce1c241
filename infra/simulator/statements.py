"""Statement files: a header, one row for each payment that was paid that day, a row of totals.

VNPAY     TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status
          Amount in whole VND; PayDate yyyyMMddHHmmss of GMT+7
sandbox   payment_no,transaction_no,amount,currency,paid_at,kind
          amount in decimals; paid_at RFC 3339
both      TOTAL,<rows>,<amount>, of the rows as they are written: only the fault `totals` is wrong
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta, timezone

from infra.simulator.actions import Payment, Result
from infra.simulator.config import Account

VNPAY_HEADER = [
    *("TxnRef", "TransactionNo", "BankTranNo", "BankCode"),
    *("Amount", "PayDate", "Type", "Status"),
]
SANDBOX_HEADER = ["payment_no", "transaction_no", "amount", "currency", "paid_at", "kind"]
AMOUNT_COLUMNS = {"vnpay": 4, "sandbox": 2, "alipay": 12, "vietqr": 3, "biller": 2}
FAULTS = ("broken", "missing", "doubled", "different", "extra", "totals")


def write_statement(
    account: Account, payments: Iterable[Payment], day: date, faults: Sequence[str]
) -> bytes:
    """Each of broken, missing, doubled and different spoils a row of its own, as ordered."""
    zone = timezone(timedelta(hours=account.utc_offset_hours))
    paid = [
        payment
        for payment in payments
        if payment.result is Result.PAID
        and payment.decided_at is not None
        and payment.decided_at.astimezone(zone).date() == day
    ]
    rows = [_row(account, payment) for payment in paid]
    currency = paid[0].request.currency if paid else "VND"
    counted = list(zip(rows, (payment.told_minor for payment in paid), strict=True))
    counted = spoil(account, counted, faults)
    total = sum(amount for _, amount in counted)
    header = VNPAY_HEADER if account.channel == "vnpay" else SANDBOX_HEADER
    wrong = 1 if "totals" in faults else 0
    totals = ["TOTAL", str(len(counted) + wrong), _decimal(total, currency)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [header, *(row for row, _ in counted), totals]
    )
    return text.getvalue().encode()


def _row(account: Account, payment: Payment) -> list[str]:
    number, transaction = payment.request.number, payment.transaction_no
    assert payment.decided_at is not None
    if account.channel == "vnpay":
        local = payment.decided_at.astimezone(timezone(timedelta(hours=7)))
        amount = str(payment.told_minor)
        when = f"{local:%Y%m%d%H%M%S}"
        return [number, transaction, f"VNP{transaction}", "NCB", amount, when, "01", "00"]
    amount = _decimal(payment.told_minor, payment.request.currency)
    when = f"{payment.decided_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return [number, transaction, amount, payment.request.currency, when, "payment"]


Counted = tuple[list[str], int]


def spoil(account: Account, rows: list[Counted], faults: Sequence[str]) -> list[Counted]:
    """Each row with the minor units that it counts for."""
    place = AMOUNT_COLUMNS.get(account.channel, AMOUNT_COLUMNS["sandbox"])
    spoiled: list[Counted] = []
    pending = [fault for fault in faults if fault in ("broken", "missing", "doubled", "different")]
    for row, amount in rows:
        fault = pending.pop(0) if pending else None
        if fault == "broken":
            spoiled.append(([*row[:place], "12E+4?", *row[place + 1 :]], amount))
        elif fault == "different":
            spoiled.append(([*row[:place], "1", *row[place + 1 :]], 1))
        elif fault == "doubled":
            spoiled += [(row, amount)] * 2
        elif fault is None:
            spoiled.append((row, amount))
    if "extra" in faults and rows:
        row, amount = rows[0]
        spoiled.append((["999999999999999999", "99999999", *row[2:]], amount))
    return spoiled


def _decimal(amount_minor: int, currency: str) -> str:
    if currency == "VND":
        return str(amount_minor)
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"
