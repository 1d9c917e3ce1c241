"""E-receipts: one per paid order, payee unit and kind, numbered without a gap within a series."""

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.province import Mode

NUMBER_DIGITS = 7
MAX_NUMBER = 10**NUMBER_DIGITS - 1


def series_of(payee_unit: str, kind: ReceiptKind, paid_on: date, mode: Mode) -> str:
    """One payee unit, kind and year of payment: a seven-digit number cannot hold a province."""
    prefix = "" if mode is Mode.LIVE else f"{mode}-"
    return f"{prefix}{payee_unit}-{kind}-{paid_on.year}"


def format_number(number: int) -> str:
    return f"{number:0{NUMBER_DIGITS}d}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`paid_on` is the business day of the payment, not of the numbering. `pattern` and `serial`:
    as the province marked receipts of this kind when it was issued. `voided_at`: since when it
    proves nothing, because of `void_reason`; None while it does."""

    series: str
    number: int
    token: str
    kind: ReceiptKind
    payment_code: str
    payee_unit: str
    amount: Money
    lines: tuple[OrderLine, ...]
    paid_by: str
    paid_on: date
    issued_at: datetime
    sealed_payer: bytes
    pattern: str = ""
    serial: str = ""
    voided_at: datetime | None = None
    void_reason: str | None = None

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None
