"""Batches of open codes: issue, look, list, take back what is unused."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.order_bodies import read_lines
from chalicelib.bodies.validation import validate
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.issue_open_codes import (
    BatchCommand,
    BatchRequest,
    find_codes,
    issue_batch,
)
from chalicelib.checkout.void_open_codes import VoidAct, void_batch
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.open_code_representation import describe_batch
from chalicelib.domain.open_codes import Batch, BatchState, is_batch_id
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal, Scope
from chalicelib.errors import Conflict, FieldError, InvalidRequest, NotFound
from chalicelib.observability import record_change
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.bill_issuing import as_json
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.orders import calling_portal, find_answer, read_list_request, replayed
from chalicelib.web.paging import PAGE_PARAMETERS, write_cursor
from chalicelib.web.request_reading import idempotency_key, read_json
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.web.models.open_codes import OpenCodeBatchRequest

open_code_batches = Blueprint(__name__)

PATH = "/v1/open-code-batches"


@operation(
    open_code_batches,
    Operation(
        "POST",
        PATH,
        "Issue up to 200 open codes of one kind; a request that died is sent again with its key",
        scope=Scope.OPEN_CODES_WRITE,
        request="OpenCodeBatchRequest",
        answer="OpenCodeBatch",
        status=201,
        errors=(400, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def issue(request: Request) -> Response:
    portal = calling_portal(request, Scope.OPEN_CODES_WRITE)
    key = f"open codes|{idempotency_key(request)}"
    key_hash = hash_idempotency_key(key)
    body, fingerprint = read_json(request)
    stored = find_answer(portal, key_hash, fingerprint)
    if stored is not None:
        return json_response(stored.text, stored.status, replayed(True))
    from chalicelib.web.models.open_codes import OpenCodeBatchRequest

    asked = validate(OpenCodeBatchRequest, body)
    parts = platform()
    signing_key = parts.signing_keys.current(portal.mode, parts.now())
    command = BatchCommand(
        portal, _read_batch(asked), key, fingerprint, signing_key.key_id, parts.now()
    )
    batch = issue_batch(parts.desk(), command)
    told = describe_batch(batch, parts.settings.public_base_url)
    text = as_json(told | {"state": BatchState.ISSUED.value, "void": None})
    answer = StoredAnswer(portal.portal_id, key_hash, fingerprint, 201, text)
    if parts.ledger.open_codes.finish(batch, answer):
        record_change("open_codes_issued", portal=portal.portal_id, batch=batch.batch_id)
        return json_response(text, 201)
    kept = parts.ledger.keep_answer(answer)
    return json_response(kept.text, kept.status, replayed(kept is not answer))


@operation(
    open_code_batches,
    Operation(
        "GET",
        PATH,
        "The portal's batches of open codes, newest first",
        scope=Scope.ORDERS_READ,
        answer="OpenCodeBatchList",
        errors=(400,),
        parameters=PAGE_PARAMETERS,
        consistency=Consistency.EVENTUAL,
    ),
)
def search(request: Request) -> Response:
    portal, _, page = read_list_request(request, ())
    parts = platform()
    ids, cursor = parts.views.open_codes.list_batches(
        portal.portal_id, page.limit, page.after or None
    )
    found = (parts.ledger.open_codes.read_batch(batch_id) for batch_id in ids)
    base_url = parts.settings.public_base_url
    items = [describe_batch(batch, base_url) for batch in found if batch is not None]
    return json_response({"items": items, "next_cursor": write_cursor(cursor) if cursor else None})


@operation(
    open_code_batches,
    Operation(
        "GET",
        f"{PATH}/{{batch}}",
        "Look at a batch of open codes",
        scope=Scope.ORDERS_READ,
        answer="OpenCodeBatch",
        errors=(404,),
    ),
)
def look(request: Request, batch: str) -> Response:
    found = own_batch(calling_portal(request, Scope.ORDERS_READ), batch)
    return json_response(describe_batch(found, platform().settings.public_base_url))


@operation(
    open_code_batches,
    Operation(
        "POST",
        f"{PATH}/{{batch}}/void",
        "Take back what is unused of a batch, with a reason",
        scope=Scope.OPEN_CODES_WRITE,
        request="OpenCodeVoidRequest",
        answer="OpenCodeBatchVoided",
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def void(request: Request, batch: str) -> Response:
    """Sent again with another key it tries those again that were kept."""
    portal = calling_portal(request, Scope.OPEN_CODES_WRITE)
    key_hash = hash_idempotency_key(f"void batch|{batch}|{idempotency_key(request)}")
    body, fingerprint = read_json(request)
    from chalicelib.web.models.open_codes import OpenCodeVoidRequest

    asked = validate(OpenCodeVoidRequest, body)
    found = own_batch(portal, batch)
    stored = find_answer(portal, key_hash, fingerprint)
    if stored is not None:
        return json_response(stored.text, stored.status, replayed(True))
    require_issued(found)
    parts = platform()
    act = VoidAct(portal, asked.reason, parts.now())
    orders = codes_of(portal, found, range(1, found.count + 1))
    kept = void_batch(parts.ledger, found, orders, act)
    told = {
        "batch": found.batch_id,
        "state": BatchState.VOID.value,
        "voided": len(orders) - len(kept),
        "kept": [_describe_kept(each.order, each.why) for each in kept],
    }
    record_change("open_codes_void", batch=batch, voided=told["voided"])
    answer = StoredAnswer(portal.portal_id, key_hash, fingerprint, 200, as_json(told))
    kept_answer = parts.ledger.keep_answer(answer)
    return json_response(kept_answer.text, 200, replayed(kept_answer is not answer))


def own_batch(portal: Portal, batch_id: str) -> Batch:
    """Raises: NotFound when there is none, or it is another portal's: not told apart."""
    parts = platform()
    batch = parts.ledger.open_codes.read_batch(batch_id) if is_batch_id(batch_id) else None
    if batch is None or batch.portal != portal.portal_id:
        raise NotFound("batch_not_found", "no such batch")
    return batch


