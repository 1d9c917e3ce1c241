"""One payment's story in order: what the rows of a province say of it, and the journal where it is
given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

from chalicelib.domain.cases import DECISIONS, CaseEvent, CaseKind
from chalicelib.domain.identifiers import (
    PAYMENT_CODE_LENGTH,
    PAYMENT_NO_LENGTH,
    build_payment_no,
    normalize_payment_code,
)
from chalicelib.domain.notices import Notice, NoticeType
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Transaction
from chalicelib.domain.receipts import format_number
from chalicelib.notices.messages import Announcement
from chalicelib.storage import keys
from chalicelib.storage.case_items import case_from_item
from chalicelib.storage.deliveries import Deliveries
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.evidence import Evidence
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.receipts import ReceiptBook
from chalicelib.storage.views import Views
from infra.errandless.failures import OperatorError
from infra.errandless.story_words import in_words, messages_of, subjects_of

TRANSACTION_PREFIX = "T#"
ABOUT_RECEIPTS = (NoticeType.RECEIPT_ISSUED, NoticeType.RECEIPT_VOIDED)


@dataclass(frozen=True, slots=True)
class Event:
    """`at` None: nobody kept when."""

    at: datetime | None
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A province's stores. `accounts`: (channel, account) of all channel accounts. `evidence`:
    opens what providers said; without it only what lies in clear."""

    dynamo: Dynamo
    tables: Mapping[str, str]
    accounts: tuple[tuple[str, str], ...]
    evidence: Evidence | None = None

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.dynamo, self.tables["LedgerTable"], self.evidence)

    @property
    def views(self) -> Views:
        return Views(self.dynamo, self.tables["ViewsTable"])

    @property
    def book(self) -> ReceiptBook:
        return ReceiptBook(self.dynamo, self.tables["LedgerTable"])

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.dynamo, self.tables["ViewsTable"])

    def ledger_row(self, pk: str) -> dict[str, Any] | None:
        return self.dynamo.get(self.tables["LedgerTable"], {"pk": pk, "sk": "-"})

    def endpoint_ids(self, portal: str) -> list[str]:
        rows, _ = self.dynamo.query(
            TableName=self.tables["SetupTable"],
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": {"S": f"PORTAL#{portal}"},
                ":prefix": {"S": keys.ENDPOINT_PREFIX},
            },
        )
        return [row["sk"].removeprefix(keys.ENDPOINT_PREFIX) for row in rows]


@dataclass
class Story:
    """`payment_code` None: money that belongs to no order."""

    payment_code: str | None
    events: list[Event] = field(default_factory=list)

    def add(self, at: datetime | None, what: str, detail: str = "") -> None:
        self.events.append(Event(at, what, detail))

    def in_order(self) -> list[Event]:
        """By the second, as some rows know no more; within one as it is told: the order, its
        payments, their money. What nobody kept the time of stands last."""
        timed = ((each.at.replace(microsecond=0), each) for each in self.events if each.at)
        in_time = [each for _, each in sorted(timed, key=lambda pair: pair[0])]
        return in_time + [each for each in self.events if each.at is None]


def tell(rows: Rows, number: str, *, with_words: bool = False) -> Story:
    """`number`: payment code, payment number, receipt number (series/number), receipt token,
    provider's transaction, or channel#account for what was said there of no payment. `with_words`:
    also what providers said, as it came. Raises: OperatorError when nothing here has this
    number."""
    number = number.strip()
    payment_code, transaction = find(rows, number)
    order = rows.ledger.read_order(payment_code) if payment_code else None
    story = Story(payment_code if order else None)
    if order is not None:
        _tell_order(story, order)
    for pk in sorted(_transaction_keys(order, transaction)):
        _tell_transaction(rows, story, pk, with_words=with_words)
    alone = dict.fromkeys((normalize_payment_code(number), number))
    for subject in subjects_of(order) if order else alone:
        for said in messages_of(rows.ledger, subject, with_words=with_words):
            story.add(*said)
    if order is not None:
        for case_id in (*order.cases, *order.decided_cases):
            kind = CaseKind(case_id.partition(":")[0])
            if CaseEvent.DISMISSED in DECISIONS[kind] or kind is CaseKind.BILL_NOT_PAID:
                _tell_case(rows, story, case_id)  # the others stand beside their money
        _tell_receipts(rows, story, order)
        _tell_notices(rows, story, order)
    if order is None and not story.events:
        raise OperatorError(f"Nothing in this province has the number {number}.")
    return story


