"""Receipt rows, and the one transaction that numbers them without a gap.

The series' counter, the orders and the receipts are written together or not at all. The counter's
condition is what makes a number unique; the order's is what makes a receipt the only one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.receipts import Receipt
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Check, Dynamo
from chalicelib.storage.expressions import Expressions, Item, put_absent_action, update_action
from chalicelib.storage.line_items import line_from_map, line_to_map

# One counter and two rows for each receipt; a transaction has at most 100 actions.
MAX_RECEIPTS = 49


@dataclass(frozen=True, slots=True)
class IssueRefused:
    """Nothing was written. `next_number`: what the counter says, None when it agreed. `numbered`:
    orders that have their receipt; `unpaid`: orders that are not paid by the receipt's money, and
    of these `reversed` that were; `taken`: numbers that the counter says are free and are not."""

    next_number: int | None
    numbered: frozenset[str]
    unpaid: frozenset[str]
    taken: tuple[int, ...]
    reversed: frozenset[str] = frozenset()


class ReceiptBook:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def next_number(self, series: str) -> int:
        row = self._dynamo.get(self._table, keys.series_key(series))
        return row["next"] if row else 1

    def issue(self, receipts: Sequence[Receipt]) -> IssueRefused | None:
        """All of one series, numbered upwards from what its counter is believed to say, at most
        MAX_RECEIPTS; None when it was done."""
        checks = self._dynamo.transact(
            [
                self._count_action(receipts),
                *(self._mark_action(receipt) for receipt in receipts),
                *(put_absent_action(self._table, receipt_to_item(receipt)) for receipt in receipts),
            ]
        )
        return None if checks is None else _issue_refused(receipts, checks)

    def read(self, series: str, number: int) -> Receipt | None:
        item = self._dynamo.get(self._table, keys.receipt_key(series, number))
        return receipt_from_item(item) if item else None

    def finish(self, order: Order) -> bool:
        """Everything that follows the payment of `order`, as it was read, was handed over: it is no
        longer due. False while one of its receipts is missing, when it is not due, or when that
        payment was reversed since."""
        change = Expressions().remove("due_at", "due_shard")
        change.require_equal("paid_by", order.paid_by).require_present("due_at")
        for kind in order.receipt_kinds:
            change.require_present(("receipts", kind.value))
        return self._dynamo.update(self._table, keys.order_key(order.payment_code), change).passed

    def look_again(self, payment_code: str, due_at: datetime) -> bool:
        """Sweep a paid order again at `due_at`; False when it is no longer due."""
        change = Expressions().set("due_at", to_epoch_ms(due_at))
        change.require_present("paid_by").require_present("due_at")
        return self._dynamo.update(self._table, keys.order_key(payment_code), change).passed

    def _count_action(self, receipts: Sequence[Receipt]) -> Item:
        first, last = receipts[0], receipts[-1]
        change = Expressions().set("next", last.number + 1)
        if first.number == 1:
            change.require_absent("pk")
        else:
            change.require_equal("next", first.number)
        return update_action(self._table, keys.series_key(first.series), change)

    def _mark_action(self, receipt: Receipt) -> Item:
        change = Expressions()
        mark = {
            "series": receipt.series,
            "number": receipt.number,
            "token": receipt.token,
            "issued_at": to_epoch_ms(receipt.issued_at),
        }
        change.set(("receipts", receipt.kind.value), mark)
        change.require_absent(("receipts", receipt.kind.value))
        change.require_equal("paid_by", receipt.paid_by)
        return update_action(self._table, keys.order_key(receipt.payment_code), change)


def _issue_refused(receipts: Sequence[Receipt], checks: Sequence[Check]) -> IssueRefused:
    counter, marks, rows = checks[0], checks[1 : len(receipts) + 1], checks[len(receipts) + 1 :]
    numbered: set[str] = set()
    unpaid: set[str] = set()
    taken_back: set[str] = set()
    for receipt, check in zip(receipts, marks, strict=True):
        if not check.passed:
            image = check.image or {}
            is_numbered = receipt.kind.value in image.get("receipts", {})
            (numbered if is_numbered else unpaid).add(receipt.payment_code)
            if receipt.paid_by in image.get("reversals", ()):
                taken_back.add(receipt.payment_code)
    return IssueRefused(
        next_number=None if counter.passed else (counter.image or {}).get("next", 1),
        numbered=frozenset(numbered),
        unpaid=frozenset(unpaid),
        reversed=frozenset(taken_back & unpaid),
        taken=tuple(
            receipt.number
            for receipt, check in zip(receipts, rows, strict=True)
            if not check.passed
        ),
    )


def receipt_to_item(receipt: Receipt) -> Item:
    return {
        **keys.receipt_key(receipt.series, receipt.number),
        "series": receipt.series,
        "number": receipt.number,
        "token": receipt.token,
        "kind": receipt.kind.value,
        "pattern": receipt.pattern,
        "serial": receipt.serial,
        "payment_code": receipt.payment_code,
        "payee_unit": receipt.payee_unit,
        "amount_minor": receipt.amount.amount_minor,
        "currency": receipt.amount.currency,
        "lines": [line_to_map(line) for line in receipt.lines],
        "paid_by": receipt.paid_by,
        "paid_on": receipt.paid_on.isoformat(),
        "issued_at": to_epoch_ms(receipt.issued_at),
        "payer": receipt.sealed_payer,
        "voided_at": None if receipt.voided_at is None else to_epoch_ms(receipt.voided_at),
        "void_reason": receipt.void_reason,
    }


def receipt_from_item(item: Mapping[str, Any]) -> Receipt:
    return Receipt(
        series=item["series"],
        number=item["number"],
        token=item["token"],
        kind=ReceiptKind(item["kind"]),
        pattern=item["pattern"],
        serial=item["serial"],
        payment_code=item["payment_code"],
        payee_unit=item["payee_unit"],
        amount=Money(item["amount_minor"], item["currency"]),
        lines=tuple(line_from_map(line) for line in item["lines"]),
        paid_by=item["paid_by"],
        paid_on=date.fromisoformat(item["paid_on"]),
        issued_at=from_epoch_ms(item["issued_at"]),
        sealed_payer=item["payer"],
        voided_at=from_epoch_ms(item["voided_at"]) if "voided_at" in item else None,
        void_reason=item.get("void_reason"),
    )
