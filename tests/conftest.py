"""Fixtures that many tests share."""

from collections.abc import Iterator

import pytest

from tests.support.local_province import LocalProvince, local_province
from tests.support.seeded import seed


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    """A province on moto whose channels and portals are out of reach."""
    with local_province(seed) as running:
        yield running
