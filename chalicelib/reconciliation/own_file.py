"""Our file for an acquirer: what we recorded of it on its business day, with control totals. Pure.

UTF-8, delimited by `|`, rows ended by CR LF; the closing row holds count and sum of the rows. All
money that was told is in it, also what paid no order: `disposition` says which.
"""

from collections.abc import Iterable
from datetime import date
from operator import attrgetter

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.money import Money
from chalicelib.domain.reconciliations import DayPayment

HEADER = (
    "payment_no",
    "transaction_no",
    "amount",
    "currency",
    "paid_at",
    "business_day",
    "disposition",
)
TOTAL = "TOTAL"


def write_own_file(payments: Iterable[DayPayment], business_day: date, currency: str) -> bytes:
    """`currency`: the account's, of the sum; money in another one has a row and is not in it."""
    ordered = sorted(payments, key=attrgetter("provider_transaction"))
    counted = (each.amount.amount_minor for each in ordered if each.amount.currency == currency)
    total = Money(sum(counted), currency).decimal_text()
    rows = [HEADER, *(_row(each, business_day) for each in ordered)]
    rows.append((TOTAL, str(len(ordered)), total, currency, "", business_day.isoformat(), ""))
    return "".join("|".join(row) + "\r\n" for row in rows).encode()


def _row(payment: DayPayment, business_day: date) -> tuple[str, ...]:
    return (
        payment.payment_no,
        payment.provider_transaction,
        payment.amount.decimal_text(),
        payment.amount.currency,
        to_rfc3339(payment.paid_at),
        business_day.isoformat(),
        payment.disposition.value,
    )
