"""A province on a local AWS of its own, from the packaged template, for the whole session."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from infra.errandless.failures import OperatorError
from infra.errandless.run import Ports, running_province
from infra.errandless.template import require_runtime
from tests.stack.portal import PortalClient

PROVINCE = "quangninh"


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="session")
def local_province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What `.local/quangninh.json` would say of it."""
    try:
        require_runtime()
    except OperatorError as error:
        pytest.skip(str(error))
    file = tmp_path_factory.mktemp("local") / f"{PROVINCE}.json"
    with running_province(PROVINCE, Ports(*free_ports(3)), file) as description:
        yield description


@pytest.fixture(scope="session")
def portal(local_province: dict[str, Any]) -> PortalClient:
    return PortalClient(local_province["base_url"], local_province["portal"]["api_key"])
