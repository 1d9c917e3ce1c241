"""Writes a province's setup into its deployed stack. Running it again changes nothing.

A sandbox (a simulator's address is given) also gets its sample portals with keys and a webhook
endpoint: a second run knows them again, and a revoked key is followed by the next one.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.domain.province import NO_SECRET, ChannelAccount, Mode, Province
from chalicelib.domain.web_addresses import read_web_address
from chalicelib.errors import DataFault
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.envelope import Envelope
from chalicelib.storage.secrets import Secrets
from chalicelib.storage.setup import Setup
from infra.errandless.paths import PROVINCES
from infra.errandless.province_files import (
    accounts_left_out,
    load_province,
    load_sample_portals,
)
from infra.errandless.sample_portals import CODE_SECRET_BYTES, Stores, seed_portal
from infra.simulator import published_accounts
from infra.simulator.finance import FINANCE_SIGNING_KEY
from infra.simulator.unit_system import key_of

SIMULATOR_URL = "SIMULATOR_URL"

Clients = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class SeedResult:
    """The first sample portal's secrets are None outside a sandbox; the clerk's also where it has
    no counter. `channels`: for each channel with a test account, the first one's name, its fields
    and its published credentials; `accounts`: the same of every one, with its channel.
    `missing_secrets`: names that an operator must still write. `left_out`: accounts that do not
    count here."""

    province_version: str
    portal_id: str | None = None
    portal_key: str | None = field(default=None, repr=False)
    operator_key: str | None = field(default=None, repr=False)
    clerk_key: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    channels: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    accounts: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    missing_secrets: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def seed_province(
    clients: Clients,
    outputs: Mapping[str, str],
    province_code: str,
    *,
    substitutions: Mapping[str, str],
    local: bool,
    provinces: Path = PROVINCES,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> SeedResult:
    """`clients` gives the AWS client of a service; `outputs` are the stack's.

    Raises: DataFault, before anything is written, when the province's files have problems."""
    _check_target(outputs, province_code, substitutions, local=local)
    folder = provinces / province_code
    document = load_province(folder, substitutions)
    portals = load_sample_portals(folder, substitutions)
    stores = _open_stores(clients, outputs, now, random_bytes)
    stores.envelope.create_data_key()
    stores.setup.write_decoy_portal(stores.random_bytes(CODE_SECRET_BYTES))
    province = stores.setup.write_province(document)
    simulated = _simulated(province, substitutions)
    accounts = _write_published_secrets(stores.secrets, simulated)
    _write_unit_keys(stores.secrets, province, substitutions)
    _write_finance_keys(stores.secrets, province, substitutions)
    seeded = [seed_portal(stores, sample, province) for sample in portals]
    first = seeded[0] if seeded else {}
    return SeedResult(
        province_version=province.version,
        channels={each["channel"]: _without_channel(each) for each in reversed(accounts)},
        accounts=accounts,
        missing_secrets=_missing_secrets(stores.secrets, province),
        left_out=accounts_left_out(folder, substitutions),
        **first,
    )


def _check_target(
    outputs: Mapping[str, str], province_code: str, substitutions: Mapping[str, str], *, local: bool
) -> None:
    if outputs["Province"] != province_code:
        raise DataFault("other_province", f"this stack belongs to {outputs['Province']}")
    simulator = substitutions.get(SIMULATOR_URL)
    if simulator is not None and not local:
        address = read_web_address(simulator)
        if address is None or address.scheme != "https" or address.is_loopback:
            raise DataFault("simulator_not_public", f"AWS cannot reach a simulator at {simulator}")


def _open_stores(
    clients: Clients,
    outputs: Mapping[str, str],
    now: Callable[[], datetime],
    random_bytes: Callable[[int], bytes],
) -> Stores:
    dynamo, table = Dynamo(clients("dynamodb")), outputs["SetupTable"]
    envelope = Envelope(
        clients("kms"),
        dynamo,
        table,
        key_id=outputs["DataKeyId"],
        province=outputs["Province"],
        random_bytes=random_bytes,
    )
    secrets = Secrets(clients("secretsmanager"), outputs["SecretsPrefix"])
    return Stores(Setup(dynamo, table, envelope, now), envelope, secrets, now, random_bytes)


def _simulated(
    province: Province, substitutions: Mapping[str, str]
) -> list[tuple[ChannelAccount, Mapping[str, str]]]:
    """Test accounts that stand for the simulator, with the credentials that it publishes."""
    if SIMULATOR_URL not in substitutions:
        return []
    published = published_accounts(substitutions[SIMULATOR_URL])
    return [
        (account, known["secret"])
        for account in province.channel_accounts
        for channel, known in published
        if account.mode is Mode.TEST
        and account.channel == channel
        and known["fields"].items() <= account.fields.items()
    ]


def _write_published_secrets(
    secrets: Secrets, simulated: list[tuple[ChannelAccount, Mapping[str, str]]]
) -> tuple[Mapping[str, str], ...]:
    for account, secret in simulated:
        if not secrets.has_secret(account.secret_name):
            secrets.write_secret(account.secret_name, secret)
    return tuple(
        {"channel": account.channel, "account": account.account, **account.fields, **secret}
        for account, secret in simulated
    )


def _missing_secrets(secrets: Secrets, province: Province) -> tuple[str, ...]:
    accounts = (account.secret_name for account in province.channel_accounts)
    sources = (source.secret_name for source in province.bill_sources)
    systems = (system.secret_name for system in province.finance_systems)
    needed = (name for name in (*accounts, *sources, *systems) if name != NO_SECRET)
    return tuple(name for name in needed if not secrets.has_secret(name))


def _write_unit_keys(
    secrets: Secrets, province: Province, substitutions: Mapping[str, str]
) -> None:
    """Of the units whose own systems the simulator plays."""
    simulator = substitutions.get(SIMULATOR_URL)
    for source in province.bill_sources:
        is_simulated = simulator is not None and source.url.startswith(f"{simulator}/")
        if is_simulated and not secrets.has_secret(source.secret_name):
            secrets.write_secret(source.secret_name, {"signing_key": key_of(source.payee_unit)})


def _write_finance_keys(
    secrets: Secrets, province: Province, substitutions: Mapping[str, str]
) -> None:
    """Of a sandbox's finance systems, with the key that the simulated one signs with."""
    for system in province.finance_systems if SIMULATOR_URL in substitutions else ():
        if not secrets.has_secret(system.secret_name):
            secrets.write_secret(system.secret_name, {"signing_key": FINANCE_SIGNING_KEY})


def _without_channel(account: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in account.items() if name != "channel"}
