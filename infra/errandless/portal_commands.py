"""`errandless portals` and `errandless keys`: who may call a province's API."""

from typing import Annotated, Any

import typer
from rich.console import RenderableType

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.portals import OperatorKey, Portal, PortalKey, Principal
from chalicelib.domain.province import Mode
from infra.errandless.answers import answer, confirm, facts, local_time, table
from infra.errandless.arguments import AsJson, Local, Province, Yes
from infra.errandless.failures import OperatorError
from infra.errandless.portals import (
    ROLES,
    IssuedKey,
    PortalWish,
    add_portal,
    change_portal,
    find_key,
    holder_of,
    issue_person_key,
    issue_portal_key,
    known_portal,
    list_keys,
    read_names,
    revoke_key,
    rights_of,
)
from infra.errandless.province_rows import OpenedProvince, open_province
from infra.errandless.setup_rows import portal_ids, scan_setup

portals_cli = typer.Typer(no_args_is_help=True, help="Says which systems may create orders.")
keys_cli = typer.Typer(no_args_is_help=True, help="Issues, lists and revokes API keys.")

PortalId = Annotated[str, typer.Argument(help="As cong-dvc: small letters, digits, dashes.")]
Names = Annotated[
    list[str] | None, typer.Option("--name", help='As vi="Cổng dịch vụ công"; one a language.')
]
Units = Annotated[
    list[str] | None,
    typer.Option("--unit", help="A payee unit whose fees it takes; repeat it. Or: all."),
]
ReturnUrls = Annotated[
    list[str] | None,
    typer.Option("--return-url", help="Where payers may return to, and all below; repeat it."),
]
EVERY_UNIT = "all"
_STYLES = {"live": "green", "test": "cyan", "revoked": "dim"}


@portals_cli.command("list")
def list_portals_command(province: Province, local: Local = False, as_json: AsJson = False) -> None:
    """Lists the portals."""
    opened = open_province(province, local=local)
    rows = scan_setup(opened.client("dynamodb"), opened.outputs["SetupTable"])
    portals = [known_portal(opened.platform, each) for each in portal_ids(rows)]
    result = {"portals": [_portal_json(each) for each in portals]}
    shown = [
        (each.portal_id, each.mode.value, next(iter(each.names.values()), ""), _units(each))
        for each in portals
    ]
    headings = ("Portal", "Mode", "Name", "Payee units")
    answer(result, lambda: [table(headings, shown, styles=_STYLES)], as_json=as_json)


