"""A deployed province's tables and buckets, for an operator who reads them."""

import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from infra.errandless.change_set import read_outputs
from infra.errandless.deployment import read_deployment
from infra.errandless.failures import OperatorError
from infra.errandless.run import read_description
from infra.errandless.target import Target
from infra.local_cloud.server import REGION


@dataclass(frozen=True)
class OpenedProvince:
    target: Target
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        return self.target.client(service)

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
        return OpenedProvince(Target(REGION, known["aws_endpoint_url"]), known["outputs"])
    target = Target(deployment.region)
    outputs = read_outputs(target.client("cloudformation"), deployment.stack_name)
    return OpenedProvince(target, outputs)
