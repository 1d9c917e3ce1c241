"""A portal's webhook endpoints: registered once per idempotency key, with a derived secret.

Identity and secret follow from the portal's code secret and the key, so a repeated request meets
the row that it made and gets the same answer, without the secret being kept anywhere unsealed.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.portals import Portal, WebhookEndpoint
from chalicelib.errors import Conflict, FieldError, InvalidRequest
from chalicelib.outbound import UrlRefusal, is_public, read_url
from chalicelib.signing import hmac_bytes, write_webhook_secret
from chalicelib.storage.setup import Setup

MAX_ENDPOINTS = 10

REFUSALS = {
    UrlRefusal.NOT_A_URL: "not a plain absolute address",
    UrlRefusal.NOT_HTTPS: "notices are sent by https only",
    UrlRefusal.ADDRESS_NOT_PUBLIC: "notices are sent to public addresses only",
}


@dataclass(frozen=True, slots=True)
class RegisterCommand:
    """`event_types` None: all."""

    portal: Portal
    idempotency_key: str
    url: str
    event_types: frozenset[str] | None
    now: datetime


def register_endpoint(
    setup: Setup, command: RegisterCommand, allowed_origins: frozenset[str]
) -> tuple[WebhookEndpoint, bool]:
    """The endpoint, and whether it was there before.

    Raises: InvalidRequest (`url_not_readable`, `url_not_https`, `address_not_public`,
    `idempotency_key_reused`); Conflict (`too_many_endpoints`)."""
    _require_reachable(command.url, allowed_origins)
    wanted = _endpoint(command)
    others = setup.list_endpoints(command.portal.portal_id)
    if len(others) >= MAX_ENDPOINTS and wanted.endpoint_id not in {
        other.endpoint_id for other in others
    }:
        raise Conflict("too_many_endpoints", f"a portal has at most {MAX_ENDPOINTS} endpoints")
    kept = setup.add_endpoint(wanted)
    if (kept.url, kept.event_types) != (wanted.url, wanted.event_types):
        raise InvalidRequest(
            "idempotency_key_reused", "this Idempotency-Key was used for another request"
        )
    return kept, kept is not wanted


def _endpoint(command: RegisterCommand) -> WebhookEndpoint:
    key_hash = hashlib.sha256(command.idempotency_key.encode()).hexdigest()
    identity = f"webhook endpoint|{key_hash}".encode()
    endpoint_id = "we_" + hmac_bytes(command.portal.code_secret, identity).hex()[:20]
    secret = hmac_bytes(command.portal.code_secret, f"webhook secret|{endpoint_id}".encode())
    return WebhookEndpoint(
        endpoint_id=endpoint_id,
        portal=command.portal.portal_id,
        url=command.url,
        secrets=(write_webhook_secret(secret),),
        event_types=command.event_types,
        created_at=command.now,
    )


def _require_reachable(url: str, allowed_origins: frozenset[str]) -> None:
    """What a name resolves to is judged when a notice is sent, each time anew."""
    target = read_url(url, allowed_origins)
    if isinstance(target, UrlRefusal):
        raise _refused(target)
    if target.origin not in allowed_origins and not _is_name_or_public(target.host):
        raise _refused(UrlRefusal.ADDRESS_NOT_PUBLIC)


def _is_name_or_public(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return is_public(host)


def _refused(refusal: UrlRefusal) -> InvalidRequest:
    field = FieldError("/url", refusal.value, REFUSALS[refusal])
    return InvalidRequest(refusal.value, "the endpoint cannot be used", errors=(field,))
