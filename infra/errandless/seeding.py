"""Hands a deployed stack to the seeding of setup data."""

from infra.errandless.seed import SIMULATOR_URL, SeedResult, seed_province
from infra.errandless.target import Target


def seed(
    target: Target, outputs: dict[str, str], province: str, simulator_url: str | None
) -> SeedResult:
    substitutions = {} if simulator_url is None else {SIMULATOR_URL: simulator_url}
    return seed_province(
        target.client, outputs, province, substitutions=substitutions, local=target.is_local
    )
