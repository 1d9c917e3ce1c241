"""RFC 9457 problem details."""

from chalicelib.bodies.models.base import AnswerModel


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
