"""The write that pays a basket: the basket, its money, and each of its bills, together or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.cases import Case, Decision
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Transaction
from chalicelib.storage import keys
from chalicelib.storage.bills import Bills
from chalicelib.storage.case_items import new_case_item
from chalicelib.storage.confirm_changes import (
    ConfirmRefused,
    confirm_change,
    covered_change,
    read_refusal,
)
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Item, put_absent_action, update_action
from chalicelib.storage.order_changes import end_held_case, require_not_held
from chalicelib.storage.order_items import transaction_to_item


@dataclass(frozen=True, slots=True)
class BasketPayment:
    """`attempt_no`: of the basket's attempt that moved the money. `ends_held`: as in
    `Ledger.confirm`."""

    basket: Order
    attempt_no: int
    transaction: Transaction
    due_at: datetime
    ends_held: Decision | None = None


@dataclass(frozen=True, slots=True)
class BasketRefused:
    """Nothing was written. `own`: what the basket's row and its money's say, None where both would
    have taken it. `bills`: payment codes of those that refused."""

    own: ConfirmRefused | None
    bills: frozenset[str]


class Baskets:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table
        self._bills = Bills(dynamo, table)

    def confirm(
        self, payment: BasketPayment, unplaced: Sequence[tuple[str, Case]]
    ) -> BasketRefused | None:
        """None when it was done, all of it. `unplaced`: the bills that do not take their part, each
        with the case for it."""
        left_out = {code for code, _ in unplaced}
        bills = [each for each in payment.basket.covers if each.payment_code not in left_out]
        code = payment.basket.payment_code
        actions = [
            *self._own_actions(payment, [case for _, case in unplaced]),
            *(
                update_action(
                    self._table,
                    keys.order_key(bill.payment_code),
                    covered_change(bill, payment.transaction, code, payment.due_at),
                )
                for bill in bills
            ),
            *(put_absent_action(self._table, new_case_item(case)) for _, case in unplaced),
        ]
        checks = self._dynamo.transact(actions)
        if checks is None:
            return None
        own = len(actions) - len(bills) - len(unplaced)
        is_own = not all(check.passed for check in checks[:own])
        return BasketRefused(
            own=read_refusal(checks) if is_own else None,
            bills=frozenset(
                bill.payment_code
                for bill, check in zip(bills, checks[own:], strict=False)
                if not check.passed
            ),
        )

    def confirm_part(
        self, payment: BasketPayment, bill: Order, lowered: Order
    ) -> BasketRefused | None:
        """The part's order is paid and its bill, as it was read, lowered; as `confirm`."""
        own = self._own_actions(payment, ())
        checks = self._dynamo.transact([*own, self._bills.lower_action(bill, lowered)])
        if checks is None:
            return None
        is_own = not all(check.passed for check in checks[: len(own)])
        refused = frozenset() if checks[-1].passed else frozenset({bill.payment_code})
        return BasketRefused(read_refusal(checks) if is_own else None, refused)

    def _own_actions(self, payment: BasketPayment, cases: Sequence[Case]) -> list[Item]:
        transaction, code = payment.transaction, payment.basket.payment_code
        change = confirm_change(transaction, code, payment.attempt_no, payment.due_at)
        change.require_present("covers")
        for case in cases:
            change.set(("cases", case.case_id), case.kind.value)
        if payment.ends_held is None:
            require_not_held(change, transaction.payment_no)
        closing = end_held_case(self._table, change, transaction.payment_no, payment.ends_held)
        return [
            update_action(self._table, keys.order_key(code), change),
            put_absent_action(self._table, transaction_to_item(transaction)),
            *closing,
        ]
