"""Who is calling, and whether they may. A key is looked up by its hash, at most 30 seconds old."""

from datetime import datetime

from chalice.app import Request

from chalicelib.domain.portals import (
    OperatorKey,
    Portal,
    PortalKey,
    Principal,
    Scope,
    hash_key,
    is_well_formed_key,
)
from chalicelib.errors import Forbidden, Unauthorized
from chalicelib.storage.setup import Setup


def authenticate(request: Request, setup: Setup, now: datetime) -> Principal:
    """Raises: Unauthorized for no key, an unknown, revoked or malformed one: not told apart."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not is_well_formed_key(key):
        raise Unauthorized("key_missing_or_unknown", "send Authorization: Bearer <key>")
    principal = setup.find_key(hash_key(key), now)
    if principal is None:
        raise Unauthorized("key_missing_or_unknown", "send Authorization: Bearer <key>")
    return principal


def require_portal(request: Request, setup: Setup, now: datetime, scope: Scope) -> Portal:
    """Raises: Unauthorized; Forbidden for an operator's key or a missing scope."""
    principal = authenticate(request, setup, now)
    if not isinstance(principal, PortalKey) or scope not in principal.scopes:
        raise Forbidden("scope_missing", f"this key does not have {scope.value}")
    portal = setup.read_portal(principal.portal)
    if portal is None:
        raise Unauthorized("key_missing_or_unknown", "send Authorization: Bearer <key>")
    return portal


def require_operator(request: Request, setup: Setup, now: datetime, scope: Scope) -> OperatorKey:
    principal = authenticate(request, setup, now)
    if not isinstance(principal, OperatorKey) or scope not in principal.scopes:
        raise Forbidden("scope_missing", f"this key does not have {scope.value}")
    return principal
