"""Where a portal's notices go, how they got there, and sending one again."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.validation import validate
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.portals import Portal, Scope, WebhookEndpoint
from chalicelib.errors import BadRequest, NotFound
from chalicelib.observability import record_change
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.orders import calling_portal, find_answer
from chalicelib.web.paging import cut_page, read_page, write_cursor
from chalicelib.web.request_reading import (
    idempotency_key,
    query_parameters,
    raw_body,
    read_json,
)
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.domain.notices import Delivery, DeliveryAttempt, DeliveryStatus

webhook_endpoints = Blueprint(__name__)

PAGE_PARAMETERS = ("limit", "cursor")
BASE = "/v1/webhook-endpoints"


@operation(
    webhook_endpoints,
    Operation(
        "POST",
        BASE,
        "Register an endpoint for notices; the answer holds its secret",
        scope=Scope.WEBHOOKS_WRITE,
        request="WebhookEndpointRequest",
        answer="WebhookEndpointCreated",
        status=201,
        errors=(400, 409, 413, 415, 422),
        needs_idempotency_key=True,
    ),
)
def register(request: Request) -> Response:
    from chalicelib.notices.endpoints import RegisterCommand, register_endpoint
    from chalicelib.web.models.webhooks import WebhookEndpointRequest

    portal = calling_portal(request, Scope.WEBHOOKS_WRITE)
    key = idempotency_key(request)
    body, _ = read_json(request)
    asked = validate(WebhookEndpointRequest, body)
    types = None if asked.event_types is None else frozenset(asked.event_types)
    parts = platform()
    command = RegisterCommand(portal, key, asked.url, types, parts.now())
    allowed = frozenset(parts.setup.read_province().outbound_origins)
    endpoint, is_replay = register_endpoint(parts.setup, command, allowed)
    if not is_replay:
        record_change("endpoint_registered", endpoint_id=endpoint.endpoint_id)
    answer = {**_describe_endpoint(endpoint), "secret": endpoint.secrets[0]}
    return json_response(answer, 201, {"Idempotent-Replayed": "true"} if is_replay else {})


@operation(
    webhook_endpoints,
    Operation(
        "GET",
        BASE,
        "The portal's endpoints",
        scope=Scope.WEBHOOKS_WRITE,
        answer="WebhookEndpointList",
        errors=(400,),
        parameters=PAGE_PARAMETERS,
    ),
)
def list_endpoints(request: Request) -> Response:
    portal = calling_portal(request, Scope.WEBHOOKS_WRITE)
    page = read_page(query_parameters(request, PAGE_PARAMETERS))
    found = platform().setup.list_endpoints(portal.portal_id)
    endpoints, next_cursor = cut_page(found, page)
    items = [_describe_endpoint(endpoint) for endpoint in endpoints]
    return json_response({"items": items, "next_cursor": next_cursor})


@operation(
    webhook_endpoints,
    Operation(
        "DELETE",
        BASE + "/{endpoint_id}",
        "Remove an endpoint; what is still on its way to it is given up",
        scope=Scope.WEBHOOKS_WRITE,
        status=204,
        errors=(404,),
    ),
)
def remove(request: Request, endpoint_id: str) -> Response:
    portal = calling_portal(request, Scope.WEBHOOKS_WRITE)
    endpoint = _own_endpoint(portal, endpoint_id)
    platform().setup.remove_endpoint(portal.portal_id, endpoint.endpoint_id)
    record_change("endpoint_removed", endpoint_id=endpoint_id)
    return Response(body="", status_code=204, headers={"Cache-Control": "no-store"})


@operation(
    webhook_endpoints,
    Operation(
        "GET",
        BASE + "/{endpoint_id}/deliveries",
        "What was sent to an endpoint, newest first; an answer may hold fewer than `limit`",
        scope=Scope.WEBHOOKS_WRITE,
        answer="WebhookDeliveryList",
        errors=(400, 404),
        parameters=("status", *PAGE_PARAMETERS),
        consistency=Consistency.EVENTUAL,
    ),
)
def list_deliveries(request: Request, endpoint_id: str) -> Response:
    portal = calling_portal(request, Scope.WEBHOOKS_WRITE)
    parameters = query_parameters(request, ("status", *PAGE_PARAMETERS))
    page = read_page(parameters)
    endpoint = _own_endpoint(portal, endpoint_id)
    found = platform().deliveries.list_deliveries(
        endpoint.endpoint_id, _status(parameters), page.limit, page.after or None
    )
    body = {
        "items": [_describe_delivery(delivery) for delivery in found.deliveries],
        "next_cursor": write_cursor(found.cursor) if found.cursor else None,
    }
    return json_response(body)


@operation(
    webhook_endpoints,
    Operation(
        "POST",
        BASE + "/{endpoint_id}/deliveries/{delivery_id}/replay",
        "Send a notice again, under the same id, by a new series of attempts",
        scope=Scope.WEBHOOKS_WRITE,
        answer="WebhookDelivery",
        status=202,
        errors=(400, 404, 413, 422),
        needs_idempotency_key=True,
    ),
)
def replay(request: Request, endpoint_id: str, delivery_id: str) -> Response:
    from chalicelib.notices.replay import replay_delivery

    portal = calling_portal(request, Scope.WEBHOOKS_WRITE)
    key_hash = hash_idempotency_key(f"replay|{idempotency_key(request)}")
    fingerprint = _fingerprint(endpoint_id, delivery_id, raw_body(request))
    stored = find_answer(portal, key_hash, fingerprint)
    if stored is not None:
        return json_response(stored.text, stored.status, {"Idempotent-Replayed": "true"})
    delivery = _own_delivery(portal, endpoint_id, delivery_id)
    parts = platform()
    replay_delivery(parts.notices_queue, portal.portal_id, delivery, parts.now())
    text = json.dumps(_describe_delivery(delivery), ensure_ascii=False, separators=(",", ":"))
    kept = parts.ledger.keep_answer(
        StoredAnswer(portal.portal_id, key_hash, fingerprint, 202, text)
    )
    record_change("notice_replayed", notice_id=delivery.notice_id, endpoint_id=endpoint_id)
    return json_response(kept.text, kept.status)


def _fingerprint(endpoint_id: str, delivery_id: str, body: bytes) -> bytes:
    return hashlib.sha256(f"{endpoint_id}|{delivery_id}|".encode() + body).digest()


def _own_endpoint(portal: Portal, endpoint_id: str) -> WebhookEndpoint:
    """Raises: NotFound, also for another portal's."""
    for endpoint in platform().setup.list_endpoints(portal.portal_id):
        if endpoint.endpoint_id == endpoint_id:
            return endpoint
    raise NotFound("endpoint_not_found", "no such webhook endpoint")


