"""Open codes: issued by the batch, checked, bound, taken back."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.bodies.models.base import AnswerModel, Code, RequestModel, text
from chalicelib.bodies.models.bills import Day, Reason
from chalicelib.bodies.models.open_code_facts import OpenCode, OpenCodeAct
from chalicelib.bodies.models.orders import OrderLine, OrderLineRequest, PayerRequest, Reference
from chalicelib.domain.open_codes import MAX_CODES, BatchState


class OpenCodeBatchRequest(RequestModel):
    """`valid_until`, or `days` from today: the last day on which they can be paid. `purpose`: where
    and why they are kept, as the sheets say it."""

    payee_unit: Code
    lines: Annotated[list[OrderLineRequest], Field(min_length=1, max_length=5)]
    count: Annotated[int, Field(ge=1, le=MAX_CODES)]
    valid_until: Day | None = None
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    purpose: Annotated[str, text(200)]
    language: Annotated[str, text(8)] | None = None
    channels: Annotated[list[Code], Field(min_length=1, max_length=20)] | None = None


class OpenCodeBindRequest(RequestModel):
    """`reference`: the payee unit's own number for what the code pays."""

    reference: Reference
    payer: PayerRequest


class OpenCodeVoidRequest(RequestModel):
    reason: Reason


class BatchLinks(AnswerModel):
    self: str
    codes: str
    sheet: str
    csv: str
    void: str


class OpenCodeBatch(AnswerModel):
    """`issuing`: its request died; sent again with its key, it goes on. `key_id`: of the key that
    signs its codes."""

    batch: str
    state: Literal[tuple(state.value for state in BatchState)]  # type: ignore[valid-type]
    mode: Literal["test", "live"]
    payee_unit: str
    lines: list[OrderLine]
    amount_minor: int
    currency: str
    count: int
    valid_until: str
    expires_at: str
    purpose: str
    language: str
    issued_by: str
    key_id: str
    created_at: str
    void: OpenCodeAct | None
    links: BatchLinks


class OpenCodeBatchList(AnswerModel):
    items: list[OpenCodeBatch]
    next_cursor: str | None


class IssuedOpenCode(AnswerModel):
    """`signed_text`: what the slip's second square holds; anybody can check it with the published
    keys and without a network."""

    payment_code: str
    verification_word: str
    serial: int
    status: str
    amount_minor: int
    currency: str
    open_code: OpenCode
    signed_text: str
    pay_url: str


class IssuedOpenCodeList(AnswerModel):
    items: list[IssuedOpenCode]
    next_cursor: str | None


class KeptOpenCode(AnswerModel):
    """`why`: the code that an attempt to void it alone is refused with."""

    payment_code: str
    serial: int
    why: str


class OpenCodeBatchVoided(AnswerModel):
    """`voided`: how many codes of it cannot be paid now, those that expired included."""

    batch: str
    state: Literal["void"]
    voided: int
    kept: list[KeptOpenCode]


class PaidOpenCode(AnswerModel):
    payment_code: str
    batch: str
    serial: int
    payee_unit: str
    amount_minor: int
    currency: str
    paid_at: str
    reference: str | None


class PaidOpenCodeList(AnswerModel):
    items: list[PaidOpenCode]
    next_cursor: str | None


class OpenCodeKey(AnswerModel):
    """`public_key`: 32 bytes as base64."""

    key_id: str
    mode: Literal["test", "live"]
    algorithm: Literal["Ed25519"]
    public_key: str
    created_at: str


class OpenCodeKeyList(AnswerModel):
    """Newest first; the first one signs. `province`: the first two digits of its codes."""

    province: str
    items: list[OpenCodeKey]
