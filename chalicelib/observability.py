"""Structured logs and metrics: one line per state change, `error` only where a person must act.

Everything is written to standard output, from where Lambda carries it to CloudWatch; metrics are
lines too (embedded metric format), so that neither costs an AWS call.
"""

import logging
import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TextIO

from chalicelib.errors import ErrandlessError

SERVICE = "errandless"
NAMESPACE = "Errandless"
MASK = "***"

# The line that a log entry names is the one that called us.
_CALLER = 3

# Names whose values are never written, at whatever depth they stand in what is logged.
MASKED_FIELDS = frozenset(
    {
        "payer",
        "sealed_payer",
        "name",
        "identity",
        "phone",
        "email",
        "address",
        "client_ip",
        "verification_word",
        "word",
        "pay_url",
        "return_url",
        "token",
        "secret",
        "secrets",
        "api_key",
        "authorization",
        "idempotency_key",
        "signature",
        "raw",
        "raw_body",
        "body",
        "answer",
        "metadata",
    }
)


class Metric(StrEnum):
    PAYMENT_OUTCOMES = "payment_outcomes"
    QUESTIONS_FAILED = "questions_failed"
    CODES_UNMAPPED = "codes_unmapped"
    SIGNATURES_REFUSED = "signatures_refused"
    RECEIPTS_ISSUED = "receipts_issued"
    NOTICE_ATTEMPTS = "notice_attempts"
    EFFECTS_SWEPT = "effects_swept"
    RECORDS_FAILED = "records_failed"
    CASES_OPENED = "cases_opened"
    STATEMENTS_RECONCILED = "statements_reconciled"
    BREAKS_FOUND = "breaks_found"
    BILL_SOURCES_SILENT = "bill_sources_silent"


def record_change(event: str, /, **facts: Any) -> None:
    """`event`: a past-tense sentence of stable words, such as `order_paid`."""
    _logger().info(event, extra={"facts": masked(facts)}, stacklevel=_CALLER)


def warn(event: str, /, **facts: Any) -> None:
    """Something went wrong and mends itself: a retry, a refused signature."""
    _logger().warning(event, extra={"facts": masked(facts)}, stacklevel=_CALLER)


def alert(event: str, error: BaseException | None = None, /, **facts: Any) -> None:
    """A person must act. Of a foreign error its kind and place are written, not its text: that may
    quote what it was about."""
    extra = {"facts": masked(facts), **_described(error)}
    _logger().error(event, extra=extra, stacklevel=_CALLER)


def count(metric: Metric, number: int = 1, /, **dimensions: str) -> None:
    """One metric line. `dimensions` take few values each (channel, outcome): every combination is
    paid for."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(
        name=metric, unit=MetricUnit.Count, value=number, namespace=NAMESPACE
    ) as line:
        line.add_dimension("province", os.environ.get("PROVINCE", "none"))
        for name, value in dimensions.items():
            line.add_dimension(name, value or "none")


def correlate(correlation_id: str) -> None:
    """Every later line of this invocation carries it."""
    _logger().set_correlation_id(correlation_id)


def masked(value: Any) -> Any:
    """A copy without the values of MASKED_FIELDS."""
    if isinstance(value, Mapping):
        return {
            str(name): MASK if str(name).lower() in MASKED_FIELDS else masked(inner)
            for name, inner in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    # A record's own text would show its fields, masked ones included.
    return f"<{type(value).__name__}>"


def _described(error: BaseException | None) -> dict[str, str]:
    if error is None:
        return {}
    described = {"error": type(error).__name__}
    if isinstance(error, ErrandlessError):
        described |= {"error_code": error.code, "error_detail": error.detail}
    trace = error.__traceback__
    while trace is not None:
        described["error_at"] = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return described


class _StandardOutput(logging.StreamHandler[TextIO]):
    """Standard output as it is when a line is written, not as it was at configuration."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stdout

    @stream.setter
    def stream(self, _: TextIO) -> None:
        raise AttributeError("standard output is looked up at every line")


@cache
def _logger() -> Any:
    from aws_lambda_powertools.logging import Logger

    return Logger(service=SERVICE, logger_handler=_StandardOutput(), use_rfc3339=True, utc=True)
