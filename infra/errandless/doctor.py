"""What a province needs to work, asked one by one. Nothing is changed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import ErrandlessError
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import OpenedProvince
from infra.errandless.refusals import sentence_of


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """`to_do` is empty where nothing is to be done."""

    about: str
    health: Health
    what: str
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """A province, by its code, as it is `now`."""

    code: str
    opened: OpenedProvince
    now: datetime


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    look: Callable[[Examined], Iterable[Finding]]


def examine(
    examined: Examined, checks: Sequence[Check], advance: Callable[[str], None]
) -> list[Finding]:
    """`advance` is called before each check. What cannot be looked at is a problem of its own."""
    findings: list[Finding] = []
    for check in checks:
        advance(check.name)
        try:
            findings += check.look(examined)
        except (OperatorError, ErrandlessError, ClientError, BotoCoreError, OSError) as error:
            what = f"It could not be looked at: {sentence_of(error)}"
            findings.append(problem(check.name, what, "Mend that, then ask again."))
    return findings


def ok(about: str, what: str) -> Finding:
    return Finding(about, Health.OK, what)


def warning(about: str, what: str, to_do: str) -> Finding:
    return Finding(about, Health.WARNING, what, to_do)


def problem(about: str, what: str, to_do: str) -> Finding:
    return Finding(about, Health.PROBLEM, what, to_do)
