"""Where a journey is walked: a province that answers HTTP, with what `.local/<province>.json` says
of it. A walk is the same on moto and on a local AWS."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin
from uuid import uuid4

from standardwebhooks import Webhook

from chalicelib.domain.business_day import business_day_of
from infra.errandless.paths import PROVINCES
from tests.channels.biller_wire import signed_headers
from tests.journeys.operations import Operations
from tests.journeys.takings import Takings
from tests.stack.portal import Answer, PortalClient, ask

Object = dict[str, Any]
FORM = "application/x-www-form-urlencoded"


@dataclass
class Place:
    """`settle` lets what waits in streams and queues go on. `drop` puts a file into the statements
    bucket. `reports`: what lies in the reports bucket under a prefix. `replay` says what the
    journal does not agree with; it and `operations` are on moto alone."""

    description: Object
    settle: Callable[[], None]
    drop: Callable[[str, bytes], None]
    reports: Callable[[str], dict[str, bytes]]
    replay: Callable[[], list[Any]] = list
    operations: Operations | None = None
    address: str = "203.0.113.7"
    takings: dict[str, Takings] = field(default_factory=dict)
    portal: PortalClient = field(init=False)
    operator: PortalClient = field(init=False)
    clerk: PortalClient = field(init=False)

    def __post_init__(self) -> None:
        base, told = self.base_url, self.description
        self.portal = PortalClient(base, told["portal"]["api_key"])
        self.operator = PortalClient(base, told["operator"]["api_key"])
        self.clerk = PortalClient(base, told["clerk"]["api_key"])

    @property
    def base_url(self) -> str:
        return str(self.description["base_url"])

    @property
    def simulator_url(self) -> str:
        return str(self.description["simulator_url"])

    @property
    def today(self) -> date:
        return business_day_of(datetime.now(UTC), profile(self.description["province"])["zone"])

    def until(self, read: Callable[[], Any], is_there: Callable[[Any], bool]) -> Any:
        """What is read as soon as it is as wanted. Raises: AssertionError when it never is."""
        for _ in range(200):
            seen = read()
            if is_there(seen):
                return seen
            self.settle()
        raise AssertionError(f"it never came: {seen}")

    def order(self, code: str) -> Object:
        answer = self.portal.get(f"/v1/orders/{code}")
        assert answer.status == 200, answer
        order: Object = answer.json
        return order

    def receipted(self, code: str) -> Object:
        """The order once it is paid and each of its receipts has a number."""
        order: Object = self.until(
            lambda: self.order(code), lambda seen: seen["status"] == "paid" and seen["receipts"]
        )
        return order

    def told(self, kind: str, code: str) -> list[Object]:
        """The notices of this kind about this order that the portal got, each by its own id; each
        one's signature is checked."""
        verifier = Webhook(self.description["portal"]["webhook_secret"])
        got = ask("GET", f"{self.simulator_url}/portal/notices").json["items"]
        found = {
            each["headers"]["webhook-id"]: verifier.verify(each["body"], each["headers"])
            for each in got
        }
        return [
            each
            for each in found.values()
            if each["type"] == kind and each["data"].get("payment_code") == code
        ]

    def pay_in_simulator(self, started: Object, action: str = "pay") -> Answer:
        return ask("POST", started["action"]["url"], urlencode({"action": action}).encode())

    def tell_simulator(self, path: str, **options: str | int) -> Answer:
        answer = ask("POST", self.simulator_url + path, urlencode(options).encode())
        assert answer.status < 300, answer.body
        return answer

    def bank(self, account: str) -> "Bank":
        told = next(
            each
            for each in self.description["accounts"]
            if (each["channel"], each["account"]) == ("biller", account)
        )
        takings = self.takings.setdefault(account, Takings(account))
        return Bank(self, told["partner_code"], told["signing_key"], takings)

    @property
    def banks(self) -> list[str]:
        """Accounts at the biller interface, by name."""
        accounts = self.description["accounts"]
        return [each["account"] for each in accounts if each["channel"] == "biller"]

    def open(self, target: str, **headers: str) -> "Page":
        """As a browser that follows redirects within the platform."""
        return self._follow(ask("GET", urljoin(self.base_url, target), None, headers), headers)

    def send(
        self, page: "Page", *, form: int = 0, headers: Object | None = None, **given: str
    ) -> "Page":
        """A form of the page with what the payer typed."""
        action, fields = page.forms[form]
        answer = self.post_form(action, fields | given, headers)
        return self._follow(answer, headers or {})

    def post_form(self, target: str, fields: Object, headers: Object | None = None) -> Answer:
        sent = {"Content-Type": FORM, **(headers or {})}
        return ask("POST", urljoin(self.base_url, target), urlencode(fields).encode(), sent)

    def _follow(self, answer: Answer, headers: Object) -> "Page":
        while answer.status in (301, 302, 303) and self._is_own(answer.headers["location"]):
            address = urljoin(self.base_url, answer.headers["location"])
            answer = ask("GET", address, None, headers)
        return Page(answer.status, answer.body.decode(), answer.headers)

    def _is_own(self, location: str) -> bool:
        return urljoin(self.base_url, location).startswith(self.base_url)


@dataclass
class Bank:
    """At the biller interface; it signs now, with a nonce of its own each time, and writes down
    what it took."""

    place: Place
    partner: str
    key: str
    takings: Takings

    def call(self, method: str, path: str, body: Object | None = None) -> Answer:
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        now = datetime.now(UTC)
        headers = signed_headers(self.partner, self.key, method, path, raw, now, str(uuid4()))
        headers["Content-Type"] = "application/json"
        answer = ask(method, self.place.base_url + path, raw or None, headers)
        self.takings.write_down(path, body, answer)
        return answer

    def look_up(self, code: str) -> Answer:
        return self.call("POST", "/biller/v1/bills/lookup", {"payment_code": code})

    def lock(self, bill: Object, request_no: str = "L-1") -> Answer:
        wanted = {name: bill[name] for name in ("payment_code", "amount_minor", "currency")}
        return self.call("POST", "/biller/v1/locks", wanted | {"request_no": request_no})

    def pay(self, bill: Object, payment_no: str, transaction_no: str, **changes: Any) -> Answer:
        body = {
            "payment_no": payment_no,
            "transaction_no": transaction_no,
            "status": "paid",
            "amount_minor": bill["amount_minor"],
            "currency": bill["currency"],
            "paid_at": datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
            "business_day": self.place.today.isoformat(),
        }
        return self.call("POST", "/biller/v1/payments", body | changes)

    def collect(self, code: str, transaction_no: str) -> Answer:
        """Looks the bill up, locks it and takes the money."""
        seen = self.look_up(code)
        assert seen.status == 200, seen.body
        bill = seen.json
        held = self.lock(bill, f"L-{transaction_no}")
        assert held.status == 201, held.body
        return self.pay(bill, held.json["payment_no"], transaction_no)


@dataclass
class Page:
    """`forms`: where each goes and what it holds already."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def forms(self) -> list[tuple[str, dict[str, str]]]:
        reader = _Forms()
        reader.feed(self.text)
        return reader.found


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = named.get("method", "").lower() == "post"
            if self._is_inside:
                self.found.append((named.get("action", ""), {}))
        if self._is_inside and tag in ("input", "button") and named.get("name"):
            self.found[-1][1].setdefault(named["name"], named.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False


def profile(province: str) -> Object:
    read: Object = json.loads((Path(PROVINCES) / province / "profile.json").read_text("utf-8"))
    return read
