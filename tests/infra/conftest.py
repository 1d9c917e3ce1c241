"""The packaged template, made once."""

from typing import Any

import pytest

from tests.infra.packaged_template import read_template, skip_unless_packaging_python


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    skip_unless_packaging_python()
    return read_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> dict[str, Any]:
    resources: dict[str, Any] = template["Resources"]
    return resources
