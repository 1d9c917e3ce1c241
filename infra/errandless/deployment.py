"""Where a province is deployed to: `infra/provinces/<code>/deployment.json`."""

import json
from dataclasses import dataclass
from pathlib import Path

from infra.errandless.failures import OperatorError
from infra.errandless.paths import PROVINCES


@dataclass(frozen=True, slots=True)
class Deployment:
    """`public_base_url`: where payers and channels reach it, without a slash at the end."""

    province: str
    region: str
    public_base_url: str

    @property
    def stack_name(self) -> str:
        return f"errandless-{self.province.replace('_', '-')}"


def read_deployment(province: str, provinces: Path = PROVINCES) -> Deployment:
    """Raises: OperatorError"""
    file = provinces / province / "deployment.json"
    if not file.is_file():
        known = ", ".join(sorted(each.parent.name for each in provinces.glob("*/deployment.json")))
        raise OperatorError(f"There is no province {province!r}; known are: {known or 'none'}.")
    try:
        content = json.loads(file.read_text())
        return Deployment(province, content["region"], content["public_base_url"].rstrip("/"))
    except (ValueError, KeyError, AttributeError) as error:
        raise OperatorError(f"{file.name}: it is not readable: {error!r}.") from error
