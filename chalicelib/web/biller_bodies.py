"""The bodies of the biller interface: what a bank told, and what it gets to read."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.channels.biller.told import read_told
from chalicelib.checkout.offer_channels import offer_account
from chalicelib.checkout.price_bill_today import amount_holds_until
from chalicelib.checkout.start_payment import require_payable
from chalicelib.domain.business_day import (
    business_day_of,
    from_epoch_ms,
    to_epoch_ms,
    to_rfc3339,
)
from chalicelib.domain.cases import Case, CaseKind
from chalicelib.domain.identifiers import build_payment_no, split_payment_no
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt, Disposition, Succeeded, Transaction
from chalicelib.domain.representation import describe_receipt
from chalicelib.errors import Conflict, DataFault, FieldError, InvalidRequest, NotFound
from chalicelib.storage.keys import transaction_key
from chalicelib.web.biller_calls import CHANNEL, Call
from chalicelib.web.pages.receipt_page import mask_name
from chalicelib.web.payer_orders import open_payer_name
from chalicelib.wiring import platform

# A weekend and a long holiday lie between a payment and the day on which a bank counts it.
MAX_DAYS_APART = timedelta(days=10)
RESULTS: Mapping[Disposition, str] = {
    Disposition.APPLIED: "paid",
    Disposition.REFUND_DUE: "refund_due",
    Disposition.REFUNDED: "refunded",
    Disposition.REVERSED: "reversed",
}


def describe_looked_up(call: Call, order: Order) -> dict[str, Any]:
    unit = call.province.units_by_code.get(order.payee_unit)
    if unit is None:
        raise DataFault("payee_unit_missing", f"no payee unit {order.payee_unit} in the catalogue")
    because = _refused_because(call, order)
    name = open_payer_name(order.sealed_payer, order.payment_code)
    return {
        "payment_code": order.payment_code,
        "status": order.status.value,
        "payable": because is None,
        "refused_because": because,
        "payee_unit": {"code": unit.code, "names": dict(unit.names)},
        "reference": order.reference,
        "lines": [
            {
                "names": dict(each.names),
                "quantity": each.quantity,
                "amount_minor": each.amount_minor,
            }
            for each in order.lines
        ],
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "payer_name": mask_name(name) if name else None,
        "payable_until": to_rfc3339(amount_holds_until(order, call.now, call.province.zone)),
        "other_payment_in_flight": _is_paid_elsewhere(order),
    }


def _refused_because(call: Call, order: Order) -> str | None:
    try:
        require_payable(order, call.now, call.province.zone)
    except Conflict as conflict:
        return conflict.code
    offered = offer_account(call.account, order)
    return None if offered and offered.is_available else "channel_unavailable"


def _is_paid_elsewhere(order: Order) -> bool:
    return any(each.is_in_flight and each.channel != CHANNEL for each in order.attempts)


def describe_lock(order: Order, attempt: Attempt) -> dict[str, Any]:
    return {
        "payment_no": build_payment_no(order.payment_code, attempt.attempt_no),
        "payment_code": order.payment_code,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "locked_until": to_rfc3339(attempt.expires_at),
        "other_payment_in_flight": _is_paid_elsewhere(order),
    }


def read_payment(body: Mapping[str, Any], zone: str) -> Succeeded:
    """Raises: InvalidRequest."""
    try:
        paid = read_told(body)
    except ValueError as error:
        raise _wrong("/paid_at", "invalid_format", str(error)) from None
    assert isinstance(paid, Succeeded)
    assert paid.business_day is not None
    if abs(paid.business_day - business_day_of(paid.paid_at, zone)) > MAX_DAYS_APART:
        detail = f"more than {MAX_DAYS_APART.days} days away from paid_at"
        raise _wrong("/business_day", "business_day_impossible", detail)
    return paid


def _wrong(field: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(code, detail, errors=(FieldError(field, code, detail),))


def is_told_before(money: Transaction, payment_no: str, paid: Succeeded) -> bool:
    """Whether what is recorded under the number is what was told now; a person may have assigned
    the money since, and who tells of it again may know less of its number."""
    recorded = money.number_at_provider
    is_same_number = recorded.startswith(payment_no) or payment_no.startswith(recorded)
    paid_at = from_epoch_ms(to_epoch_ms(paid.paid_at))
    now_told = (paid.amount, paid_at, paid.business_day)
    return is_same_number and now_told == (money.amount, money.paid_at, money.business_day)


def describe_money(money: Transaction, zone: str) -> dict[str, Any]:
    result = RESULTS.get(money.disposition, "in_review")
    return {
        "transaction_no": money.provider_transaction,
        "payment_no": money.payment_no,
        "result": result,
        "reason": money.disposition.value if result == "in_review" else None,
        "amount_minor": money.amount.amount_minor,
        "currency": money.amount.currency,
        "paid_at": to_rfc3339(money.paid_at),
        "business_day": money.counted_on(zone).isoformat(),
        "recorded_at": to_rfc3339(money.recorded_at),
    }


def find_money(call: Call, transaction_no: str) -> Transaction:
    """Raises: NotFound."""
    key = transaction_key(CHANNEL, call.account.account, transaction_no)
    money = platform().ledger.read_transaction(key["pk"])
    if money is None:
        raise NotFound("payment_not_found", "no payment of this account has this number")
    return money


def order_of(money: Transaction) -> Order | None:
    """The one that the payment's number names."""
    parts = split_payment_no(money.payment_no)
    return platform().ledger.read_order(parts[0]) if parts else None


def describe_status(money: Transaction, order: Order | None, zone: str) -> dict[str, Any]:
    """`order`: the one that the payment's number names."""
    receipts = order.receipts if order is not None and order.paid_by == money.key else ()
    base_url = platform().settings.public_base_url
    described = [describe_receipt(each, base_url) for each in receipts]
    return describe_money(money, zone) | {
        "receipts": [
            {name: each[name] for name in ("kind", "series", "number", "url")} for each in described
        ],
        "reversal": _reversal_of(money, order),
        "reversal_no": money.reversal.reversal_no if money.reversal else None,
        "reversed_at": to_rfc3339(money.reversal.at) if money.reversal else None,
    }


def _reversal_of(money: Transaction, order: Order | None) -> str | None:
    if money.reversal is not None:
        return "done"
    case_id = reversal_case(money, money.recorded_at).case_id
    if order is None or case_id not in (*order.cases, *order.decided_cases):
        return None
    return "asked" if case_id in order.cases else "decided"


def reversal_case(money: Transaction, now: datetime) -> Case:
    return Case(CaseKind.REVERSAL_ASKED, money.key, money.payment_no, money.amount, now)


def require_reversible(call: Call, money: Transaction) -> None:
    """On the bank's own day, and before the time that is agreed with it. Raises: Conflict."""
    zone = call.province.zone
    local, last = call.now.astimezone(ZoneInfo(zone)), call.account.fields.get("reversal_until")
    is_day_over = local.date() > money.counted_on(zone)
    if is_day_over or (last is not None and local.time() > time.fromisoformat(last)):
        raise Conflict(
            "reversal_too_late",
            "a payment is asked back on its day and before the agreed time",
            suggested_action="Keep the money; the payee unit refunds the payer if it is not owed.",
        )
    if money.disposition is not Disposition.APPLIED:
        raise Conflict("reversal_not_needed", "this money paid no bill: a person decides already")
