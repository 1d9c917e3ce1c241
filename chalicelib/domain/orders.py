"""An order: what one payer is asked to pay. Its payment code is its only number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.baskets import Covered, Split, split_basket
from chalicelib.domain.bill_parts import Part
from chalicelib.domain.bills import Bill
from chalicelib.domain.cases import unplaced_case_id
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.open_codes import OpenCode
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.payments import Attempt
from chalicelib.domain.province import Mode


class OrderStatus(StrEnum):
    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class OrderEvent(StrEnum):
    PAYMENT_STARTED = "payment_started"
    PAYMENT_SUCCEEDED = "payment_succeeded"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_EXPIRED = "order_expired"
    PART_REFUNDED = "part_refunded"
    FULLY_REFUNDED = "fully_refunded"
    PAYMENT_REVERSED = "payment_reversed"


# status × event → status. What is not here is refused: a success on a cancelled, expired or paid
# order becomes a surplus transaction with a case, never a transition. `paid` goes back to `pending`
# by one named correction: the bank took its own payment back, so that the order is owed again.
TRANSITIONS: Mapping[tuple[OrderStatus, OrderEvent], OrderStatus] = {
    (OrderStatus.CREATED, OrderEvent.PAYMENT_STARTED): OrderStatus.PENDING,
    (OrderStatus.CREATED, OrderEvent.PAYMENT_SUCCEEDED): OrderStatus.PAID,
    (OrderStatus.CREATED, OrderEvent.ORDER_CANCELLED): OrderStatus.CANCELLED,
    (OrderStatus.CREATED, OrderEvent.ORDER_EXPIRED): OrderStatus.EXPIRED,
    (OrderStatus.PENDING, OrderEvent.PAYMENT_STARTED): OrderStatus.PENDING,
    (OrderStatus.PENDING, OrderEvent.PAYMENT_SUCCEEDED): OrderStatus.PAID,
    (OrderStatus.PENDING, OrderEvent.ORDER_CANCELLED): OrderStatus.CANCELLED,
    (OrderStatus.PENDING, OrderEvent.ORDER_EXPIRED): OrderStatus.EXPIRED,
    (OrderStatus.PAID, OrderEvent.PAYMENT_REVERSED): OrderStatus.PENDING,
    (OrderStatus.PAID, OrderEvent.PART_REFUNDED): OrderStatus.PARTIALLY_REFUNDED,
    (OrderStatus.PAID, OrderEvent.FULLY_REFUNDED): OrderStatus.REFUNDED,
    (OrderStatus.PARTIALLY_REFUNDED, OrderEvent.PART_REFUNDED): OrderStatus.PARTIALLY_REFUNDED,
    (OrderStatus.PARTIALLY_REFUNDED, OrderEvent.FULLY_REFUNDED): OrderStatus.REFUNDED,
}


def sources_of(event: OrderEvent) -> tuple[OrderStatus, ...]:
    """The statuses from which `event` is allowed: what a conditional write demands."""
    return tuple(status for (status, candidate) in TRANSITIONS if candidate is event)


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """`token` is what a stranger verifies with; it cannot be guessed from the number."""

    kind: ReceiptKind
    series: str
    number: int
    token: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class VoidedReceipt:
    """A receipt that keeps its number and proves nothing any more. `turn`: which of the order's
    reversals voided it, counted from 0."""

    issued: IssuedReceipt
    voided_at: datetime
    turn: int


@dataclass(frozen=True, slots=True)
class Order:
    """`sealed_payer`: the payer envelope, encrypted. `paid_by`: key of the transaction that paid
    it. `answer`: the exact text that its creator got, for a byte-identical replay. `cases`: kind
    by case id, for what a person must decide; `decided_cases`: ids of those that were decided.
    `is_guarded`: its obligation row forbids a second
    order for the same reference. `bill` None: it was not issued ahead of payment. `reversals`: keys
    of the transactions that paid it and were taken back, `voided_receipts`: theirs. `open_code`
    None: it was issued for a payer. `covers`: the bills that it pays, of a basket, whose
    `payee_unit` is that of the first; `paid_in`: payment code of the basket whose money paid this
    bill; `parts`: what of it was paid before, by itself."""

    payment_code: str
    portal: str
    mode: Mode
    payee_unit: str
    reference: str
    status: OrderStatus
    amount: Money
    lines: tuple[OrderLine, ...]
    language: str
    return_url: str | None
    channels: tuple[str, ...] | None
    metadata: Mapping[str, str]
    catalogue_version: str
    created_at: datetime
    expires_at: datetime
    is_guarded: bool
    idempotency_key_hash: bytes
    fingerprint: bytes
    answer: str
    sealed_payer: bytes
    attempts: tuple[Attempt, ...] = ()
    receipts: tuple[IssuedReceipt, ...] = ()
    paid_by: str | None = None
    paid_at: datetime | None = None
    due_at: datetime | None = None
    cases: Mapping[str, str] = field(default_factory=dict)
    decided_cases: tuple[str, ...] = ()
    bill: Bill | None = None
    open_code: OpenCode | None = None
    reversals: tuple[str, ...] = ()
    voided_receipts: tuple[VoidedReceipt, ...] = ()
    covers: tuple[Covered, ...] = ()
    parts: tuple[Part, ...] = ()
    paid_in: str | None = None

    def attempt(self, attempt_no: int) -> Attempt | None:
        return next(
            (attempt for attempt in self.attempts if attempt.attempt_no == attempt_no), None
        )

    @property
    def turn(self) -> int:
        """0, and one more with every payment of it that was reversed."""
        return len(self.reversals)

    @property
    def is_payable(self) -> bool:
        return self.status in sources_of(OrderEvent.PAYMENT_SUCCEEDED)

    @property
    def is_unbound(self) -> bool:
        """An open code of which nobody knows yet for which dossier it is."""
        return self.open_code is not None and self.open_code.binding is None

    @property
    def covers_reference(self) -> str:
        """The payee unit's own number: of an open code, that to which it was bound."""
        binding = self.open_code.binding if self.open_code else None
        return binding.reference if binding else self.reference

    @property
    def holds_obligation(self) -> bool:
        return self.is_guarded and not self.is_unbound

    @property
    def has_payment_in_flight(self) -> bool:
        return any(attempt.is_in_flight for attempt in self.attempts)

    @property
    def has_unknown_outcome(self) -> bool:
        return any(attempt.is_unknown for attempt in self.attempts)

    @property
    def needs_review(self) -> bool:
        return bool(self.cases)

    @property
    def receipt_kinds(self) -> tuple[ReceiptKind, ...]:
        """The receipts that it will have once paid: one per kind among its lines; none for a part
        that its bill could not take, since that money paid nothing."""
        if self.pays_part and self.split.unplaced:
            return ()
        return tuple(sorted({line.receipt_kind for line in self.lines}))

    @property
    def pays_part(self) -> bool:
        """Of one bill, which stays open for the rest."""
        return any(each.is_part for each in self.covers)

    @property
    def payee_units(self) -> tuple[str, ...]:
        """To whom its money is due."""
        return tuple(dict.fromkeys(each.payee_unit for each in self.covers)) or (self.payee_unit,)

    @property
    def split(self) -> Split:
        """Of a paid basket: its money, bill by bill."""
        cases = {*self.cases, *self.decided_cases}
        codes = (each.payment_code for each in self.covers)
        refused = {code for code in codes if unplaced_case_id(self.paid_by or "", code) in cases}
        return split_basket(self.covers, refused)
