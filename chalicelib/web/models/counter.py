"""What a clerk's counter sends and gets."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.bodies.models.base import AnswerModel, Code, Names, RequestModel, text
from chalicelib.bodies.models.orders import AmountMinor, Order
from chalicelib.domain.money import MAX_AMOUNT_MINOR
from chalicelib.domain.offline_journal import MAX_BLOCK
from chalicelib.domain.payments import Recorded
from chalicelib.domain.shifts import ShiftState

SumMinor = Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR)]
TypedCode = Annotated[str, text(40)]
Means = Literal["cash", "pos"]


class ShiftOpenRequest(RequestModel):
    """`float_minor`: what is in the drawer before the first sale."""

    counter: Code
    float_minor: SumMinor


class CashRequest(RequestModel):
    """`amount_minor`: exactly what is owed; `received_minor`: what the payer handed over."""

    payment_code: TypedCode
    amount_minor: AmountMinor
    received_minor: AmountMinor


class SlipRequest(RequestModel):
    """A card's slip, as it is printed. `amount_minor`: what the card was charged."""

    payment_code: TypedCode
    amount_minor: AmountMinor
    terminal: Annotated[str, text(20)]
    batch: Annotated[str, text(20)]
    trace: Annotated[str, text(20)]
    reference: Annotated[str, text(40)]
    masked_pan: Annotated[str, text(30)]
    brand: Annotated[str, text(30)]


class HoldRequest(RequestModel):
    """Before a card is charged: nobody else starts to pay the order."""

    payment_code: TypedCode
    amount_minor: AmountMinor


class Piece(RequestModel):
    value_minor: AmountMinor
    pieces: Annotated[int, Field(ge=0, le=100_000)]


class ShiftCloseRequest(RequestModel):
    """The drawer's sum, or its notes and coins. `reason`: why it differs from what it should
    hold."""

    counted_minor: SumMinor | None = None
    pieces: Annotated[list[Piece], Field(max_length=30)] = Field(default_factory=list)
    reason: Annotated[str, text(500)] | None = None


class Taken(AnswerModel):
    means: Means
    sales: int
    amount_minor: int
    first_number: str | None
    last_number: str | None


class ElectronicShare(AnswerModel):
    """`of_payments`, `of_money`: in percent with two decimals; null where nothing was paid."""

    payments: int
    electronic_payments: int
    amount_minor: int
    electronic_minor: int
    of_payments: str | None
    of_money: str | None


class Shift(AnswerModel):
    """`expected_minor`: what the drawer should hold now. The count stands in a closed one."""

    shift: str
    counter: str
    payee_unit: str
    mode: str
    clerk: str
    state: ShiftState
    currency: str
    float_minor: int
    opened_at: str
    sales: int
    unfinished: int
    totals: list[Taken]
    expected_minor: int
    counted_minor: int | None
    difference_minor: int | None
    reason: str | None
    counted_by: str | None
    closed_at: str | None
    electronic: ElectronicShare


class CounterSale(AnswerModel):
    """`recorded`: what the money became. `number`: by which it is known; null where nothing new was
    recorded."""

    shift: str
    number: str
    means: Means
    payment_code: str
    payment_no: str | None
    amount_minor: int
    currency: str
    received_minor: int | None
    change_minor: int
    offline_no: str | None
    taken_at: str
    recorded: Recorded


class Held(AnswerModel):
    payment_no: str
    expires_at: str


class ClerkCounter(AnswerModel):
    """`shift`: the one that is open, null where none is."""

    counter: str
    payee_unit: str
    names: Names
    means: list[Means]
    shift: str | None


class ClerkCounters(AnswerModel):
    clerk: str
    items: list[ClerkCounter]


class CounterOrder(Order):
    """`counter_qr`: what the code on the paper says: a VietQR, or this province's address of it."""

    counter_qr: str


class ReceiptBlockRequest(RequestModel):
    """`size`: how many numbers."""

    counter: Code
    size: Annotated[int, Field(ge=1, le=MAX_BLOCK)]


class ReceiptBlock(AnswerModel):
    """`key`: what the counter signs its lines with; it is shown to whoever repeats the request,
    and kept nowhere."""

    block: str
    counter: str
    payee_unit: str
    currency: str
    series: str
    first: int
    last: int
    key: str
    allocated_at: str


class OfflineJournalRequest(RequestModel):
    """`lines`: as they stand in the journal, in its order, each a text. `shift`: whose drawer holds
    the money."""

    shift: Code
    block: Code
    lines: Annotated[list[Annotated[str, Field(max_length=4_000)]], Field(max_length=100)]


class OfflineLineResult(AnswerModel):
    """`number`: null where the line could not be read. `result`: what its money became, as
    `recorded` of a sale; or why nothing was recorded: line_unreadable, signature_wrong,
    other_block, number_not_in_block, number_used_twice, number_cancelled, slip_known,
    means_not_taken."""

    number: int | None
    result: str
    repeated: bool


class BlockReport(AnswerModel):
    """`unexplained`: neither used nor cancelled. `unlinked`: used, with no chain of lines back to
    the block's beginning: a line in between is missing or was altered. `doubles`: of lines whose
    number another line has, or that was cancelled."""

    block: str
    counter: str
    series: str
    first: int
    last: int
    used: list[int]
    cancelled: list[int]
    unexplained: list[int]
    unlinked: list[int]
    doubles: list[int]
    whole: bool


class OfflineJournalTaken(AnswerModel):
    lines: list[OfflineLineResult]
    report: BlockReport


class BlockCancelRequest(RequestModel):
    reason: Annotated[str, text(500)]
