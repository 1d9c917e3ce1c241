"""The drill on a province from its own folder, over HTTP and with the channel simulator."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.errandless.portal_api import ApiAnswer, PortalApi, http_ask
from infra.open_codes.drill import Drill, SimulatedWorld, run_drill
from tests.journeys.conftest import walk_in
from tests.journeys.place import Place

__all__ = ["walk_in"]


@pytest.mark.parametrize("code", ["quangninh", "binhduong", "zhejiang"])
def test_a_drill_passes_in_every_province(walk_in: Callable[[str], Place], code: str) -> None:
    place = walk_in(code)
    api = PortalApi(http_ask(place.base_url, place.portal.api_key))
    world = SimulatedWorld(api, place.simulator_url, sleep=lambda _: place.settle())
    ticks = iter(range(1000))
    drill = run_drill(Drill(api, world, clock=lambda: float(next(ticks))))
    assert [(step.name, step.said) for step in drill.steps if not step.is_passed] == []
    assert drill.is_passed
    told = drill.as_json()
    assert len(told["steps"]) == 10
    assert {step["seconds"] for step in told["steps"]} == {1.0}
    assert place.replay() == []


@dataclass
class BrokenWorld:
    """Nobody can pay."""

    did: list[str] = field(default_factory=list)

    def stop_endpoint(self) -> None:
        self.did.append("stopped")

    def start_endpoint(self) -> None:
        self.did.append("started")

    def pay(self, payment_code: str) -> str:
        raise OSError("no simulator")

    def wait(self) -> None:
        raise AssertionError


def test_a_drill_that_fails_says_where_and_starts_the_endpoint_again(
    walk_in: Callable[[str], Place],
) -> None:
    place = walk_in("quangninh")
    api = PortalApi(http_ask(place.base_url, place.portal.api_key))
    world = BrokenWorld()
    drill = run_drill(Drill(api, world))
    assert not drill.is_passed
    assert (drill.steps[-1].name, drill.steps[-1].is_passed) == ("Two payers pay", False)
    assert drill.steps[-1].said == "FAILED: no simulator"
    assert world.did == ["stopped", "started"]


def test_a_drill_is_never_played_with_live_codes() -> None:
    asked: list[str] = []

    def ask(method: str, path: str, body: Any, key: str) -> ApiAnswer:
        asked.append(path)
        if path.startswith("/v1/fee-items"):
            item = '{"code":"A","payee_unit":"U","tariff":{"rule":"fixed"}}'
            return ApiAnswer(200, f'{{"items":[{item}],"next_cursor":null}}')
        if path == "/v1/quotes":
            return ApiAnswer(200, "{}")
        return ApiAnswer(201, '{"mode":"live","batch":"K7QD4M9P"}')

    drill = run_drill(Drill(PortalApi(ask), BrokenWorld()))
    assert [step.said for step in drill.steps] == [
        "FAILED: a drill is played with a test portal's key"
    ]
    assert asked[2:] == ["/v1/open-code-batches", "/v1/open-code-batches/K7QD4M9P/void"]
