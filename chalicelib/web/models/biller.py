"""What banks, Mobile Money, POS and terminals send and get."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.bodies.models.base import AnswerModel, Names, RequestModel, text
from chalicelib.bodies.models.orders import AmountMinor
from chalicelib.domain.money import EXPONENTS

TransactionNo = Annotated[str, text(64, r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
PaymentNo = Annotated[str, Field(pattern=r"^[1-9][0-9]{17}([0-9]{2})?$")]
Currency = Annotated[str, Field(pattern=f"^({'|'.join(EXPONENTS)})$")]


class BillLookupRequest(RequestModel):
    """`payment_code`: as it was typed; blanks and dashes between its digits do not count."""

    payment_code: Annotated[str, text(40)]


class LockRequest(RequestModel):
    """`request_no`: the bank's own number for this lock; the same one again is the same lock."""

    payment_code: Annotated[str, text(40)]
    amount_minor: AmountMinor
    currency: Currency
    request_no: TransactionNo


class BillerPaymentRequest(RequestModel):
    """Money that the bank has taken. `payment_no`: of its lock; the payment code alone where it has
    none. `business_day`: on which the bank's statement counts it."""

    payment_no: PaymentNo
    transaction_no: TransactionNo
    status: Literal["paid"]
    amount_minor: AmountMinor
    currency: Currency
    paid_at: Annotated[str, text(40)]
    business_day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class ReversalRequest(RequestModel):
    """The whole of a payment: `amount_minor` and `currency` as they were told. `reversal_no`: the
    bank's own number of the reversal, the payment's where it has none; the same one again is the
    same reversal."""

    amount_minor: AmountMinor
    currency: Currency
    reversal_no: TransactionNo | None = None
    reason: Annotated[str, text(200)]


class LookedUpUnit(AnswerModel):
    code: str
    names: Names


class LookedUpLine(AnswerModel):
    names: Names
    quantity: int
    amount_minor: int


class LookedUpBill(AnswerModel):
    """`refused_because`: the code with which a lock would be refused now, None where it would not.
    `other_payment_in_flight`: the payer began to pay elsewhere, and it may still succeed: ask him.
    `payer_name`: first letters only."""

    payment_code: str
    status: str
    payable: bool
    refused_because: str | None
    payee_unit: LookedUpUnit
    reference: str
    lines: list[LookedUpLine]
    amount_minor: int
    currency: str
    payer_name: str | None
    payable_until: str
    other_payment_in_flight: bool


class Locked(AnswerModel):
    """Take no money after `locked_until`."""

    payment_no: str
    payment_code: str
    amount_minor: int
    currency: str
    locked_until: str
    other_payment_in_flight: bool


class Released(AnswerModel):
    payment_no: str
    released: bool


class BillerReceipt(AnswerModel):
    kind: str
    series: str
    number: str
    url: str


class BillerPayment(AnswerModel):
    """`result`: `paid`: the bill is paid by this money. `in_review`: the money is recorded and a
    person decides about it, because of `reason`. `refund_due`, `refunded`: it goes back, or went.
    `reversed`: the bank took it back, and the bill is owed again."""

    transaction_no: str
    payment_no: str
    result: Literal["paid", "in_review", "refund_due", "refunded", "reversed"]
    reason: str | None
    amount_minor: int
    currency: str
    paid_at: str
    business_day: str
    recorded_at: str


class BillerPaymentStatus(BillerPayment):
    """`receipts`: filled seconds after the payment. `reversal`: what became of the bank's asking
    for the money back, None where it did not ask. `done`: at `reversed_at`, under `reversal_no`;
    `asked`: a person will decide; `decided`: a person has, and has told the bank how."""

    receipts: list[BillerReceipt]
    reversal: Literal["done", "asked", "decided"] | None
    reversal_no: str | None
    reversed_at: str | None
