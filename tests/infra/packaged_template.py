"""The stack's template as Chalice makes it, without what ships (no network)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.errandless.failures import OperatorError
from infra.errandless.template import chalice_package, require_runtime, stage_project

ROOT = Path(__file__).resolve().parents[2]


def skip_unless_packaging_python() -> None:
    try:
        require_runtime()
    except OperatorError as error:
        pytest.skip(str(error))


@cache
def _template(folder: Path) -> str:
    stage_project(folder / "project")
    return json.dumps(chalice_package(folder / "project", folder / "package"))


def read_template(folder: Path) -> dict[str, Any]:
    template: dict[str, Any] = json.loads(_template(folder))
    return template
