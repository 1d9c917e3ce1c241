"""A bank takes back what it took, and gets our own file of a day that is over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.journeys.bills import one_bill
from tests.journeys.place import Place

ACCOUNT = "quangninh"


def test_a_teller_takes_a_payment_back_and_the_bill_is_owed_again(place: Place) -> None:
    bank, number = place.bank(ACCOUNT), f"T-{uuid4().hex[:12]}"
    code = one_bill(place, f"R-{uuid4()}")["payment_code"]
    assert bank.collect(code, number).json["result"] == "paid"
    paid = place.receipted(code)
    back = {"amount_minor": paid["amount_minor"], "currency": paid["currency"]}
    back |= {"reversal_no": f"RV-{number}", "reason": "the wrong payer"}
    done = bank.call("POST", f"/biller/v1/payments/{number}/reversal", back)
    assert (done.status, done.json["reversal"]) == (200, "done"), done.body
    assert place.order(code)["status"] in ("created", "pending")
    assert place.until(lambda: place.told("order.reversed", code), bool)
    assert place.open(paid["receipts"][0]["url"]).status == 200
    document = place.open("/biller/openapi.json")
    assert "/biller/v1/payments/{transaction_no}/reversal" in document.text


def test_our_own_file_of_a_day_that_is_over_lies_ready(
    place: Place, invoke: Callable[[str], None]
) -> None:
    """Two days ago is due at every hour."""
    day = place.today - timedelta(days=2)
    at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    bank, number = place.bank(ACCOUNT), f"D-{uuid4().hex[:12]}"
    bill = one_bill(place, f"D-{uuid4()}")
    seen = bank.look_up(bill["payment_code"]).json
    payment_no = bank.lock(seen, f"L-{number}").json["payment_no"]
    told = {"paid_at": at.isoformat().replace("+00:00", "Z"), "business_day": day.isoformat()}
    paid = bank.pay(seen, payment_no, number, **told)
    assert (paid.status, paid.json["result"]) == (200, "paid"), paid.body
    place.receipted(bill["payment_code"])
    folder = f"own_files/biller/{ACCOUNT}/{day}/"

    def lines() -> list[bytes]:
        invoke("daily-reconciler")
        return [
            line
            for content in place.reports(folder).values()
            for line in content.splitlines()
            if number.encode() in line
        ]

    (line,) = place.until(lines, bool)
    assert line.startswith(payment_no.encode())
