"""What operators set up: the province's document, portals, keys, webhook endpoints.

Ages: the province is at most 60 seconds old, portals and keys at most 30; endpoints are never
cached. So a revoked key is dead everywhere within 30 seconds.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.portals import Portal, PortalKey, Principal, WebhookEndpoint
from chalicelib.domain.province import Mode, Province
from chalicelib.domain.province_document import parse_province
from chalicelib.errors import DataFault
from chalicelib.storage import keys
from chalicelib.storage.aging_cache import AgingCache
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.envelope import Envelope
from chalicelib.storage.expressions import Expressions, Item, put_absent_action
from chalicelib.storage.setup_items import (
    endpoint_from_item,
    endpoint_to_item,
    portal_from_item,
    portal_to_item,
    principal_from_item,
    principal_to_item,
    secrets_from_bytes,
    secrets_to_bytes,
)

PROVINCE_MAX_AGE_SECONDS = 60
PORTAL_MAX_AGE_SECONDS = 30
KEY_MAX_AGE_SECONDS = 30
MAX_DOCUMENT_BYTES = 390_000  # a row holds 400 KB


class Setup:
    """`now` dates what is cached."""

    def __init__(
        self, dynamo: Dynamo, table: str, envelope: Envelope, now: Callable[[], datetime]
    ) -> None:
        self._dynamo = dynamo
        self._table = table
        self._envelope = envelope
        self._now = now
        self._province: Province | None = None
        self._province_read_at: datetime | None = None
        self._portals = AgingCache[Portal](PORTAL_MAX_AGE_SECONDS)
        self._keys = AgingCache[Principal](KEY_MAX_AGE_SECONDS)

    @property
    def province_read_at(self) -> datetime | None:
        """When it was last known that this province is the current one; None before the first."""
        return self._province_read_at

    def read_province(self) -> Province:
        """Raises: DataFault when the province was never seeded or does not fit its version."""
        now = self._now()
        if self._province is None or self._province_is_old(now):
            pointer = self._dynamo.get(self._table, keys.current_province_key())
            if pointer is None:
                raise DataFault("province_missing", "the province was never seeded")
            if self._province is None or self._province.version != pointer["version"]:
                self._province = self._load_province(pointer["version"])
            self._province_read_at = now
        return self._province

    def write_province(self, document: Mapping[str, Any]) -> Province:
        """Makes it the current one. Raises: DataFault, and writes nothing, when it has faults."""
        province = parse_province(document)
        packed = zlib.compress(json.dumps(document, ensure_ascii=False).encode(), 9)
        if len(packed) > MAX_DOCUMENT_BYTES:
            raise DataFault("province_too_large", f"{len(packed)} bytes do not fit into a row")
        row = {**keys.province_key(province.version), "document": packed}
        self._dynamo.put_if_absent(self._table, row)
        pointer = {**keys.current_province_key(), "version": province.version}
        self._dynamo.put(self._table, pointer)
        self._province_read_at = None
        return province

    def find_key(self, key_hash: str, now: datetime) -> Principal | None:
        """None when it is unknown or revoked."""
        principal = self._keys.read(key_hash, now, lambda: self._load_principal(key_hash))
        if principal is None or (principal.revoked_at and principal.revoked_at <= now):
            return None
        return principal

    def list_keys(self, holder: str) -> tuple[Principal, ...]:
        """`holder` from `keys.portal_holder` or `keys.person_holder`; revoked keys included."""
        rows = self._rows_of(holder, keys.HELD_KEY_PREFIX)
        hashes = [row["sk"].removeprefix(keys.HELD_KEY_PREFIX) for row in rows]
        found = (self._load_principal(key_hash) for key_hash in hashes)
        return tuple(principal for principal in found if principal is not None)

    def write_key(self, principal: Principal) -> None:
        """A key that is there already stays as it is. Raises: DataFault for a portal's key whose
        portal does not exist or is of the other mode."""
        if isinstance(principal, PortalKey):
            portal = self.read_portal(principal.portal)
            if portal is None or portal.mode is not principal.mode:
                what = f"there is no {principal.mode} portal {principal.portal}"
                raise DataFault("key_without_portal", what)
        held = keys.held_key_key(_holder_of(principal), principal.key_hash)
        self._dynamo.transact(
            [
                put_absent_action(self._table, principal_to_item(principal)),
                put_absent_action(self._table, held),
            ]
        )

    def revoke_key(self, key_hash: str, at: datetime) -> bool:
        """True when it was live until now."""
        change = Expressions().require_present("pk").require_absent("revoked_at")
        change.set("revoked_at", to_epoch_ms(at))
        self._keys.forget(key_hash)
        return self._dynamo.update(self._table, keys.principal_key(key_hash), change).passed

    def read_portal(self, portal_id: str) -> Portal | None:
        return self._portals.read(portal_id, self._now(), lambda: self._load_portal(portal_id))

    def read_portals_now(self, portal_ids: Iterable[str]) -> Mapping[str, Portal]:
        """Those that there are, from their rows: one call, whatever was read lately. Of none, one
        that is nobody's is read and opened instead: it is as much work."""
        wanted = [keys.portal_key(portal_id) for portal_id in dict.fromkeys(portal_ids)]
        rows = self._dynamo.get_many(self._table, wanted or [keys.decoy_portal_key()])
        opened = [self._open_portal(row) for row in rows]
        return {portal.portal_id: portal for portal in opened if wanted}

    def write_decoy_portal(self, code_secret: bytes) -> None:
        """Once: what is there stays."""
        decoy = Portal(
            portal_id=keys.decoy_portal_key()["pk"],
            names={"en": "nobody"},
            mode=Mode.LIVE,
            payee_units=frozenset(),
            return_urls=(),
            code_secret=code_secret,
        )
        sealed = self._envelope.seal(code_secret, _portal_context(decoy.portal_id))
        row = portal_to_item(decoy, sealed) | keys.decoy_portal_key()
        self._dynamo.put_if_absent(self._table, row)

    def write_portal(self, portal: Portal) -> None:
        """Raises: DataFault for another code secret or mode: issued payment codes and keys hang on
        them."""
        self._portals.forget(portal.portal_id)
        sealed = self._envelope.seal(portal.code_secret, _portal_context(portal.portal_id))
        there = self._dynamo.put_if_absent(self._table, portal_to_item(portal, sealed))
        if there is None:
            return
        known = self._open_portal(there)
        if (known.code_secret, known.mode) != (portal.code_secret, portal.mode):
            what = f"portal {portal.portal_id} keeps its code secret and mode"
            raise DataFault("portal_fixed", what)
        wanted = portal_to_item(portal, there["sealed_code_secret"])
        if {name: value for name, value in wanted.items() if value is not None} != there:
            self._dynamo.put(self._table, wanted)

    def list_endpoints(self, portal_id: str) -> tuple[WebhookEndpoint, ...]:
        rows = self._rows_of(keys.portal_holder(portal_id), keys.ENDPOINT_PREFIX)
        return tuple(self._open_endpoint(row) for row in rows)

    def add_endpoint(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        """The endpoint that stands under this id: this one, or the one that was there first."""
        before = self._dynamo.put_if_absent(self._table, self._seal_endpoint(endpoint))
        return endpoint if before is None else self._open_endpoint(before)

    def write_endpoint(self, endpoint: WebhookEndpoint) -> None:
        self._dynamo.put(self._table, self._seal_endpoint(endpoint))

    def disable_endpoint(self, portal_id: str, endpoint_id: str, at: datetime) -> bool:
        """True when it was in use until now."""
        change = Expressions().require_present("pk").require_absent("disabled_at")
        change.set("disabled_at", to_epoch_ms(at))
        return self._dynamo.update(
            self._table, keys.endpoint_key(portal_id, endpoint_id), change
        ).passed

    def remove_endpoint(self, portal_id: str, endpoint_id: str) -> None:
        self._dynamo.delete(self._table, keys.endpoint_key(portal_id, endpoint_id))

    def _province_is_old(self, now: datetime) -> bool:
        if self._province_read_at is None:
            return True
        return (now - self._province_read_at).total_seconds() >= PROVINCE_MAX_AGE_SECONDS

    def _load_province(self, version: str) -> Province:
        row = self._dynamo.get(self._table, keys.province_key(version))
        if row is None:
            raise DataFault("province_missing", f"there is no province document {version}")
        province = parse_province(json.loads(zlib.decompress(row["document"])))
        if province.version != version:
            raise DataFault("province_altered", f"document {version} is {province.version}")
        return province

    def _load_principal(self, key_hash: str) -> Principal | None:
        item = self._dynamo.get(self._table, keys.principal_key(key_hash))
        return principal_from_item(item) if item else None

    def _load_portal(self, portal_id: str) -> Portal | None:
        item = self._dynamo.get(self._table, keys.portal_key(portal_id))
        return self._open_portal(item) if item else None

    def _open_portal(self, item: Item) -> Portal:
        context = _portal_context(item["pk"].removeprefix("PORTAL#"))
        return portal_from_item(item, self._envelope.open(item["sealed_code_secret"], context))

    def _seal_endpoint(self, endpoint: WebhookEndpoint) -> Item:
        context = _endpoint_context(endpoint.portal, endpoint.endpoint_id)
        sealed = self._envelope.seal(secrets_to_bytes(endpoint.secrets), context)
        return endpoint_to_item(endpoint, sealed)

    def _open_endpoint(self, item: Item) -> WebhookEndpoint:
        portal_id = item["pk"].removeprefix("PORTAL#")
        context = _endpoint_context(portal_id, item["sk"].removeprefix(keys.ENDPOINT_PREFIX))
        secrets = secrets_from_bytes(self._envelope.open(item["sealed_secrets"], context))
        return endpoint_from_item(item, secrets)

    def _rows_of(self, pk: str, sk_prefix: str) -> list[Item]:
        rows: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            page, last = self._dynamo.query(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": sk_prefix}},
                **start,
            )
            rows += page
            if last is None:
                return rows
            start = {"ExclusiveStartKey": last}


def _holder_of(principal: Principal) -> str:
    if isinstance(principal, PortalKey):
        return keys.portal_holder(principal.portal)
    return keys.person_holder(principal.person)


def _portal_context(portal_id: str) -> str:
    return f"portal|{portal_id}|code secret"


def _endpoint_context(portal_id: str, endpoint_id: str) -> str:
    return f"endpoint|{portal_id}|{endpoint_id}"
