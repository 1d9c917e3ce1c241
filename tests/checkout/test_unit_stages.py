"""A unit on its way in: nothing begins for it before its stage allows it; what began goes on."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.portals import PORTAL_SCOPES, PortalKey, hash_key, new_key, portal_key_prefix
from chalicelib.domain.province import Mode
from tests.support.bills import amend, issue, issued
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import call, create, order_body, start
from tests.support.rows import ledger_keys
from tests.support.seeded import province_document

LIVE_KEY = new_key(portal_key_prefix(Mode.LIVE), b"portal-a-live-16")


def set_stage(province: LocalProvince, stage: str, **more: Any) -> None:
    document = province_document()
    document["payee_units"][0] |= {"stage": stage, **more}
    province.platform.setup.write_province(document)
    province.clock.advance(minutes=2)  # What functions keep of the province is older than a minute.


def refused(answer: HttpAnswer) -> tuple[int, str, str]:
    error = answer.json["errors"][0]
    assert (error["field"], error["code"]) == ("/payee_unit", answer.json["code"])
    return answer.status, error["code"], error["detail"]


@pytest.mark.parametrize("stage", ["surveyed", "reserved"])
def test_before_the_joint_test_nothing_begins(province: LocalProvince, stage: str) -> None:
    set_stage(province, stage)
    detail = f"its stage is {stage}, which takes no test orders"
    quote = call(province, "POST", "/v1/quotes", order_body())
    for answer in (create(province), issue(province), quote):
        assert refused(answer) == (422, "payee_unit_not_live", detail)
    assert ledger_keys(province) == []


def test_the_joint_test_takes_test_orders(province: LocalProvince) -> None:
    set_stage(province, "joint_test")
    assert create(province).status == 201
    assert issue(province).status == 201


def test_the_joint_test_takes_no_live_orders(province: LocalProvince) -> None:
    setup = province.platform.setup
    portal = setup.read_portal("portal-a")
    assert portal is not None
    setup.write_portal(replace(portal, portal_id="portal-live", mode=Mode.LIVE))
    now = province.clock.at
    setup.write_key(PortalKey(hash_key(LIVE_KEY), "portal-live", Mode.LIVE, PORTAL_SCOPES, now))
    set_stage(province, "joint_test")
    answer = call(province, "POST", "/v1/orders", order_body(), key=LIVE_KEY, idempotency_key="k")
    detail = "its stage is joint_test, which takes no live orders"
    assert refused(answer) == (422, "payee_unit_not_live", detail)
    set_stage(province, "live")
    again = call(province, "POST", "/v1/orders", order_body(), key=LIVE_KEY, idempotency_key="k")
    assert again.status == 201


def test_a_stage_begins_on_its_day(province: LocalProvince) -> None:
    set_stage(province, "joint_test", stage_since="2026-03-03")
    assert refused(create(province))[2] == "its stage is reserved, which takes no test orders"
    province.clock.advance(days=1)
    assert create(province).status == 201


def test_what_began_goes_on_when_a_unit_is_set_back(province: LocalProvince) -> None:
    first, code = create(province), issued(province)
    set_stage(province, "reserved")
    assert create(province).text == first.text
    assert issue(province, "b-2").status == 200
    assert start(province, first.json["payment_code"]).status == 201
    assert refused(amend(province, code, due_date="2026-04-30"))[1] == "payee_unit_not_live"


def test_the_catalogue_tells_the_stage_and_hides_the_items_of_a_surveyed_unit(
    province: LocalProvince,
) -> None:
    def told() -> tuple[Any, int]:
        units = call(province, "GET", "/v1/payee-units").json["items"]
        stages = [(unit["code"], unit["stage"], unit["stage_since"]) for unit in units]
        return stages, len(call(province, "GET", "/v1/fee-items").json["items"])

    assert told() == ([("UNITA", "live", None)], 6)
    set_stage(province, "reserved", stage_since="2026-03-02")
    assert told() == ([("UNITA", "reserved", "2026-03-02")], 6)
    set_stage(province, "reserved", stage_since="2026-03-09")
    assert told() == ([("UNITA", "surveyed", None)], 0)
