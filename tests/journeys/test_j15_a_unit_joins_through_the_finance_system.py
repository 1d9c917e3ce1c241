"""J15: a unit joins through the finance department's own system, in stages; its bills come by file
and by API, its money is told back. Its failures: a bill is sent twice; messages come in another
order, with a gap; a paid bill is amended."""

import json
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from infra.simulator.finance import as_file
from tests.journeys.joining import COUNTRIES, Joining, joining
from tests.journeys.operations import Row
from tests.journeys.place import Object, Place
from tests.stack.portal import PortalClient

MARK = "FILL IN"
BY_HAND: dict[str, str | dict[str, str]] = {
    "tax_code": "9900000999",
    "address": "1 Đường Mới 新路1号",
    "phone": "0000",
    "receipt_kind": {"quangninh": "phi", "zhejiang": "general"},
    "legal_basis": "2026/01",
}


def walk(place: Place) -> Joining:
    """The unit is in its joint test after it."""
    joins = joining(place)
    tell_of_the_unit(joins)
    pass_the_gates(joins)
    codes = send_bills(joins)
    pay_and_read(joins, codes)
    amend_too_late(joins)
    return joins


def tell_of_the_unit(joins: Joining) -> None:
    """Its messages are proposals; a person completes and deploys them."""
    country, begins = joins.country, joins.written(joins.place.today - timedelta(days=1))
    joins.operations.agree_on_codes(
        country.sender,
        units={country.unit: country.own_unit},
        items={country.item: country.own_item},
    )
    joins.operations.deploy()
    unit = {"ENTERCODE": country.unit, "ENTERNAME": "新单位 Đơn vị mới", "VALIDFROM": begins}
    item = {"ENTERCODE": country.unit, "CHITCODE": country.item, "CHITNAME": "新项目 Khoản mới"}
    item |= {"MINSTANDARD": country.less, "MAXSTANDARD": country.fee, "VALIDFROM": begins}
    messages = joins.system.message("unit", unit), joins.system.message("fee_item", item)
    told = [each["result"]["catalogue"] for each in joins.send(*messages)]
    assert told == ["new", "new"]
    assert joins.refusal(joins.bill("EARLY-1")) == "payee_unit_unknown"
    diff = joins.operations.apply_proposals(country.sender)
    assert MARK in diff
    for file in ("payee_units.csv", "fee_items.csv"):
        joins.operations.edit(file, completed(joins))
    joins.operations.deploy()


def completed(joins: Joining) -> Callable[[Row], Row]:
    """What the finance system did not tell, by a person's hand."""

    def cell(name: str, text: str) -> str:
        if text != MARK:
            return text
        by_hand = BY_HAND.get(name, "A new name")
        return by_hand if isinstance(by_hand, str) else by_hand[joins.operations.code]

    return lambda row: {name: cell(name, text) for name, text in row.items()}


def pass_the_gates(joins: Joining) -> None:
    body = bill_body(joins)
    live = joins.operations.live_portal(joins.place.description["portal"]["id"])
    for stage, is_listed in (("surveyed", False), ("reserved", True)):
        joins.stage(stage)
        assert joins.is_listed() == is_listed
        assert joins.refusal(joins.bill(f"GATE-{stage}")) == "payee_unit_not_live"
        for portal in (joins.place.portal, live):
            assert refused(portal, body) == "payee_unit_not_live"
    joins.operations.collect_for("biller", joins.country.bank, joins.country.own_unit)
    joins.stage("joint_test")
    assert joins.is_listed()
    assert refused(live, body) == "payee_unit_not_live"


def bill_body(joins: Joining) -> Object:
    return {
        "reference": "GATE-1",
        "payee_unit": joins.country.own_unit,
        "lines": [{"fee_item": joins.country.own_item, "amount_minor": joins.country.fee_minor}],
        "payer": {"kind": "individual", "name": "王小明"},
        "days_to_pay": 5,
    }


