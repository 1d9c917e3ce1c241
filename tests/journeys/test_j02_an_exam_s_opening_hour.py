"""J2: registration for an examination at the opening hour, while the unit's software cannot reach
the platform: codes from the cupboard are sold, and bound once it is back. Its failures: a code
bound twice; a code that is paid after it was taken back."""

import json
from collections.abc import Callable

from tests.journeys.offline import check_offline
from tests.journeys.pages import pay_by_page
from tests.journeys.place import Object, Place
from tests.stack.portal import Answer, ask

UNIT, ITEM, FEE = "QNSNV", "PHI-DUTUYEN-CONGCHUC", 400_000
COUNTER, BANK = "so-noi-vu-1", "quangninh"
BATCHES = "/v1/open-code-batches"
COUNT = 6


def walk(place: Place) -> None:
    batch, codes = issue(place)
    check_slips(place, batch, codes)
    place.tell_simulator("/control/portal", fail_next=1000)
    try:
        sold = sell(place, codes[:3])
        take_back_and_pay(place, batch, codes[3:])
        assert listed(place, batch, until=sold) == sold
        bind_once(place, batch, sold)
        assert sent(place, sold, 200) == set()
    finally:
        place.tell_simulator("/control/portal", fail_next=0)
    tell_again(place, sold)


def issue(place: Place) -> tuple[str, list[Object]]:
    """Days before."""
    body = {
        "payee_unit": UNIT,
        "lines": [{"fee_item": ITEM}],
        "count": COUNT,
        "days": 30,
        "purpose": "Registration for the examination, room 12",
    }
    issued = place.portal.post(BATCHES, body, key="J2-batch")
    assert issued.status == 201, issued.body
    batch: str = issued.json["batch"]
    codes: list[Object] = place.portal.get(f"{BATCHES}/{batch}/codes").json["items"]
    assert [each["serial"] for each in codes] == list(range(1, COUNT + 1))
    return batch, codes


def check_slips(place: Place, batch: str, codes: list[Object]) -> None:
    sheet = place.portal.get(f"{BATCHES}/{batch}/sheet").body.decode()
    assert sheet.count('class="slip"') == COUNT
    assert all(each["verification_word"] in sheet for each in codes)
    file = place.portal.get(f"{BATCHES}/{batch}/codes.csv").body
    keys = place.portal.get("/v1/open-code-keys").body
    ended, said = check_offline(keys=keys, csv=file)
    assert (ended, len(said)) == (0, COUNT)
    assert all(line.startswith("VALID  [TEST]") and "400000 VND" in line for line in said)
    text = codes[0]["signed_text"]
    ended, said = check_offline(text, text.replace("|400000|", "|4000|"), keys=keys)
    assert (ended, [line.split()[0] for line in said]) == (1, ["VALID", "NOT"])


def sell(place: Place, codes: list[Object]) -> list[str]:
    """By VNPAY on a phone, at a bank, and in cash at the unit's own window."""
    by_phone, at_the_bank, in_cash = (each["payment_code"] for each in codes)
    back = pay_by_page(place, place.open(codes[0]["pay_url"]), "vnpay")
    assert back.status == 200
    assert place.bank(BANK).collect(at_the_bank, "J2-BANK").json["result"] == "paid"
    opened = place.clerk.post("/v1/counter/shifts", {"counter": COUNTER, "float_minor": 100_000})
    assert opened.status == 201, opened.body
    shift = f"/v1/counter/shifts/{opened.json['shift']}"
    taken = {"payment_code": in_cash, "amount_minor": FEE, "received_minor": 500_000}
    sale = place.clerk.post(f"{shift}/cash", taken)
    assert (sale.status, sale.json["change_minor"]) == (201, 100_000), sale.body
    closed = place.clerk.post(f"{shift}/close", {"counted_minor": 100_000 + FEE})
    assert (closed.status, closed.json["state"]) == (200, "closed"), closed.body
    sold = [by_phone, at_the_bank, in_cash]
    for code in sold:
        assert len(place.receipted(code)["receipts"]) == 1
    return sold


