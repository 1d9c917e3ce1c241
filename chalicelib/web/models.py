"""The bodies of the API: what validates requests and what the OpenAPI document is made from.

Imported when first used: pydantic is not needed for a notification or a page.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from chalicelib.domain.money import MAX_AMOUNT_MINOR
from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import Client, PaymentStatus

# Printable text of one line: no control characters, no line or paragraph separators.
_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


def _text(longest: int, pattern: str = _LINE) -> Any:
    return StringConstraints(
        strip_whitespace=True, min_length=1, max_length=longest, pattern=pattern
    )


Code = Annotated[str, _text(64, _CODE)]
Reference = Annotated[str, _text(64)]
AmountMinor = Annotated[int, Field(ge=1, le=MAX_AMOUNT_MINOR)]
Names = dict[str, str]


class RequestModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AnswerModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class OrderLineRequest(RequestModel):
    fee_item: Code
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    amount_minor: AmountMinor | None = None
    description: Annotated[str, _text(255)] | None = None


class IdentityRequest(RequestModel):
    kind: Literal["citizen_id", "passport", "tax_code", "other"]
    number: Annotated[str, _text(32, r"^[A-Za-z0-9-]+$")]


class PayerRequest(RequestModel):
    kind: Literal["individual", "organisation"]
    name: Annotated[str, _text(200)]
    identity: IdentityRequest | None = None
    phone: Annotated[str, _text(20, r"^\+?[0-9 ]{6,20}$")] | None = None
    email: Annotated[str, _text(254, r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None


MetadataKey = Annotated[str, _text(30)]
MetadataValue = Annotated[str, StringConstraints(max_length=100, pattern=_LINE)]


class OrderCreateRequest(RequestModel):
    """`reference`: the payee unit's own number for what is owed."""

    reference: Reference
    payee_unit: Code
    lines: Annotated[list[OrderLineRequest], Field(min_length=1, max_length=50)]
    payer: PayerRequest
    return_url: Annotated[str, _text(2000)] | None = None
    language: Annotated[str, _text(8)] | None = None
    expires_in_seconds: int | None = None
    channels: Annotated[list[Code], Field(min_length=1, max_length=20)] | None = None
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=15)] = {}


class PaymentStartRequest(RequestModel):
    channel: Code
    client: Literal["web", "mobile", "app", "wechat", "counter"]


class OrderCancelRequest(RequestModel):
    reason: Annotated[str, _text(255)] | None = None


class OrderLine(AnswerModel):
    fee_item: str
    names: Names
    quantity: int
    amount_minor: int
    receipt_kind: str
    description: str | None


class OfferedChannel(AnswerModel):
    channel: str
    names: Names
    available: bool
    unavailable_reason: Names | None


class ChannelList(AnswerModel):
    items: list[OfferedChannel]


class Quote(AnswerModel):
    payee_unit: str
    reference: str
    amount_minor: int
    currency: str
    lines: list[OrderLine]
    channels: list[OfferedChannel]


class Qr(AnswerModel):
    payload: str
    image_url: str


class OrderLinks(AnswerModel):
    self: str
    pay: str
    payments: str
    cancel: str


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


class OrderCreated(_OrderBase):
    channels: list[OfferedChannel]


class Payment(AnswerModel):
    payment_no: Annotated[str, Field(pattern=r"^[1-9][0-9]{19}$")]
    channel: str
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


class CaseSummary(AnswerModel):
    case_id: str
    kind: str


class Order(_OrderBase):
    paid_at: str | None
    unknown_outcome: bool
    needs_review: bool
    payments: list[Payment]
    refunds: list[dict[str, Any]]
    receipts: list[ReceiptSummary]
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


class Tariff(AnswerModel):
    rule: Literal["fixed", "per_unit", "range", "open"]
    amount_minor: int | None = None
    unit_name: str | None = None
    max_quantity: int | None = None
    min_minor: int | None = None
    max_minor: int | None = None

    @model_validator(mode="after")
    def _range_is_ordered(self) -> "Tariff":
        if self.min_minor is not None and self.max_minor is not None:
            assert self.min_minor <= self.max_minor
        return self


class FeeItem(AnswerModel):
    code: str
    payee_unit: str
    names: Names
    receipt_kind: str
    tariff: Tariff
    currency: str
    legal_basis: str
    valid_from: str
    valid_to: str | None
    repeatable: bool
    sample_amount: bool
    scheme: str | None


class FeeItemList(AnswerModel):
    items: list[FeeItem]
    catalogue_version: str
    next_cursor: str | None


class PayeeUnit(AnswerModel):
    code: str
    names: Names
    tax_code: str
    address: str
    phone: str
    valid_from: str
    valid_to: str | None


class PayeeUnitList(AnswerModel):
    items: list[PayeeUnit]
    next_cursor: str | None


class Health(AnswerModel):
    status: Literal["ok"]
    province: str
    catalogue_version: str
    catalogue_age_seconds: int


class ProblemField(AnswerModel):
    field: str
    code: str
    detail: str


class Origin(AnswerModel):
    system: str
    code: str


class Problem(AnswerModel):
    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemField]
    trace_id: str
    retryable: bool
    suggested_action: str | None
    link: str | None = None
    origin: Origin | None = None
