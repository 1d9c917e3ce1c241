"""Several bills paid at once and one bill paid in parts, from the packaged template."""

from uuid import uuid4

from tests.journeys.bills import one_bill
from tests.journeys.place import Object, Place
from tests.stack.portal import ask, pay
from tests.web.paper.paper_reader import qr_codes


def test_a_basket_pays_its_bills(place: Place) -> None:
    bills = [one_bill(place, f"B-{uuid4()}") for _ in range(3)]
    codes = [each["payment_code"] for each in bills]
    made = place.portal.post("/v1/orders", {"payment_codes": codes})
    assert made.status == 201, made.body
    assert made.json["amount_minor"] == sum(each["amount_minor"] for each in bills)
    path = f"/v1/orders/{made.json['payment_code']}/paper.pdf"
    assert place.portal.get(path).json["code"] == "accept_missing"
    key = {"Authorization": f"Bearer {place.portal.api_key}", "Accept": "application/pdf"}
    slip = ask("GET", place.base_url + path, None, key)
    assert (slip.status, len(qr_codes(slip.body))) == (200, 1)
    assert pay(place.portal.start_payment(made.json["payment_code"], "sandbox")).status == 303
    for code in codes:
        assert len(place.receipted(code)["receipts"]) == 1
    basket = place.until(
        lambda: place.order(made.json["payment_code"]), lambda seen: seen["status"] == "paid"
    )
    assert [each["result"] for each in basket["bills"]] == ["paid"] * 3


def test_a_payer_pastes_bills_into_the_basket_page(place: Place) -> None:
    bills = [one_bill(place, f"B-{uuid4()}") for _ in range(2)]
    lines = [f"{each['payment_code']} {each['verification_word']}" for each in bills]
    form = place.open("/basket?lang=en")
    number = next(at for at, (action, _) in enumerate(form.forms) if "/basket" in action)
    page = place.send(form, form=number, bills="\n".join(lines))
    assert page.status == 200, page.text
    assert all(each["reference"] in page.text for each in bills)


def test_a_bill_is_paid_in_two_parts(place: Place) -> None:
    items = place.portal.get("/v1/fee-items?limit=100").json["items"]
    item = next(each for each in items if each.get("allows_partial"))
    owed, part = 5_000_000, 2_000_000
    bill = one_bill(
        place,
        f"P-{uuid4()}",
        payee_unit=item["payee_unit"],
        lines=[{"fee_item": item["code"], "amount_minor": owed}],
    )

    def pay_part(amount: int) -> Object:
        path = f"/v1/bills/{bill['payment_code']}/parts"
        made = place.portal.post(path, {"amount_minor": amount})
        assert made.status == 201, made.body
        assert pay(place.portal.start_payment(made.json["payment_code"], "vnpay")).status == 303
        return place.receipted(made.json["payment_code"])

    assert pay_part(part)["amount_minor"] == part
    left = place.until(
        lambda: place.order(bill["payment_code"]), lambda seen: seen["amount_minor"] == owed - part
    )
    assert left["status"] != "paid"
    assert pay(place.portal.start_payment(bill["payment_code"], "vnpay")).status == 303
    assert place.receipted(bill["payment_code"])["amount_minor"] == owed - part
