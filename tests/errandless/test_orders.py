"""Orders are found over all portals, and shown without saying who pays."""

from typing import Any

import pytest

from tests.errandless.conftest import Typed
from tests.support.local_province import LocalProvince
from tests.support.paid_orders import created, paid
from tests.support.portal_client import call, order_body
from tests.support.seeded import OTHER_PORTAL_KEY

LIST = ("orders", "list", "quangninh", "--local", "--json")
PAYER = {
    "kind": "individual",
    "name": "Trần Thị Canary",
    "identity": {"kind": "citizen_id", "number": "022090987654"},
    "phone": "0912345678",
    "email": "canary@example.vn",
}


def codes(typed: Typed, *options: str) -> list[str]:
    done = typed(*LIST, *options)
    assert done.code == 0, done.err
    return [each["payment_code"] for each in done.json["orders"]]


def sold_by_other(province: LocalProvince) -> str:
    body = order_body(reference="OTHER-1", payer=PAYER)
    answer = call(
        province, "POST", "/v1/orders", body, key=OTHER_PORTAL_KEY, idempotency_key="other"
    )
    code: str = answer.json["payment_code"]
    return code


@pytest.fixture
def three(here: LocalProvince) -> list[str]:
    """Oldest first: paid, created, and another portal's a day later."""
    found = [paid(here, 1)]
    here.clock.advance(minutes=1)
    found.append(created(here, 2))
    here.clock.advance(days=1)
    found.append(sold_by_other(here))
    here.pump()
    return found


def test_all_portals_orders_are_listed_newest_first(three: list[str], typed: Typed) -> None:
    assert codes(typed) == three[::-1]
    assert codes(typed, "--limit", "2") == three[:0:-1]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("--portal", "portal-b"), [2]),
        (("--status", "paid"), [0]),
        (("--status", "created"), [2, 1]),
        (("--reference", "HS-0002"), [1]),
        (("--unit", "UNITA"), [2, 1, 0]),
        (("--unit", "UNITB"), []),
        (("--from", "2026-03-03"), [2]),
        (("--to", "2026-03-02"), [1, 0]),
        (("--from", "2026-03-02", "--to", "2026-03-03", "--status", "created"), [2, 1]),
    ],
)
def test_they_are_narrowed(
    three: list[str], typed: Typed, options: tuple[str, ...], wanted: list[int]
) -> None:
    assert codes(typed, *options) == [three[number] for number in wanted]


def test_a_status_is_the_ledgers_and_not_the_lists(
    here: LocalProvince, typed: Typed, three: list[str]
) -> None:
    """The list is seconds behind: it says `created` of an order that is paid by now."""
    code = paid(here, 5)
    assert code not in codes(typed)
    here.lose_stream()
    late = here.platform.ledger.read_order(code)
    assert late is not None
    here.platform.views.index_order(here.platform.ledger.read_orders([three[1]])[three[1]])
    assert codes(typed, "--status", "paid") == [three[0]]


def test_an_order_is_shown_with_a_masked_payer(
    here: LocalProvince, typed: Typed, three: list[str]
) -> None:
    for options in (("--json",), ()):
        done = typed("orders", "show", "quangninh", three[2], "--local", *options)
        assert done.code == 0, done.err
        for secret in ("Canary", "Trần", "0912345678", "022090987654", "canary@"):
            assert secret not in done.out + done.err, options
        assert "•••678" in done.out


def test_the_payers_name_is_shown_when_asked_and_the_identity_number_never(
    here: LocalProvince, typed: Typed, three: list[str]
) -> None:
    for options in (("--json",), ()):
        done = typed("orders", "show", "quangninh", three[2], "--payer", "--local", *options)
        assert "Trần Thị Canary" in done.out
        assert "0912345678" in done.out
        assert "022090987654" not in done.out + done.err


def test_a_paid_orders_attempts_and_receipt_are_told(
    here: LocalProvince, typed: Typed, three: list[str]
) -> None:
    told: dict[str, Any] = typed("orders", "show", "quangninh", three[0], "--local", "--json").json
    assert told["status"] == "paid"
    assert [each["status"] for each in told["payments"]] == ["succeeded"]
    assert [each["number"] for each in told["receipts"]] == ["0000001"]
    shown = typed("orders", "show", "quangninh", three[0], "--local").out
    assert f"{three[0]}01" in shown
    assert "succeeded" in shown


@pytest.mark.parametrize("form", ["{}", "{}01", "14000001"])
def test_any_number_leads_to_the_order(
    here: LocalProvince, typed: Typed, three: list[str], form: str
) -> None:
    done = typed("orders", "show", "quangninh", form.format(three[0]), "--local", "--json")
    assert done.json["payment_code"] == three[0]


@pytest.mark.parametrize("number", ["220000000000012314", "nothing", ""])
def test_an_unknown_number_is_one_sentence(here: LocalProvince, typed: Typed, number: str) -> None:
    done = typed("orders", "show", "quangninh", number, "--local", "--json")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("There is no order of the number")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--from", "today"), "'today' is not a day"),
        (("--to", "20260302"), "'20260302' is not a day"),
        (("--from", "2026-03-03", "--to", "2026-03-02"), "is before"),
        (("--portal", "nobody"), "There is no portal 'nobody'"),
    ],
)
def test_a_wish_that_cannot_be_is_one_sentence(
    here: LocalProvince, typed: Typed, options: tuple[str, ...], told: str
) -> None:
    done = typed(*LIST, *options)
    assert (done.code, done.out) == (1, "")
    assert told in done.err


def test_a_status_that_is_none_ends_with_2(here: LocalProvince, typed: Typed) -> None:
    assert typed(*LIST, "--status", "lost").code == 2


def test_more_than_a_page_of_orders_is_listed(here: LocalProvince, typed: Typed) -> None:
    made = [created(here, number) for number in range(60)]
    here.pump()
    assert sorted(codes(typed, "--limit", "1000")) == sorted(made)
    done = typed(*LIST, "--limit", "55").json
    assert (len(done["orders"]), done["is_cut"]) == (55, True)
