"""Hands a deployed stack to the seeding of setup data."""

from chalicelib.errors import DataFault
from infra.errandless.failures import OperatorError
from infra.errandless.keep_catalogue import keep_catalogue
from infra.errandless.seed import SIMULATOR_URL, SeedResult, seed_province
from infra.errandless.target import Target


def seed(
    target: Target, outputs: dict[str, str], province: str, simulator_url: str | None
) -> SeedResult:
    """`simulator_url` None: no sandbox, so no sample portals and keys. Raises: OperatorError"""
    substitutions = {SIMULATOR_URL: simulator_url} if simulator_url else {}
    try:
        seeded = seed_province(
            target.client, outputs, province, substitutions=substitutions, local=target.is_local
        )
    except DataFault as fault:
        raise OperatorError(f"The province's files are not right: {fault.detail}") from fault
    keep_catalogue(target.client, outputs, seeded.province_version)
    return seeded
