"""How far a payee unit has come on its way in (R15), and what it may do there.

stage        catalogue   test mode   live mode
surveyed     -           -           -
reserved     shown       -           -
joint_test   shown       yes         -
live         shown       yes         yes
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.domain.catalog import PayeeUnit
    from chalicelib.domain.province import Mode


class Stage(StrEnum):
    SURVEYED = "surveyed"
    RESERVED = "reserved"
    JOINT_TEST = "joint_test"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Allowance:
    """`modes`: in which something may be owed to the unit."""

    is_in_catalogue: bool
    modes: frozenset[str]


ALLOWED: Mapping[Stage, Allowance] = {
    Stage.SURVEYED: Allowance(is_in_catalogue=False, modes=frozenset()),
    Stage.RESERVED: Allowance(is_in_catalogue=True, modes=frozenset()),
    Stage.JOINT_TEST: Allowance(is_in_catalogue=True, modes=frozenset({"test"})),
    Stage.LIVE: Allowance(is_in_catalogue=True, modes=frozenset({"test", "live"})),
}


@dataclass(frozen=True, slots=True)
class Onboarding:
    """`since`: the stage's first day, None: always; before it the unit is one stage back. `report`:
    the file that tells of the joint test, None where none is asked for."""

    stage: Stage = Stage.LIVE
    since: date | None = None
    report: str | None = None

    def stage_on(self, day: date) -> Stage:
        if self.since is None or self.since <= day or self.stage is Stage.SURVEYED:
            return self.stage
        stages = list(Stage)
        return stages[stages.index(self.stage) - 1]


ALWAYS_LIVE = Onboarding()


def may_issue(unit: "PayeeUnit", mode: "Mode", day: date) -> bool:
    """Whether an order, a bill, an open code may begin for the unit. What began goes on."""
    return unit.is_valid_on(day) and mode in ALLOWED[unit.onboarding.stage_on(day)].modes


def is_in_catalogue(unit: "PayeeUnit", day: date) -> bool:
    return ALLOWED[unit.onboarding.stage_on(day)].is_in_catalogue
