"""Bills as payee units' portals use them: issue one or many, amend, cancel."""

import json
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.checkout.amend_bill import AnswerOf, BillAct, amend_bill, cancel_bill
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.issue_bill import IssueCommand, IssuedBill, issue_bill
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal, Scope
from chalicelib.errors import InvalidRequest, RequestRefused
from chalicelib.observability import record_change
from chalicelib.storage.keys import as_spoken
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.bill_bodies import (
    fingerprint_of,
    read_bill,
    read_changes,
    summarize_issued,
)
from chalicelib.web.operations import Operation, json_response, operation, trace_id_of
from chalicelib.web.orders import (
    calling_portal,
    describe_alone,
    describe_fully,
    find_answer,
    own_order,
    replayed,
)
from chalicelib.web.problem import problem_body
from chalicelib.web.request_reading import idempotency_key, read_json, validate
from chalicelib.wiring import platform

bills = Blueprint(__name__)


@operation(
    bills,
    Operation(
        "POST",
        "/v1/bills",
        "Issue a bill, or up to 100 with a result for each; the same bill sent again issues none",
        scope=Scope.BILLS_WRITE,
        request="BillIssueRequest | BillBatchRequest",
        answer="BillIssued | BillResults",
        status=201,
        also=(200,),
        errors=(400, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def issue(request: Request) -> Response:
    """201 for one that this request issued, 200 for one issued before and for many."""
    portal = calling_portal(request, Scope.BILLS_WRITE)
    key_hash = hash_idempotency_key(f"bills|{idempotency_key(request)}")
    body, fingerprint = read_json(request)
    stored = find_answer(portal, key_hash, fingerprint)
    if stored is not None:
        return json_response(stored.text, stored.status, replayed(True))
    if "bills" in body:
        status, text = 200, _issue_many(portal, body, key_hash, trace_id_of(request))
    else:
        status, text = _issue_one(portal, body, key_hash)
    answer = StoredAnswer(portal.portal_id, key_hash, fingerprint, status, text)
    kept = platform().ledger.keep_answer(answer)
    return json_response(kept.text, kept.status, replayed(kept is not answer))


@operation(
    bills,
    Operation(
        "POST",
        "/v1/bills/{payment_code}/amend",
        "Change an unpaid bill, with a reason; what it was is kept",
        scope=Scope.BILLS_WRITE,
        request="BillAmendRequest",
        answer="Order",
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def amend(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.BILLS_WRITE)
    key_hash = hash_idempotency_key(f"amend|{payment_code}|{idempotency_key(request)}")
    body, fingerprint = read_json(request)
    from chalicelib.web.models.bills import BillAmendRequest

    asked = validate(BillAmendRequest, body)
    order = own_order(portal, payment_code)
    stored = find_answer(portal, key_hash, fingerprint)
    if stored is not None:
        return json_response(stored.text, stored.status, replayed(True))
    parts = platform()
    act = BillAct(portal, asked.reason, parts.now())
    answer_of = _answer_of(portal, key_hash, fingerprint)
    answer = amend_bill(parts.desk(), order, read_changes(asked), act, answer_of)
    record_change("bill_amended", payment_code=payment_code)
    return json_response(answer.text)


@operation(
    bills,
    Operation(
        "POST",
        "/v1/bills/{payment_code}/cancel",
        "Cancel an unpaid bill, with a reason",
        scope=Scope.BILLS_WRITE,
        request="BillCancelRequest",
        answer="Order",
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def cancel(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.BILLS_WRITE)
    key_hash = hash_idempotency_key(f"cancel|{payment_code}|{idempotency_key(request)}")
    body, fingerprint = read_json(request)
    from chalicelib.web.models.bills import BillCancelRequest

    asked = validate(BillCancelRequest, body)
    order = own_order(portal, payment_code)
    stored = find_answer(portal, key_hash, fingerprint)
    if stored is not None:
        return json_response(stored.text, stored.status, replayed(True))
    parts = platform()
    act = BillAct(portal, asked.reason, parts.now())
    answer = cancel_bill(parts.ledger, order, act, _answer_of(portal, key_hash, fingerprint))
    record_change("bill_cancelled", payment_code=payment_code)
    return json_response(answer.text)


def _answer_of(portal: Portal, key_hash: bytes, fingerprint: bytes) -> AnswerOf:
    def answer_of(order: Order) -> StoredAnswer:
        text = _as_json(describe_fully(portal, order))
        return StoredAnswer(portal.portal_id, key_hash, fingerprint, 200, text)

    return answer_of


def _issue_one(portal: Portal, body: dict[str, Any], key_hash: bytes) -> tuple[int, str]:
    issued = _issue(portal, body, key_hash)
    if issued.is_own:
        record_change("bill_issued", portal=portal.portal_id)
        return 201, issued.order.answer
    return 200, _as_json(describe_alone(portal, issued.order))


def _issue_many(portal: Portal, body: dict[str, Any], key_hash: bytes, trace_id: str) -> str:
    """Raises: TryLater when one could not be decided: those before it are issued, and stay so."""
    from chalicelib.web.models.bills import _BillBatch

    seen: set[tuple[str, str]] = set()
    results = []
    for index, asked in enumerate(validate(_BillBatch, body).bills):
        unit, reference = asked.get("payee_unit"), asked.get("reference")
        identity = (str(unit), as_spoken(str(reference)))
        try:
            if identity in seen:
                raise InvalidRequest("reference_repeated", "this reference is there twice")
            result = _describe_result(portal, _issue(portal, asked, key_hash))
            seen.add(identity)
        except RequestRefused as refusal:
            problem = problem_body(refusal, trace_id)
            result = {"result": "refused", "bill": None, "problem": problem}
        named = {"payee_unit": _text_or_none(unit), "reference": _text_or_none(reference)}
        results.append({"index": index, **named, **result})
    record_change("bills_issued", portal=portal.portal_id, count=len(seen))
    return _as_json({"results": results})


def _issue(portal: Portal, body: dict[str, Any], key_hash: bytes) -> IssuedBill:
    from chalicelib.web.models.bills import BillIssueRequest

    asked = validate(BillIssueRequest, body)
    parts = platform()
    command = IssueCommand(portal, read_bill(asked), key_hash, fingerprint_of(asked), parts.now())
    return issue_bill(parts.desk(), command)


def _describe_result(portal: Portal, issued: IssuedBill) -> dict[str, Any]:
    """What this request issued is told as it was issued, also by a repetition that finds it."""
    own = json.loads(issued.order.answer) if issued.is_own else None
    return {
        "result": "issued" if issued.is_own else "already_issued",
        "bill": summarize_issued(own or describe_alone(portal, issued.order)),
        "problem": None,
    }


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
