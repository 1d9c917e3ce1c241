"""Bills: issued, listed, amended, cancelled."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from chalicelib.bodies.models.base import AnswerModel, Code, RequestModel, text
from chalicelib.bodies.models.bill_facts import Bill
from chalicelib.bodies.models.orders import (
    AmountMinor,
    MetadataKey,
    MetadataValue,
    OrderLineRequest,
    PayerRequest,
    Reference,
    _OrderBase,
)
from chalicelib.bodies.models.problem import Problem

MAX_BILLS = 100


def _check_day(text: str) -> str:
    date.fromisoformat(text)
    return text


Day = Annotated[
    str,
    text(10, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_check_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
DaysToPay = Annotated[int, Field(ge=1, le=1000)]
Reason = Annotated[str, text(255)]
SecondFact = Annotated[str, text(40)]
Million = Annotated[int, Field(ge=1, le=1_000_000)]


class RateRequest(RequestModel):
    """An exact fraction: 0.05 % is 5 of 10,000."""

    parts: Million
    per: Million


class LateSurchargeRequest(RequestModel):
    """`daily_rate`: of the principal, for each calendar day after the due date, rounded once over
    all days. `cap_rate`: of the principal."""

    daily_rate: RateRequest
    cap_rate: RateRequest | None = None
    cap_minor: AmountMinor | None = None
    rounding: Literal["half_up", "down", "up"] = "half_up"
    legal_basis: Annotated[str, text(255)]


class ReductionRequest(RequestModel):
    """`line`: the index of the line that it reduces."""

    line: Annotated[int, Field(ge=0, le=49)] = 0
    kind: Literal["discount", "exemption"]
    amount_minor: AmountMinor
    reason: Reason
    legal_basis: Annotated[str, text(255)]


Lines = Annotated[list[OrderLineRequest], Field(min_length=1, max_length=50)]
Reductions = Annotated[list[ReductionRequest], Field(max_length=50)]


class BillIssueRequest(RequestModel):
    """`lines`, or `fee_item` with `principal_minor` for one line. `due_date`, or `days_to_pay`:
    working days from today. `payer`: who is asked to pay; `debtor`: who
    owes, where that is somebody else. `second_fact`: what opens the bill in place of
    its verification word, as a vehicle's plate."""

    reference: Reference
    payee_unit: Code
    lines: Lines | None = None
    fee_item: Code | None = None
    principal_minor: AmountMinor | None = None
    payer: PayerRequest
    debtor: PayerRequest | None = None
    due_date: Day | None = None
    days_to_pay: DaysToPay | None = None
    valid_until: Day | None = None
    surcharge: LateSurchargeRequest | None = None
    reductions: Reductions = Field(default_factory=list)
    language: Annotated[str, text(8)] | None = None
    channels: Annotated[list[Code], Field(min_length=1, max_length=20)] | None = None
    metadata: dict[MetadataKey, MetadataValue] = Field(default_factory=dict, max_length=15)
    second_fact: SecondFact | None = None


class BillBatchRequest(RequestModel):
    """Each bill has a result of its own."""

    bills: Annotated[list[BillIssueRequest], Field(min_length=1, max_length=MAX_BILLS)]


class _BillBatch(RequestModel):
    """The bills not looked at yet: one that is wrong refuses none of the others."""

    bills: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_BILLS)]


class BillAmendRequest(RequestModel):
    """What is not named stays. `lines` come with all their reductions; `surcharge` null takes the
    rule away."""

    reason: Reason
    lines: Lines | None = None
    reductions: Reductions = Field(default_factory=list)
    due_date: Day | None = None
    days_to_pay: DaysToPay | None = None
    valid_until: Day | None = None
    surcharge: LateSurchargeRequest | None = None


class BillPartRequest(RequestModel):
    """Less than the principal that is open: the whole is paid with the bill itself."""

    amount_minor: AmountMinor


class BillCancelRequest(RequestModel):
    reason: Reason


class BillIssued(_OrderBase):
    """One bill, as its order."""

    bill: Bill


class IssuedBill(AnswerModel):
    payment_code: str
    verification_word: str
    status: str
    amount_minor: int
    currency: str
    due_date: str
    valid_until: str
    pay_url: str
    expires_at: str


class BillResult(AnswerModel):
    """`issued` by this request (`would_issue` in a dry run), `already_issued` with the same content
    before, or `refused` with the `problem` that one bill alone would be answered, and the first ten
    of its errors."""

    index: int
    payee_unit: str | None
    reference: str | None
    result: Literal["issued", "would_issue", "already_issued", "refused"]
    bill: IssuedBill | None
    problem: Problem | None


class BillResults(AnswerModel):
    results: list[BillResult]


class BillSummary(AnswerModel):
    payment_code: str
    status: str
    payee_unit: str
    reference: str
    amount_minor: int
    currency: str
    due_date: str
    valid_until: str
    priced_on: str
    created_at: str


class BillList(AnswerModel):
    items: list[BillSummary]
    next_cursor: str | None
