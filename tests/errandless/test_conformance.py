"""`errandless conformance`: exit codes, JSON and reports. The cases themselves are run by
`make test-peers`, with a client in another language."""

import html
import json
import shlex
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.conformance.cases import Answer, Call, Kit
from infra.errandless.__main__ import main
from tests.channels.biller_wire import KEY

GULLIBLE = """
import json, sys
answers = [{"status": 200, "body": {"payable": True}, "answer_is_signed": True}]
json.load(sys.stdin)
print(json.dumps(answers))
"""
CODES = "225410949228870787,220000000000000092"


def run(tmp_path: Path, script: str, *more: str) -> int:
    adapter = tmp_path / "adapter.py"
    adapter.write_text(script)
    command = shlex.join([sys.executable, str(adapter)])
    return main(
        [
            "conformance",
            *("--base-url", "http://127.0.0.1:9", "--partner", "BANK-A", "--codes", CODES),
            *("--adapter", command, *more),
        ]
    )


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLER_SIGNING_KEY", KEY)


def test_an_adapter_that_fails_is_reported_case_by_case_in_html_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report.html"
    assert run(tmp_path, GULLIBLE, "--report", str(page), "--json") == 3
    result: Any = json.loads(capsys.readouterr().out)
    assert (result["conforms"], result["cases"], result["failed"]) == (False, 36, 33)
    names = [each["name"] for each in result["results"]]
    assert len(set(names)) == 36
    shown = html.unescape(page.read_text())
    assert "does not conform: 33 cases failed (36 cases)." in shown
    assert all(name in shown for name in names)
    assert shown.count('class="failed"') == 33
    assert shown.count('class="passed"') == 3


def test_a_report_of_another_name_is_markdown(tmp_path: Path) -> None:
    page = tmp_path / "report.md"
    assert run(tmp_path, GULLIBLE, "--report", str(page)) == 3
    assert page.read_text().count("\n| ") == 38


def test_an_adapter_that_dies_ends_it_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "raise SystemExit('no key')") == 1
    assert "ended with 1: no key" in capsys.readouterr().err


def test_a_code_that_the_account_does_not_serve_ends_it_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = GULLIBLE.replace('200, "body": {"payable": True}', '404, "body": UNKNOWN')
    script = 'UNKNOWN = {"code": "bill_not_found"}\n' + stranger
    page = tmp_path / "report.md"
    assert run(tmp_path, script, "--report", str(page)) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith(f"The account serves no bill {CODES[:18]}")
    assert not page.exists()


@pytest.mark.skipif(shutil.which("node") is None, reason="the sample adapter runs on Node")
def test_a_server_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{free.getsockname()[1]}"
        asked = ("--base-url", base_url, "--partner", "BANK-A", "--codes", CODES)
        assert main(["conformance", *asked]) == 1
    said = capsys.readouterr().err
    assert "no readable answer: ECONNREFUSED" in " ".join(said.split())
    assert "at async" not in said


def test_without_a_key_or_two_bills_nothing_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tmp_path, GULLIBLE, "--codes", "225410949228870787") == 1
    monkeypatch.delenv("BILLER_SIGNING_KEY")
    assert run(tmp_path, GULLIBLE) == 1
    said = capsys.readouterr().err
    assert "two payment codes" in said
    assert "Set BILLER_SIGNING_KEY" in said


def test_the_two_bills_may_be_of_different_amounts() -> None:
    amounts = dict(zip(CODES.split(","), (5_000_111, 5_000_112), strict=True))
    asked: list[Call] = []

    def speak(call: Call) -> Answer:
        asked.append(call)
        code = str((call.body or {}).get("payment_code", "")).replace(" ", "")
        return Answer(200, {"amount_minor": amounts.get(code, 0), "currency": "VND"}, True)

    first, second = amounts
    list(Kit(speak, (first, second), "2026-03-02T02:00:00Z", "2026-03-02").run())
    locks = [call.body for call in asked if call.path == "/biller/v1/locks" and call.body]
    assert {body["amount_minor"] for body in locks if body["payment_code"] == second} == {5_000_112}
