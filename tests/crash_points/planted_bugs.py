"""Bugs to plant: each takes away one thing that keeps money, receipts or notices safe."""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock
from uuid import uuid4

from chalicelib.checkout import create_order as creating
from chalicelib.checkout.create_order import CreatedOrder
from chalicelib.domain.bills import price_bill
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt, PaymentStatus
from chalicelib.jobs import effects
from chalicelib.notices.messages import Announcement
from chalicelib.storage import bill_items, order_changes
from chalicelib.storage import ledger as ledger_rows
from chalicelib.storage.deliveries import Deliveries
from chalicelib.storage.expressions import Expressions, put_absent_action, put_action
from chalicelib.storage.keys import DuePurpose
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.obligation_changes import release_action
from chalicelib.storage.order_items import transaction_to_item
from chalicelib.storage.receipts import ReceiptBook, receipt_to_item
from chalicelib.storage.run_records import RunRecord
from chalicelib.storage.views import Views


def any_amount() -> Any:
    require_equal = Expressions.require_equal

    def lax(change: Expressions, path: Any, value: Any) -> Any:
        return change if path == "amount_minor" else require_equal(change, path, value)

    return mock.patch.object(Expressions, "require_equal", lax)


def any_status() -> Any:
    return mock.patch.object(Expressions, "require_in", lambda change, *_: change)


def overwritten_transactions() -> Any:
    def put(table: str, item: Any) -> Any:
        return put_action(table, item, Expressions())

    return mock.patch.object(ledger_rows, "put_absent_action", put)


def no_obligation() -> Any:
    require = Expressions.require

    def lax(change: Expressions, condition: str) -> Any:
        is_guard = condition.startswith("attribute_not_exists(pk) OR")
        return require(change, condition + " OR attribute_exists(pk)" * is_guard)

    return mock.patch.object(Expressions, "require", lax)


def obligation_kept() -> Any:
    release = release_action

    def keep(table: str, order: Any) -> Any:
        action = release(table, order)
        values = action["Update"]["ExpressionAttributeValues"]
        kept = {"S": "held"}
        return {
            "Update": {
                **action["Update"],
                "ExpressionAttributeValues": {
                    name: kept if value == {"S": "released"} else value
                    for name, value in values.items()
                },
            }
        }

    return mock.patch.object(ledger_rows, "release_action", keep)


def answered_and_forgotten() -> Any:
    def forget(ledger: Any, transaction: Any, recorded: Any, *_: Any) -> Any:
        return recorded

    return mock.patch("chalicelib.checkout.record_outcome._record_exception", forget)


def money_without_a_case() -> Any:
    def record(ledger: Ledger, transaction: Any, *_: Any) -> None:
        item = transaction_to_item(transaction)
        ledger._dynamo.put_if_absent(ledger._table, item)

    return mock.patch.object(Ledger, "record_exception", record)


def failure_is_left() -> Any:
    stack = ExitStack()
    any_status = mock.Mock(return_value=tuple(PaymentStatus))
    place = "chalicelib.storage.order_changes.payment_sources_of"
    stack.enter_context(mock.patch(place, any_status))
    always = property(lambda attempt: True)
    stack.enter_context(mock.patch.object(Attempt, "is_in_flight", always))
    return stack


def nothing_due_after_payment() -> Any:
    set_due = order_changes.set_due

    def skip(change: Any, purpose: DuePurpose, payment_code: str, due_at: Any) -> None:
        if purpose is not DuePurpose.EFFECTS:
            set_due(change, purpose, payment_code, due_at)

    return mock.patch.object(order_changes, "set_due", skip)


def random_notice_ids() -> Any:
    made_up = property(lambda announcement: f"evt_{uuid4().hex}")
    return mock.patch.object(Announcement, "notice_id", made_up)


def bodies_composed_anew() -> Any:
    def overwrite(deliveries: Deliveries, notice: Any) -> Any:
        deliveries._dynamo.delete(
            deliveries._table, {"pk": f"NOTICE#{notice.notice_id}", "sk": "-"}
        )
        fix(deliveries, notice)
        return notice

    fix = Deliveries.fix_notice
    return mock.patch.object(Deliveries, "fix_notice", overwrite)


def sweeper_off() -> Any:
    return mock.patch("chalicelib.jobs.sweep.sweep_due")


def done_before_it_is_handed_over() -> Any:
    restore = effects.restore_effects

    def hasty(desk: Any, order: Any, now: Any) -> None:
        desk.ledger.finish_closed(order.payment_code)
        restore(desk, order, now)

    return mock.patch("chalicelib.jobs.sweep.restore_effects", hasty)


def counted_apart() -> Any:
    def issue(book: ReceiptBook, receipts: Any) -> Any:
        book._dynamo.transact([book._count_action(receipts)])
        rows = [put_absent_action(book._table, receipt_to_item(r)) for r in receipts]
        book._dynamo.transact([*(book._mark_action(each) for each in receipts), *rows])

    return mock.patch.object(ReceiptBook, "issue", issue)


def numbered_twice() -> Any:
    mark = ReceiptBook._mark_action

    def unconditional(book: ReceiptBook, receipt: Any) -> Any:
        action = mark(book, receipt)
        action["Update"]["ConditionExpression"] += " OR attribute_exists(pk)"
        return action

    return mock.patch.object(ReceiptBook, "_mark_action", unconditional)


def half_a_dong() -> Any:
    def split(transaction: Any) -> Any:
        item = transaction_to_item(transaction)
        return {**item, "amount_minor": item["amount_minor"] + Decimal("0.5")}

    return mock.patch.object(ledger_rows, "transaction_to_item", split)


def no_search_rows() -> Any:
    return mock.patch.object(Views, "index_order")


def day_rows_of_orders_only() -> Any:
    follow = effects.follow_transaction

    def choosy(desk: Any, transaction: Any) -> None:
        if transaction.disposition == "applied":
            follow(desk, transaction)

    return mock.patch("chalicelib.jobs.stream.follow_transaction", choosy)


def replays_composed_anew() -> Any:
    def compose(taken: Any, command: Any) -> CreatedOrder:
        text = taken.answer.replace('"created"', '"pending"')
        return CreatedOrder(text, is_replay=True, payment_code=taken.payment_code)

    return mock.patch.object(creating, "_replay", compose)


def forgotten_breaks() -> Any:
    return mock.patch.object(RunRecord, "changed_breaks", [])


def priced_under_a_payment() -> Any:
    return mock.patch.object(Order, "has_payment_in_flight", False)


def history_forgotten() -> Any:
    keep = bill_items.bill_to_map

    def forget(bill: Any) -> Any:
        return {**keep(bill), "amendments": []}

    return mock.patch("chalicelib.storage.order_items.bill_to_map", forget)


def surcharge_of_another_day() -> Any:
    def later(terms: Any, day: Any) -> Any:
        return price_bill(terms, day + timedelta(days=1))

    return mock.patch("chalicelib.checkout.price_bill_today.price_bill", later)


def amendments_not_listed() -> Any:
    return mock.patch("chalicelib.jobs.stream.FOLLOWED", ("status", "receipts"))
