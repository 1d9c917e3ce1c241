"""Orders and payments."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.bodies.models.base import LINE, AnswerModel, Code, Names, RequestModel, text
from chalicelib.bodies.models.bill_facts import Bill
from chalicelib.bodies.models.open_code_facts import OpenCode
from chalicelib.domain.cases import CaseState
from chalicelib.domain.money import MAX_AMOUNT_MINOR
from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import Client, PaymentStatus

Reference = Annotated[str, text(64)]
AmountMinor = Annotated[int, Field(ge=1, le=MAX_AMOUNT_MINOR)]


class OrderLineRequest(RequestModel):
    fee_item: Code
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    amount_minor: AmountMinor | None = None
    description: Annotated[str, text(255)] | None = None


class IdentityRequest(RequestModel):
    kind: Literal["citizen_id", "passport", "tax_code", "other"]
    number: Annotated[str, text(32, r"^[A-Za-z0-9-]+$")]


class PayerRequest(RequestModel):
    kind: Literal["individual", "organisation"]
    name: Annotated[str, text(200)]
    identity: IdentityRequest | None = None
    phone: Annotated[str, text(20, r"^\+?[0-9 ]{6,20}$")] | None = None
    email: Annotated[str, text(254, r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None


MetadataKey = Annotated[str, text(30)]
MetadataValue = Annotated[str, StringConstraints(max_length=100, pattern=LINE)]


class OrderCreateRequest(RequestModel):
    """`reference`: the payee unit's own number for what is owed."""

    reference: Reference
    payee_unit: Code
    lines: Annotated[list[OrderLineRequest], Field(min_length=1, max_length=50)]
    payer: PayerRequest
    return_url: Annotated[str, text(2000)] | None = None
    language: Annotated[str, text(8)] | None = None
    expires_in_seconds: int | None = None
    channels: Annotated[list[Code], Field(min_length=1, max_length=20)] | None = None
    metadata: dict[MetadataKey, MetadataValue] = Field(default_factory=dict, max_length=15)


class PaymentStartRequest(RequestModel):
    """`account`: one of the channel's `accounts`, where the payer chose between several."""

    channel: Code
    account: Code | None = None
    client: Literal["web", "mobile", "app", "wechat", "counter"]


class OrderCancelRequest(RequestModel):
    reason: Annotated[str, text(255)] | None = None


class OrderLine(AnswerModel):
    fee_item: str
    names: Names
    quantity: int
    amount_minor: int
    receipt_kind: str
    description: str | None
    part: Literal["principal", "surcharge"] = "principal"


class Acquirer(AnswerModel):
    code: str
    names: Names


class OfferedAccount(AnswerModel):
    """`acquirer` None: the channel itself takes the money."""

    account: str
    acquirer: Acquirer | None
    available: bool
    unavailable_reason: Names | None


class OfferedChannel(AnswerModel):
    """`accounts`: those between which the payer chooses; empty where there is no choice."""

    channel: str
    names: Names
    available: bool
    unavailable_reason: Names | None
    accounts: list[OfferedAccount]


class CoveredBill(AnswerModel):
    """A bill that a basket pays. `result`: None until there is money; `not_paid`: the money came,
    and the bill could not take its part, for which there is a case. It is absent in a quote."""

    payment_code: str
    payee_unit: str
    amount_minor: int
    result: Literal["paid", "not_paid"] | None = None


class PaidPart(AnswerModel):
    """What of a bill was paid by itself; `payment_code`: of the order that paid it."""

    payment_code: str
    amount_minor: int
    paid_at: str


class Quote(AnswerModel):
    """`bills`: of a basket, which has no lines."""

    payee_unit: str
    reference: str
    amount_minor: int
    currency: str
    lines: list[OrderLine]
    bills: list[CoveredBill] | None = None
    channels: list[OfferedChannel]


class Qr(AnswerModel):
    payload: str
    image_url: str


class OrderLinks(AnswerModel):
    self: str
    pay: str
    payments: str
    cancel: str
    amend: str | None = None
    bind: str | None = None
    void: str | None = None


class _OrderBase(AnswerModel):
    payment_code: Annotated[str, Field(pattern=r"^[1-9][0-9]{17}$")]
    verification_word: str
    status: Literal[tuple(status.value for status in OrderStatus)]  # type: ignore[valid-type]
    mode: Literal["test", "live"]
    payee_unit: str
    reference: str
    amount_minor: int
    currency: str
    lines: list[OrderLine]
    language: str
    metadata: dict[str, str]
    pay_url: str
    qr: Qr
    created_at: str
    expires_at: str
    links: OrderLinks
    bill: Bill | None = None
    open_code: OpenCode | None = None
    bills: list[CoveredBill] | None = None
    parts: list[PaidPart] | None = None


class OrderCreated(_OrderBase):
    channels: list[OfferedChannel]


class Payment(AnswerModel):
    payment_no: Annotated[str, Field(pattern=r"^[1-9][0-9]{19}$")]
    channel: str
    account: str
    status: Literal[tuple(status.value for status in PaymentStatus)]  # type: ignore[valid-type]
    client: Literal[tuple(client.value for client in Client)]  # type: ignore[valid-type]
    started_at: str
    expires_at: str
    reason: str | None


class ReceiptSummary(AnswerModel):
    kind: str
    series: str
    number: str
    token: str
    issued_at: str
    url: str


class VoidedReceipt(ReceiptSummary):
    """It keeps its number and proves nothing: the payment was taken back."""

    voided_at: str


class CaseSummary(AnswerModel):
    """`decision`: the last one. In a notice only `case_id`, `kind` and whether it is closed are
    sure."""

    case_id: str
    kind: str
    state: Literal[tuple(state.value for state in CaseState)]  # type: ignore[valid-type]
    decision: str | None


class RefundSummary(AnswerModel):
    """Money that goes back by a person's decision. `refunded_on`, `reference`: once it went."""

    case_id: str
    status: Literal["due", "refunded"]
    amount_minor: int
    currency: str
    refunded_on: str | None
    reference: str | None


class Order(_OrderBase):
    """`voided_receipts`: of payments that were reversed, only where there are some. `paid_in`: the
    payment code of the basket whose money paid this bill."""

    paid_in: str | None = None
    paid_at: str | None
    unknown_outcome: bool
    needs_review: bool
    payments: list[Payment]
    refunds: list[RefundSummary]
    receipts: list[ReceiptSummary]
    voided_receipts: list[VoidedReceipt] | None = None
    cases: list[CaseSummary]


class OrderSummary(AnswerModel):
    payment_code: str
    status: str
    payee_unit: str
    reference: str
    amount_minor: int
    currency: str
    created_at: str


class OrderList(AnswerModel):
    items: list[OrderSummary]
    next_cursor: str | None


class Action(AnswerModel):
    """`redirect` has `url`; `form_post` has `url` and `fields`; `qr_code` has `payload`;
    `app_params` has `params`; `instructions` has `text`."""

    type: Literal["redirect", "form_post", "qr_code", "app_params", "instructions"]
    url: str | None = None
    fields: dict[str, str] | None = None
    payload: str | None = None
    params: dict[str, str] | None = None
    text: str | None = None


class PaymentStarted(AnswerModel):
    payment_no: str
    status: str
    expires_at: str
    action: Action
