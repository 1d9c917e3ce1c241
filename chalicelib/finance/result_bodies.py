"""Results as a finance system reads them: in its own words, times by the province's clock."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.finance_systems import AmountForm, FinanceSystem, ResultKind
from chalicelib.domain.money import Money
from chalicelib.storage.finance_results import Result, ResultLine

CLOCK = "%H%M%S"
_HAS_TIME = (ResultKind.PAID, ResultKind.REVERSED)


def describe_result(result: Result, system: FinanceSystem, zone: str) -> dict[str, Any]:
    return {
        "number": result.number,
        "kind": result.kind.value,
        "business_day": result.day.isoformat(),
        "occurred_at": to_rfc3339(result.occurred_at),
        "body": result_body(result, system, zone),
    }


def result_body(result: Result, system: FinanceSystem, zone: str) -> dict[str, Any]:
    """What there is nothing to say of is left out."""
    local = result.occurred_at.astimezone(ZoneInfo(zone))
    is_timed = result.kind in _HAS_TIME
    said: dict[str, Any] = {
        "reference": result.reference,
        "payment_code": result.payment_code,
        "unit": system.their_unit(result.payee_unit),
        "amount": amount_text(system, result.amount_minor, result.currency),
        "paid_on": local.strftime(system.day_format) if is_timed else "",
        "paid_time": local.strftime(CLOCK) if is_timed else "",
        "counted_on": result.day.strftime(system.day_format),
        "trade_no": result.trade_no,
        "account": result.account,
        "channel": result.channel,
        "lines": [_line_body(line, result, system) for line in result.lines],
        "receipt_series": result.receipt_series,
        "receipt_no": result.receipt_no,
        "reason": result.reason,
    }
    names = system.names["result"]
    return {names[word]: value for word, value in said.items() if value}


def amount_text(system: FinanceSystem, amount_minor: int, currency: str) -> str:
    if system.amounts is AmountForm.MINOR:
        return str(amount_minor)
    return Money(amount_minor, currency).decimal_text()


def _line_body(line: ResultLine, result: Result, system: FinanceSystem) -> Mapping[str, str]:
    names = system.names["result"]
    return {
        names["item"]: system.their_item(line.fee_item),
        names["quantity"]: str(line.quantity),
        names["line_amount"]: amount_text(system, line.amount_minor, result.currency),
        names["line_overdue"]: amount_text(system, line.surcharge_minor, result.currency),
    }
