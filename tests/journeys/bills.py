"""Bills as a payee unit's portal issues them, for whatever province a journey is walked in."""

from typing import Any

from tests.journeys.place import Object, Place


def one_bill(place: Place, reference: str, **changes: Any) -> Object:
    body = bill_body(place, reference) | changes
    answer = place.portal.post("/v1/bills", body, key=f"bill-{reference}")
    assert answer.status == 201, answer.body
    bill: Object = answer.json
    return bill


def bill_body(place: Place, reference: str) -> Object:
    """For the first fee item of a fixed tariff, or the smallest amount of one that is a range."""
    item = _first_item(place)
    line: Object = {"fee_item": item["code"]}
    if item["tariff"]["rule"] == "range":
        line["amount_minor"] = item["tariff"]["min_minor"]
    return {
        "reference": reference,
        "payee_unit": item["payee_unit"],
        "lines": [line],
        "payer": {"kind": "individual", "name": "Nguyễn Thị Bình"},
        "days_to_pay": 5,
    }


def _first_item(place: Place) -> Object:
    items = place.portal.get("/v1/fee-items?limit=100").json["items"]
    item: Object = next(each for each in items if each["tariff"]["rule"] in ("fixed", "range"))
    return item