def require_issued(batch: Batch) -> None:
    """Raises: Conflict (`batch_incomplete`)."""
    if batch.state is BatchState.ISSUING:
        raise Conflict(
            "batch_incomplete",
            "its request has not come to its end",
            suggested_action="Send the request again with its Idempotency-Key.",
        )


def codes_of(portal: Portal, batch: Batch, serials: range) -> list[Order]:
    parts = platform()
    digits = parts.setup.read_province().digits
    return find_codes(parts.ledger, batch, portal, digits, serials)


def _read_batch(asked: "OpenCodeBatchRequest") -> BatchRequest:
    """Raises: InvalidRequest unless there is one end of their validity."""
    if (asked.valid_until is None) == (asked.days is None):
        error = FieldError("/valid_until", "valid_until_or_days", "valid_until, or days")
        raise InvalidRequest("valid_until_or_days", "one or the other is needed", errors=(error,))
    return BatchRequest(
        payee_unit=asked.payee_unit,
        lines=read_lines(asked.lines),
        count=asked.count,
        valid_until=_last_day(asked.valid_until, asked.days or 0),
        purpose=asked.purpose,
        language=asked.language,
        channels=tuple(asked.channels) if asked.channels else None,
    )


def _last_day(valid_until: str | None, days: int) -> date:
    if valid_until is not None:
        return date.fromisoformat(valid_until)
    parts = platform()
    today = business_day_of(parts.now(), parts.setup.read_province().zone)
    return today + timedelta(days=days)


def _describe_kept(order: Order, why: str) -> dict[str, Any]:
    assert order.open_code is not None
    serial = order.open_code.serial
    return {"payment_code": order.payment_code, "serial": serial, "why": why}
