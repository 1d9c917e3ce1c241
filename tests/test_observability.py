"""What a reader of the logs and metrics sees, and what must never be seen there."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib import observability
from chalicelib.errors import TryLater
from chalicelib.observability import MASKED_FIELDS, Metric, alert, correlate, count, record_change

CANARY = "Nguyễn-Canary-0912345678"


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_state_change_is_one_structured_line(capsys: pytest.CaptureFixture[str]) -> None:
    correlate("request-7")
    record_change("order_paid", payment_code="220000000000000101", amount_minor=15000)
    (line,) = _lines(capsys)
    assert line["message"] == "order_paid"
    assert line["level"] == "INFO"
    assert line["service"] == "errandless"
    assert line["correlation_id"] == "request-7"
    assert line["facts"] == {"payment_code": "220000000000000101", "amount_minor": 15000}
    assert line["location"].startswith("test_a_state_change_is_one_structured_line:")


@pytest.mark.parametrize("name", sorted(MASKED_FIELDS))
def test_a_masked_field_is_never_written_at_any_depth(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record_change("seen", **{name: CANARY}, deep=[{"inner": ({name.upper(): {"x": CANARY}},)}])
    observability.warn("seen", **{name: {"x": [CANARY]}})
    alert("seen", **{name: CANARY})
    written = capsys.readouterr().out
    assert len(written.splitlines()) == 3
    assert "Canary" not in written
    assert "0912345678" not in written


def test_a_record_is_named_and_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    @dataclass(frozen=True, slots=True)
    class Envelope:
        number: str

    record_change("seen", envelope=Envelope(CANARY), raw_bytes=CANARY.encode())
    written = capsys.readouterr().out
    assert "Canary" not in written
    assert "<Envelope>" in written


def test_of_a_foreign_error_kind_and_place_are_written_and_not_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        alert("handler_failed", error)
    (line,) = _lines(capsys)
    assert (line["level"], line["error"]) == ("ERROR", "ValueError")
    assert "test_observability.py:" in line["error_at"]
    assert "Canary" not in json.dumps(line)


def test_of_our_own_error_the_code_and_the_detail_are_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alert("handler_failed", TryLater("busy", "the store is busy"))
    (line,) = _lines(capsys)
    assert (line["error_code"], line["error_detail"]) == ("busy", "the store is busy")


def test_a_metric_is_an_embedded_metric_line_by_channel_and_outcome(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVINCE", "quangninh")
    count(Metric.PAYMENT_OUTCOMES, 2, channel="vnpay", outcome="paid")
    (line,) = _lines(capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Errandless"
    assert directive["Dimensions"] == [["province", "channel", "outcome"]]
    assert directive["Metrics"] == [{"Name": "payment_outcomes", "Unit": "Count"}]
    assert (line["province"], line["channel"], line["outcome"]) == ("quangninh", "vnpay", "paid")
    assert line["payment_outcomes"] == [2.0]


def test_importing_it_loads_neither_powertools_nor_an_aws_client() -> None:
    code = (
        "import sys, chalicelib.observability;"
        "sys.exit(any(m.split('.')[0] in ('boto3', 'botocore', 'aws_lambda_powertools')"
        " for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
