"""J9: Mobile Money without smartphone or bank account: the code is read aloud and typed on a
keypad. Its failure: a wrong digit, two digits swapped."""

from collections.abc import Callable, Iterator

from tests.journeys.bills import one_bill
from tests.journeys.place import Place


def mistyped(code: str) -> Iterator[str]:
    """Every single wrong digit, and every two digits in each other's place."""
    for at, digit in enumerate(code):
        yield from (code[:at] + wrong + code[at + 1 :] for wrong in "0123456789" if wrong != digit)
        for other in range(at + 1, len(code)):
            if code[other] != digit:
                swapped = list(code)
                swapped[at], swapped[other] = swapped[other], digit
                yield "".join(swapped)


def walk(place: Place) -> None:
    bill = one_bill(place, "HS-9001")
    code = bill["payment_code"]
    agent = place.bank(place.banks[0])

    typed = list(mistyped(code))
    assert len(typed) > 18 * 9
    answers = {agent.look_up(each).status for each in typed[:: len(typed) // 40]}
    assert answers == {422}
    refused = agent.look_up(typed[0])
    assert [each["code"] for each in refused.json["errors"]] == ["payment_code_mistyped"]

    assert agent.look_up(code).json["amount_minor"] == bill["amount_minor"]
    paid = agent.collect(code, "MM-1")
    assert (paid.status, paid.json["result"]) == (200, "paid")
    order = place.receipted(code)
    assert [each["status"] for each in order["payments"]] == ["succeeded"]
    assert len(place.told("order.paid", code)) == 1


def test_a_code_typed_on_a_keypad_is_paid_and_a_mistyped_one_finds_nobody_elses_bill(
    walk_in: Callable[[str], Place],
) -> None:
    place = walk_in("quangninh")
    walk(place)
    assert place.replay() == []
