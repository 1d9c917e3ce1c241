"""How an order looks to its portal: in the create answer, in GET, in notices."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.basket_representation import describe_bills
from chalicelib.domain.bill_representation import describe_bill, describe_part
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.cases import Case, CaseEvent, CaseState, public_case_id
from chalicelib.domain.identifiers import build_payment_no
from chalicelib.domain.open_code_representation import describe_open_code
from chalicelib.domain.order_lines import LinePart, OrderLine
from chalicelib.domain.orders import IssuedReceipt, Order, VoidedReceipt
from chalicelib.domain.payments import Attempt
from chalicelib.domain.receipts import format_number


def pay_url(base_url: str, payment_code: str, word: str) -> str:
    return f"{base_url}/pay/{payment_code}/{word}"


def describe_order(order: Order, word: str, base_url: str) -> dict[str, Any]:
    """What never changes after creation, but of a bill until it is paid, and the status."""
    page = pay_url(base_url, order.payment_code, word)
    own = f"{base_url}/v1/orders/{order.payment_code}"
    links = {"self": own, "pay": page, "payments": f"{own}/payments", "cancel": f"{own}/cancel"}
    described = {
        "payment_code": order.payment_code,
        "verification_word": word,
        "status": order.status.value,
        "mode": order.mode.value,
        "payee_unit": order.payee_unit,
        "reference": order.reference,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "lines": [describe_line(line) for line in order.lines],
        "language": order.language,
        "metadata": dict(order.metadata),
        "pay_url": page,
        "qr": {"payload": page, "image_url": f"{page}/qr.svg"},
        "created_at": to_rfc3339(order.created_at),
        "expires_at": to_rfc3339(order.expires_at),
        "links": links,
    }
    if order.covers:
        described["bills"] = describe_bills(order)
    if order.bill is not None:
        acts = f"{base_url}/v1/bills/{order.payment_code}"
        links |= {"amend": f"{acts}/amend", "cancel": f"{acts}/cancel"}
        described["bill"] = describe_bill(order.bill, order.lines)
    if order.parts:
        described["parts"] = [describe_part(each) for each in order.parts]
    if order.open_code is not None:
        acts = f"{base_url}/v1/open-codes/{order.payment_code}"
        links |= {"bind": f"{acts}/bind", "void": f"{acts}/void"}
        described["open_code"] = describe_open_code(order.open_code)
    return described


def describe_progress(
    order: Order, base_url: str, cases: Mapping[str, Case] | None = None
) -> dict[str, Any]:
    """What happened to it since. `cases`: its cases by id where they were read; without them, what
    the order itself knows of them."""
    cases = cases or {}
    return {
        **({"paid_in": order.paid_in} if order.paid_in else {}),
        "paid_at": to_rfc3339(order.paid_at) if order.paid_at else None,
        "unknown_outcome": order.has_unknown_outcome,
        "needs_review": order.needs_review,
        "payments": [describe_attempt(order.payment_code, each) for each in order.attempts],
        "refunds": [refund for case in cases.values() for refund in _describe_refund(case)],
        "receipts": [describe_receipt(receipt, base_url) for receipt in order.receipts],
        **_describe_voided(order, base_url),
        "cases": [
            _describe_case(case_id, is_open=case_id in order.cases, case=cases.get(case_id))
            for case_id in (*order.cases, *order.decided_cases)
        ],
    }


def _describe_voided(order: Order, base_url: str) -> dict[str, Any]:
    """Only where there are some: a receipt that is void is not among the others."""
    voided = [describe_voided_receipt(each, base_url) for each in order.voided_receipts]
    return {"voided_receipts": voided} if voided else {}


def _describe_case(case_id: str, *, is_open: bool, case: Case | None) -> dict[str, Any]:
    state = CaseState.OPEN if is_open else CaseState.CLOSED
    decided = case.decisions[-1].event.value if case and case.decisions else None
    return {
        "case_id": public_case_id(case_id),
        "kind": case_id.partition(":")[0],
        "state": (case.state if case else state).value,
        "decision": decided,
    }


def _describe_refund(case: Case) -> list[dict[str, Any]]:
    """Money that a person decided to give back: none, or the whole of what the case is about."""
    events = [decision.event for decision in case.decisions]
    if CaseEvent.REFUND_DECIDED not in events or case.amount is None:
        return []
    sent = case.decisions[-1] if CaseEvent.REFUNDED in events else None
    refunded_on = sent.refunded_on if sent else None
    return [
        {
            "case_id": public_case_id(case.case_id),
            "status": "refunded" if sent else "due",
            "amount_minor": case.amount.amount_minor,
            "currency": case.amount.currency,
            "refunded_on": refunded_on.isoformat() if refunded_on else None,
            "reference": sent.reference if sent else None,
        }
    ]


def describe_line(line: OrderLine) -> dict[str, Any]:
    """`part` only where it is not the principal."""
    return {
        "fee_item": line.fee_item,
        "names": dict(line.names),
        "quantity": line.quantity,
        "amount_minor": line.amount_minor,
        "receipt_kind": line.receipt_kind.value,
        "description": line.description,
        **({} if line.part is LinePart.PRINCIPAL else {"part": line.part.value}),
    }


def describe_attempt(payment_code: str, attempt: Attempt) -> dict[str, Any]:
    return {
        "payment_no": build_payment_no(payment_code, attempt.attempt_no),
        "channel": attempt.channel,
        "account": attempt.account,
        "status": attempt.status.value,
        "client": attempt.client.value,
        "started_at": to_rfc3339(attempt.started_at),
        "expires_at": to_rfc3339(attempt.expires_at),
        "reason": attempt.reason,
    }


def describe_receipt(receipt: IssuedReceipt, base_url: str) -> Mapping[str, Any]:
    return {
        "kind": receipt.kind.value,
        "series": receipt.series,
        "number": format_number(receipt.number),
        "token": receipt.token,
        "issued_at": to_rfc3339(receipt.issued_at),
        "url": f"{base_url}/r/{receipt.token}",
    }


def describe_voided_receipt(voided: VoidedReceipt, base_url: str) -> Mapping[str, Any]:
    return {
        **describe_receipt(voided.issued, base_url),
        "voided_at": to_rfc3339(voided.voided_at),
    }
