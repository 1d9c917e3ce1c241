"""Cases and the decisions on them. A decision is one conditional write with all that it moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.cases import Case
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt, Transaction
from chalicelib.storage import keys
from chalicelib.storage.case_items import case_due, case_from_item, decision_to_map
from chalicelib.storage.dynamo import MAX_KEYS, Check, Dynamo
from chalicelib.storage.expressions import (
    Expressions,
    Item,
    put_absent_action,
    update_action,
)
from chalicelib.storage.order_changes import paid_change, unflag
from chalicelib.storage.order_items import attempt_name, attempt_to_map, order_from_item
from chalicelib.storage.stored_answers import StoredAnswer


@dataclass(frozen=True, slots=True)
class Assignment:
    """`order` is paid by the money, as `attempt`; `due_at`: by when what follows is made good."""

    order: Order
    attempt: Attempt
    due_at: datetime


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case as it was read, and as it is to be. `money_before` and `money`: its transaction, where
    the decision moves it. `flagged`: the payment code of the order on which the case stands and no
    longer will. `answer` is kept for a repeated request."""

    before: Case
    after: Case
    at: datetime
    money_before: Transaction | None = None
    money: Transaction | None = None
    assignment: Assignment | None = None
    flagged: str | None = None
    answer: StoredAnswer | None = None


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """The rows that refused it, as they are: None where a row did not."""

    case: Case | None
    order: Order | None
    answer: StoredAnswer | None


class Cases:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def read(self, case_id: str) -> Case | None:
        item = self._dynamo.get(self._table, keys.case_key(case_id))
        return case_from_item(item) if item else None

    def read_many(self, case_ids: Iterable[str]) -> dict[str, Case]:
        """By case id, at most a page of them."""
        case_keys = [keys.case_key(case_id) for case_id in dict.fromkeys(case_ids)]
        rows = self._dynamo.get_many(self._table, case_keys[:MAX_KEYS]) if case_keys else []
        cases = map(case_from_item, rows)
        return {case.case_id: case for case in cases}

    def finish(self, case_id: str) -> None:
        """All that follows from it was done: it is no longer due."""
        change = Expressions().remove("due_at", "due_shard").require_present("due_at")
        self._dynamo.update(self._table, keys.case_key(case_id), change)

    def change(self, asked: CaseChange) -> ChangeRefused | None:
        """None when it was done, all of it."""
        actions = {"case": self._case_action(asked)}
        if asked.money is not None and asked.money_before is not None:
            actions["money"] = self._money_action(asked.money_before, asked.money)
        flagged = asked.flagged
        if asked.assignment is not None and asked.money is not None:
            paid = self._pay_change(asked.assignment, asked.money)
            code = asked.assignment.order.payment_code
            if flagged == code:  # a row may be changed once in a transaction
                flagged = None
                unflag(paid, asked.before.case_id)
            actions["order"] = update_action(self._table, keys.order_key(code), paid)
        if flagged is not None:
            change = unflag(Expressions(), asked.before.case_id)
            actions["flag"] = update_action(self._table, keys.order_key(flagged), change)
        if asked.answer is not None:
            actions["answer"] = put_absent_action(self._table, asked.answer.item())
        checks = self._dynamo.transact(list(actions.values()))
        return None if checks is None else _refused(dict(zip(actions, checks, strict=True)))

    def _case_action(self, asked: CaseChange) -> Item:
        before, after = asked.before, asked.after
        change = Expressions().set("state", after.state.value)
        if after.decisions:
            change.set("decisions", [decision_to_map(each) for each in after.decisions])
        if (after.state, after.owner) != (before.state, before.owner):
            for name, value in case_due(after.case_id, asked.at).items():
                change.set(name, value)
        if after.owner is not None:
            change.set("owner", after.owner)
        elif before.owner is not None:
            change.remove("owner")
        change.require_equal("state", before.state.value)
        if before.owner is None:
            change.require_absent("owner")
        else:
            change.require_equal("owner", before.owner)
        return update_action(self._table, keys.case_key(after.case_id), change)

    def _money_action(self, before: Transaction, after: Transaction) -> Item:
        change = Expressions().set("disposition", after.disposition.value)
        change.set("payment_no", after.payment_no)
        if after.told_payment_no is not None:
            change.set("told_payment_no", after.told_payment_no)
        change.require_equal("disposition", before.disposition.value)
        return update_action(self._table, {"pk": after.key, "sk": "-"}, change)

    def _pay_change(self, assignment: Assignment, money: Transaction) -> Expressions:
        change = paid_change(money, assignment.order.payment_code, assignment.due_at)
        change.require_absent("covers")
        attempt = assignment.attempt
        place = ("attempts", attempt_name(attempt.attempt_no))
        return change.set(place, attempt_to_map(attempt)).require_absent(place)


def _refused(checks: dict[str, Check]) -> ChangeRefused:
    images = {name: check.image for name, check in checks.items()}
    case, order, answer = images.get("case"), images.get("order"), images.get("answer")
    return ChangeRefused(
        case=case_from_item(case) if case else None,
        order=order_from_item(order) if order else None,
        answer=StoredAnswer.from_item(answer) if answer else None,
    )
