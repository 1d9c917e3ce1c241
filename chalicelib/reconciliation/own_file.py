"""Our file for an acquirer: what we recorded of it on its business day, with control totals. Pure.

All money that was told is in it, also what paid no order: `disposition` says which. The closing row
holds count and sum of the rows that stand, and in the places of `paid_at` and `disposition` count
and sum of those that the bank took back on the same day: `reversed` ones.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from operator import attrgetter

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Disposition
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.reconciliation.own_file_layout import STANDARD, OwnLayout


def write_own_file(
    payments: Iterable[DayPayment],
    business_day: date,
    currency: str,
    layout: OwnLayout = STANDARD,
) -> bytes:
    """`currency`: the account's, of the sums; money in another one has a row and is in neither."""
    ordered = sorted(payments, key=attrgetter("provider_transaction"))
    cells = [list(layout.columns.values())]
    cells += [_chosen(_row(each, business_day, layout), layout) for each in ordered]
    if layout.totals is not None:
        cells.append(_closing(ordered, business_day, currency, layout))
    text = "".join(layout.delimiter.join(row) + layout.line_end for row in cells)
    return text.encode(layout.encoding, "replace")


def _row(payment: DayPayment, business_day: date, layout: OwnLayout) -> Mapping[str, str]:
    return {
        "payment_no": payment.payment_no,
        "transaction_no": payment.provider_transaction,
        "amount": _amount(payment.amount, layout),
        "currency": payment.amount.currency,
        "paid_at": to_rfc3339(payment.paid_at),
        "business_day": business_day.isoformat(),
        "disposition": payment.disposition.value,
    }


def _closing(
    payments: Iterable[DayPayment], business_day: date, currency: str, layout: OwnLayout
) -> list[str]:
    gone = [each for each in payments if each.disposition is Disposition.REVERSED]
    standing = [each for each in payments if each.disposition is not Disposition.REVERSED]
    closing = {
        "transaction_no": str(len(standing)),
        "amount": _amount(_sum(standing, currency), layout),
        "currency": currency,
        "paid_at": str(len(gone)),
        "business_day": business_day.isoformat(),
        "disposition": _amount(_sum(gone, currency), layout),
    }
    assert layout.totals is not None
    return [layout.totals, *_chosen({"payment_no": "", **closing}, layout)[1:]]


def _sum(payments: Iterable[DayPayment], currency: str) -> Money:
    amounts = (each.amount for each in payments)
    return Money(sum(each.amount_minor for each in amounts if each.currency == currency), currency)


def _amount(amount: Money, layout: OwnLayout) -> str:
    return str(amount.amount_minor) if layout.amount == "minor" else amount.decimal_text()


def _chosen(row: Mapping[str, str], layout: OwnLayout) -> list[str]:
    """What would be read as a delimiter, or as the end of a row, is a blank."""
    unsafe = str.maketrans(dict.fromkeys(f"{layout.delimiter}\r\n", " "))
    return [row[name].translate(unsafe) for name in layout.columns]
