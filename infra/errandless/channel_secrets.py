"""The secrets of channel accounts: set, rotated, looked at by fingerprint. No value is ever shown.

A rotation keeps what was current as `previous`: still taken from the provider, never signed with.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.channels.contract import AccountField
from chalicelib.domain.province import NO_SECRET, ChannelAccount
from chalicelib.errors import DataFault
from chalicelib.storage.secrets import Secret
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import OpenedProvince

MAX_VALUE_BYTES = 60_000  # Secrets Manager takes 64 KB for all of them
FINGERPRINT_LENGTH = 8


@dataclass(frozen=True, slots=True)
class AccountSecret:
    """`secret` None: there is none yet. `changed_at`: when it was last written."""

    account: ChannelAccount
    wanted: tuple[AccountField, ...]
    secret: Secret | None = field(repr=False)
    changed_at: datetime | None

    @property
    def missing(self) -> tuple[str, ...]:
        """Names that the channel cannot do without."""
        current = self.secret.current if self.secret else {}
        return tuple(
            each.name for each in self.wanted if each.is_required and not current.get(each.name)
        )


@dataclass(frozen=True, slots=True)
class FieldState:
    """`current`, `previous`: fingerprints; None where there is no value."""

    name: str
    meaning: str
    is_required: bool
    current: str | None
    previous: str | None


def open_secret(opened: OpenedProvince, channel: str, account: str) -> AccountSecret:
    """Raises: OperatorError"""
    platform = opened.platform
    province = platform.setup.read_province()
    found = province.account_of(channel, account)
    if found is None:
        listed = ", ".join(f"{each.channel} {each.account}" for each in province.channel_accounts)
        raise OperatorError(f"There is no account {channel} {account}; there are: {listed}.")
    return read_secret(opened, found)


def read_secret(opened: OpenedProvince, account: ChannelAccount) -> AccountSecret:
    """Raises: OperatorError for one that is there and cannot be read."""
    platform = opened.platform
    fields = platform.channels[account.channel].account_fields
    has_one = account.secret_name != NO_SECRET
    wanted = tuple(each for each in fields if each.is_secret and has_one)
    if not platform.secrets.has_secret(account.secret_name):
        return AccountSecret(account, wanted, None, None)
    try:
        secret = platform.secrets.read_credentials(account)
    except DataFault as fault:
        raise OperatorError(f"{fault.detail}: write it anew with `secrets set`.") from fault
    name = platform.settings.secrets_prefix + account.secret_name
    described = opened.client("secretsmanager").describe_secret(SecretId=name)
    changed_at = described.get("LastChangedDate") or described.get("CreatedDate")
    return AccountSecret(account, wanted, secret, changed_at.astimezone(UTC))


def set_secret(
    opened: OpenedProvince, known: AccountSecret, given: Mapping[str, str], *, overwrite: bool
) -> None:
    """Raises: OperatorError"""
    if known.secret is not None and not overwrite:
        raise OperatorError(
            "The account has a secret: `secrets rotate` keeps the old one accepted meanwhile"
            " (--overwrite forgets it at once)."
        )
    _write(opened, known, given, None)


def rotate_secret(opened: OpenedProvince, known: AccountSecret, given: Mapping[str, str]) -> bool:
    """Fields that are not given stay as they are. False when it was so before: a repeated command
    changes nothing. Raises: OperatorError"""
    if known.secret is None:
        raise OperatorError("The account has no secret yet: `secrets set` writes the first.")
    current = {**known.secret.current, **given}
    if current == known.secret.current:
        return False
    if known.secret.previous is not None:
        raise OperatorError(
            "A rotation is under way: `secrets drop-previous` ends it, once the provider has"
            " changed over."
        )
    _write(opened, known, current, known.secret.current)
    return True


def drop_previous(opened: OpenedProvince, known: AccountSecret) -> bool:
    """False when there was none."""
    if known.secret is None or known.secret.previous is None:
        return False
    _write(opened, known, known.secret.current, None)
    return True


def field_states(opened: OpenedProvince, known: AccountSecret) -> list[FieldState]:
    """The channel's own first, then what it does not ask for."""
    secret = known.secret or Secret({}, None)
    asked = {each.name: each for each in known.wanted}
    names = [
        *asked,
        *sorted((secret.current.keys() | (secret.previous or {}).keys()) - asked.keys()),
    ]
    return [
        FieldState(
            name=name,
            meaning=asked[name].meaning if name in asked else "not asked for by this channel",
            is_required=name in asked and asked[name].is_required,
            current=_fingerprint(opened, known, name, secret.current),
            previous=_fingerprint(opened, known, name, secret.previous or {}),
        )
        for name in names
    ]


def read_json_values(text: str) -> dict[str, str]:
    """Raises: OperatorError, which never quotes what was given."""
    try:
        values = json.loads(text)
    except ValueError:
        raise OperatorError("What was given is not JSON.") from None
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
        raise OperatorError('The JSON must be an object of texts: {"name": "value"}.')
    return values


def read_field_files(arguments: Sequence[str]) -> dict[str, str]:
    """`NAME=@file` each. Raises: OperatorError; OSError"""
    values = {}
    for argument in arguments:
        name, _, place = argument.partition("=")
        if not place.startswith("@"):
            raise OperatorError(
                f"Write {name}=@FILE: a value on the command line would stay in the shell's memory."
            )
        values[name] = _read_value(Path(place[1:]))
    return values


def _read_value(file: Path) -> str:
    """Without the line end that editors add."""
    try:
        return file.read_bytes().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise OperatorError(f"{file} is not text.") from None


def check_values(known: AccountSecret, given: Mapping[str, str], *, complete: bool) -> None:
    """`complete`: nothing that the channel needs may be missing. Raises: OperatorError"""
    asked = {each.name: each for each in known.wanted}
    listed = ", ".join(asked) or "none at all"
    for name, value in given.items():
        if name not in asked:
            raise OperatorError(f"{known.account.channel} asks for no {name!r}, but: {listed}.")
        if not value or len(value.encode()) > MAX_VALUE_BYTES:
            raise OperatorError(f"{name} is empty or too long.")
    missing = [
        name for name, each in asked.items() if each.is_required and complete and name not in given
    ]
    if missing:
        raise OperatorError(f"{', '.join(missing)}: is missing.")
    if not given:
        raise OperatorError(f"Nothing was given; {known.account.channel} asks for: {listed}.")


def _write(
    opened: OpenedProvince,
    known: AccountSecret,
    current: Mapping[str, str],
    previous: Mapping[str, str] | None,
) -> None:
    opened.platform.secrets.write_secret(known.account.secret_name, current, previous)


def _fingerprint(
    opened: OpenedProvince, known: AccountSecret, name: str, values: Mapping[str, str]
) -> str | None:
    """Keyed, and bound to its account and field: nobody can try guesses against it, and it tells
    nothing about other places."""
    if not values.get(name):
        return None
    text = "\x1f".join((known.account.secret_name, name, values[name]))
    return opened.platform.envelope.fingerprint(text.encode())[:FINGERPRINT_LENGTH]
