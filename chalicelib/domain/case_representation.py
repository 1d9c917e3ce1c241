"""How a case looks to operators: in the API and on the command line."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.case_guide import GUIDE, suggested_action
from chalicelib.domain.cases import Case, CaseState, Decision, case_due_at, public_case_id
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Transaction
from chalicelib.domain.province import Province


def describe_case(case: Case, province: Province, now: datetime) -> dict[str, Any]:
    due_at, guidance = case_due_at(case, province), GUIDE[case.kind]
    is_closed = case.state is CaseState.CLOSED
    return {
        "case_id": public_case_id(case.case_id),
        "kind": case.kind.value,
        "state": case.state.value,
        "owner": case.owner,
        "payment_no": case.payment_no,
        "amount_minor": case.amount.amount_minor if case.amount else None,
        "currency": case.amount.currency if case.amount else None,
        "opened_at": to_rfc3339(case.opened_at),
        "due_at": to_rfc3339(due_at),
        "overdue": not is_closed and now > due_at,
        "age_hours": (now - case.opened_at) // timedelta(hours=1),
        "title": dict(guidance.title),
        "meaning": dict(guidance.meaning),
        "suggested_action": dict(suggested_action(case)),
        "decision": case.decisions[-1].event.value if is_closed else None,
        "decisions": [_describe_decision(each) for each in case.decisions],
    }


def _describe_decision(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.event.value,
        "by": decision.by,
        "at": to_rfc3339(decision.at),
        "reason": decision.reason,
        "assigned_to": decision.assigned_to,
        "reference": decision.reference,
        "refunded_on": decision.refunded_on.isoformat() if decision.refunded_on else None,
    }


def describe_money(transaction: Transaction) -> dict[str, Any]:
    return {
        "channel": transaction.channel,
        "account": transaction.account,
        "provider_transaction": transaction.provider_transaction,
        "amount_minor": transaction.amount.amount_minor,
        "currency": transaction.amount.currency,
        "disposition": transaction.disposition.value,
        "payment_no": transaction.payment_no,
        "told_payment_no": transaction.number_at_provider,
        "paid_at": to_rfc3339(transaction.paid_at),
        "recorded_at": to_rfc3339(transaction.recorded_at),
    }


def describe_named_order(order: Order) -> dict[str, Any]:
    """Of the order that the money named, what a decision needs."""
    return {
        "payment_code": order.payment_code,
        "mode": order.mode.value,
        "status": order.status.value,
        "portal": order.portal,
        "payee_unit": order.payee_unit,
        "reference": order.reference,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "created_at": to_rfc3339(order.created_at),
        "expires_at": to_rfc3339(order.expires_at),
        "paid_at": to_rfc3339(order.paid_at) if order.paid_at else None,
        "paid_by": order.paid_by,
    }
