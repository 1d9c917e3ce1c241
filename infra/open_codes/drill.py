"""A drill: what a unit does on a day on which its own system cannot reach the platform, played with
test codes. Each step says what it saw and how long it took; the first that fails ends it."""

import base64
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

from infra.errandless.failures import OperatorError
from infra.errandless.portal_api import PortalApi, sentence_of
from infra.open_codes.check import check

COUNT = 3
TRIES = 120
NOTICES_TO_FAIL = "1000"
CHANNELS = ("vnpay", "alipay", "sandbox")


class World(Protocol):
    """What a drill needs beside the API. `wait`: until what was sent may have arrived."""

    def stop_endpoint(self) -> None: ...

    def start_endpoint(self) -> None: ...

    def pay(self, payment_code: str) -> str:
        """Returns the channel's name."""
        ...

    def wait(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    is_passed: bool
    said: str
    seconds: float


@dataclass
class Drill:
    """`unit` "": the first one of the portal that has an item of a fixed tariff. `tell`: each step
    when it begins."""

    api: PortalApi
    world: World
    unit: str = ""
    tell: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    steps: list[Step] = field(default_factory=list)

    @property
    def is_passed(self) -> bool:
        return bool(self.steps) and all(step.is_passed for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        steps = [asdict(step) | {"seconds": round(step.seconds, 3)} for step in self.steps]
        return {"unit": self.unit, "is_passed": self.is_passed, "steps": steps}

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """What is put into the list is what it says."""
        self.tell(name)
        said: list[str] = []
        begun = self.clock()
        try:
            yield said
        except (AssertionError, OperatorError, OSError, KeyError, StopIteration) as error:
            problem = f"FAILED: {error or type(error).__name__}"
            self.steps.append(Step(name, False, problem, self.clock() - begun))
            raise _Ended from error
        self.steps.append(Step(name, True, "; ".join(said), self.clock() - begun))


class _Ended(Exception):
    pass


def run_drill(drill: Drill) -> Drill:
    try:
        _play(drill)
    except _Ended:
        pass
    finally:
        drill.world.start_endpoint()
    return drill


def _play(drill: Drill) -> None:
    api, world, run = drill.api, drill.world, uuid4().hex[:8]
    with drill.step("Test codes are issued and printed") as said:
        batch = _issue(drill, run)
        codes = api.items(f"/v1/open-code-batches/{batch['batch']}/codes")
        sheet = api.get(f"/v1/open-code-batches/{batch['batch']}/sheet").text
        missing = [each["serial"] for each in codes if each["verification_word"] not in sheet]
        _require(len(codes) == COUNT and not missing, f"not on the sheet: {missing}")
        said.append(f"batch {batch['batch']}, {COUNT} codes")
    with drill.step("The unit's system is stopped") as said:
        world.stop_endpoint()
        said.append("its endpoint answers nothing but errors")
    with drill.step("Slips are checked without a network") as said:
        said.append(_check(api, codes))
    sold = [each["payment_code"] for each in codes[:2]]
    with drill.step("Two payers pay") as said:
        for code in sold:
            said.append(world.pay(code))
        for code in sold:
            _until(drill, partial(_is_paid, api, code), "not paid")
    with drill.step("Both stand on the day-end list") as said:
        said.append(_until(drill, lambda: set(sold) <= set(_unbound(drill)), "not on the list"))
    with drill.step("Both are bound to their files") as said:
        for code in sold:
            _require(_bind(api, code, f"DRILL-{run}-{code[-6:]}").status == 200, "not bound")
            said.append(f"DRILL-{run}-{code[-6:]}")
    with drill.step("A second binding is refused") as said:
        answer = _bind(api, sold[0], f"DRILL-{run}-other")
        _require(answer.status == 409, sentence_of(answer))
        said.append(str(answer.json["code"]))
    with drill.step("The day-end list has none of them") as said:
        said.append(_until(drill, lambda: not set(sold) & set(_unbound(drill)), "still listed"))
    with drill.step("The code that nobody bought is taken back") as said:
        code = codes[2]["payment_code"]
        body = {"reason": "drill"}
        voided = api.post(f"/v1/open-codes/{code}/void", body, f"drill-{code}").json
        said.append(str(voided["status"]))
    with drill.step("The unit's system is back and is told") as said:
        world.start_endpoint()
        said.append("notices that waited come by themselves")


def _issue(drill: Drill, run: str) -> dict[str, Any]:
    item = _item(drill)
    drill.unit = item["payee_unit"]
    body = {
        "payee_unit": drill.unit,
        "lines": [{"fee_item": item["code"]}],
        "count": COUNT,
        "days": 1,
        "purpose": "Drill",
    }
    issued: dict[str, Any] = drill.api.post("/v1/open-code-batches", body, f"drill-{run}").json
    if issued["mode"] != "test":
        void = f"/v1/open-code-batches/{issued['batch']}/void"
        drill.api.post(void, {"reason": "drill"}, f"drill-{run}")
        raise AssertionError("a drill is played with a test portal's key")
    return issued


def _item(drill: Drill) -> dict[str, Any]:
    """Of a fixed tariff, and of a unit that takes this portal's orders today: a quote tells."""
    for item in drill.api.items("/v1/fee-items"):
        if item["tariff"]["rule"] != "fixed" or drill.unit not in ("", item["payee_unit"]):
            continue
        body = {
            "reference": "DRILL",
            "payee_unit": item["payee_unit"],
            "lines": [{"fee_item": item["code"]}],
            "payer": {"kind": "individual", "name": "Drill"},
        }
        if drill.api.ask("POST", "/v1/quotes", body, "").status == 200:
            return item
    raise AssertionError(f"no item of a fixed tariff at {drill.unit or 'any unit'}")


def _check(api: PortalApi, codes: list[dict[str, Any]]) -> str:
    """With the functions of the stand-alone script, which reach nobody."""
    published = api.get("/v1/open-code-keys").json["items"]
    keys = {each["key_id"]: base64.b64decode(each["public_key"]) for each in published}
    text = codes[0]["signed_text"]
    today = date.fromisoformat(codes[0]["open_code"]["valid_until"])
    results = [check(each["signed_text"], keys, today)[0] for each in codes]
    _require(results == ["valid"] * COUNT, f"a genuine slip is {results}")
    amount = str(codes[0]["amount_minor"])
    forged = check(text.replace(f"|{amount}|", f"|{amount}0|"), keys, today)[0]
    _require(forged == "not_ours", f"a forged slip is {forged}")
    return "genuine ones valid, a forged one not ours"


def _is_paid(api: PortalApi, code: str) -> bool:
    return bool(api.get(f"/v1/orders/{code}").json["status"] == "paid")


def _unbound(drill: Drill) -> list[str]:
    found = drill.api.items(f"/v1/open-codes?payee_unit={drill.unit}")
    return [each["payment_code"] for each in found]


def _bind(api: PortalApi, code: str, reference: str) -> Any:
    body = {"reference": reference, "payer": {"kind": "individual", "name": "Drill"}}
    return api.ask("POST", f"/v1/open-codes/{code}/bind", body, f"{reference}-{code}")


def _until(drill: Drill, is_so: Callable[[], bool], problem: str) -> str:
    for _ in range(TRIES):
        if is_so():
            return "yes"
        drill.world.wait()
    raise AssertionError(problem)


def _require(is_so: bool, problem: str) -> None:
    if not is_so:
        raise AssertionError(problem)


@dataclass
class SimulatedWorld:
    """The channel simulator plays payers, providers and the unit's endpoint."""

    api: PortalApi
    simulator_url: str
    sleep: Callable[[float], None] = time.sleep

    def stop_endpoint(self) -> None:
        self._post("/control/portal", {"fail_next": NOTICES_TO_FAIL})

    def start_endpoint(self) -> None:
        self._post("/control/portal", {"fail_next": "0"})

    def pay(self, payment_code: str) -> str:
        offered = {each["channel"] for each in self.api.get("/v1/channels").json["items"]}
        channel = next(each for each in CHANNELS if each in offered)
        body = {"channel": channel, "client": "web"}
        target = f"/v1/orders/{payment_code}/payments"
        started = self.api.post(target, body, f"drill-{payment_code}").json
        with urllib.request.urlopen(started["action"]["url"], timeout=30):  # noqa: S310 - the simulator
            pass
        self._post(f"/control/payments/{started['payment_no']}/pay", {})
        return channel

    def wait(self) -> None:
        self.sleep(0.5)

    def _post(self, path: str, body: dict[str, str]) -> None:
        request = urllib.request.Request(  # noqa: S310 - the simulator's own address
            f"{self.simulator_url}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            pass
