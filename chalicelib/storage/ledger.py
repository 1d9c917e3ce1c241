"""The rows that decide money, and the only writes that change them.

Each method is one call. What a refusal means is told from the images that come back, never from a
second read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.bills import Bill
from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.cases import Case, Decision
from chalicelib.domain.identifiers import build_payment_no, split_payment_no
from chalicelib.domain.open_codes import OpenCode
from chalicelib.domain.orders import TRANSITIONS, Order, OrderEvent, OrderStatus, sources_of
from chalicelib.domain.payments import Attempt, PaymentEvent, PaymentStatus, Transaction
from chalicelib.errors import TryLater
from chalicelib.storage import keys
from chalicelib.storage.baskets import Baskets
from chalicelib.storage.bills import Bills, require_as_read, set_bill
from chalicelib.storage.case_items import new_case_item
from chalicelib.storage.confirm_changes import ConfirmRefused, confirm_change, read_refusal
from chalicelib.storage.dynamo import MAX_KEYS, Dynamo
from chalicelib.storage.evidence import Evidence
from chalicelib.storage.expressions import (
    Expressions,
    put_absent_action,
    update_action,
)
from chalicelib.storage.messages import Messages
from chalicelib.storage.obligation_changes import hold_action, release_action
from chalicelib.storage.open_codes import OpenCodes, set_void
from chalicelib.storage.order_changes import (
    end_held_case,
    flag_change,
    move_change,
    require_not_held,
    require_payable,
    set_due,
)
from chalicelib.storage.order_items import (
    attempt_name,
    attempt_to_map,
    order_from_item,
    order_to_item,
    transaction_from_item,
    transaction_to_item,
)
from chalicelib.storage.stored_answers import StoredAnswer


@dataclass(frozen=True, slots=True)
class CreateRefused:
    """`taken_by`: the order that has this payment code already. `held_by`: the payment code that
    covers the obligation. Both None: the rows changed in between, so look again."""

    taken_by: Order | None
    held_by: str | None


class Ledger:
    def __init__(self, dynamo: Dynamo, table: str, evidence: Evidence | None = None) -> None:
        self._dynamo = dynamo
        self._table = table
        self.evidence = evidence or Evidence()
        self.messages = Messages(dynamo, table, self.evidence)
        self.bills = Bills(dynamo, table)
        self.open_codes = OpenCodes(dynamo, table)
        self.baskets = Baskets(dynamo, table)

    def read_order(self, payment_code: str) -> Order | None:
        item = self._dynamo.get(self._table, keys.order_key(payment_code))
        return order_from_item(item) if item else None

    def read_orders(self, payment_codes: Iterable[str]) -> dict[str, Order]:
        """By payment code; what there is no order for is left out."""
        order_keys = [keys.order_key(code) for code in dict.fromkeys(payment_codes)]
        rows = [
            row
            for start in range(0, len(order_keys), MAX_KEYS)
            for row in self._dynamo.get_many(self._table, order_keys[start : start + MAX_KEYS])
        ]
        orders = (order_from_item(row) for row in rows)
        return {order.payment_code: order for order in orders}

    def read_transaction(self, pk: str) -> Transaction | None:
        item = self._dynamo.get(self._table, {"pk": pk, "sk": "-"})
        return transaction_from_item(item) if item else None

    def create_order(self, order: Order) -> CreateRefused | None:
        actions = [put_absent_action(self._table, order_to_item(order))]
        if order.is_guarded:
            actions.append(hold_action(self._table, order))
        checks = self._dynamo.transact(actions)
        if checks is None:
            return None
        taken = checks[0].image
        held_row = checks[1].image if len(checks) > 1 else None
        return CreateRefused(
            taken_by=order_from_item(taken) if taken else None,
            held_by=held_row["payment_code"] if held_row else None,
        )

    def read_holder(self, order: Order) -> str | None:
        """The payment code that covers the obligation of `order` now."""
        key = keys.obligation_key(order.mode, order.payee_unit, order.covers_reference)
        held = self._dynamo.get(self._table, key)
        return held["payment_code"] if held and held["state"] == "held" else None

    def add_attempt(self, order: Order, attempt: Attempt, due_at: datetime) -> Order | None:
        """The order with the attempt; None when it is not payable, its amount is no longer the one
        that was read, or the attempt's number is taken."""
        payment_code = order.payment_code
        change = Expressions()
        change.set("status", OrderStatus.PENDING.value)
        change.set(("attempts", attempt_name(attempt.attempt_no)), attempt_to_map(attempt))
        set_due(change, keys.DuePurpose.ASK, payment_code, due_at)
        change.require_in("status", _values(sources_of(OrderEvent.PAYMENT_STARTED)))
        change.require_absent(("attempts", attempt_name(attempt.attempt_no)))
        change.require_equal("amount_minor", order.amount.amount_minor)
        return self._update_order(payment_code, change)

    def move_attempt(
        self,
        payment_code: str,
        attempt: Attempt,
        event: PaymentEvent,
        to: PaymentStatus,
        *,
        due_at: datetime | None = None,
        ends_held: Decision | None = None,
    ) -> bool:
        """Sets `attempt`'s asks and reason and its new status; False when the table forbids `event`
        there. `due_at` None leaves the order's as it is; it is never moved on an order that is not
        payable. `ends_held`: as in `confirm`."""
        change = move_change(attempt, event, to)
        if due_at is not None:
            set_due(change, keys.DuePurpose.ASK, payment_code, due_at)
            require_payable(change)
        if ends_held is None:
            return self._update_order(payment_code, change) is not None
        payment_no = build_payment_no(payment_code, attempt.attempt_no)
        closing = end_held_case(self._table, change, payment_no, ends_held)
        action = update_action(self._table, keys.order_key(payment_code), change)
        return self._dynamo.transact([action, *closing]) is None

    def postpone(self, payment_code: str, due_at: datetime) -> Order | None:
        """Look at a payable order again at `due_at`; None when it is no longer payable."""
        change = Expressions()
        set_due(change, keys.DuePurpose.ASK, payment_code, due_at)
        require_payable(change)
        return self._update_order(payment_code, change)

    def confirm(
        self,
        transaction: Transaction,
        payment_code: str,
        attempt_no: int,
        *,
        due_at: datetime,
        ends_held: Decision | None = None,
    ) -> ConfirmRefused | None:
        """Mark the order paid by `transaction`; None when it was done. An order that pays bills
        refuses it: they are paid with it, by `baskets`. `ends_held`: closes the case that the
        provider held this payment; refused when that is not as the order has it."""
        change = confirm_change(transaction, payment_code, attempt_no, due_at)
        change.require_absent("covers")
        if ends_held is None:
            require_not_held(change, transaction.payment_no)
        closing = end_held_case(self._table, change, transaction.payment_no, ends_held)
        checks = self._dynamo.transact(
            [
                update_action(self._table, keys.order_key(payment_code), change),
                put_absent_action(self._table, transaction_to_item(transaction)),
                *closing,
            ]
        )
        return None if checks is None else read_refusal(checks)

    def record_exception(
        self,
        transaction: Transaction,
        case: Case,
        attempt: Attempt | None,
        ends_held: Decision | None = None,
    ) -> Transaction | None:
        """Keep money that the order could not take, with its case. `attempt`: the one of ours that
        moved it, None when there is none. `ends_held`: as in `confirm`.

        Returns None when it was written, else the transaction recorded before under this number.
        Raises: TryLater when nothing was written, and it was not recorded before either."""
        actions = [
            put_absent_action(self._table, transaction_to_item(transaction)),
            put_absent_action(self._table, new_case_item(case)),
        ]
        parts = split_payment_no(transaction.payment_no)
        if attempt is not None and parts is not None:
            change = flag_change(case, attempt)
            closing = end_held_case(self._table, change, transaction.payment_no, ends_held)
            order_key = keys.order_key(parts[0])
            actions += [update_action(self._table, order_key, change), *closing]
        checks = self._dynamo.transact(actions)
        if checks is None:
            return None
        if checks[0].image is None:
            raise TryLater("busy", "the case changed at the same moment; send it again")
        return transaction_from_item(checks[0].image)

    def open_case(
        self, case: Case, payment_code: str | None, *, in_flight: int | None = None
    ) -> bool:
        """False when the case was open already. `in_flight`: an attempt's number; False also when
        it has ended."""
        actions = [put_absent_action(self._table, new_case_item(case))]
        if payment_code is not None:
            change = flag_change(case, in_flight=in_flight)
            actions.append(update_action(self._table, keys.order_key(payment_code), change))
        return self._dynamo.transact(actions) is None

    def close_unpaid(
        self,
        order: Order,
        event: OrderEvent,
        due_at: datetime,
        answer: StoredAnswer | None = None,
        *,
        cancelled: Bill | OpenCode | None = None,
    ) -> bool:
        """Cancel or expire an order as it was read: refused (False) when anything about its
        attempts, or about the bill, changed or it is no longer open. Releases the obligation; keeps
        `answer` for a repeated request. `cancelled`: the bill with its cancellation, the open code
        with why it is void."""
        change = Expressions()
        change.set("status", TRANSITIONS[order.status, event].value)
        set_due(change, keys.DuePurpose.EFFECTS, order.payment_code, due_at)
        change.require_in("status", _values(sources_of(event)))
        require_as_read(change, order)
        if isinstance(cancelled, Bill):
            set_bill(change, replace(order, bill=cancelled))
        elif cancelled is not None:
            set_void(change, cancelled)
        actions = [update_action(self._table, keys.order_key(order.payment_code), change)]
        if order.holds_obligation:
            actions.append(release_action(self._table, order))
        if answer is not None:
            actions.append(put_absent_action(self._table, answer.item()))
        return self._dynamo.transact(actions) is None

    def finish_closed(self, payment_code: str) -> None:
        """Everything that follows an unpaid order's end was handed over: it is no longer due."""
        change = Expressions().remove("due_at", "due_shard")
        change.require_in("status", (OrderStatus.CANCELLED.value, OrderStatus.EXPIRED.value))
        self._update_order(payment_code, change)

    def keep_answer(self, answer: StoredAnswer) -> StoredAnswer:
        """The answer that stands under this key: this one, or the one that was there first."""
        before = self._dynamo.put_if_absent(self._table, answer.item())
        return answer if before is None else StoredAnswer.from_item(before)

    def read_answer(self, portal: str, key_hash: bytes) -> StoredAnswer | None:
        item = self._dynamo.get(self._table, keys.stored_answer_key(portal, key_hash))
        return StoredAnswer.from_item(item) if item else None

    def list_due(self, shard: str, now: datetime, limit: int) -> list[str]:
        """Payment codes and keys of cases (`CASE#…`) whose time has come, oldest first. From an
        index: read each before deciding."""
        rows, _ = self._dynamo.query(
            TableName=self._table,
            IndexName=keys.DUE_INDEX,
            KeyConditionExpression="due_shard = :shard AND due_at <= :now",
            ExpressionAttributeValues={
                ":shard": {"S": shard},
                ":now": {"N": str(to_epoch_ms(now))},
            },
            Limit=limit,
        )
        return [row["pk"].removeprefix("O#") for row in rows]

    def _update_order(self, payment_code: str, change: Expressions) -> Order | None:
        check = self._dynamo.update(self._table, keys.order_key(payment_code), change)
        return order_from_item(check.image) if check.passed and check.image else None


def _values(statuses: tuple[OrderStatus, ...]) -> tuple[str, ...]:
    return tuple(status.value for status in statuses)
