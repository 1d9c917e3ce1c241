"""In each province: the simulator's units with software of their own, asked through its profile."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from chalicelib.errors import OutcomeUnknown
from chalicelib.outbound import Response
from chalicelib.storage.breakers import PAUSE
from infra.simulator import default_config
from infra.simulator.core import Core
from infra.simulator.published import SIDES
from infra.simulator.server import answer
from infra.simulator.unit_system import FAULTS
from infra.simulator.wire import Dropped, Request
from tests.support.local_province import Clock, HttpAnswer, local_cloud
from tests.support.seeded_province import SeededProvince, bring_up
from tests.web.pages.page_reader import read_page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Province: the unit, its scheme, a number, its second fact, and what is owed.
KNOWN = {
    "quangninh": ("QNCSGT", "traffic-fines", "QD-2026-000123", "14A-123.45", "4,000,000 VND"),
    "binhduong": ("HCMCSGT", "traffic-fines", "QD-2026-000321", "61a 12345", "2,000,000 VND"),
    "zhejiang": ("HZJJ", "traffic-fines", "3301092026000123", "浙A12345", "200.00 CNY"),
}


@dataclass
class Simulated:
    """The simulator's answers without a network between; `timed_out`: a slow one came too late."""

    core: Core

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        given = {name.lower(): value for name, value in headers.items()}
        try:
            reply = answer(self.core, Request("POST", urlsplit(url).path, "", given, body))
        except Dropped:
            raise OutcomeUnknown("answer_lost", "dropped") from None
        told = {name.lower(): value for name, value in reply.headers.items()}
        return Response(reply.status, told, reply.body)

    def get(self, *_: Any) -> Response:
        raise AssertionError("nothing is fetched")


@dataclass
class World:
    province: SeededProvince
    core: Core
    code: str

    def look(self, number: str, fact: str) -> HttpAnswer:
        _, scheme, *_ = KNOWN[self.code]
        form = urlencode({"number": number, "word": fact})
        with self.province.serving() as local:
            return local.http("POST", f"/s/{scheme}?lang=en", form, FORM)


@pytest.fixture(params=list(KNOWN))
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with local_cloud() as clock:
        core = Core(default_config("http://platform.test", "q", "q"), clock, None, SIDES)
        yield World(_bring_up(request.param, clock, core), core, request.param)
        core.sender.close()


def _bring_up(code: str, clock: Clock, core: Core) -> SeededProvince:
    return bring_up(code, clock, http=Simulated(core))


def test_a_fine_of_the_police_is_found_by_its_number_and_the_plate(world: World) -> None:
    unit, _, number, plate, owed = KNOWN[world.code]
    found = world.look(number, plate)
    assert found.status == 303, found.text
    page = world.province.open_page(urlsplit(found.headers["Location"]).path + "?lang=en")
    assert owed in read_page(page.text).text
    assert world.look(number, "99X99999").status == 404
    assert world.look("QD-0", plate).status == 404
    units = json.loads(world.province.call("GET", "/v1/payee-units?limit=100").text)["items"]
    told = {each["code"]: each["live_bills"] for each in units}
    assert told[unit] == {"available": True, "unavailable_since": None}


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "slow"])
def test_every_fault_of_the_simulator_is_silence_until_it_is_over(world: World, fault: str) -> None:
    unit, _, number, plate, _ = KNOWN[world.code]
    world.core.units.add_faults(unit, fault, 1, 0)
    silent = world.look(number, plate)
    assert silent.status == 503
    assert "That does not mean that nothing is owed." in read_page(silent.text).text
    assert world.look(number, plate).status == 303


def test_a_police_that_is_down_leaves_the_known_fine_payable_and_is_asked_again_later(
    world: World,
) -> None:
    unit, _, number, plate, _ = KNOWN[world.code]
    assert world.look(number, plate).status == 303
    world.core.units.add_faults(unit, "down", 3, 0)
    for _ in range(4):
        assert world.look(number, plate).status == 303
    # Left alone: an unknown number is not asked for, and nobody says that nothing is owed.
    asked = len(world.core.units.asked())
    assert world.look("QD-2026-9", plate).status == 503
    assert len(world.core.units.asked()) == asked
    with world.province.serving() as local:
        local.clock.advance(seconds=PAUSE.total_seconds())
    assert world.look("QD-2026-9", plate).status == 404
