"""Cases, and what persons decide on them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.bodies.models.base import AnswerModel, Names, RequestModel, text
from chalicelib.domain.cases import CaseEvent, CaseKind, CaseState
from chalicelib.domain.money import MAX_AMOUNT_MINOR

Reason = Annotated[str, text(255)]


class CaseTakeRequest(RequestModel):
    """An empty object."""


class CaseReleaseRequest(RequestModel):
    """An empty object."""


class CaseAssignRequest(RequestModel):
    """`payment_code`: of the order that the money pays."""

    payment_code: Annotated[str, text(18, r"^[0-9]+$")]
    reason: Reason


class CaseRefundRequest(RequestModel):
    reason: Reason


class CaseRefundedRequest(RequestModel):
    """`reference`: the bank's or channel's own number of the refund. `refunded_on`: its day, in the
    province's zone."""

    reference: Annotated[str, text(64)]
    amount_minor: Annotated[int, Field(ge=1, le=MAX_AMOUNT_MINOR)]
    refunded_on: Annotated[date, Field(strict=False)]


class CaseDismissRequest(RequestModel):
    reason: Reason


class CaseDecision(AnswerModel):
    """`assigned_to`: the payment number under which the money paid an order."""

    decision: Literal[tuple(event.value for event in CaseEvent)]  # type: ignore[valid-type]
    by: str
    at: str
    reason: str
    assigned_to: str | None
    reference: str | None
    refunded_on: str | None


class Case(AnswerModel):
    """`owner`: the person who took it. `decision`: how it was closed, null while it is not."""

    case_id: str
    kind: Literal[tuple(kind.value for kind in CaseKind)]  # type: ignore[valid-type]
    state: Literal[tuple(state.value for state in CaseState)]  # type: ignore[valid-type]
    owner: str | None
    payment_no: str
    amount_minor: int | None
    currency: str | None
    opened_at: str
    due_at: str
    overdue: bool
    age_hours: int
    title: Names
    meaning: Names
    suggested_action: Names
    decision: str | None
    decisions: list[CaseDecision]


class CaseMoney(AnswerModel):
    """`told_payment_no`: the number that the provider told with it."""

    channel: str
    account: str
    provider_transaction: str
    amount_minor: int
    currency: str
    disposition: str
    payment_no: str
    told_payment_no: str
    paid_at: str
    recorded_at: str


class CaseOrder(AnswerModel):
    payment_code: str
    mode: Literal["test", "live"]
    status: str
    portal: str
    payee_unit: str
    reference: str
    amount_minor: int
    currency: str
    created_at: str
    expires_at: str
    paid_at: str | None
    paid_by: str | None


class CaseDetail(Case):
    """`transaction`: the money that it is about. `order`: the one that the money named.
    `provider_words`: what the provider or bank said of it, a transfer's memo included, at most
    4 KB; null for who may not decide."""

    transaction: CaseMoney | None
    provider_words: str | None
    order: CaseOrder | None


class CaseList(AnswerModel):
    items: list[Case]
    next_cursor: str | None
