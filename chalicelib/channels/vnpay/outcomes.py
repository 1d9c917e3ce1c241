"""What VNPAY's codes mean, and what VNPAY is told.

*Source*: sandbox.vnpayment.vn/apis/docs, "PAY" (thanh-toan-pay/pay.html) and "API querydr, refund"
(truy-van-hoan-tien/querydr&refund.html).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from chalicelib.channels.vnpay.wire import from_wire_amount, from_wire_time
from chalicelib.domain.payments import Failed, Outcome, Pending, Recorded, Succeeded


class Verdict(Enum):
    PAID = "money moved"
    REFUSED = "no money moved"
    WAITING = "not decided yet"
    HELD = "money moved and is held or on its way back: a person must look"


# PAY, "Bảng mã lỗi", vnp_ResponseCode of an IPN and of the browser's return. A code that is not
# here is pending.
RESPONSE_CODES: Mapping[str, Verdict] = {
    "00": Verdict.PAID,
    "07": Verdict.HELD,  # debited, suspected of fraud
    "09": Verdict.REFUSED,  # card or account not registered for internet banking
    "10": Verdict.REFUSED,  # wrong card or account details three times
    "11": Verdict.REFUSED,  # the time to pay is over
    "12": Verdict.REFUSED,  # card or account locked
    "13": Verdict.REFUSED,  # wrong one-time password
    "24": Verdict.REFUSED,  # cancelled by the payer
    "51": Verdict.REFUSED,  # not enough balance
    "65": Verdict.REFUSED,  # over the day's limit
    "75": Verdict.REFUSED,  # the bank is under maintenance
    "79": Verdict.REFUSED,  # wrong payment password too often
    "99": Verdict.REFUSED,  # another error; only together with transaction status 02
}

# PAY, "Bảng mã lỗi", vnp_TransactionStatus of an IPN and of a querydr answer.
TRANSACTION_STATUSES: Mapping[str, Verdict] = {
    "00": Verdict.PAID,
    "01": Verdict.WAITING,
    "02": Verdict.REFUSED,
    "04": Verdict.HELD,  # reversed: debited at the bank, not successful at VNPAY
    "05": Verdict.HELD,  # a refund is being processed
    "06": Verdict.HELD,  # a refund was sent to the bank
    "07": Verdict.HELD,  # suspected of fraud
    "09": Verdict.HELD,  # a refund was refused
}

# PAY, "Code IPN URL": 00 and 02 end VNPAY's calls; after any other it calls again, ten times, five
# minutes apart. A pending outcome is recorded and answered 00: a repetition would carry the same
# code, and it is the chaser that asks on.
ANSWERS: Mapping[Recorded, tuple[str, str]] = {
    Recorded.PAID: ("00", "Confirm Success"),
    Recorded.SURPLUS: ("00", "Confirm Success"),
    Recorded.LATE_SUCCESS: ("00", "Confirm Success"),
    Recorded.FAILED: ("00", "Confirm Success"),
    Recorded.PENDING: ("00", "Confirm Success"),
    Recorded.NO_ORDER: ("01", "Order not found"),
    Recorded.REPEATED: ("02", "Order already confirmed"),
    Recorded.TRANSACTION_REUSED: ("02", "Order already confirmed"),
    Recorded.WRONG_AMOUNT: ("04", "Invalid amount"),
}
# API querydr, vnp_ResponseCode: why the question was not answered; it says nothing of the payment.
NOT_FOUND = "91"
QUESTION_REFUSALS = frozenset({"02", "03", NOT_FOUND, "94", "95", "97", "99"})
REFUSED_ANSWER = ("97", "Invalid signature")
FAILURE_ANSWER = ("99", "Unknown error")


def read_outcome(fields: Mapping[str, str]) -> Outcome:
    """Of an IPN: both codes must say the same, else somebody asks again.

    Raises: ValueError"""
    code, status = fields["vnp_ResponseCode"], fields.get("vnp_TransactionStatus", "")
    verdicts = {RESPONSE_CODES.get(code), TRANSACTION_STATUSES.get(status)}
    told = status if code == "00" and status else code
    return _decide(verdicts, told, fields, paid_at_or_else=None)


def read_answer(answer: Mapping[str, str], asked_at: datetime) -> Outcome:
    """Of querydr: its response code speaks of the question, its transaction status of the payment.

    Raises: ValueError"""
    code, status = answer.get("vnp_ResponseCode", ""), answer.get("vnp_TransactionStatus", "")
    if code != "00":
        is_unmapped = code not in QUESTION_REFUSALS
        return Pending(code or "none", is_absent=code == NOT_FOUND, is_unmapped=is_unmapped)
    if answer.get("vnp_TransactionType", "01") != "01":
        return Pending(status or code, needs_person=True)  # it tells of a refund that is not ours
    return _decide({TRANSACTION_STATUSES.get(status)}, status or code, answer, asked_at)


def _decide(
    verdicts: set[Verdict | None],
    told: str,
    fields: Mapping[str, str],
    paid_at_or_else: datetime | None,
) -> Outcome:
    is_unmapped = None in verdicts
    if Verdict.HELD in verdicts:
        return Pending(told, needs_person=True, is_unmapped=is_unmapped)
    if verdicts == {Verdict.REFUSED}:
        return Failed(told)
    if verdicts != {Verdict.PAID}:
        return Pending(told, is_unmapped=is_unmapped)
    transaction = fields.get("vnp_TransactionNo", "")
    paid_at = from_wire_time(fields["vnp_PayDate"]) if fields.get("vnp_PayDate") else None
    paid_at = paid_at or paid_at_or_else
    if not transaction.strip("0") or paid_at is None:
        return Pending(told)  # no success without a transaction and its time: querydr tells them
    if not re.fullmatch("[0-9]{1,20}", transaction):
        raise ValueError("vnp_TransactionNo is not a number")
    return Succeeded(transaction, from_wire_amount(fields.get("vnp_Amount", "")), paid_at)
