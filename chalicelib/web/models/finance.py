"""The exchange with a finance department's own system."""

from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.bodies.models.base import AnswerModel, RequestModel
from chalicelib.domain.finance_systems import MessageKind, ResultKind

MAX_MESSAGES = 100


class FinanceMessage(RequestModel):
    """`body`: in the system's own words, as its mapping has them. `signature`: HMAC-SHA256, see the
    guide."""

    sender: str
    message_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
    sequence_no: Annotated[int, Field(ge=1)]
    kind: Literal[tuple(kind.value for kind in MessageKind)]  # type: ignore[valid-type]
    sent_at: str
    body: dict[str, Any]
    signature: str


class FinanceMessagesRequest(RequestModel):
    """Each message has an answer of its own."""

    messages: Annotated[list[FinanceMessage], Field(min_length=1, max_length=MAX_MESSAGES)]


class _FinanceMessages(RequestModel):
    """The messages not looked at yet: one that is wrong refuses none of the others."""

    messages: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_MESSAGES)]


class FinanceFieldError(AnswerModel):
    field: str
    code: str
    detail: str


class FinanceProblem(AnswerModel):
    """`errors`: at most ten, with pointers into the message."""

    code: str
    detail: str
    errors: list[FinanceFieldError]


class FinanceMessageAnswer(AnswerModel):
    """`waiting`: kept, and applied when those before it came; `not_kept`: mend it and send it again
    under the same id and number."""

    message_id: str | None
    sequence_no: int | None
    state: Literal["accepted", "refused", "waiting", "not_kept"]
    waits_for: int | None
    result: dict[str, Any] | None
    problem: FinanceProblem | None


class FinanceMessageAnswers(AnswerModel):
    """`next_sequence_no`: what is awaited."""

    answers: list[FinanceMessageAnswer]
    next_sequence_no: int


class FinanceResult(AnswerModel):
    """`number`: 1, 2, 3 without a gap. `body`: in the system's own words, by the province's
    clock."""

    number: int
    kind: Literal[tuple(kind.value for kind in ResultKind)]  # type: ignore[valid-type]
    business_day: str
    occurred_at: str
    body: dict[str, Any]


class FinanceResults(AnswerModel):
    """`last_number`: the last there is. `read_up_to`: what was acknowledged."""

    items: list[FinanceResult]
    last_number: int
    read_up_to: int


class FinanceReadRequest(RequestModel):
    up_to_number: Annotated[int, Field(ge=1)]


class FinanceRead(AnswerModel):
    read_up_to: int


class FinanceTotal(AnswerModel):
    unit: str
    item: str
    channel: str
    kind: str
    count: int
    amount: str


class FinanceControl(AnswerModel):
    count: int
    amount: str


class FinanceTotals(AnswerModel):
    """Of all results of the day up to a number. `control`: by kind, over whole payments."""

    sender: str
    business_day: str
    currency: str
    up_to_number: int
    totals: list[FinanceTotal]
    control: dict[str, FinanceControl]
