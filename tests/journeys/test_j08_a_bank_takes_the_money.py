"""J8: a bank's outlet looks a bill up by its code and takes the money. Its failures: the line
breaks after the payment; the teller takes it back on the same day."""

from collections.abc import Callable

from tests.journeys.bills import one_bill
from tests.journeys.place import Place


def walk(place: Place) -> None:
    the_line_breaks(place)
    the_teller_takes_it_back(place)


def the_line_breaks(place: Place) -> None:
    bank = place.bank("bank-of-hangzhou")
    bill = one_bill(place, "CF-2026-81")
    seen = bank.look_up(bill["payment_code"])
    assert seen.json["amount_minor"] == bill["amount_minor"]
    payment_no = bank.lock(seen.json, "L-81").json["payment_no"]

    bank.pay(seen.json, payment_no, "ICBC-81")  # The answer never came.
    status = bank.call("GET", "/biller/v1/payments/ICBC-81")
    assert (status.status, status.json["result"]) == (200, "paid")
    again = bank.pay(seen.json, payment_no, "ICBC-81")
    assert (again.status, again.json["result"]) == (200, "paid")

    order = place.receipted(bill["payment_code"])
    assert len(order["payments"]) == 1
    assert order["cases"] == []


def the_teller_takes_it_back(place: Place) -> None:
    bank = place.bank("bank-of-hangzhou")
    code = one_bill(place, "CF-2026-82")["payment_code"]
    assert bank.collect(code, "T-1").json["result"] == "paid"
    first = place.receipted(code)

    back = {
        "amount_minor": first["amount_minor"],
        "currency": first["currency"],
        "reversal_no": "RV-1",
        "reason": "the wrong payer",
    }
    done = bank.call("POST", "/biller/v1/payments/T-1/reversal", back)
    assert (done.status, done.json["reversal"]) == (200, "done")
    again = bank.call("POST", "/biller/v1/payments/T-1/reversal", back)
    assert (again.status, again.body) == (200, done.body)
    place.settle()
    assert place.order(code)["status"] in ("created", "pending")
    assert len(place.told("order.reversed", code)) == 1
    void = place.open(first["receipts"][0]["url"])
    assert void.status == 200

    assert bank.collect(code, "T-2").json["result"] == "paid"
    second = place.receipted(code)
    numbers = [first["receipts"][0]["number"], second["receipts"][0]["number"]]
    assert len(set(numbers)) == 2
    assert [each["status"] for each in second["payments"]] == ["reversed", "succeeded"]
    assert second["cases"] == []


def test_the_line_breaks_after_payment_and_the_bank_asks_again(
    walk_in: Callable[[str], Place],
) -> None:
    place = walk_in("zhejiang")
    the_line_breaks(place)
    assert place.replay() == []


def test_a_teller_takes_a_payment_back_and_the_payer_pays_again(
    walk_in: Callable[[str], Place],
) -> None:
    place = walk_in("zhejiang")
    the_teller_takes_it_back(place)
    assert place.replay() == []