def find(rows: Rows, number: str) -> tuple[str | None, str | None]:
    """(payment code, transaction's key); both None when it is unknown."""
    digits = normalize_payment_code(number)
    if digits.isdigit() and len(digits) in (PAYMENT_CODE_LENGTH, PAYMENT_NO_LENGTH):
        code = digits[:PAYMENT_CODE_LENGTH]
        if rows.ledger_row(keys.order_key(code)["pk"]):
            return code, None
    series, _, last = number.rpartition("/")
    if series and last.isdigit():
        receipt = rows.book.read(series, int(last))
        return (receipt.payment_code if receipt else None), None
    place = rows.views.read_token(number)
    if place is not None:
        receipt = rows.book.read(*place)
        return (receipt.payment_code if receipt else None), None
    return _find_transaction(rows, number)


def _find_transaction(rows: Rows, number: str) -> tuple[str | None, str | None]:
    for channel, account in rows.accounts:
        pk = keys.transaction_key(channel, account, number)["pk"]
        row = rows.ledger_row(pk)
        if row is not None:
            return row["payment_no"][:PAYMENT_CODE_LENGTH], pk
    return None, None


def _tell_order(story: Story, order: Order) -> None:
    amount = f"{order.amount.amount_minor} {order.amount.currency} (minor units)"
    story.add(
        order.created_at,
        "order created",
        f"{amount}, {order.mode} mode, portal {order.portal}, unit {order.payee_unit},"
        f" reference {order.reference}",
    )
    _tell_bill(story, order)
    for attempt in order.attempts:
        payment_no = build_payment_no(order.payment_code, attempt.attempt_no)
        said = f"{payment_no} by {attempt.channel} {attempt.account}"
        story.add(attempt.started_at, "payment started", said)
        reason = f", {attempt.reason}" if attempt.reason else ""
        asked = f", asked {attempt.asks} times" if attempt.asks else ""
        story.add(None, f"payment is {attempt.status}", f"{payment_no}{reason}{asked}")
    _tell_bills(story, order)
    story.add(None, f"order is {order.status}", order.paid_by or "")
    if order.due_at is not None:
        story.add(None, "order is due again", order.due_at.isoformat())


def _tell_bills(story: Story, order: Order) -> None:
    """Of a basket, what became of each; of a bill, the basket that paid it."""
    unplaced = {each.payment_code for each in order.split.unplaced}
    for each in order.covers:
        what = "bill of the basket" if order.paid_by is None else "bill paid"
        what = "bill not paid" if each.payment_code in unplaced else what
        what = f"part of a {what}" if each.is_part else what
        story.add(None, what, f"{each.payment_code}, {each.amount_minor}, unit {each.payee_unit}")
    for part in order.parts:
        story.add(part.paid_at, "part paid", f"{part.amount_minor}, by {part.payment_code}")
    if order.paid_in is not None:
        story.add(order.paid_at, "paid in a basket", order.paid_in)


def _tell_bill(story: Story, order: Order) -> None:
    if order.bill is None:
        return
    for each in order.bill.amendments:
        was = f"{each.before.principal_minor} due {each.before.due_on}"
        story.add(each.at, "bill amended", f"by {each.by}: {each.reason}; it was {was}")
    ended = order.bill.cancellation
    if ended is not None:
        story.add(ended.at, "bill cancelled", f"by {ended.by}: {ended.reason}")


