"""What everybody may know: every side, its accounts, and how the platform reads its files."""

import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from infra.simulator.config import Account, Config
from infra.simulator.side import SIMULATOR_URL, Side

FOLDER = Path(__file__).parent
NO_SIDES = ("__main__", "server")


def find_sides(folder: Path = FOLDER) -> Mapping[str, Side]:
    """Every module here that declares a `SIDE`: a new channel is one file and no list."""
    names = sorted(each.name for each in pkgutil.iter_modules([str(folder)]))
    modules = (import_module(f"infra.simulator.{name}") for name in names if name not in NO_SIDES)
    sides = [module.SIDE for module in modules if hasattr(module, "SIDE")]
    return {side.channel: side for side in sides}


SIDES = find_sides()
STATEMENT_LAYOUTS = {
    side.channel: side.statement_layout for side in SIDES.values() if side.statement_layout
}


def published_accounts(simulator_url: str) -> list[tuple[str, Mapping[str, Mapping[str, str]]]]:
    """Channel, and `fields` and `secret` of a platform account that meets this simulator."""
    base = simulator_url.rstrip("/")
    return [
        (side.channel, {"fields": _filled(each.fields, base), "secret": each.secret})
        for side in SIDES.values()
        for each in side.published
    ]


def channel_fields(simulator_url: str) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """As `published_accounts`, the first of each channel."""
    return dict(reversed(published_accounts(simulator_url)))


def default_config(
    base_url: str, vnpay_account: str, sandbox_account: str, vietqr_account: str = "quangninh"
) -> Config:
    """One account of each channel; `base_url` is the platform's, the names are its own accounts."""
    named = {"vnpay": vnpay_account, "sandbox": sandbox_account, "vietqr": vietqr_account}
    return Config(
        tuple(
            _told_at(side.published[0].account, base_url, named.get(side.channel, sandbox_account))
            for side in SIDES.values()
        )
    )


def config_for(base_url: str, accounts: Iterable[Mapping[str, str]]) -> Config:
    """The published accounts that these accounts of the platform's meet: each has `channel`,
    `account` and its fields."""
    return Config(
        tuple(
            _told_at(each.account, base_url, met["account"])
            for met in accounts
            for each in SIDES[met["channel"]].published
            if each.account.merchant in met.values()
        )
    )


def _told_at(account: Account, base_url: str, name: str) -> Account:
    path = f"/channels/{account.channel}/{name}/notifications"
    return replace(account, notification_url=f"{base_url.rstrip('/')}{path}")


def _filled(fields: Mapping[str, str], base: str) -> dict[str, Any]:
    return {name: value.replace(SIMULATOR_URL, base) for name, value in fields.items()}
