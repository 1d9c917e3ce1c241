"""The guide for units' developers and the platform agree, byte for byte."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels.unit_system import Question, UnitKeys, ask_unit, read_keys
from chalicelib.domain.bill_sources import BillSource
from chalicelib.errors import DataFault, OutcomeUnknown, SignatureRefused
from chalicelib.outbound import OutboundHttp, Reach, Response
from tests.support.unit_system import KEY, own_system

GUIDE = (Path(__file__).parents[2] / "infra/guides/answer-for-bills.md").read_text("utf-8")
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
BILL = b'{"result": "bill", "bill": {"reference": "QD-1"}}'


def sample(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


def question(url: str = "https://bills.example/errandless/bills") -> Question:
    source = BillSource("QNCSGT", "demo", url, "units/qncsgt", 5)
    return Question(source, "QD-1", "14a12345", "n" * 26, NOW)


class GuidedUnit:
    """Answers with the guide's own Python."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.code: dict[str, Any] = {}
        exec(sample("python"), self.code)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], _: float) -> Response:
        assert self.code["check"](
            self.key, headers, url.removeprefix("https://bills.example"), body
        )
        stamp, nonce = headers["X-Errandless-Timestamp"], headers["X-Errandless-Nonce"]
        told = self.code["answer_headers"](self.key, "QNCSGT", nonce, stamp, BILL)
        return Response(200, {name.lower(): value for name, value in told.items()}, BILL)

    def get(self, *_: Any) -> Response:
        raise AssertionError("nothing is fetched")


def test_the_guides_python_reads_our_question_and_we_read_its_answer() -> None:
    keys = UnitKeys(b"shared", (b"shared",))
    assert ask_unit(GuidedUnit("shared"), keys, question()) == {"reference": "QD-1"}


def test_a_key_is_changed_by_two_both_answers_are_believed_and_a_third_is_not() -> None:
    keys = read_keys({"signing_key": "new"}, {"signing_key": "old"})
    assert (keys.current, keys.accepted) == (b"new", (b"new", b"old"))
    unit = GuidedUnit("new")
    unit.code["check"] = lambda *_: True
    for key in ("new", "old"):
        unit.key = key
        assert ask_unit(unit, keys, question()) == {"reference": "QD-1"}
    unit.key = "third"
    with pytest.raises(SignatureRefused):
        ask_unit(unit, keys, question())


def test_a_secret_without_a_key_signs_nothing() -> None:
    with pytest.raises(DataFault):
        read_keys({"signing_key": ""}, None)


def test_the_answer_to_another_question_is_not_believed() -> None:
    class Repeating(GuidedUnit):
        def post(self, url: str, body: bytes, headers: Mapping[str, str], _: float) -> Response:
            return super().post(url, body, {**headers, "X-Errandless-Nonce": "m" * 26}, _)

    unit = Repeating("shared")
    unit.code["check"] = lambda *_: True
    with pytest.raises(SignatureRefused):
        ask_unit(unit, UnitKeys(b"shared", (b"shared",)), question())


def test_an_answer_that_is_cut_or_of_another_shape_is_unknown_and_no_no() -> None:
    with own_system() as system:
        http = OutboundHttp(Reach.CONFIGURED, frozenset({system.url}))
        keys = UnitKeys(KEY.encode(), (KEY.encode(),))
        assert ask_unit(http, keys, question(f"{system.url}/bills")) is None
        for spoiled in (b"", b"{}", b'{"result":"bill","bill":[]}', b'{"result":"no such bill"}'):
            system.spoil.append(spoiled)
            with pytest.raises(OutcomeUnknown):
                ask_unit(http, keys, question(f"{system.url}/bills"))


@pytest.mark.skipif(
    not (shutil.which("openssl") and shutil.which("curl")), reason="no openssl or curl here"
)
def test_the_guides_curl_is_signed_as_the_unit_expects() -> None:
    with own_system() as system:
        system.bills["QD-2026-000123", "14a12345"] = {"reference": "QD-2026-000123"}
        script = sample("sh").split("\n", 1)[1]
        given = f"KEY='{KEY}' UNIT=QNCSGT URL={system.url}/bills URLPATH=/bills\n"
        shell = ["bash", "-c", given + script]
        done = subprocess.run(shell, capture_output=True, text=True, timeout=30, check=True)
    assert "HTTP/1.0 200" in done.stdout
    assert '"reference": "QD-2026-000123"' in done.stdout
