"""A bank's client in another language: the sample client passes the conformance kit over HTTP, and
the kit finds an adapter that believes everything."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.conformance.adapter import Adapter
from infra.conformance.cases import Kit, Result
from infra.conformance.report import report_page
from infra.conformance.run import SAMPLE
from tests.channels.biller_wire import KEY
from tests.support.biller_bank import seed_with_banks
from tests.support.http_front import Front, http_front
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import create

GULLIBLE = """
import json, sys
results = []
for task in json.load(sys.stdin):
    results.append({"status": 200, "body": {"payable": True}, "answer_is_signed": True})
print(json.dumps(results))
"""


@pytest.fixture
def front() -> Iterator[tuple[Front, LocalProvince]]:
    with http_front() as served, local_province(seed_with_banks) as province:
        served.province = province
        yield served, province


def run(front: tuple[Front, LocalProvince], command: str) -> list[Result]:
    served, province = front
    codes = tuple(
        create(province, f"k-{n}", reference=f"HS-{n}").json["payment_code"] for n in (1, 2)
    )
    adapter = Adapter(command, served.url, "BANK-A", KEY, province.clock.at.timestamp)
    assert len(codes) == 2
    return list(Kit(adapter.speak, codes, "2026-03-02T02:00:00Z", "2026-03-02").run())


def test_the_sample_client_conforms(front: tuple[Front, LocalProvince]) -> None:
    results = run(front, SAMPLE)
    assert [(each.name, each.faults) for each in results if each.faults] == []
    assert len(results) == 36
    page = report_page(results, "client.mjs")
    assert "`client.mjs` conforms (36 cases)." in page


def test_an_adapter_that_believes_everything_does_not_conform(
    front: tuple[Front, LocalProvince], tmp_path: Path
) -> None:
    script = tmp_path / "gullible.py"
    script.write_text(GULLIBLE)
    command = shlex.join([sys.executable, str(script)])
    results = run(front, command)
    passed = [each.name for each in results if not each.faults]
    assert passed == [
        "look a bill up",
        "a call with a nonce of its own",
        "look it up: owed again",
    ]
    assert "does not conform: 33 cases failed" in report_page(results, "gullible")
