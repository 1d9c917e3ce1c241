"""Portals, keys and webhook endpoints as rows, and back. Secrets arrive and leave sealed."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.portals import (
    OperatorKey,
    Portal,
    PortalKey,
    Principal,
    Scope,
    WebhookEndpoint,
)
from chalicelib.domain.province import Mode
from chalicelib.storage import keys
from chalicelib.storage.expressions import Item


def portal_to_item(portal: Portal, sealed_code_secret: bytes) -> Item:
    return {
        **keys.portal_key(portal.portal_id),
        "names": dict(portal.names),
        "mode": portal.mode.value,
        "payee_units": None if portal.payee_units is None else sorted(portal.payee_units),
        "return_urls": list(portal.return_urls),
        "sealed_code_secret": sealed_code_secret,
    }


def portal_from_item(item: Mapping[str, Any], code_secret: bytes) -> Portal:
    units = item.get("payee_units")
    return Portal(
        portal_id=item["pk"].removeprefix("PORTAL#"),
        names=item["names"],
        mode=Mode(item["mode"]),
        payee_units=None if units is None else frozenset(units),
        return_urls=tuple(item["return_urls"]),
        code_secret=code_secret,
    )


def principal_to_item(principal: Principal) -> Item:
    counters: list[str] | None = None
    match principal:
        case PortalKey():
            holder = {"portal": principal.portal, "mode": principal.mode.value}
        case OperatorKey():
            holder = {"person": principal.person}
            counters = sorted(principal.counters) or None
    return {
        **keys.principal_key(principal.key_hash),
        **holder,
        "scopes": sorted(principal.scopes),
        "created_at": to_epoch_ms(principal.created_at),
        "revoked_at": _epoch(principal.revoked_at),
        "last_four": principal.last_four or None,
        "counters": counters,
    }


def principal_from_item(item: Mapping[str, Any]) -> Principal:
    key_hash = item["pk"].removeprefix("KEY#")
    scopes = frozenset(Scope(scope) for scope in item["scopes"])
    created_at, revoked_at = from_epoch_ms(item["created_at"]), _instant(item.get("revoked_at"))
    last_four = item.get("last_four", "")
    if "person" in item:
        return OperatorKey(
            key_hash,
            item["person"],
            scopes,
            created_at,
            revoked_at,
            last_four,
            frozenset(item.get("counters", ())),
        )
    mode = Mode(item["mode"])
    return PortalKey(key_hash, item["portal"], mode, scopes, created_at, revoked_at, last_four)


def endpoint_to_item(endpoint: WebhookEndpoint, sealed_secrets: bytes) -> Item:
    types = endpoint.event_types
    return {
        **keys.endpoint_key(endpoint.portal, endpoint.endpoint_id),
        "url": endpoint.url,
        "sealed_secrets": sealed_secrets,
        "event_types": None if types is None else sorted(types),
        "created_at": to_epoch_ms(endpoint.created_at),
        "disabled_at": _epoch(endpoint.disabled_at),
    }


def endpoint_from_item(item: Mapping[str, Any], secrets: tuple[str, ...]) -> WebhookEndpoint:
    types = item.get("event_types")
    return WebhookEndpoint(
        endpoint_id=item["sk"].removeprefix(keys.ENDPOINT_PREFIX),
        portal=item["pk"].removeprefix("PORTAL#"),
        url=item["url"],
        secrets=secrets,
        event_types=None if types is None else frozenset(types),
        created_at=from_epoch_ms(item["created_at"]),
        disabled_at=_instant(item.get("disabled_at")),
    )


def secrets_to_bytes(secrets: tuple[str, ...]) -> bytes:
    return json.dumps(secrets).encode()


def secrets_from_bytes(text: bytes) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _instant(epoch_ms: int | None) -> datetime | None:
    return None if epoch_ms is None else from_epoch_ms(epoch_ms)


def _epoch(instant: datetime | None) -> int | None:
    return None if instant is None else to_epoch_ms(instant)
