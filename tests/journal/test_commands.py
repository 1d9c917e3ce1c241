"""The commands as an operator types them, on a province in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.errandless import explain_command, replay_command
from infra.errandless.__main__ import cli
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import OpenedProvince
from tests.journal.kept import copy_journal
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.paid_orders import paid

Typed = Callable[..., Result]


class OpenedHere(OpenedProvince):
    def client(self, service: str) -> Any:
        return client(service)


@pytest.fixture
def typed(province: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> Typed:
    settings = province.settings
    outputs = {
        "LedgerTable": settings.ledger_table,
        "ViewsTable": settings.views_table,
        "SetupTable": settings.setup_table,
        "JournalBucket": settings.journal_bucket,
    }

    def open_here(_: str, *, local: bool) -> OpenedProvince:
        return OpenedHere(None, outputs)  # type: ignore[arg-type]

    for module in (replay_command, explain_command):
        monkeypatch.setattr(module, "open_province", open_here)
    return lambda *arguments: CliRunner().invoke(cli, arguments)


@pytest.fixture
def code(province: LocalProvince) -> str:
    code = paid(province)
    province.pump()
    province.keep_journal()
    return code


def test_a_replay_that_finds_all_the_same_ends_with_0(
    typed: Typed, code: str, province: LocalProvince, tmp_path: Path
) -> None:
    copy_journal(province, tmp_path)
    for more in ((), ("--journal", str(tmp_path))):
        done = typed("replay", "quangninh", "--all", "--json", *more)
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert (found["faults"], found["left"], found["repaired"]) == ([], 0, 0)
        assert found["records"] > 5


def test_a_broken_journal_ends_with_2(
    typed: Typed, code: str, province: LocalProvince, tmp_path: Path
) -> None:
    copy_journal(province, tmp_path)
    next(tmp_path.rglob("*.gz")).unlink()
    done = typed("replay", "quangninh", "--all", "--journal", str(tmp_path))
    assert done.exit_code == 2
    assert "missing" in done.stderr


def test_rows_that_differ_end_with_3_and_a_repair_with_0(
    typed: Typed, code: str, province: LocalProvince
) -> None:
    province.platform.views.write_token("made-up", "UNITA-phi-2026", 9)
    assert typed("replay", "quangninh", "--all").exit_code == 3
    assert typed("replay", "quangninh", "--all", "--repair").exit_code == 0
    assert typed("replay", "quangninh", "--all").exit_code == 0


@pytest.mark.parametrize("scope", [(), ("--all", "--day", "2026-03-02"), ("--day", "today")])
def test_an_unclear_scope_is_refused_in_a_sentence(typed: Typed, scope: tuple[str, ...]) -> None:
    done = typed("replay", "quangninh", *scope)
    assert isinstance(done.exception, OperatorError)


def test_explain_tells_it_as_json_and_with_the_journal(typed: Typed, code: str) -> None:
    told = json.loads(typed("explain", "quangninh", code, "--json").stdout)
    assert told["payment_code"] == code
    assert told["events"][0]["what"] == "order created"
    more = json.loads(typed("explain", "quangninh", code, "--json", "--from-bucket").stdout)
    assert len(more["events"]) == len(told["events"]) + 5
    assert "order created" in typed("explain", "quangninh", code).stdout
