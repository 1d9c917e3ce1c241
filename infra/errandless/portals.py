"""Portals and persons of a province, and the keys by which they are known."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.domain.portals import (
    CLERK_SCOPES,
    KEY_BYTES,
    OPERATOR_SCOPES,
    PORTAL_SCOPES,
    KeyPrefix,
    OperatorKey,
    Portal,
    PortalKey,
    Principal,
    Scope,
    hash_key,
    is_well_formed_key,
    last_four_of,
    new_key,
    portal_key_prefix,
)
from chalicelib.domain.province import Mode, Province
from chalicelib.domain.web_addresses import read_web_address
from chalicelib.storage import keys
from chalicelib.storage.expressions import Item
from chalicelib.storage.setup_items import principal_from_item
from chalicelib.wiring import Platform
from infra.errandless.failures import OperatorError
from infra.errandless.sample_portals import CODE_SECRET_BYTES
from infra.errandless.setup_rows import Place

# What a person may do by each role.
ROLES: Mapping[str, frozenset[Scope]] = {
    "auditor": frozenset({Scope.FINANCE_READ}),
    "finance": frozenset({Scope.FINANCE_READ, Scope.FINANCE_WRITE}),
    "operations": OPERATOR_SCOPES,
    "clerk": CLERK_SCOPES,
}
# Whoever may take a payment may not therefore make a debt.
BILL_SCOPES = frozenset({Scope.BILLS_WRITE})
MAX_LIVE_KEYS = 2
MIN_HASH_PREFIX = 8
MAX_PERSON_LENGTH = 100
_PORTAL_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PortalWish:
    """None: as it is. `payee_units` empty: every unit."""

    names: Mapping[str, str] | None = None
    payee_units: frozenset[str] | None = None
    return_urls: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """`key` is shown once and kept nowhere."""

    key: str = field(repr=False)
    principal: Principal


def add_portal(platform: Platform, portal_id: str, mode: Mode, wish: PortalWish) -> Portal:
    """Raises: OperatorError"""
    province = platform.setup.read_province()
    if not _PORTAL_ID.fullmatch(portal_id):
        raise OperatorError(f"{portal_id!r}: a portal's id is small letters, digits and dashes.")
    if platform.setup.read_portal(portal_id) is not None:
        raise OperatorError(f"There is a portal {portal_id} already: `portals change`.")
    if mode is Mode.LIVE and province.outbound_origins:
        raise OperatorError("A sandbox has no live portals: its accounts move no real money.")
    portal = Portal(
        portal_id=portal_id,
        names=wish.names or {},
        mode=mode,
        payee_units=wish.payee_units or None,
        return_urls=wish.return_urls or (),
        code_secret=platform.random_bytes(CODE_SECRET_BYTES),
    )
    return _write(platform, province, portal)


def change_portal(platform: Platform, portal_id: str, wish: PortalWish) -> Portal:
    """Raises: OperatorError"""
    portal = known_portal(platform, portal_id)
    if wish.names is not None:
        portal = replace(portal, names=dict(portal.names) | dict(wish.names))
    if wish.payee_units is not None:
        portal = replace(portal, payee_units=wish.payee_units or None)
    if wish.return_urls is not None:
        portal = replace(portal, return_urls=wish.return_urls)
    return _write(platform, platform.setup.read_province(), portal)


def known_portal(platform: Platform, portal_id: str) -> Portal:
    """Raises: OperatorError"""
    portal = platform.setup.read_portal(portal_id)
    if portal is None:
        raise OperatorError(f"There is no portal {portal_id!r}: `portals list` names them.")
    return portal


def read_names(texts: Iterable[str]) -> dict[str, str]:
    """`vi=Cổng dịch vụ công` and so on. Raises: OperatorError"""
    names = {}
    for text in texts:
        language, equals, name = text.partition("=")
        if not equals or not name.strip():
            raise OperatorError(f'{text!r} is no name; write it as vi="Cổng dịch vụ công".')
        names[language.strip()] = unicodedata.normalize("NFC", name.strip())
    return names


def issue_portal_key(platform: Platform, portal_id: str, *, bills: bool) -> IssuedKey:
    """Of the portal's own mode; two may be live at once. `bills`: it may issue bills too.

    Raises: OperatorError"""
    portal = known_portal(platform, portal_id)
    _require_room(platform, keys.portal_holder(portal_id), f"The portal {portal_id}")
    key = new_key(portal_key_prefix(portal.mode), platform.random_bytes(KEY_BYTES))
    principal = PortalKey(
        key_hash=hash_key(key),
        portal=portal_id,
        mode=portal.mode,
        scopes=PORTAL_SCOPES if bills else PORTAL_SCOPES - BILL_SCOPES,
        created_at=platform.now(),
        last_four=last_four_of(key),
    )
    platform.setup.write_key(principal)
    return IssuedKey(key, principal)


def issue_person_key(
    platform: Platform, person: str, role: str, counters: Iterable[str] = ()
) -> IssuedKey:
    """`person`: the name of one human being. `counters`: where a clerk takes money.

    Raises: OperatorError"""
    name = unicodedata.normalize("NFC", " ".join(person.split()))
    if not name or not name.isprintable() or len(name) > MAX_PERSON_LENGTH:
        raise OperatorError("A key belongs to one person: give the name as it is written.")
    if role not in ROLES:
        raise OperatorError(f"There is no role {role!r}; there are: {', '.join(ROLES)}.")
    bound = _bound_counters(platform.setup.read_province(), role, counters)
    _require_room(platform, keys.person_holder(name), name)
    key = new_key(KeyPrefix.OPERATOR, platform.random_bytes(KEY_BYTES))
    principal = OperatorKey(
        key_hash=hash_key(key),
        person=name,
        scopes=ROLES[role],
        created_at=platform.now(),
        last_four=last_four_of(key),
        counters=bound,
    )
    platform.setup.write_key(principal)
    return IssuedKey(key, principal)


def _bound_counters(province: Province, role: str, counters: Iterable[str]) -> frozenset[str]:
    bound = frozenset(counters)
    if bool(bound) != (ROLES[role] == CLERK_SCOPES):
        raise OperatorError("A clerk's key, and no other, names its counters: --counter CODE.")
    unknown = sorted(code for code in bound if province.counter_of(code) is None)
    if unknown:
        listed = ", ".join(each.counter for each in province.counters) or "none"
        raise OperatorError(f"There is no counter {unknown[0]!r}; there are: {listed}.")
    return bound


def list_keys(rows: Mapping[Place, Item]) -> list[Principal]:
    """Of the setup table's rows; by holder, oldest first."""
    found = [principal_from_item(row) for (pk, _), row in rows.items() if pk.startswith("KEY#")]
    return sorted(found, key=lambda each: (holder_of(each), each.created_at))


