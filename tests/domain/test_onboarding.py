"""What a payee unit may do at each stage of its way in."""

from datetime import date

import pytest

from chalicelib.domain.catalog import PayeeUnit
from chalicelib.domain.onboarding import Onboarding, Stage, is_in_catalogue, may_issue
from chalicelib.domain.province import Mode
from chalicelib.domain.province_document import find_faults, parse_province
from tests.domain.province_documents import small_document as province_document

DAY = date(2026, 3, 2)


def unit(*onboarding: object) -> PayeeUnit:
    begin, end = date(2025, 7, 1), date(2026, 12, 31)
    return PayeeUnit("UNITA", {}, "", "", "", begin, end, Onboarding(*onboarding))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "catalogue", "test", "live"),
    [
        (Stage.SURVEYED, False, False, False),
        (Stage.RESERVED, True, False, False),
        (Stage.JOINT_TEST, True, True, False),
        (Stage.LIVE, True, True, True),
    ],
)
def test_a_stage_says_what_may_begin(stage: Stage, catalogue: bool, test: bool, live: bool) -> None:
    there = unit(stage)
    assert is_in_catalogue(there, DAY) is catalogue
    assert may_issue(there, Mode.TEST, DAY) is test
    assert may_issue(there, Mode.LIVE, DAY) is live


def test_a_unit_of_before_the_stages_is_live_while_it_is_valid() -> None:
    assert may_issue(unit(), Mode.LIVE, DAY)
    assert not may_issue(unit(), Mode.LIVE, date(2027, 1, 1))
    assert not may_issue(unit(), Mode.TEST, date(2025, 6, 30))


@pytest.mark.parametrize(
    ("stage", "before"),
    [
        (Stage.LIVE, Stage.JOINT_TEST),
        (Stage.JOINT_TEST, Stage.RESERVED),
        (Stage.RESERVED, Stage.SURVEYED),
        (Stage.SURVEYED, Stage.SURVEYED),
    ],
)
def test_until_its_day_a_unit_is_one_stage_back(stage: Stage, before: Stage) -> None:
    way = Onboarding(stage, DAY)
    assert way.stage_on(date(2026, 3, 1)) is before
    assert way.stage_on(DAY) is stage


def test_the_document_tells_the_stage_and_may_leave_it_out() -> None:
    document = province_document()
    assert parse_province(document).payee_units[0].onboarding == Onboarding()
    document["payee_units"][0] |= {
        "stage": "joint_test",
        "stage_since": "2026-03-02",
        "joint_test_report": "UNITA.json",
    }
    read = parse_province(document).payee_units[0].onboarding
    assert read == Onboarding(Stage.JOINT_TEST, DAY, "UNITA.json")


def test_a_stage_that_is_none_and_a_report_elsewhere_are_faults() -> None:
    document = province_document()
    document["payee_units"][0] |= {"stage": "tested", "joint_test_report": "../UNITA.json"}
    faults = {fault.path[-1] for fault in find_faults(document)}
    assert faults == {"stage", "joint_test_report"}