@portals_cli.command("add")
def add_portal_command(
    province: Province,
    portal: PortalId,
    *,
    mode: Annotated[Mode, typer.Option(help="Live takes real money; it never changes.")],
    name: Names = None,
    unit: Units = None,
    return_url: ReturnUrls = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Makes a portal; `keys issue` then gives it a key."""
    wish = _wish(name, unit, return_url)
    if wish.payee_units is None:
        raise OperatorError("Say whose fees it takes: --unit CODE, or --unit all.")
    opened = open_province(province, local=local)
    made = add_portal(opened.platform, portal, mode, wish)
    answer(_portal_json(made), lambda: _portal_facts(made), as_json=as_json)


@portals_cli.command("change")
def change_portal_command(
    province: Province,
    portal: PortalId,
    *,
    name: Names = None,
    unit: Units = None,
    return_url: ReturnUrls = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Changes what is named and leaves the rest; units and addresses are replaced as a whole."""
    wish = _wish(name, unit, return_url)
    if wish == PortalWish():
        raise OperatorError("Nothing was changed: say what (--name, --unit, --return-url).")
    opened = open_province(province, local=local)
    changed = change_portal(opened.platform, portal, wish)
    answer(_portal_json(changed), lambda: _portal_facts(changed), as_json=as_json)


@keys_cli.command("issue")
def issue_command(
    province: Province,
    *,
    portal: Annotated[str, typer.Option(help="A key for this portal, of its mode.")] = "",
    person: Annotated[str, typer.Option(help="A key for this human being, by name.")] = "",
    bills: Annotated[
        bool, typer.Option("--bills", help="The portal may issue bills, too.")
    ] = False,
    role: Annotated[str, typer.Option(help=f"Of the person: {', '.join(ROLES)}.")] = "",
    counter: Annotated[
        list[str] | None, typer.Option("--counter", help="Where a clerk works; repeat it.")
    ] = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Issues a key and shows it once; two may be live at a time, so that one can follow another."""
    if bool(portal) == bool(person) or bool(person) != bool(role) or (bills and person):
        raise OperatorError("Say either --portal ID, or --person NAME and --role.")
    opened = open_province(province, local=local)
    issued = (
        issue_portal_key(opened.platform, portal, bills=bills)
        if portal
        else issue_person_key(opened.platform, person, role, counter or ())
    )
    result = {"key": issued.key, **_key_json(issued.principal)}
    answer(result, lambda: _issued_lines(issued), as_json=as_json)


@keys_cli.command("list")
def list_command(
    province: Province,
    everything: Annotated[bool, typer.Option("--all", help="Also those revoked.")] = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Lists the keys of portals and persons; a key itself is kept nowhere."""
    opened = open_province(province, local=local)
    found = [each for each in _keys(opened) if everything or each.revoked_at is None]
    answer(
        {"keys": [_key_json(each) for each in found]},
        lambda: [_keys_table(opened, found)],
        as_json=as_json,
    )


@keys_cli.command("revoke")
def revoke_command(
    province: Province,
    key: Annotated[str, typer.Argument(help="The key, its hash, or how that begins.")],
    yes: Yes = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Ends a key for good; within a minute it is dead everywhere."""
    opened = open_province(province, local=local)
    rows = scan_setup(opened.client("dynamodb"), opened.outputs["SetupTable"])
    found = find_key(rows, key)
    short = found.key_hash[:16]
    if found.revoked_at is None:
        confirm(f"Revoke the key {short} of {holder_of(found)}?", yes=yes)
    was_live = revoke_key(opened.platform, found)
    result = {**_key_json(found), "state": "revoked", "was_live": was_live}
    sentence = f"The key {short} of {holder_of(found)} is revoked; in a minute it is dead."
    if not was_live:
        sentence = f"The key {short} of {holder_of(found)} was revoked before."
    answer(result, lambda: [sentence], as_json=as_json)


def _wish(
    names: list[str] | None, units: list[str] | None, return_urls: list[str] | None
) -> PortalWish:
    every = frozenset[str]()
    return PortalWish(
        names=read_names(names) if names else None,
        payee_units=(every if units == [EVERY_UNIT] else frozenset(units)) if units else None,
        return_urls=tuple(return_urls) if return_urls else None,
    )


def _keys(opened: OpenedProvince) -> list[Principal]:
    return list_keys(scan_setup(opened.client("dynamodb"), opened.outputs["SetupTable"]))


def _units(portal: Portal) -> str:
    return "every" if portal.payee_units is None else ", ".join(sorted(portal.payee_units))


def _portal_json(portal: Portal) -> dict[str, Any]:
    units = portal.payee_units
    return {
        "portal": portal.portal_id,
        "mode": portal.mode.value,
        "names": dict(portal.names),
        "payee_units": None if units is None else sorted(units),
        "return_urls": list(portal.return_urls),
    }


def _portal_facts(portal: Portal) -> list[RenderableType | str]:
    rows: list[tuple[str, object]] = [
        ("Mode", portal.mode.value),
        *((f"Name ({language})", name) for language, name in portal.names.items()),
        ("Payee units", _units(portal)),
        *(("Payers return to", url) for url in portal.return_urls),
    ]
    return [facts(f"Portal {portal.portal_id}", rows)]


def _key_json(principal: Principal) -> dict[str, Any]:
    revoked = principal.revoked_at
    return {
        "hash": principal.key_hash,
        "portal": principal.portal if isinstance(principal, PortalKey) else None,
        "person": principal.person if isinstance(principal, OperatorKey) else None,
        "rights": rights_of(principal),
        "scopes": sorted(principal.scopes),
        "counters": sorted(principal.counters) if isinstance(principal, OperatorKey) else [],
        "last_four": principal.last_four,
        "created_at": to_rfc3339(principal.created_at),
        "revoked_at": to_rfc3339(revoked) if revoked else None,
        "state": "revoked" if revoked else "live",
    }


def _keys_table(opened: OpenedProvince, found: list[Principal]) -> RenderableType:
    rows = [
        (
            each.key_hash[:8],
            f"…{each.last_four}" if each.last_four else "",
            holder_of(each),
            rights_of(each),
            local_time(each.created_at, opened.zone),
            local_time(each.revoked_at, opened.zone) if each.revoked_at else "",
        )
        for each in found
    ]
    return table(("Hash", "Ends in", "Holder", "May", "Issued", "Revoked"), rows)


def _issued_lines(issued: IssuedKey) -> list[RenderableType | str]:
    who, rights = holder_of(issued.principal), rights_of(issued.principal)
    return [
        issued.key,
        f"This is the only time that it is shown. It is of {who} ({rights}), and good at once.",
    ]
