"""A finance department's own system: who it is here, and what it calls the things that we share.

What is not mapped is called as in China's non-tax collection interface, as far as its field names
are public. Where that names nothing the word is ours; `infra/guides/connect-a-finance-system.md`
says which.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class MessageKind(StrEnum):
    UNIT = "unit"
    FEE_ITEM = "fee_item"
    BILL = "bill"
    BILL_AMENDMENT = "bill_amendment"
    BILL_CANCELLATION = "bill_cancellation"


class ResultKind(StrEnum):
    """What became of a bill. One bill may have several, also of one kind."""

    PAID = "paid"
    REVERSED = "reversed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RECEIPT = "receipt"
    RECEIPT_VOIDED = "receipt_voided"


class AmountForm(StrEnum):
    """`120.00`, or 12000 of the minor unit."""

    DECIMAL = "decimal"
    MINOR = "minor"


# Part → our word → theirs.
NAMES: Mapping[str, Mapping[str, str]] = {
    "bill": {
        "region": "REGICODE",
        "reference": "NOTICENO",
        "payer": "PAYER",
        "payer_identity": "PAYERSFZ",
        "payer_phone": "PAYERMOBILE",
        "made_on": "MAKEDATE",
        "made_time": "MAKETIME",
        "total": "TOTALMONEY",
        "business": "YWCODE",
        "unit": "ENTERCODE",
        "unit_name": "ENTERNAME",
        "note": "NOTICEDIS",
        "due_on": "EXPIREDPAYDATE",
        "counts_overdue": "ISCOUNTOVERDUE",
        "lines": "ITEMS",
        "reason": "REASON",
    },
    "line": {
        "item": "CHITCODE",
        "item_name": "CHITNAME",
        "measure": "METRICUNIT",
        "quantity": "CHCOUNT",
        "price": "CHARGESTANDARD",
        "amount": "CHMONEY",
        "has_overdue": "ISEXISTSOVERDUE",
        "overdue_limit": "MAXPAYMENT",
        "overdue_rate": "PAYMENTRADIO",
        "overdue_from": "STARTCALCDATE",
    },
    "unit": {
        "region": "REGICODE",
        "unit": "ENTERCODE",
        "unit_name": "ENTERNAME",
        "tax_code": "TAXCODE",
        "address": "ADDRESS",
        "phone": "PHONE",
        "valid_from": "VALIDFROM",
    },
    "fee_item": {
        "unit": "ENTERCODE",
        "item": "CHITCODE",
        "item_name": "CHITNAME",
        "measure": "METRICUNIT",
        "price": "CHARGESTANDARD",
        "lowest": "MINSTANDARD",
        "highest": "MAXSTANDARD",
        "legal_basis": "LAWBASIS",
        "valid_from": "VALIDFROM",
    },
    "held": {
        "reference": "NOTICENO",
        "unit": "ENTERCODE",
        "total": "TOTALMONEY",
        "status": "BILLSTATS",
        "trade_no": "TRADENO",
    },
    "result": {
        "reference": "NOTICENO",
        "payment_code": "PAYNO",
        "unit": "ENTERCODE",
        "amount": "PAYMONEY",
        "paid_on": "PAYDATE",
        "paid_time": "PAYTIME",
        "counted_on": "TRADEDATE",
        "trade_no": "TRADENO",
        "account": "TRADECODE",
        "channel": "WAYCODE",
        "lines": "ITEMS",
        "item": "CHITCODE",
        "quantity": "CHCOUNT",
        "line_amount": "CHMONEY",
        "line_overdue": "ITEMOVERDUEAMT",
        "receipt_series": "RECEIPTTYPENO",
        "receipt_no": "RECEIPTNO",
        "reason": "REASON",
    },
}


@dataclass(frozen=True, slots=True)
class FinanceSystem:
    """`portal`: whose bills its bills are. `secret_name`: of a secret with its `signing_key`.
    `names`: part → our word → theirs, complete. `units` and `items`: their codes → ours; a code
    that is not there is ours already. `day_format`: as strftime has it. `rate_per`: 1 where a
    surcharge of 0.05 % a day is written 0.0005, 100 where it is 0.05, 1000 where it is 0.5.
    `surcharge_basis`: the law by which lateness costs; "": the system may ask no surcharge.
    `statuses`: their word → unpaid, paid or void. `files_from`: local `HH:MM` from which the day
    before is written out."""

    sender: str
    portal: str
    secret_name: str
    names: Mapping[str, Mapping[str, str]]
    units: Mapping[str, str]
    items: Mapping[str, str]
    statuses: Mapping[str, str]
    day_format: str
    amounts: AmountForm
    rate_per: int
    surcharge_basis: str
    files_from: str

    def unit_of(self, theirs: str) -> str:
        return self.units.get(theirs, theirs)

    def item_of(self, theirs: str) -> str:
        return self.items.get(theirs, theirs)

    def their_unit(self, ours: str) -> str:
        return _reversed(self.units, ours)

    def their_item(self, ours: str) -> str:
        return _reversed(self.items, ours)


def _reversed(codes: Mapping[str, str], ours: str) -> str:
    return next((theirs for theirs, code in codes.items() if code == ours), ours)
