"""The command as an operator types it, on a province in this process."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.errandless import run
from infra.errandless.__main__ import main
from infra.errandless.province_rows import OpenedProvince, output_name
from infra.errandless.target import Target
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.seeded import SIMULATOR


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Typed = Callable[..., Done]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command and gives its exit code and both outputs."""
    monkeypatch.setenv("COLUMNS", "160")

    def type_command(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(arguments)
        return Done(code, *capsys.readouterr())

    return type_command


@pytest.fixture
def outputs(province: LocalProvince) -> dict[str, str]:
    """Of the stack, as CloudFormation would tell them."""
    told = {output_name(name): value for name, value in asdict(province.settings).items()}
    for name in (
        "ReceiptsDeadLetters",
        "NoticesDeadLetters",
        "BillFilesDeadLetters",
        "StreamFailures",
        "EventFailures",
    ):
        urls = client("sqs").list_queues(QueueNamePrefix=name)["QueueUrls"]
        told[f"{name}Url"] = urls[0]
    return {**told, "RestAPIId": "api"}


@pytest.fixture
def here(
    province: LocalProvince,
    outputs: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> LocalProvince:
    """The province of this process stands for what `run` started, clock included."""
    description = {
        "aws_endpoint_url": "http://127.0.0.1:1",
        "base_url": "http://127.0.0.1:2",
        "simulator_url": SIMULATOR,
        "stack_name": "errandless-quangninh",
        "outputs": outputs,
    }
    (tmp_path / "quangninh.json").write_text(json.dumps(description))
    monkeypatch.setattr(run, "LOCAL", tmp_path)
    monkeypatch.setattr(Target, "client", lambda self, service: client(service))
    monkeypatch.setattr(OpenedProvince, "platform", property(lambda self: province.platform))
    return province
