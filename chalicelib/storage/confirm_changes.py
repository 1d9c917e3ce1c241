"""What a confirmation changes on the rows that it writes, and what a refusal of it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.baskets import Covered
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import PaymentStatus, Transaction
from chalicelib.storage.dynamo import Check
from chalicelib.storage.expressions import Expressions
from chalicelib.storage.order_changes import paid_change, settled_change
from chalicelib.storage.order_items import attempt_name, order_from_item, transaction_from_item


@dataclass(frozen=True, slots=True)
class ConfirmRefused:
    """`order`: the row as it was, None when there is none; `order_passed`: the order would have
    taken it. `transaction`: the one already recorded under this number."""

    order: Order | None
    order_passed: bool
    transaction: Transaction | None


def confirm_change(
    transaction: Transaction, payment_code: str, attempt_no: int, due_at: datetime
) -> Expressions:
    """The order is paid by `transaction`, as this attempt of its channel account."""
    name = attempt_name(attempt_no)
    change = paid_change(transaction, payment_code, due_at)
    change.set(("attempts", name, "status"), PaymentStatus.SUCCEEDED.value)
    change.remove(("attempts", name, "reason"))
    place = change.path("attempts", name, "status")
    change.require(f"{place} <> {change.value(PaymentStatus.REVERSED.value)}")
    change.require_equal(("attempts", name, "channel"), transaction.channel)
    return change.require_equal(("attempts", name, "account"), transaction.account)


def covered_change(
    covered: Covered, transaction: Transaction, basket: str, due_at: datetime
) -> Expressions:
    """A bill is paid by its part of the basket's money, if it is payable and still what the basket
    was made for. Whether a payment of its own is under way is not asked: what that brings later
    is a second success."""
    change = settled_change(transaction, covered.payment_code, due_at)
    change.set("paid_in", basket)
    change.require_equal("amount_minor", covered.amount_minor)
    change.require_equal("currency", transaction.amount.currency)
    return change.require_equal("bill_version", covered.version)


def read_refusal(checks: Sequence[Check]) -> ConfirmRefused:
    """`checks`: of the order and of the transaction, which come first."""
    order, transaction = checks[:2]
    return ConfirmRefused(
        order=order_from_item(order.image) if order.image else None,
        order_passed=order.passed,
        transaction=transaction_from_item(transaction.image) if transaction.image else None,
    )
