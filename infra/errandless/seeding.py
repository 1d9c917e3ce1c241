"""Hands a deployed stack to the seeding of setup data."""

import importlib.util
from typing import Any

from infra.errandless.target import Target


def seed(
    target: Target,
    outputs: dict[str, str],
    province: str,
    simulator_url: str | None,  # noqa: ARG001
) -> Any:
    """Returns: a `SeedResult`, or None while the project has no seeding."""
    if importlib.util.find_spec("infra.errandless.seed") is None:
        return None
    from infra.errandless.seed import seed_province  # type: ignore[import-not-found]

    return seed_province(target.client, outputs, province, local=target.is_local)
