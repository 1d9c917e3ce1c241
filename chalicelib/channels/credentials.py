"""What a channel needs to know of an account, or the fault that an operator must mend."""

from chalicelib.channels.contract import Credentials
from chalicelib.errors import DataFault


def read_field(credentials: Credentials, name: str) -> str:
    """Raises: DataFault when the account does not have it."""
    value = credentials.account.fields.get(name)
    if not value:
        raise _missing(credentials, name)
    return value


def signing_key(credentials: Credentials, name: str) -> bytes:
    """Raises: DataFault; an empty key would sign for everybody."""
    value = credentials.current.get(name)
    if not value:
        raise _missing(credentials, name)
    return value.encode()


def accepted_keys(credentials: Credentials, name: str) -> tuple[bytes, ...]:
    """The current key and, during a rotation, the one before."""
    current = signing_key(credentials, name)
    previous = (credentials.previous or {}).get(name)
    return (current, previous.encode()) if previous else (current,)


def _missing(credentials: Credentials, name: str) -> DataFault:
    account = credentials.account
    return DataFault(
        "channel_account_incomplete", f"{account.channel} account {account.account} has no {name}"
    )
