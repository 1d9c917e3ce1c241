"""A province and the world around it: a portal, providers that know the truth, AWS that redelivers.

A function that fails is called again by whoever waits for it, later and in a new process if the
old one died.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count
from typing import Any
from unittest import mock

from chalicelib.outbound import Response
from chalicelib.storage.dynamo import Dynamo
from chalicelib.wiring import use_platform
from infra.simulator.sandbox import SANDBOX_SIGNING_KEY
from tests.channels.alipay_wire import GATEWAY, answering
from tests.crash_points.wire import Wire
from tests.support.clients import SharingPlatform
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.portal_receiver import PortalReceiver
from tests.support.province_tables import Row, Tables
from tests.support.seeded import seed

# What may differ: instants, random bytes, how often something was tried, and which of two orders
# that waited together got the lower receipt number.
VOLATILE_NAME = re.compile(
    r".*_at|token|payer|content|raw|body|text|asks|attempt_count|expires_at_epoch|series_start"
    r"|number"
)
# A run's document holds its instants.
VOLATILE_OF = {"DELIVERIES": "attempts", "RUN": "sha256"}
# How often something was asked, said or tried in vain: after a fault there is more of it.
COUNTS = ("NONCE#", "GUESSES#", "BREAKER#")
VOLATILE_TEXT = re.compile(r"(?<!\d)1[78]\d{11}(?!\d)|TOKEN#\w+|(?<=^R#)(.+)#\d{7}$")


BILL_METHOD = "alipay.data.dataservice.bill.downloadurl.query"
BILL_LINK = "https://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1"


class ImpatientPlatform(SharingPlatform):
    """Does not wait between two tries of a store that is busy."""

    @cached_property
    def dynamo(self) -> Dynamo:
        return Dynamo(self.client("dynamodb"), sleep=lambda _: None)


@dataclass
class Outside:
    """Portals take notices; the sandbox knows of each payment whether it was paid; Alipay has one
    bill, by its link."""

    portals: PortalReceiver = field(default_factory=PortalReceiver)
    paid: dict[str, Row] = field(default_factory=dict)
    bills: dict[str, bytes] = field(default_factory=dict)
    units: dict[str, Callable[[Mapping[str, str]], Response]] = field(default_factory=dict)

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        if url in self.units:
            return self.units[url](headers)
        if url.startswith(GATEWAY):
            return answering(BILL_METHOD, {"code": "10000", "bill_download_url": BILL_LINK})(body)
        if not url.endswith("/sandbox/api"):
            return self.portals.post(url, body, headers, timeout_seconds)
        question = json.loads(body)
        told = {name: question[name] for name in ("merchant_id", "payment_no", "request_id")}
        told |= self.paid.get(question["payment_no"], {"status": "not_found"})
        raw = json.dumps(told).encode()
        key = SANDBOX_SIGNING_KEY.encode()
        signature = hmac.new(key, raw, hashlib.sha256).hexdigest()
        return Response(200, {"X-Sandbox-Signature": signature}, raw)

    def get(
        self, url: str, headers: Mapping[str, str], timeout_seconds: float, max_bytes: int = 0
    ) -> Response:
        return Response(200, {}, self.bills[url])


@dataclass
class World:
    """`told`: requests that were answered for good, and their answers. `acknowledged`: keys of the
    transactions whose provider was told that they are taken."""

    province: LocalProvince
    outside: Outside
    wire: Wire
    told: list[tuple[Callable[[], HttpAnswer], HttpAnswer]] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    processes: int = 0
    patches: ExitStack = field(default_factory=ExitStack)

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        return self.wire.post(self.outside, url, body, headers)

    def get(
        self, url: str, headers: Mapping[str, str], timeout_seconds: float, max_bytes: int = 0
    ) -> Response:
        return self.wire.get(self.outside, url)

    def start_process(self) -> None:
        """What the process before remembered is gone."""
        self.processes += 1
        process, counter = self.processes, count()

        def random_bytes(size: int) -> bytes:
            return hashlib.shake_256(f"{process}|{next(counter)}".encode()).digest(size)

        platform = ImpatientPlatform(
            self.province.settings,
            now=self.province.clock,
            random_bytes=random_bytes,
            http=self,
        )
        self.province.platform = platform
        use_platform(platform)

    def answered(self, ask: Callable[[], HttpAnswer]) -> bool:
        """Whether the caller got an answer that ends its repeating."""
        answer = ask()
        if answer.status >= 500:
            return False
        self.told.append((ask, answer))
        return True

    def settle(self, hours: int) -> None:
        """All that follows by itself, and `hours` of asking about what is open."""
        clock = self.province.clock
        self.start_process()
        self.province.pump()
        clock.advance(minutes=17)
        self.province.sweep()
        self.province.pump()
        for _ in range(hours):
            clock.advance(hours=1)
            self.province.chase()
            self.province.pump()

    def standing(self, tables: Tables) -> dict[str, Any]:
        """Everything that matters in the tables, and what portals know. An answer is kept for each
        question, a nonce for each call, and after a fault there are more of them."""
        told = [row for row in tables.messages if row["kind"] == "notification"]
        views = [row for row in tables.views.values() if not row["pk"].startswith(COUNTS)]
        rows = [*tables.ledger.values(), *told, *views]
        notices = sorted({(each.type, each.notice_id) for each in self.outside.portals.received})
        return {
            "rows": [_plain(row) for row in rows],
            "notices": notices,
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        volatile = VOLATILE_OF.get(str(value.get("pk")).partition("#")[0])
        value = {name: inner for name, inner in value.items() if name != volatile}
        return {
            name: _plain(inner)
            for name, inner in value.items()
            if not VOLATILE_NAME.fullmatch(name)
        }
    if isinstance(value, str):
        return VOLATILE_TEXT.sub("*", value)
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


@contextmanager
def world() -> Iterator[World]:
    """With two shards for each list: more of the same reads would show nothing more."""
    outside, wire = Outside(), Wire()
    with (
        mock.patch("chalicelib.storage.keys.DUE_SHARDS", 2),
        mock.patch("chalicelib.storage.view_keys.LIST_SHARDS", 2),
        local_province(seed, outside) as province,
        wire.attached(),
    ):
        made = World(province, outside, wire)
        with made.patches:
            made.start_process()
            yield made


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)
