"""What Alipay's words mean, and what Alipay is told.

*Source*: opendocs.alipay.com, alipay.trade.query, .close, .refund, .fastpay.refund.query,
.precreate ("业务错误码"), "异步通知说明" and alipay.data.dataservice.bill.downloadurl.query.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from chalicelib.channels.alipay.wire import CURRENCY, from_wire_amount, from_wire_time
from chalicelib.channels.contract import RefundRequest
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Succeeded


class Verdict(Enum):
    PAID = "money moved"
    WAITING = "not decided yet"
    HELD = "money moved and is held: a person must look"
    CLOSED = "no money moved, or all of it went back"


# trade_status of a notification and of an answer. One that is not here is pending.
TRADE_STATUSES: Mapping[str, Verdict] = {
    "WAIT_BUYER_PAY": Verdict.WAITING,
    "TRADE_SUCCESS": Verdict.PAID,
    "TRADE_FINISHED": Verdict.PAID,  # as success, and nothing can be refunded any more
    "TRADE_PENDING": Verdict.HELD,  # paid, the seller's account cannot take it
    "TRADE_CLOSED": Verdict.CLOSED,
}
# A closed trade that has one of these was paid and given back, else it was never paid.
SIGNS_OF_MONEY = ("gmt_payment", "send_pay_date", "refund_fee", "gmt_refund", "fund_bill_list")

SUCCESS = "10000"
TRADE_NOT_EXIST = "ACQ.TRADE_NOT_EXIST"  # also of a QR code that nobody has scanned
# close and refund: the trade is not in a state for it; only a question tells in which.
OTHER_STATE = frozenset(
    {
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.REASON_TRADE_STATUS_INVALID",
        "ACQ.REASON_ILLEGAL_STATUS",
        "ACQ.TRADE_HAS_CLOSE",
        "ACQ.TRADE_HAS_FINISHED",
    }
)
# precreate: refused before there is a trade. Anything else leaves it unknown, also "paid already".
START_REFUSALS = frozenset(
    {
        "ACQ.INVALID_PARAMETER",
        "ACQ.ACCESS_FORBIDDEN",
        "ACQ.EXIST_FORBIDDEN_WORD",
        "ACQ.PARTNER_ERROR",
        "ACQ.TOTAL_FEE_EXCEED",
        "ACQ.TRADE_HAS_CLOSE",
        "ACQ.SELLER_BEEN_BLOCKED",
        "ACQ.BEYOND_PER_RECEIPT_RESTRICTION",
        "ACQ.BEYOND_PAY_RESTRICTION",
        "ACQ.SUPPLIER_NOT_EXIST",
    }
)
# refund: refused, no money went back for this number.
REFUND_REFUSALS = frozenset(
    {
        "ACQ.INVALID_PARAMETER",
        "ACQ.ACCESS_FORBIDDEN",
        "ACQ.SELLER_BALANCE_NOT_ENOUGH",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        "ACQ.REASON_TRADE_BEEN_FREEZEN",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.REFUND_FEE_ERROR",
        "ACQ.TRADE_NOT_EXIST",
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.TRADE_NOT_ALLOW_REFUND",
        "ACQ.NOT_ALLOW_PARTIAL_REFUND",
        "ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND",
        "ACQ.USER_NOT_MATCH_ERR",
        "ACQ.BUYER_NOT_EXIST",
        "ACQ.BUYER_ERROR",
    }
)
NO_STATEMENT = frozenset({"isp.bill_not_exist", "BILL_NOT_EXIST"})


def codes_of(answer: Mapping[str, Any]) -> tuple[str, str]:
    """`code`, and the `sub_code` that says more where it is given."""
    code = read_text(answer, "code") or "none"
    return code, read_text(answer, "sub_code") or code


def is_unsettled(answer: Mapping[str, Any]) -> bool:
    """The gateway, or what is behind it, does not itself know what became of the request."""
    code, sub_code = codes_of(answer)
    if sub_code in NO_STATEMENT:
        return False
    return (
        code == "20000"
        or sub_code.startswith(("aop.", "isp."))
        or sub_code.endswith(("SYSTEM_ERROR", "unknow-error"))
    )


def read_payment(answer: Mapping[str, Any], asked_at: datetime) -> Outcome:
    """Of alipay.trade.query.

    Raises: ValueError"""
    code, sub_code = codes_of(answer)
    if code != SUCCESS:
        return unsettled(sub_code)
    told_at = read_text(answer, "send_pay_date")
    return decide(answer, from_wire_time(told_at) if told_at else asked_at)


def unsettled(sub_code: str) -> Pending:
    """A refused question about a payment, or a refused closing: it decides nothing."""
    is_absent = sub_code == TRADE_NOT_EXIST
    return Pending(sub_code, is_absent=is_absent, is_unmapped=not is_absent)


def decide(fields: Mapping[str, Any], paid_at: datetime | None) -> Outcome:
    """Raises: ValueError"""
    status = read_text(fields, "trade_status") or "none"
    match TRADE_STATUSES.get(status):
        case Verdict.PAID if paid_at is not None:
            return _read_success(fields, paid_at)
        case Verdict.CLOSED if not any(fields.get(name) for name in SIGNS_OF_MONEY):
            return Failed(status)
        case Verdict.CLOSED | Verdict.HELD:
            return Pending(status, needs_person=True)
        case Verdict.WAITING | Verdict.PAID:
            return Pending(status)
        case None:
            return Pending(status, is_unmapped=True)


def _read_success(fields: Mapping[str, Any], paid_at: datetime) -> Succeeded:
    trade_no = read_text(fields, "trade_no")
    if not re.fullmatch("[0-9A-Za-z]{1,64}", trade_no):
        raise ValueError("trade_no is not a number")
    if fields.get("trans_currency", CURRENCY) != CURRENCY:
        raise ValueError("trans_currency is not CNY")
    return Succeeded(trade_no, from_wire_amount(read_text(fields, "total_amount")), paid_at)


def read_refunded(fields: Mapping[str, Any]) -> Money | None:
    """All that went back so far, as a notification says it.

    Raises: ValueError"""
    if not fields.get("refund_fee"):
        return None
    refunded = from_wire_amount(read_text(fields, "refund_fee"))
    if refunded > from_wire_amount(read_text(fields, "total_amount")):
        raise ValueError("refund_fee is more than was paid")
    return refunded


def read_refund(answer: Mapping[str, Any], request: RefundRequest) -> Succeeded | None:
    """Of alipay.trade.refund; None: nothing moved now, so a question must tell whether it had.
    `refund_fee` is the sum of the trade's refunds.

    Raises: ValueError"""
    so_far = from_wire_amount(read_text(answer, "refund_fee"))
    if not request.amount <= so_far <= request.paid:
        raise ValueError("refund_fee does not hold this refund")
    if read_text(answer, "fund_change") != "Y":
        return None
    return _refunded(answer, request)


def read_refund_state(answer: Mapping[str, Any], request: RefundRequest) -> Outcome:
    """Of alipay.trade.fastpay.refund.query. A success without a refund number found nothing.

    Raises: ValueError"""
    code, sub_code = codes_of(answer)
    if code != SUCCESS:
        return Pending(sub_code, is_absent=sub_code == TRADE_NOT_EXIST)
    told = read_text(answer, "out_request_no")
    if not told:
        return Pending("REFUND_NOT_FOUND", is_absent=True)
    if told != request.refund_no:
        raise ValueError("the answer is about another refund")
    status = read_text(answer, "refund_status")
    if status != "REFUND_SUCCESS":
        return Pending(status or "REFUND_NOT_DONE")
    if from_wire_amount(read_text(answer, "refund_amount")) != request.amount:
        raise ValueError("refund_amount is another one")
    return _refunded(answer, request)


def _refunded(answer: Mapping[str, Any], request: RefundRequest) -> Succeeded:
    """Alipay knows a refund by the number that we gave it, and has none of its own."""
    told_at = read_text(answer, "gmt_refund_pay")
    refunded_at = from_wire_time(told_at) if told_at else request.asked_at
    return Succeeded(request.refund_no, request.amount, refunded_at)


def read_text(fields: Mapping[str, Any], name: str) -> str:
    """Raises: ValueError; "" where it is missing."""
    value = fields.get(name) or ""
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")
    return value
