"""Channel credentials: one secret per account, `{"current": {...}, "previous": {...} or null}`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.domain.province import ChannelAccount
from chalicelib.errors import DataFault, TryLater

if TYPE_CHECKING:
    from types_boto3_secretsmanager.client import SecretsManagerClient

MAX_AGE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Secret:
    """`previous`: still accepted from the provider during a rotation, never used to sign."""

    current: Mapping[str, str] = field(repr=False)
    previous: Mapping[str, str] | None = field(repr=False)


class Secrets:
    """`prefix` stands before every secret's name."""

    def __init__(self, client: "SecretsManagerClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._provider: Any = None

    def read_credentials(self, account: ChannelAccount) -> Secret:
        """At most a minute old. Raises: DataFault when it is missing or unreadable; TryLater."""
        return self.read_secret(account.secret_name)

    def read_secret(self, name: str) -> Secret:
        """As `read_credentials`, by the secret's own name."""
        return _parse(self._read_text(name), name)

    def has_secret(self, name: str) -> bool:
        try:
            self._client.describe_secret(SecretId=self._prefix + name)
        except self._client.exceptions.ResourceNotFoundException:
            return False
        return True

    def write_secret(
        self, name: str, current: Mapping[str, str], previous: Mapping[str, str] | None = None
    ) -> None:
        """Creates the secret or gives it a new version. For seeding and rotation."""
        text = json.dumps({"current": dict(current), "previous": previous}, sort_keys=True)
        full_name = self._prefix + name
        if self.has_secret(name):
            self._client.put_secret_value(SecretId=full_name, SecretString=text)
        else:
            self._client.create_secret(Name=full_name, SecretString=text)
        self._provider = None

    def _read_text(self, name: str) -> Any:
        from aws_lambda_powertools.utilities.parameters import SecretsProvider
        from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

        if self._provider is None:
            self._provider = SecretsProvider(boto3_client=self._client)
        try:
            return self._provider.get(self._prefix + name, max_age=MAX_AGE_SECONDS)
        except GetParameterError as error:
            if "ResourceNotFoundException" in str(error):
                raise DataFault("secret_missing", f"there is no secret {name}") from None
            raise TryLater("secrets_unreachable", f"could not read the secret {name}") from error


def _parse(text: Any, name: str) -> Secret:
    """Never shows what the secret holds."""
    try:
        document = json.loads(text)
        current, previous = document["current"], document["previous"]
    except (ValueError, TypeError, KeyError):
        raise DataFault("secret_unreadable", f"the secret {name} has no current/previous") from None
    if not _is_text_map(current) or not (previous is None or _is_text_map(previous)):
        raise DataFault("secret_unreadable", f"the secret {name} holds more than text")
    return Secret(current, previous)


def _is_text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
