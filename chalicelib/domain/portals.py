"""Portals, the keys of portals and operators, and the endpoints to which portals are told.

A key is 128 random bits behind a prefix, so a plain SHA-256 of it cannot be turned back and needs
neither salt nor stretching. Two keys of one portal may be live at once, for rotation.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.province import Mode
from chalicelib.domain.web_addresses import read_web_address

KEY_BYTES = 16

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE62_DIGITS = 22  # 62 ** 22 > 2 ** 128
_WELL_FORMED = re.compile(r"(ek_test|ek_live|ok)_[0-9A-Za-z]{22,64}", re.ASCII)


class Scope(StrEnum):
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    BILLS_WRITE = "bills:write"
    OPEN_CODES_WRITE = "open-codes:write"
    WEBHOOKS_WRITE = "webhooks:write"
    FINANCE_READ = "finance:read"
    FINANCE_WRITE = "finance:write"
    OPERATIONS_WRITE = "operations:write"
    COUNTER_WRITE = "counter:write"


PORTAL_SCOPES = frozenset(
    {
        Scope.ORDERS_READ,
        Scope.ORDERS_WRITE,
        Scope.BILLS_WRITE,
        Scope.OPEN_CODES_WRITE,
        Scope.WEBHOOKS_WRITE,
    }
)
OPERATOR_SCOPES = frozenset({Scope.FINANCE_READ, Scope.FINANCE_WRITE, Scope.OPERATIONS_WRITE})

CLERK_SCOPES = frozenset({Scope.COUNTER_WRITE})


class KeyPrefix(StrEnum):
    PORTAL_TEST = "ek_test"
    PORTAL_LIVE = "ek_live"
    OPERATOR = "ok"


@dataclass(frozen=True, slots=True)
class Portal:
    """A system that creates orders, in one mode: a portal that tests and sells is two portals.

    `payee_units` None: every unit. `code_secret` is set once and never changes: payment codes and
    verification words are derived from it.
    """

    portal_id: str
    names: Mapping[str, str]
    mode: Mode
    payee_units: frozenset[str] | None
    return_urls: tuple[str, ...]
    code_secret: bytes = field(repr=False)

    def may_use(self, payee_unit: str) -> bool:
        return self.payee_units is None or payee_unit in self.payee_units


@dataclass(frozen=True, slots=True)
class PortalKey:
    """`last_four`: the key's own last characters, by which its holder knows it; empty where they
    were not kept."""

    key_hash: str
    portal: str
    mode: Mode
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None
    last_four: str = ""


@dataclass(frozen=True, slots=True)
class OperatorKey:
    """`person`: the name of the one human being who holds it. `last_four` as above. `counters`:
    where a clerk takes money; nobody else's key has any."""

    key_hash: str
    person: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None
    last_four: str = ""
    counters: frozenset[str] = frozenset()


Principal = PortalKey | OperatorKey


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """`secrets`: as Standard Webhooks writes them, `whsec_` and base64; the newest first, all of
    them sign. `event_types` None: all."""

    endpoint_id: str
    portal: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    event_types: frozenset[str] | None
    created_at: datetime
    disabled_at: datetime | None = None

    def wants(self, event_type: str) -> bool:
        is_wanted = self.event_types is None or event_type in self.event_types
        return self.disabled_at is None and is_wanted


def new_key(prefix: KeyPrefix, random_bytes: bytes) -> str:
    """Raises: ValueError unless exactly 16 random bytes are given."""
    if len(random_bytes) != KEY_BYTES:
        raise ValueError(f"a key needs {KEY_BYTES} random bytes")
    number = int.from_bytes(random_bytes, "big")
    digits = []
    for _ in range(_BASE62_DIGITS):
        number, digit = divmod(number, len(_BASE62))
        digits.append(_BASE62[digit])
    return f"{prefix}_{''.join(reversed(digits))}"


def portal_key_prefix(mode: Mode) -> KeyPrefix:
    return KeyPrefix.PORTAL_LIVE if mode is Mode.LIVE else KeyPrefix.PORTAL_TEST


def is_well_formed_key(key: str) -> bool:
    """Whether looking it up is worth a read."""
    return _WELL_FORMED.fullmatch(key) is not None


def hash_key(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def last_four_of(key: str) -> str:
    """24 of its bits, which leaves 104 that nobody knows."""
    return key[-4:]


def is_registered_return_url(portal: Portal, url: str) -> bool:
    """Scheme, host and port are equal to a registered one's; the path is its path or below it."""
    address = read_web_address(url)
    if address is None:
        return False
    is_local_test = portal.mode is Mode.TEST and address.is_loopback
    if address.scheme != "https" and not is_local_test:
        return False
    for registered in map(read_web_address, portal.return_urls):
        if registered is not None and registered.origin == address.origin:
            folder = registered.path.rstrip("/")
            if address.path == registered.path or address.path.startswith(folder + "/"):
                return True
    return False
