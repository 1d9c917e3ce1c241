"""What a bill says beside its order."""

from typing import Literal

from chalicelib.bodies.models.base import AnswerModel
from chalicelib.domain.bills import ReductionKind, Rounding


class Rate(AnswerModel):
    """An exact fraction: 0.05 % is 5 of 10,000."""

    parts: int
    per: int


class LateSurcharge(AnswerModel):
    daily_rate: Rate
    cap_rate: Rate | None
    cap_minor: int | None
    rounding: Literal[tuple(rounding.value for rounding in Rounding)]  # type: ignore[valid-type]
    legal_basis: str


class Reduction(AnswerModel):
    fee_item: str
    kind: Literal[tuple(kind.value for kind in ReductionKind)]  # type: ignore[valid-type]
    amount_minor: int
    reason: str
    legal_basis: str


class BillTerms(AnswerModel):
    """`due_date` is a working day; `valid_until` the last day on which the bill can be paid."""

    due_date: str
    valid_until: str
    principal_minor: int
    surcharge: LateSurcharge | None
    reductions: list[Reduction]


class Amendment(AnswerModel):
    at: str
    by: str
    reason: str
    before: BillTerms


class Cancellation(AnswerModel):
    at: str
    by: str
    reason: str


class Bill(BillTerms):
    """`priced_on`: the business day for which the amount was computed."""

    surcharge_minor: int
    priced_on: str
    version: int
    amendments: list[Amendment]
    cancellation: Cancellation | None