def _tell_receipts(rows: Rows, story: Story, order: Order) -> None:
    for mark in order.receipts:
        receipt = rows.book.read(mark.series, mark.number)
        number = f"{mark.series}/{format_number(mark.number)}"
        amount = f", {receipt.amount.amount_minor} {receipt.amount.currency}" if receipt else ""
        story.add(mark.issued_at, "receipt issued", f"{number}{amount}, {mark.kind}")
    for void in order.voided_receipts:
        number = f"{void.issued.series}/{format_number(void.issued.number)}"
        story.add(void.issued.issued_at, "receipt issued", f"{number}, {void.issued.kind}")
        story.add(void.voided_at, "receipt voided", f"{number}, {void.issued.kind}")


def _transaction_keys(order: Order | None, found: str | None) -> set[str]:
    keys_told = {found} if found else set()
    if order is not None:
        keys_told |= {*order.reversals, *([order.paid_by] if order.paid_by else [])}
        cases = (*order.cases, *order.decided_cases)
        subjects = (case_id.partition(":")[2] for case_id in cases)
        keys_told |= {each for each in subjects if each.startswith(TRANSACTION_PREFIX)}
    return {each for each in keys_told if each}


def _tell_transaction(rows: Rows, story: Story, pk: str, *, with_words: bool) -> None:
    transaction = rows.ledger.read_transaction(pk)
    if transaction is not None:
        money = f"{transaction.amount.amount_minor} {transaction.amount.currency}"
        said = f"{pk}, {money}, for {transaction.payment_no}"
        story.add(transaction.paid_at, "provider took the money", said)
        recorded = f"money recorded: {transaction.disposition}"
        words = "\n" + in_words(rows.ledger, transaction.raw, pk) if with_words else ""
        story.add(transaction.recorded_at, recorded, pk + words)
        _tell_reversal(story, transaction)
    for kind in ("suspense", "wrong_amount", "double_payment", "late_success"):
        _tell_case(rows, story, f"{kind}:{pk}")


def _tell_reversal(story: Story, transaction: Transaction) -> None:
    reversal = transaction.reversal
    if reversal is not None:
        said = f"{transaction.key}, under {reversal.reversal_no}: {reversal.reason}"
        story.add(reversal.at, "provider took the payment back", said)


def _tell_case(rows: Rows, story: Story, case_id: str) -> None:
    row = rows.ledger_row(keys.case_key(case_id)["pk"])
    if row is None:
        return
    case = case_from_item(row)
    owner = f", taken by {case.owner}" if case.owner else ""
    story.add(case.opened_at, f"case opened: {case.kind}", f"now {case.state}{owner}")
    for decision in case.decisions:
        how = (decision.assigned_to, decision.reference, decision.reason)
        said = ", ".join((f"by {decision.by}", *(part for part in how if part)))
        story.add(decision.at, f"case decided: {decision.event}", said)


def _tell_notices(rows: Rows, story: Story, order: Order) -> None:
    endpoint_ids = rows.endpoint_ids(order.portal)
    for notice in _notices_of(rows, order):
        story.add(notice.occurred_at, f"notice {notice.notice_type}", notice.notice_id)
        for endpoint_id in endpoint_ids:
            delivery = rows.deliveries.read_delivery(
                endpoint_id, notice.occurred_at, notice.notice_id
            )
            for attempt in delivery.attempts if delivery else ():
                answer = attempt.status_code or attempt.error
                said = f"{notice.notice_type} to {endpoint_id}: {answer}"
                story.add(attempt.at, f"notice's delivery {attempt.attempt_no}", said)


def _notices_of(rows: Rows, order: Order) -> Iterator[Notice]:
    kinds = {mark.kind for mark in order.receipts}
    kinds |= {void.issued.kind for void in order.voided_receipts}
    for turn, notice_type in product(range(order.turn + 1), NoticeType):
        for kind in sorted(kinds) if notice_type in ABOUT_RECEIPTS else (None,):
            told = Announcement(notice_type, order.payment_code, order.created_at, kind, turn)
            notice = rows.deliveries.read_notice(told.notice_id)
            if notice is not None:
                yield notice