def _own_delivery(portal: Portal, endpoint_id: str, delivery_id: str) -> "Delivery":
    from chalicelib.storage.deliveries import read_delivery_id

    endpoint = _own_endpoint(portal, endpoint_id)
    identity = read_delivery_id(delivery_id)
    delivery = (
        platform().deliveries.read_delivery(endpoint.endpoint_id, *identity) if identity else None
    )
    if delivery is None:
        raise NotFound("delivery_not_found", "no such delivery to this endpoint")
    return delivery


def _status(parameters: dict[str, str]) -> "DeliveryStatus | None":
    from chalicelib.domain.notices import DeliveryStatus

    if "status" not in parameters:
        return None
    try:
        return DeliveryStatus(parameters["status"])
    except ValueError as error:
        raise BadRequest("invalid_status", "pending, delivered or dead") from error


def _describe_endpoint(endpoint: WebhookEndpoint) -> dict[str, Any]:
    types = endpoint.event_types
    return {
        "id": endpoint.endpoint_id,
        "url": endpoint.url,
        "event_types": None if types is None else sorted(types),
        "created_at": to_rfc3339(endpoint.created_at),
        "disabled_at": to_rfc3339(endpoint.disabled_at) if endpoint.disabled_at else None,
    }


def _describe_delivery(delivery: "Delivery") -> dict[str, Any]:
    from chalicelib.storage.deliveries import write_delivery_id

    next_at = delivery.next_attempt_at
    return {
        "id": write_delivery_id(delivery),
        "notice_id": delivery.notice_id,
        "type": delivery.notice_type.value,
        "occurred_at": to_rfc3339(delivery.occurred_at),
        "status": delivery.status.value,
        "attempt_count": delivery.attempt_count,
        "attempts": [_describe_attempt(attempt) for attempt in delivery.attempts],
        "next_attempt_at": to_rfc3339(next_at) if next_at else None,
    }


def _describe_attempt(attempt: "DeliveryAttempt") -> dict[str, Any]:
    return {
        "attempt_no": attempt.attempt_no,
        "at": to_rfc3339(attempt.at),
        "status_code": attempt.status_code,
        "error": attempt.error,
        "excerpt": attempt.excerpt,
    }