def find_key(rows: Mapping[Place, Item], text: str) -> Principal:
    """`text`: a key, its hash or how that begins. Raises: OperatorError"""
    begin = hash_key(text) if is_well_formed_key(text) else text.lower()
    if len(begin) < MIN_HASH_PREFIX:
        raise OperatorError(f"Give at least {MIN_HASH_PREFIX} characters of the key's hash.")
    found = [each for each in list_keys(rows) if each.key_hash.startswith(begin)]
    if len(found) != 1:
        count = "no key" if not found else f"{len(found)} keys"
        raise OperatorError(f"There is {count} of this hash: `keys list --all` names them.")
    return found[0]


def revoke_key(platform: Platform, principal: Principal) -> bool:
    """True when it was live until now. It is dead everywhere when caches are over: 30 seconds."""
    return platform.setup.revoke_key(principal.key_hash, platform.now())


def holder_of(principal: Principal) -> str:
    match principal:
        case PortalKey():
            return f"portal {principal.portal}"
        case OperatorKey():
            return principal.person


def rights_of(principal: Principal) -> str:
    """Test or live of a portal's key, the role of a person's."""
    if isinstance(principal, PortalKey):
        return principal.mode.value + (", bills" if principal.scopes & BILL_SCOPES else "")
    named = [role for role, scopes in ROLES.items() if scopes == principal.scopes]
    if principal.counters:
        return f"clerk at {', '.join(sorted(principal.counters))}"
    return named[0] if named else ", ".join(sorted(principal.scopes))


def _require_room(platform: Platform, holder: str, who: str) -> None:
    live = [each for each in platform.setup.list_keys(holder) if each.revoked_at is None]
    if len(live) >= MAX_LIVE_KEYS:
        listed = ", ".join(each.key_hash[:MIN_HASH_PREFIX] for each in live)
        raise OperatorError(f"{who} has {len(live)} live keys ({listed}): revoke one first.")


def _write(platform: Platform, province: Province, portal: Portal) -> Portal:
    faults = list(_faults(province, portal))
    if faults:
        raise OperatorError(f"The portal cannot be so: {'; '.join(faults)}.")
    platform.setup.write_portal(portal)
    return portal


def _faults(province: Province, portal: Portal) -> Iterable[str]:
    for language in province.languages:
        if language not in portal.names:
            yield f"a name in {language!r} is missing"
    for language in sorted(portal.names.keys() - set(province.languages)):
        yield f"the province does not speak {language!r}"
    for code in sorted(portal.payee_units or ()):
        if code not in province.units_by_code:
            yield f"there is no payee unit {code!r}"
    if not portal.return_urls:
        yield "it needs an address to which payers may return"
    for url in portal.return_urls:
        address = read_web_address(url)
        is_local = address is not None and address.is_loopback and portal.mode is Mode.TEST
        if address is None or address.has_query or (address.scheme != "https" and not is_local):
            yield f"{url!r} is no https address without a query"
        elif address.is_loopback and not is_local:
            yield f"{url!r} is no public address"