def refused(portal: PortalClient, body: Object) -> str:
    answer = portal.post("/v1/bills", body)
    assert answer.status == 422, answer.body
    (error,) = answer.json["errors"]
    return str(error["code"])


def send_bills(joins: Joining) -> list[str]:
    """Four: by API, again; by file before what comes first; and the file once more."""
    system, first = joins.system, joins.bill("N-1")
    (answer,) = joins.send(first)
    assert (answer["state"], answer["result"]["bill"]) == ("accepted", "issued"), answer
    assert joins.send(first) == [answer]
    (twice,) = joins.send(joins.bill("N-1"))
    assert twice["result"]["bill"] == "already_issued"
    assert twice["result"]["payment_code"] == answer["result"]["payment_code"]

    missing, later = joins.bill("N-2"), [joins.amendment("N-2"), joins.bill("N-3")]
    withdrawn = system.message("bill", joins.notice("N-4"))
    cancelled = system.message("bill_cancellation", joins.notice("N-4", REASON="withdrawn"))
    late_file = [cancelled, *later, withdrawn]
    waits = [(each["state"], each["waits_for"]) for each in joins.put("late.jsonl", *late_file)]
    assert waits == [("waiting", missing["sequence_no"])] * 4
    assert bills_of(joins) == {"N-1": ("created", joins.country.fee_minor)}
    (second,) = joins.send(missing)
    assert second["result"]["bill"] == "issued"
    answers = joins.put("late-again.jsonl", *late_file)
    told = [each["result"]["bill"] for each in answers]
    assert told == ["cancelled", "amended", "issued", "issued"]
    fee = joins.country.fee_minor
    less = int(Decimal(joins.country.less) / Decimal(joins.country.fee) * fee)
    assert bills_of(joins) == {
        "N-1": ("created", fee),
        "N-2": ("created", less),
        "N-3": ("created", fee),
        "N-4": ("cancelled", fee),
    }
    return [each["result"]["payment_code"] for each in (answer, second, answers[2])]


def bills_of(joins: Joining) -> dict[str, tuple[str, int]]:
    joins.place.settle()
    path = f"/v1/orders?payee_unit={joins.country.own_unit}&limit=100"
    answer = joins.place.portal.get(path)
    assert answer.status == 200, answer.body
    return {
        each["reference"]: (each["status"], each["amount_minor"]) for each in answer.json["items"]
    }


def pay_and_read(joins: Joining, codes: list[str]) -> None:
    """At a bank's counter; the finance system reads what it is told, in its own words."""
    place = joins.place
    bank = place.bank(joins.country.bank)
    for code in codes[:2]:
        assert bank.collect(code, f"FIN-{code}").json["result"] == "paid"
        place.receipted(code)
    place.settle()
    assert joins.system.read_results(joins.call, page=2) >= 5
    assert joins.system.read_results(joins.call) == 0
    told = joins.system.translate({"N-1": codes[0], "N-2": codes[1]})
    paid = {each["NOTICENO"]: each for each in facts(joins, "paid")}
    assert {number: paid[number]["PAYNO"] for number in told} == told
    assert {number: paid[number]["TRADENO"] for number in told} == {
        number: f"FIN-{code}" for number, code in told.items()
    }
    assert [each["NOTICENO"] for each in facts(joins, "cancelled")] == ["N-4"]
    assert {each["NOTICENO"] for each in facts(joins, "receipt")} == {"N-1", "N-2"}
    assert sums_told(joins) == joins.system.sums_of_day(place.today.isoformat())
    status, answer = joins.call("/v1/finance/results", None)
    assert (status, answer["read_up_to"]) == (200, answer["last_number"])


def facts(joins: Joining, kind: str) -> list[Object]:
    """That are about the unit, in China's words."""
    back = {theirs: word for word, theirs in joins.country.words.items()}
    told = [
        {back.get(name, name): value for name, value in each.items()}
        for each in joins.system.facts(kind)
    ]
    return [each for each in told if each["ENTERCODE"] == joins.country.unit]


