"""A sandbox's portals: their keys, their clerks' and the endpoint where they are told.

Their secrets are derived from the portal's own code secret, which is drawn once.
"""

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from chalicelib.domain.portals import (
    CLERK_SCOPES,
    OPERATOR_SCOPES,
    PORTAL_SCOPES,
    KeyPrefix,
    OperatorKey,
    Portal,
    PortalKey,
    Scope,
    WebhookEndpoint,
    hash_key,
    last_four_of,
    new_key,
)
from chalicelib.domain.province import Mode, Province
from chalicelib.storage import keys
from chalicelib.storage.envelope import Envelope
from chalicelib.storage.secrets import Secrets
from chalicelib.storage.setup import Setup
from infra.errandless.province_files import SamplePortal

CODE_SECRET_BYTES = 32
WEBHOOK_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Stores:
    setup: Setup
    envelope: Envelope
    secrets: Secrets
    now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]


def seed_portal(stores: Stores, sample: SamplePortal, province: Province) -> dict[str, str | None]:
    known = stores.setup.read_portal(sample.portal_id)
    portal = Portal(
        portal_id=sample.portal_id,
        names=sample.names,
        mode=Mode.TEST,
        payee_units=None if sample.payee_units is None else frozenset(sample.payee_units),
        return_urls=tuple(sample.return_urls),
        code_secret=known.code_secret if known else stores.random_bytes(CODE_SECRET_BYTES),
    )
    stores.setup.write_portal(portal)
    counters = frozenset(
        each.counter for each in province.counters if each.portal == portal.portal_id
    )
    return {
        "portal_id": portal.portal_id,
        "portal_key": _seed_portal_key(stores, portal),
        "operator_key": _seed_person_key(stores, portal, sample.operator, OPERATOR_SCOPES),
        "clerk_key": _seed_person_key(stores, portal, sample.clerk, CLERK_SCOPES, counters)
        if sample.clerk and counters
        else None,
        "webhook_secret": _seed_endpoint(stores, portal, sample.notice_url),
    }


def _seed_portal_key(stores: Stores, portal: Portal) -> str:
    key = _first_live_key(
        stores, portal, KeyPrefix.PORTAL_TEST, keys.portal_holder(portal.portal_id)
    )
    stores.setup.write_key(
        PortalKey(
            key_hash=hash_key(key),
            portal=portal.portal_id,
            mode=Mode.TEST,
            scopes=PORTAL_SCOPES,
            created_at=stores.now(),
            last_four=last_four_of(key),
        )
    )
    return key


def _seed_person_key(
    stores: Stores,
    portal: Portal,
    person: str,
    scopes: frozenset[Scope],
    counters: frozenset[str] = frozenset(),
) -> str:
    """With `counters`, a clerk's."""
    holder, purpose = keys.person_holder(person), "clerk" if counters else ""
    key = _first_live_key(stores, portal, KeyPrefix.OPERATOR, holder, purpose)
    stores.setup.write_key(
        OperatorKey(
            key_hash=hash_key(key),
            person=person,
            scopes=scopes,
            created_at=stores.now(),
            last_four=last_four_of(key),
            counters=counters,
        )
    )
    return key


def _first_live_key(
    stores: Stores, portal: Portal, prefix: KeyPrefix, holder: str, purpose: str = ""
) -> str:
    """`purpose`: what tells it from another key of the portal's with this prefix."""
    held = stores.setup.list_keys(holder)
    revoked = {principal.key_hash for principal in held if principal.revoked_at is not None}
    for turn in count(1):
        key = new_key(prefix, _derive(portal, f"{purpose or prefix}|{turn}")[:16])
        if hash_key(key) not in revoked:
            return key
    raise AssertionError("counting never ends")


def _seed_endpoint(stores: Stores, portal: Portal, url: str) -> str:
    secret = base64.b64encode(_derive(portal, "webhook")[:WEBHOOK_SECRET_BYTES]).decode()
    endpoint = WebhookEndpoint(
        endpoint_id=f"{portal.portal_id}-sample",
        portal=portal.portal_id,
        url=url,
        secrets=(f"whsec_{secret}",),
        event_types=None,
        created_at=stores.now(),
    )
    there = {each.endpoint_id: each for each in stores.setup.list_endpoints(portal.portal_id)}
    known = there.get(endpoint.endpoint_id)
    if known is None or (known.url, known.secrets) != (endpoint.url, endpoint.secrets):
        stores.setup.write_endpoint(endpoint)
    return endpoint.secrets[0]


def _derive(portal: Portal, purpose: str) -> bytes:
    return hmac.digest(portal.code_secret, f"sample|{purpose}".encode(), "sha256")
