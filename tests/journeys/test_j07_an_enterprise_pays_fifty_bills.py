"""J7: an enterprise pays fifty bills of three units at once. Its failure: one of them was paid at a
bank's counter meanwhile."""

from collections import Counter
from collections.abc import Callable
from itertools import cycle

from tests.journeys.bills import one_bill
from tests.journeys.place import Object, Place

COUNT = 50
CITY_AND_CENTRE = ("HZ", "SC", "GS")


def bills_of_three_units(place: Place, count: int) -> list[Object]:
    items = place.portal.get("/v1/fee-items?limit=100").json["items"]
    payable = {
        each["payee_unit"]: each for each in items if each["tariff"]["rule"] in ("fixed", "range")
    }
    units = [each for each in sorted(payable) if each[:2] in CITY_AND_CENTRE][:3]
    assert len(units) == 3
    return [
        one_bill(
            place,
            f"QY-2026-{number:03d}",
            payee_unit=unit,
            lines=[line_for(payable[unit])],
            payer={"kind": "organisation", "name": "杭州示例有限公司"},
        )
        for number, unit in zip(range(count), cycle(units), strict=False)
    ]


def line_for(item: Object) -> Object:
    line: Object = {"fee_item": item["code"]}
    if item["tariff"]["rule"] == "range":
        line["amount_minor"] = item["tariff"]["min_minor"]
    return line


def walk(place: Place, count: int = COUNT) -> None:
    bills = bills_of_three_units(place, count)
    codes = [each["payment_code"] for each in bills]
    made = place.portal.post("/v1/orders", {"payment_codes": codes}, key="basket")
    assert made.status == 201, made.body
    basket = made.json
    assert basket["amount_minor"] == sum(each["amount_minor"] for each in bills)
    page = place.open(basket["pay_url"])
    assert page.status == 200

    started = place.portal.start_payment(basket["payment_code"], "sandbox")
    early = bills[count // 3]
    at_counter = place.bank("bank-of-hangzhou").collect(early["payment_code"], "J7-COUNTER")
    assert at_counter.json["result"] == "paid", at_counter.body
    place.pay_in_simulator(started)
    place.until(lambda: place.order(basket["payment_code"])["status"], lambda seen: seen == "paid")

    for bill in bills:
        assert len(place.receipted(bill["payment_code"])["receipts"]) == 1
    paid = place.order(basket["payment_code"])
    assert Counter(each["result"] for each in paid["bills"]) == {"paid": count - 1, "not_paid": 1}
    (case,) = paid["cases"]
    assert case["kind"] == "bill_not_paid"
    listed = place.operator.get("/v1/cases?kind=bill_not_paid").json["items"]
    assert [(each["kind"], each["amount_minor"]) for each in listed] == [
        ("bill_not_paid", early["amount_minor"])
    ]
    settled = sum(each["amount_minor"] for each in paid["bills"] if each["result"] == "paid")
    assert settled == basket["amount_minor"] - early["amount_minor"]
    assert "paid_in" not in place.order(early["payment_code"])
    assert len(place.told("order.paid", basket["payment_code"])) == 1


def test_fifty_bills_of_three_units_with_one_paid_at_a_counter_meanwhile(
    walk_in: Callable[[str], Place],
) -> None:
    place = walk_in("zhejiang")
    walk(place)
    assert place.replay() == []