def sums_told(joins: Joining) -> dict[tuple[str, str, str], tuple[int, Decimal]]:
    """By unit, item and kind, as the province tells them, by channel."""
    status, told = joins.call(f"/v1/finance/totals?business_day={joins.place.today}", None)
    assert status == 200, told
    found: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for each in told["totals"]:
        of = each["unit"], each["item"], each["kind"]
        count, amount = found.get(of, (0, Decimal(0)))
        found[of] = (count + each["count"], amount + Decimal(each["amount"]))
    return found


def amend_too_late(joins: Joining) -> None:
    assert joins.refusal(joins.amendment("N-1")) == "order_paid"
    country, day = joins.country, joins.place.today
    held = [
        ("N-1", country.less, country.paid),
        ("N-2", country.less, country.paid),
        ("N-3", country.fee, country.unpaid),
    ]
    found = discrepancies(joins, day, held)
    (late,) = (each for each in found if each["reference"] == "N-1")
    assert (late["kind"], late["detail"]) == ("amended_after_paid", "order_paid")
    assert not {"N-2", "N-3"} & {each["reference"] for each in found}
    assert joins.place.order(paid_code(joins, "N-1"))["amount_minor"] == country.fee_minor


def discrepancies(joins: Joining, day: date, held: Iterable[tuple[str, str, str]]) -> list[Object]:
    """Between what the finance system has of the day and what is here."""
    names = ("NOTICENO", "TOTALMONEY", "BILLSTATS")
    lines = [dict(zip(names, each, strict=True)) for each in held]
    told = [joins.system.translate(each | {"ENTERCODE": joins.country.unit}) for each in lines]
    sender = joins.country.sender
    joins.place.drop(f"finance/{sender}/held/{day}/list.jsonl", as_file(told))
    there = joins.place.reports(f"finance/{sender}/discrepancies/{day}/")
    folder = json.loads(there[f"finance/{sender}/discrepancies/{day}/latest.json"])["folder"]
    differences: list[Object] = json.loads(there[f"{folder}/report.json"])["differences"]
    return differences


def paid_code(joins: Joining, reference: str) -> str:
    path = f"/v1/orders?reference={reference}"
    (item,) = joins.place.portal.get(path).json["items"]
    code: str = item["payment_code"]
    return code


def go_live(place: Place) -> None:
    """On the day after, with the bank's file: the joint test is reported, and the unit is live."""
    joins = joining(place)
    unit = joins.country.own_unit
    report = joins.operations.joint_test(unit, place.description["portal"]["id"])
    assert {each.step: each.passed for each in report.steps} == {
        "order_made": True,
        "paid": True,
        "receipts_issued": True,
        "notice_delivered": True,
        "statement_matched": True,
    }
    joins.stage("live", f"{unit}.json")
    live = joins.operations.live_portal(place.description["portal"]["id"])
    made = live.post("/v1/bills", bill_body(joins) | {"reference": "LIVE-1"})
    assert made.status == 201, made.body


def files_of_the_day(joins: Joining, day: date) -> None:
    """What the finance system finds in the morning is what it read the day before."""
    folder = f"finance/{joins.country.sender}/out/{day}/001"
    there = joins.place.reports(folder)
    control = json.loads(there[f"{folder}/control.json"])
    assert control["results"] == len(there[f"{folder}/results.jsonl"].splitlines())
    read = [json.loads(line) for line in there[f"{folder}/results.jsonl"].splitlines()]
    assert [each["number"] for each in read] == list(range(1, len(read) + 1))
    known = [each for _, each in sorted(joins.system.results.items())]
    assert read[: len(known)] == known


@pytest.mark.parametrize("province", COUNTRIES)
def test_a_unit_joins_in_stages(walk_in: Callable[[str], Place], province: str) -> None:
    place = walk_in(province)
    joins, day = walk(place), place.today
    joins.operations.next_day({taken.key(day): taken.file(day) for taken in place.takings.values()})
    go_live(place)
    files_of_the_day(joins, day)
    assert place.replay() == []
