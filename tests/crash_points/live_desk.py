"""A payer names a number that is not here: the unit's own system is asked, and its bill issued."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.outbound import Response
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World
from tests.support.seeded import province_document
from tests.support.unit_system import KEY, sign

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
URL = "https://police.example/bills"
NUMBER, PLATE = "QD-7", "14a12345"


def connect(world: World, amount_minor: int = 4_000_000) -> None:
    """The unit of traffic fines has a system of its own from now on, with one bill in it."""
    document = province_document()
    document["profile"]["schemes"][0]["second_fact_names"] = {"vi": "Biển số", "en": "Plate"}
    document["profile"]["bill_sources"] = [
        {
            "payee_unit": "UNITA",
            "portal": "portal-a",
            "url": URL,
            "secret_name": "units/unita",
            "timeout_seconds": 5,
        }
    ]
    platform = world.province.platform
    platform.setup.write_province(document)
    platform.secrets.write_secret("units/unita", {"signing_key": KEY})
    say(world, amount_minor)


def say(world: World, amount_minor: int) -> None:
    bill = {
        "reference": NUMBER,
        "payee_unit": "UNITA",
        "fee_item": "FINE",
        "principal_minor": amount_minor,
        "payer": {"kind": "individual", "name": "Nguyễn Văn Bình"},
        "due_date": "2026-03-31",
    }
    content = json.dumps({"result": "bill", "bill": bill}).encode()
    world.outside.units[URL] = lambda headers: _signed(content, headers)


def _signed(content: bytes, headers: Mapping[str, str]) -> Response:
    unit, stamp, nonce = (
        headers[f"X-Errandless-{part}"] for part in ("Unit", "Timestamp", "Nonce")
    )
    digest = hashlib.sha256(content).hexdigest()
    signature = sign(KEY, "ERRANDLESS-ANSWER-1", unit, "200", stamp, nonce, digest)
    told = {"x-errandless-timestamp": stamp, "x-errandless-signature": signature}
    return Response(200, told, content)


def looks(world: World, amount: str = "4.000.000") -> Invoke:
    """He comes again until he sees what is owed now: a silent unit leaves what was known."""

    def ask() -> Any:
        form = urlencode({"number": NUMBER, "word": PLATE})
        return world.province.http("POST", "/s/traffic-fines", form, FORM)

    def invoke() -> bool:
        answer = ask()
        assert answer.status in (303, 503), answer
        if answer.status != 303:
            return False
        path = urlsplit(answer.headers["Location"]).path
        return amount in world.province.http("GET", path).text

    return invoke


def prepare_fetch(world: World) -> Invoke:
    connect(world)
    return looks(world)


def prepare_fetch_changed(world: World) -> Invoke:
    connect(world)
    assert looks(world)()
    say(world, 3_000_000)
    return looks(world, "3.000.000")


HANDLERS = (
    Handler("live bill: fetched", prepare_fetch),
    Handler("live bill: changed at the unit", prepare_fetch_changed, is_warm=True),
)
