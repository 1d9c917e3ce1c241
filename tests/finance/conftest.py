"""A province with a finance system."""

from collections.abc import Iterator

import pytest

from infra.simulator.finance import FinanceSystem
from tests.support.finance import a_system, seed_with_finance
from tests.support.local_province import LocalProvince, local_province


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_finance) as running:
        yield running


@pytest.fixture
def system() -> FinanceSystem:
    return a_system()
