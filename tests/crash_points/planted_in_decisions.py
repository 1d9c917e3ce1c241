"""Bugs to plant in persons' decisions, and in what a provider's word does to what it held."""

from dataclasses import replace
from typing import Any
from unittest import mock

from chalicelib.domain.cases import held_case_id
from chalicelib.storage import ledger as ledger_rows
from chalicelib.storage import order_changes
from chalicelib.storage.cases import Cases
from chalicelib.storage.dynamo import Check, Dynamo
from chalicelib.storage.views import Views


def decided_piecemeal() -> Any:
    """The case first, then its money, then the order."""
    transact = Dynamo.transact

    def one_by_one(dynamo: Dynamo, actions: list[Any]) -> Any:
        first = actions[0].get("Update", {}).get("Key", {}).get("pk", {}).get("S", "")
        if not first.startswith("CASE#"):
            return transact(dynamo, actions)
        checks = [transact(dynamo, [action]) for action in actions]
        return None if not any(checks) else [each[0] if each else Check(True) for each in checks]

    return mock.patch.object(Dynamo, "transact", one_by_one)


def hold_without_an_end() -> Any:
    """The order's payment ends, and the case of its hold stays open."""

    def unflag_only(_: str, change: Any, payment_no: str, decision: Any) -> list[Any]:
        if decision is not None:
            order_changes.unflag(change, held_case_id(payment_no))
        return []

    return mock.patch.object(ledger_rows, "end_held_case", unflag_only)


def closed_cases_stay_listed() -> Any:
    return mock.patch.object(Views, "unlist_case")


def decisions_forget_their_answer() -> Any:
    change = Cases.change

    def forget(cases: Cases, asked: Any) -> Any:
        return change(cases, replace(asked, answer=None))

    return mock.patch.object(Cases, "change", forget)


def told_number_lost() -> Any:
    """Whose the money was is overwritten."""
    money_action = Cases._money_action

    def forget(cases: Cases, before: Any, after: Any) -> Any:
        return money_action(cases, before, replace(after, told_payment_no=None))

    return mock.patch.object(Cases, "_money_action", forget)
