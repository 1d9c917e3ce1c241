"""Reconciliations, their files, breaks."""

from typing import Literal

from chalicelib.bodies.models.base import AnswerModel, Names


class Amount(AnswerModel):
    amount_minor: int
    currency: str


class Tally(AnswerModel):
    """How many, and their sum in each currency."""

    count: int
    amounts: list[Amount]


class StatementFile(AnswerModel):
    name: str
    sha256: str
    size_bytes: int
    arrived_at: str
    state: Literal["reconciled", "superseded"]


class Reconciliation(AnswerModel):
    """`theirs`: the statement's lines, payments and refunds; `matched`: those that agree with ours;
    `ours`: our payments, and what we gave back where a refund of the statement agrees with it.
    `waiting`: payments of ours that nothing can be said of without a readable statement.
    `unpaid_rows`: rows of the statement that moved no money. `reports`: by form and language, as
    `html_vi` or `csv_zh`, in the province's languages; each link opens for five minutes."""

    channel: str
    account: str
    business_day: str
    status: Literal["matched", "breaks", "not_arrived"]
    ours: Tally
    theirs: Tally
    matched: Tally
    waiting: Tally
    break_count: int
    breaks_by_kind: dict[str, int]
    unpaid_rows: int
    files: list[StatementFile]
    reports: dict[str, str]
    run: str
    revision: int
    run_at: str


class UnplacedFile(AnswerModel):
    """A file among the statements that belongs to no account-day."""

    key: str
    code: str
    size_bytes: int
    arrived_at: str


class ReconciliationList(AnswerModel):
    """`unplaced_files`: the newest 100, on the first page only."""

    items: list[Reconciliation]
    unplaced_files: list[UnplacedFile]
    next_cursor: str | None


class Break(AnswerModel):
    """`ours` and `theirs`: the money of our payment and of the statement's line, null without."""

    break_id: str
    channel: str
    account: str
    business_day: str
    kind: str
    status: Literal["open", "cleared"]
    title: Names
    meaning: Names
    suggested_action: Names
    ours: Amount | None
    theirs: Amount | None
    row_no: int | None
    payment_no: str
    provider_transaction: str
    detail: dict[str, str]
    first_seen_at: str
    cleared_at: str | None
    cleared_by: str | None


class BreakList(AnswerModel):
    items: list[Break]
    next_cursor: str | None
