"""Cases as rows, and back. A row of the first release has neither owner nor decisions."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.cases import Case, CaseEvent, CaseKind, CaseState, Decision
from chalicelib.domain.money import Money
from chalicelib.storage import keys
from chalicelib.storage.expressions import Item

# The stream lists a case within seconds; one that is older is swept.
LISTED_WITHIN = timedelta(minutes=2)


def new_case_item(case: Case) -> Item:
    return {**case_to_item(case), **case_due(case.case_id, case.opened_at)}


def case_due(case_id: str, changed_at: datetime) -> Item:
    """Due until the list of open cases says what the row says."""
    return {
        "due_at": to_epoch_ms(changed_at + LISTED_WITHIN),
        "due_shard": keys.due_shard(keys.DuePurpose.EFFECTS, case_id),
    }


def case_to_item(case: Case) -> Item:
    return {
        **keys.case_key(case.case_id),
        "kind": case.kind.value,
        "subject": case.subject,
        "payment_no": case.payment_no,
        "amount_minor": None if case.amount is None else case.amount.amount_minor,
        "currency": None if case.amount is None else case.amount.currency,
        "opened_at": to_epoch_ms(case.opened_at),
        "state": case.state.value,
        "owner": case.owner,
        "decisions": [decision_to_map(each) for each in case.decisions] or None,
    }


def case_from_item(item: Mapping[str, Any]) -> Case:
    amount = item.get("amount_minor")
    return Case(
        kind=CaseKind(item["kind"]),
        subject=item["subject"],
        payment_no=item["payment_no"],
        amount=None if amount is None else Money(amount, item["currency"]),
        opened_at=from_epoch_ms(item["opened_at"]),
        state=CaseState(item["state"]),
        owner=item.get("owner"),
        decisions=tuple(_decision_from_map(each) for each in item.get("decisions", ())),
    )


def decision_to_map(decision: Decision) -> Item:
    refunded_on = decision.refunded_on
    given = {
        "event": decision.event.value,
        "by": decision.by,
        "decided_at": to_epoch_ms(decision.at),
        "reason": decision.reason,
        "assigned_to": decision.assigned_to,
        "reference": decision.reference,
        "refunded_on": None if refunded_on is None else refunded_on.isoformat(),
    }
    return {name: value for name, value in given.items() if value is not None}


def _decision_from_map(value: Mapping[str, Any]) -> Decision:
    refunded_on = value.get("refunded_on")
    return Decision(
        event=CaseEvent(value["event"]),
        by=value["by"],
        at=from_epoch_ms(value["decided_at"]),
        reason=value["reason"],
        assigned_to=value.get("assigned_to"),
        reference=value.get("reference"),
        refunded_on=None if refunded_on is None else date.fromisoformat(refunded_on),
    )
