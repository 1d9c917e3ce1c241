"""A fine that only the police's own system knows, fetched and paid, from the packaged template."""

from tests.journeys.place import Place
from tests.stack.portal import ask, pay

REFERENCE, PLATE = "QD-2026-000123", "14A-123.45"


def test_a_fine_is_fetched_from_its_unit_and_paid(place: Place) -> None:
    page = place.open("/s/traffic-fines?lang=en")
    number = next(at for at, (action, _) in enumerate(page.forms) if "traffic-fines" in action)
    found = place.send(page, form=number, number=REFERENCE, word=PLATE)
    assert found.status == 200, found.text
    assert "4,000,000" in found.text.replace("\u00a0", " ")
    again = place.post_form("/find?lang=en", {"whose": "", "number": REFERENCE, "word": PLATE})
    assert again.status in (200, 422), again.body
    wrong = place.post_form("/s/traffic-fines", {"number": "QD-0", "word": PLATE})
    assert wrong.status == 404
    for path in ("/s/traffic-fines/qr.svg", "/s/traffic-fines/sheet", "/find"):
        assert ask("GET", place.base_url + path).status == 200, path

    bills = place.until(
        lambda: place.portal.get(f"/v1/bills?reference={REFERENCE}").json["items"], bool
    )
    code = bills[0]["payment_code"]
    assert pay(place.portal.start_payment(code, "vnpay")).status == 303
    assert place.receipted(code)["amount_minor"] == 4_000_000