def take_back_and_pay(place: Place, batch: str, codes: list[Object]) -> None:
    """A bank gives its hold up, the code is taken back, and the bank's money comes all the same."""
    code = codes[0]["payment_code"]
    bank = place.bank(BANK)
    bill = bank.look_up(code).json
    number = bank.lock(bill, "L-J2").json["payment_no"]
    busy = void(place, code)
    assert (busy.status, busy.json["code"]) == (409, "payment_in_progress")
    released = bank.call("POST", f"/biller/v1/locks/{number}/release", {"reason": "he left"})
    assert released.status == 200, released.body
    voided = void(place, code)
    assert (voided.status, voided.json["status"]) == (200, "cancelled")
    refused = bank.lock(bill, "L-J2-again")
    assert (refused.status, refused.json["code"]) == (409, "order_cancelled")
    late = bank.pay(bill, number, "J2-LATE")
    assert (late.status, late.json["result"]) == (200, "in_review")
    order = place.order(code)
    assert order["receipts"] == []
    (case,) = order["cases"]
    assert (case["kind"], case["state"]) == ("late_success", "open")
    assert bind(place, code, "HS-J2-void").json["code"] == "order_cancelled"

    unused = place.portal.post(f"{BATCHES}/{batch}/void", {"reason": "registration is over"})
    assert unused.json["voided"] == COUNT - 3
    assert {each["why"] for each in unused.json["kept"]} == {"order_paid"}


def bind_once(place: Place, batch: str, sold: list[str]) -> None:
    for turn, code in enumerate(sold):
        bound = bind(place, code, f"HS-J2-{turn}")
        assert (bound.status, bound.json["status"]) == (200, "paid")
        second = bind(place, code, "HS-J2-another")
        assert (second.status, second.json["code"]) == (409, "open_code_bound")
    assert listed(place, batch, until=[]) == []
    assert listed(place, batch, until=sold, state="bound") == sold


def void(place: Place, code: str) -> Answer:
    return place.portal.post(f"/v1/open-codes/{code}/void", {"reason": "the slip got wet"})


def bind(place: Place, code: str, reference: str) -> Answer:
    payer = {"kind": "individual", "name": "Trần Thị Bình"}
    body = {"reference": reference, "payer": payer}
    return place.portal.post(f"/v1/open-codes/{code}/bind", body)


def listed(place: Place, batch: str, *, until: list[str], state: str = "unbound") -> list[str]:
    """On the day-end list of today, of this batch, in the order of the slips."""
    asked = f"/v1/open-codes?payee_unit={UNIT}&day={place.today}&state={state}&limit=100"

    def read() -> list[str]:
        items = place.portal.get(asked).json["items"]
        own = [each for each in items if each["batch"] == batch]
        return [each["payment_code"] for each in sorted(own, key=lambda each: each["serial"])]

    found: list[str] = place.until(read, lambda seen: seen == until)
    return found


def sent(place: Place, codes: list[str], answered: int) -> set[tuple[str, str]]:
    """Notices about these codes that the unit's system answered so: number, type and code."""
    got = ask("GET", f"{place.simulator_url}/portal/notices").json["items"]
    read = [(each, json.loads(each["body"])) for each in got if each["answered"] == answered]
    return {
        (each["headers"]["webhook-id"], body["type"])
        for each, body in read
        if body["data"].get("payment_code") in codes
    }


def tell_again(place: Place, sold: list[str]) -> None:
    """The unit is back and asks for what it missed."""
    missed = {number for number, kind in sent(place, sold, 500) if kind == "order.paid"}
    assert len(missed) == len(sold)
    endpoints = place.portal.get("/v1/webhook-endpoints").json["items"]
    endpoint = next(each for each in endpoints if each["url"].startswith(place.simulator_url))
    deliveries = f"/v1/webhook-endpoints/{endpoint['id']}/deliveries"
    for delivery in place.portal.get(f"{deliveries}?limit=100").json["items"]:
        if delivery["notice_id"] in missed:
            asked = place.portal.post(f"{deliveries}/{delivery['id']}/replay", {})
            assert asked.status < 300, asked.body
    place.until(
        lambda: {number for number, _ in sent(place, sold, 200)}, lambda seen: missed <= seen
    )
    for code in sold:
        (paid,) = place.told("order.paid", code)
        assert paid["data"]["amount_minor"] == FEE


def test_codes_are_sold_while_the_unit_is_away_and_bound_once(
    walk_in: Callable[[str], Place],
) -> None:
    place = walk_in("quangninh")
    walk(place)
    assert place.replay() == []
