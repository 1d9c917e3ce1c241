"""Bills as payee units' portals use them: issue one or many, amend, cancel."""

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.bill_bodies import read_changes
from chalicelib.bodies.bill_issuing import Issuing
from chalicelib.bodies.validation import validate
from chalicelib.checkout.amend_bill import AnswerOf, BillAct, amend_bill, cancel_bill
from chalicelib.checkout.cancel_order import close_payments
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal, Scope
from chalicelib.errors import BadRequest
from chalicelib.observability import record_change
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.bill_issuing import as_json, issue_many, issue_one
from chalicelib.web.operations import Operation, json_response, operation, trace_id_of
from chalicelib.web.orders import (
    answer_once,
    calling_portal,
    describe_fully,
    find_answer,
    own_order,
    replayed,
)
from chalicelib.web.request_reading import (
    idempotency_key,
    query_parameters,
    read_json,
)
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
        parameters=("dry_run",),
        errors=(400, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def issue(request: Request) -> Response:
    """201 for one that this request issued, 200 for one issued before, for many and for a dry
    run."""
    portal = calling_portal(request, Scope.BILLS_WRITE)
    is_dry = _read_dry_run(request)
    key_hash = hash_idempotency_key(f"bills|{idempotency_key(request)}")
    body, fingerprint = read_json(request)
    stored = None if is_dry else find_answer(portal, key_hash, fingerprint)
    if stored is not None:
        return json_response(stored.text, stored.status, replayed(True))
    issuing = Issuing(portal, key_hash, is_dry)
    if "bills" in body:
        status, text = issue_many(issuing, body, trace_id_of(request))
    else:
        status, text = issue_one(issuing, body)
    if is_dry:
        return json_response(text, status)
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
    from chalicelib.bodies.models.bills import BillAmendRequest

    asked = validate(BillAmendRequest, body)
    order = own_order(portal, payment_code)
    answer_of = _answer_of(portal, key_hash, fingerprint)

    def change() -> StoredAnswer:
        parts = platform()
        act = BillAct(portal, asked.reason, parts.now())
        answer = amend_bill(parts.desk(), order, read_changes(asked), act, answer_of)
        record_change("bill_amended", payment_code=payment_code)
        return answer

    return answer_once(portal, key_hash, fingerprint, change)


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
    from chalicelib.bodies.models.bills import BillCancelRequest

    asked = validate(BillCancelRequest, body)
    order = own_order(portal, payment_code)
    answer_of = _answer_of(portal, key_hash, fingerprint)

    def withdraw() -> StoredAnswer:
        parts = platform()
        closed = close_payments(parts.desk(), order, parts.now(), parts.new_id)
        act = BillAct(portal, asked.reason, parts.now())
        answer = cancel_bill(parts.ledger, closed, act, answer_of)
        record_change("bill_cancelled", payment_code=payment_code)
        return answer

    return answer_once(portal, key_hash, fingerprint, withdraw)


def _answer_of(portal: Portal, key_hash: bytes, fingerprint: bytes) -> AnswerOf:
    def answer_of(order: Order) -> StoredAnswer:
        text = as_json(describe_fully(portal, order))
        return StoredAnswer(portal.portal_id, key_hash, fingerprint, 200, text)

    return answer_of


def _read_dry_run(request: Request) -> bool:
    text = query_parameters(request, ("dry_run",)).get("dry_run", "false")
    if text not in ("true", "false"):
        raise BadRequest("invalid_parameter", "dry_run is true or false")
    return text == "true"
