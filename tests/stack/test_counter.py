"""A clerk's day at the packaged province: by API and by page, with and without a network."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin
from uuid import uuid4

import pytest

from infra.counter.offline import main as offline
from tests.journeys.place import FORM, Object, Place
from tests.stack.portal import Answer, PortalClient, ask
from tests.web.paper.paper_reader import qr_codes

FLOAT = 500_000


@pytest.fixture(scope="module")
def clerk(local_province: dict[str, Any]) -> PortalClient:
    return PortalClient(local_province["base_url"], local_province["clerk"]["api_key"])


@pytest.fixture(scope="module")
def till(clerk: PortalClient) -> Object:
    """The counter that takes cards too."""
    items = clerk.get("/v1/counter/counters").json["items"]
    found: Object = next(each for each in items if "pos" in each["means"])
    return found


def order_at(clerk: PortalClient, till: Object, fee_item: str) -> Object:
    body = {
        "reference": f"Q-{uuid4()}",
        "payee_unit": till["payee_unit"],
        "lines": [{"fee_item": fee_item}],
        "payer": {"kind": "individual", "name": "Nguyễn Thị Bình"},
    }
    made = clerk.post(f"/v1/counter/counters/{till['counter']}/orders", body)
    assert made.status == 201, made.body
    order: Object = made.json
    return order


def done(answer: Answer) -> Any:
    assert answer.status in (200, 201), answer.body
    return answer.json


@pytest.fixture(scope="module")
def fee_item(place: Place, till: Object) -> str:
    items = place.portal.get("/v1/fee-items?limit=100").json["items"]
    return next(
        str(each["code"])
        for each in items
        if each["payee_unit"] == till["payee_unit"] and each["tariff"]["rule"] == "fixed"
    )


def test_a_shift_with_cash_a_card_and_what_was_sold_without_network(
    place: Place, clerk: PortalClient, till: Object, fee_item: str, tmp_path: Path
) -> None:
    opened = clerk.post("/v1/counter/shifts", {"counter": till["counter"], "float_minor": FLOAT})
    shift = f"/v1/counter/shifts/{done(opened)['shift']}"
    paid, carded, late = (order_at(clerk, till, fee_item) for _ in range(3))
    found = clerk.get(f"/v1/counter/counters/{till['counter']}/orders/{paid['payment_code']}")
    assert found.json["status"] == "created"
    owed = paid["amount_minor"]

    cash = {"payment_code": paid["payment_code"], "amount_minor": owed}
    sold = done(clerk.post(f"{shift}/cash", cash | {"received_minor": owed + 2_000}))
    assert (sold["recorded"], sold["change_minor"]) == ("paid", 2_000)
    card = {"payment_code": carded["payment_code"], "amount_minor": owed}
    assert done(clerk.post(f"{shift}/holds", card))["payment_no"]
    slip = {"terminal": "QN000001", "batch": "7", "trace": str(uuid4().int % 10**6)}
    slip |= {"reference": "606012345678", "masked_pan": "970436******1234", "brand": "NAPAS"}
    assert done(clerk.post(f"{shift}/slips", card | slip))["recorded"] == "paid"

    asked = {"counter": till["counter"], "size": 4}
    block = done(clerk.post("/v1/counter/receipt-blocks", asked))
    sell_offline(tmp_path, block, opened.json["shift"], late)
    (piece,) = (tmp_path / "pieces").iterdir()
    told = done(clerk.post("/v1/counter/offline-journals", json.loads(piece.read_text("utf-8"))))
    assert [each["result"] for each in told["lines"]] == ["paid"], told
    own = f"/v1/counter/receipt-blocks/{block['block']}"
    rest = done(clerk.post(f"{own}/cancel", {"reason": "mạng đã có lại"}))
    assert clerk.get(own).json == rest

    for order in (paid, carded, late):
        place.receipted(order["payment_code"])
    assert clerk.get(shift).json["expected_minor"] == FLOAT + 2 * owed
    wrong = clerk.post(f"{shift}/close", {"counted_minor": FLOAT})
    assert wrong.status in (409, 422), wrong.body
    closed = done(clerk.post(f"{shift}/close", {"counted_minor": FLOAT + 2 * owed}))
    assert (closed["state"], closed["difference_minor"], closed["sales"]) == ("closed", 0, 3)

    figures = place.operator.get(f"/v1/figures/electronic-share?business_day={place.today}")
    assert figures.status == 200, figures.body


def sell_offline(folder: Path, block: Object, shift: str, order: Object) -> None:
    (folder / "block.json").write_text(json.dumps(block), "utf-8")
    files = ["--block", str(folder / "block.json"), "--journal", str(folder / "journal.jsonl")]
    sold = ["--code", order["payment_code"], "--amount", str(order["amount_minor"])]
    assert offline(["sell", *files, *sold, "--clerk", "demo clerk"]) == 0
    assert offline(["verify", *files]) == 0
    out = ["--shift", shift, "--out", str(folder / "pieces")]
    assert offline(["export", *files, *out]) == 0


class Browser:
    """One cookie, and the page that it shows."""

    def __init__(self, base_url: str) -> None:
        self.base_url, self.cookie, self.url, self.shown = base_url, "", base_url, ""

    def open(self, path: str) -> Answer:
        self.url = urljoin(self.base_url, path)
        answer = ask("GET", self.url, None, {"Cookie": self.cookie, "Accept": "*/*"})
        self.shown = answer.body.decode(errors="replace")
        return answer

    def send(self, path: str, **fields: str) -> Answer:
        hidden = {
            name: found[1]
            for name in ("form_token", "key", "owed")
            if (found := re.search(f'name="{name}" value="([^"]*)"', self.shown))
        }
        headers = {"Content-Type": FORM, "Cookie": self.cookie}
        body = urlencode({**hidden, **fields}).encode()
        answer = ask("POST", urljoin(self.base_url, path), body, headers)
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        if answer.status == 303:
            return self.open(answer.headers["location"])
        self.shown = answer.body.decode()
        return answer


def test_the_clerks_pages_do_the_same(
    place: Place, clerk: PortalClient, till: Object, fee_item: str
) -> None:
    browser = Browser(place.base_url)
    assert browser.open("/counter?lang=en").status == 200
    assert browser.send("/counter/login?lang=en", access_key=clerk.api_key).status == 200
    counter = till["counter"]
    desk = browser.send(f"/counter/{counter}/shifts?lang=en", **{f"float-{counter}": "500,000"})
    assert desk.status == 200, desk.body
    shift = browser.url.partition("?")[0]
    issued = browser.send(
        f"{shift}/orders?lang=en", fee_item=fee_item, reference=f"Q-{uuid4()}", payer="Lê Văn An"
    )
    assert issued.status == 200, issued.body
    order = browser.url.partition("?")[0]
    page = browser.shown
    paper = browser.open(f"{order}/paper?lang=vi")
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")
    assert len(qr_codes(paper.body)) == 1
    browser.shown = page
    sold = browser.send(f"{order}/cash?lang=en", received="2,000,000")
    assert sold.status == 200
    code = order.rpartition("/")[2]
    assert place.receipted(code)["receipts"]
    browser.open(f"{shift}?lang=en")
    drawer = FLOAT + place.order(code)["amount_minor"]
    closed = browser.send(f"{shift}/close?lang=en", counted=str(drawer))
    assert closed.status == 200
    assert "Report" in browser.shown
    assert browser.send("/counter/logout?lang=en").status == 200
