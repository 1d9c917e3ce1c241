"""What a write changes on an order's row and on what conditions, where several writes share it."""

from datetime import datetime

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.cases import Case, Decision, held_case_id
from chalicelib.domain.orders import OrderEvent, OrderStatus, sources_of
from chalicelib.domain.payments import (
    IN_FLIGHT,
    Attempt,
    PaymentEvent,
    PaymentStatus,
    Transaction,
)
from chalicelib.domain.payments import sources_of as payment_sources_of
from chalicelib.storage import keys
from chalicelib.storage.case_items import case_due, decision_to_map
from chalicelib.storage.expressions import Expressions, Item, update_action
from chalicelib.storage.order_items import DECIDED, attempt_name

OPEN = "open"


def set_due(
    change: Expressions, purpose: keys.DuePurpose, payment_code: str, due_at: datetime
) -> None:
    change.set("due_at", to_epoch_ms(due_at))
    change.set("due_shard", keys.due_shard(purpose, payment_code))


def require_payable(change: Expressions) -> None:
    statuses = tuple(status.value for status in sources_of(OrderEvent.PAYMENT_SUCCEEDED))
    change.require_in("status", statuses)


def settled_change(transaction: Transaction, payment_code: str, due_at: datetime) -> Expressions:
    """The order is paid by `transaction`, if it is payable."""
    change = Expressions()
    change.set("status", OrderStatus.PAID.value)
    change.set("paid_by", transaction.key)
    change.set("paid_at", to_epoch_ms(transaction.paid_at))
    set_due(change, keys.DuePurpose.EFFECTS, payment_code, due_at)
    require_payable(change)
    return change


def paid_change(transaction: Transaction, payment_code: str, due_at: datetime) -> Expressions:
    """The order is paid by `transaction`, if it is payable and of exactly this money."""
    change = settled_change(transaction, payment_code, due_at)
    change.require_equal("amount_minor", transaction.amount.amount_minor)
    return change.require_equal("currency", transaction.amount.currency)


def move_change(attempt: Attempt, event: PaymentEvent, to: PaymentStatus) -> Expressions:
    """`attempt`, with its asks and reason, is now `to`, if the table allows `event` there."""
    name = attempt_name(attempt.attempt_no)
    change = Expressions()
    change.set(("attempts", name, "status"), to.value)
    change.set(("attempts", name, "asks"), attempt.asks)
    if attempt.reason is not None:
        change.set(("attempts", name, "reason"), attempt.reason)
    change.require_equal(("attempts", name, "account"), attempt.account)
    sources = tuple(status.value for status in payment_sources_of(event))
    return change.require_in(("attempts", name, "status"), sources)


def flag_change(
    case: Case, succeeded: Attempt | None = None, *, in_flight: int | None = None
) -> Expressions:
    """While a case stands on its order no further payment is started. `succeeded`: the attempt
    that moved its money. `in_flight`: the number of one that must not have ended."""
    change = Expressions().set(("cases", case.case_id), case.kind.value).require_present("pk")
    if succeeded is not None:
        name = attempt_name(succeeded.attempt_no)
        change.set(("attempts", name, "status"), PaymentStatus.SUCCEEDED.value)
    if in_flight is not None:
        statuses = tuple(sorted(status.value for status in IN_FLIGHT))
        change.require_in(("attempts", attempt_name(in_flight), "status"), statuses)
    return change


def unflag(change: Expressions, case_id: str) -> Expressions:
    """It is decided: it stays on its order, and no longer stands in the way."""
    return change.set(("cases", case_id), DECIDED).require_present(("cases", case_id))


def require_not_held(change: Expressions, payment_no: str) -> Expressions:
    place, decided = change.path("cases", held_case_id(payment_no)), change.value(DECIDED)
    return change.require(f"(attribute_not_exists({place}) OR {place} = {decided})")


def end_held_case(
    table: str, change: Expressions, payment_no: str, decision: Decision | None
) -> list[Item]:
    """With the order's `change` that ends a payment: closes the case that its provider held it,
    where there is one. `decision` None: there is none."""
    if decision is None:
        return []
    case_id = held_case_id(payment_no)
    unflag(change, case_id)
    closing = Expressions().set("state", "closed").set("decisions", [decision_to_map(decision)])
    for name, value in case_due(case_id, decision.at).items():
        closing.set(name, value)
    closing.require_equal("state", OPEN)
    return [update_action(table, keys.case_key(case_id), closing)]
