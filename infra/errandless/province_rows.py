"""A deployed province's tables and buckets, for an operator who reads them."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from chalicelib.settings import Settings
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.wiring import Platform
from infra.errandless.change_set import read_outputs
from infra.errandless.deployment import read_deployment
from infra.errandless.failures import OperatorError
from infra.errandless.run import read_description
from infra.errandless.target import Target
from infra.local_cloud.server import REGION


class _OperatorsPlatform(Platform):
    """The functions' own parts, with the operator's clients."""

    def __init__(self, settings: Settings, client_of: Callable[[str], Any]) -> None:
        super().__init__(settings)
        self._client_of = client_of

    def client(self, service: str) -> Any:
        return self._client_of(service)


@dataclass(frozen=True)
class OpenedProvince:
    """`simulator_url` None: on AWS."""

    target: Target
    outputs: dict[str, str]
    stack_name: str = ""
    simulator_url: str | None = None

    def client(self, service: str) -> Any:
        return self.target.client(service)

    @cached_property
    def platform(self) -> Platform:
        """What the functions are made of. Raises: OperatorError"""
        return _OperatorsPlatform(settings_of(self.outputs), self.client)

    @property
    def zone(self) -> str:
        zone: str = self.document["profile"]["zone"]
        return zone

    @property
    def accounts(self) -> tuple[tuple[str, str], ...]:
        """(channel, account) of each channel account."""
        return tuple(
            (each["channel"], each["account"]) for each in self.document["channel_accounts"]
        )

    @cached_property
    def document(self) -> dict[str, Any]:
        """The province's current one. Raises: OperatorError"""
        dynamo, table = Dynamo(self.client("dynamodb")), self.outputs["SetupTable"]
        pointer = dynamo.get(table, keys.current_province_key())
        row = dynamo.get(table, keys.province_key(pointer["version"])) if pointer else None
        if row is None:
            raise OperatorError("The province was never seeded.")
        document: dict[str, Any] = json.loads(zlib.decompress(row["document"]))
        return document


def open_province(province: str, *, local: bool) -> OpenedProvince:
    """Raises: OperatorError"""
    deployment = read_deployment(province)
    if local:
        known = read_description(province)
        return OpenedProvince(
            Target(REGION, known["aws_endpoint_url"]),
            known["outputs"],
            known["stack_name"],
            known["simulator_url"],
        )
    target = Target(deployment.region)
    outputs = read_outputs(target.client("cloudformation"), deployment.stack_name)
    return OpenedProvince(target, outputs, deployment.stack_name)


def settings_of(outputs: Mapping[str, str]) -> Settings:
    """Raises: OperatorError when the stack is older than this command."""
    values = {field.name: outputs.get(output_name(field.name)) for field in fields(Settings)}
    missing = [output_name(name) for name, value in values.items() if not value]
    if missing:
        raise OperatorError(f"The stack does not tell its {', '.join(missing)}: deploy it again.")
    return Settings(**{name: str(value) for name, value in values.items()})


def output_name(setting: str) -> str:
    """`ledger_table` → `LedgerTable`, as `infra/stack/outputs.yaml` calls it."""
    return "".join(word.capitalize() for word in setting.split("_"))
