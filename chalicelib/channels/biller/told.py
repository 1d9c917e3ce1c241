"""What a bank tells of a payment: the body of `POST /biller/v1/payments`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.domain.money import Money
from chalicelib.domain.payments import Outcome, Pending, Succeeded

PAID = "paid"


def read_told(fields: Mapping[str, Any]) -> Outcome:
    """What a bank tells of a payment. Raises: ValueError"""
    status = read_text(fields, "status")
    if status != PAID:
        return Pending(status, is_unmapped=True)
    amount_minor = fields.get("amount_minor")
    if type(amount_minor) is not int:
        raise ValueError("amount_minor is not a whole number")
    paid_at = datetime.fromisoformat(read_text(fields, "paid_at"))
    if paid_at.tzinfo is None:
        raise ValueError("paid_at has no zone")
    return Succeeded(
        provider_transaction=read_text(fields, "transaction_no"),
        amount=Money(amount_minor, read_text(fields, "currency")),
        paid_at=paid_at.astimezone(UTC),
        business_day=date.fromisoformat(read_text(fields, "business_day")),
    )


def read_text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    return value
