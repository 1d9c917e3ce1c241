"""A unit with software of its own is asked for what is not here: once it answers it is one bill,
and while it does not, what is known stays payable."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.outbound import OutboundHttp, Reach
from chalicelib.storage.breakers import MAX_FAILURES, PAUSE
from chalicelib.storage.guesses import MAX_WRONG
from chalicelib.wiring import Platform
from tests.support.biller_bank import Bank, biller_account, seed_with_banks
from tests.support.bills import SURCHARGE, look
from tests.support.local_province import BASE_URL, HttpAnswer, LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, start
from tests.support.seeded import province_document, seed
from tests.support.unit_system import KEY, OwnSystem, own_system
from tests.web.pages.page_reader import read_page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NUMBER, PLATE = "QĐ 123/2026", "14A-123.45"
SILENT = "The unit’s system does not answer"


def bill(number: str = NUMBER, amount: int = 4_000_000, **changes: Any) -> dict[str, Any]:
    return {
        "reference": number,
        "payee_unit": "UNITA",
        "fee_item": "FINE",
        "principal_minor": amount,
        "payer": {"kind": "individual", "name": "Nguyễn Văn Bình"},
        "due_date": "2026-03-31",
        **changes,
    }


@pytest.fixture
def unit() -> Iterator[OwnSystem]:
    with own_system() as system:
        system.bills[NUMBER, "14a12345"] = bill()
        yield system


def connect(platform: Platform, unit: OwnSystem, document: dict[str, Any]) -> None:
    document["profile"]["outbound_origins"].append(unit.url)
    document["profile"]["schemes"][0]["second_fact_names"] = {"vi": "Biển số", "en": "Plate"}
    document["profile"]["bill_sources"] = [
        {
            "payee_unit": "UNITA",
            "portal": "portal-a",
            "url": f"{unit.url}/bills",
            "secret_name": "units/unita",
            "timeout_seconds": 1,
        }
    ]
    platform.setup.write_province(document)
    platform.secrets.write_secret("units/unita", {"signing_key": KEY})


@pytest.fixture
def province(unit: OwnSystem) -> Iterator[LocalProvince]:
    def seed_with_source(platform: Platform) -> None:
        seed(platform)
        connect(platform, unit, province_document())

    http = OutboundHttp(Reach.CONFIGURED, frozenset({unit.url}))
    with local_province(seed_with_source, http) as running:
        yield running


def enter(
    province: LocalProvince, number: str = NUMBER, given: str = PLATE, address: str = "203.0.113.7"
) -> HttpAnswer:
    province.source_ip = address
    body = urlencode({"number": number, "word": given})
    return province.http("POST", "/s/traffic-fines?lang=en", body, FORM)


def open_found(province: LocalProvince, answer: HttpAnswer) -> str:
    assert answer.status == 303, answer.text
    page = province.http("GET", answer.headers["Location"].removeprefix(BASE_URL))
    assert page.status == 200
    return read_page(page.text).text


def code_of(answer: HttpAnswer) -> str:
    assert answer.status == 303, answer.text
    return answer.headers["Location"].removeprefix(BASE_URL).split("/")[2]


def test_a_number_that_is_not_here_is_fetched_and_can_be_paid(
    province: LocalProvince, unit: OwnSystem
) -> None:
    text = open_found(province, enter(province))
    assert "4,000,000 VND" in text
    assert unit.asked == [{"payee_unit": "UNITA", "reference": NUMBER, "second_fact": "14a12345"}]
    code = code_of(enter(province))
    order = look(province, code)
    assert (order["reference"], order["status"], order["amount_minor"]) == (
        NUMBER,
        "created",
        4_000_000,
    )


def test_however_often_and_however_spelled_it_is_one_order(
    province: LocalProvince, unit: OwnSystem
) -> None:
    first = code_of(enter(province))
    unit.bills["qđ123/2026", "14a12345"] = bill()
    assert code_of(enter(province, "qđ123/2026", "14a 123 45")) == first
    listed = call(province, "GET", "/v1/bills").json["items"]
    province.pump()
    listed = call(province, "GET", "/v1/bills").json["items"]
    assert [each["payment_code"] for each in listed] == [first]


def test_a_wrong_second_fact_and_an_unknown_number_look_the_same(
    province: LocalProvince, unit: OwnSystem
) -> None:
    enter(province)
    wrong = enter(province, given="99Z99999")
    unknown = enter(province, "QĐ 999/2026")
    assert (wrong.status, wrong.text) == (unknown.status, unknown.text)
    assert wrong.status == 404
    # The unit was asked for both, so that neither takes longer.
    assert len(unit.asked) == 3


def test_a_changed_amount_changes_the_unpaid_bill(province: LocalProvince, unit: OwnSystem) -> None:
    code = code_of(enter(province))
    unit.bills[NUMBER, "14a12345"] = bill(amount=3_000_000, surcharge=SURCHARGE)
    again = enter(province)
    assert code_of(again) == code
    assert "3,000,000 VND" in open_found(province, again)
    order = look(province, code)
    assert [each["reason"] for each in order["bill"]["amendments"]] == [
        "the unit's own system says so"
    ]
    enter(province)
    assert len(look(province, code)["bill"]["amendments"]) == 1


def test_what_is_paid_or_being_paid_stays_as_it_is(
    province: LocalProvince, unit: OwnSystem
) -> None:
    code = code_of(enter(province))
    payment_no = start(province, code).json["payment_no"]
    unit.bills[NUMBER, "14a12345"] = bill(amount=3_000_000)
    assert code_of(enter(province)) == code
    assert look(province, code)["amount_minor"] == 4_000_000
    send_ipn(province, payment_no, 4_000_000)
    asked = len(unit.asked)
    assert "Paid" in open_found(province, enter(province))
    assert look(province, code)["amount_minor"] == 4_000_000
    assert len(unit.asked) == asked


def test_after_the_payment_the_portal_that_owns_the_unit_is_told(
    province: LocalProvince, unit: OwnSystem
) -> None:
    from chalicelib.domain.portals import WebhookEndpoint

    code = code_of(enter(province))
    told: list[bytes] = []

    class Listening(OutboundHttp):
        def post(self, url: str, body: bytes, *rest: Any) -> Any:
            if url.endswith("/told"):
                told.append(body)
            return super().post(unit.url + "/bills" if url.endswith("/told") else url, body, *rest)

    province.platform._http = Listening(Reach.CONFIGURED, frozenset({unit.url}))
    province.platform.setup.write_endpoint(
        WebhookEndpoint(
            endpoint_id="of-the-unit",
            portal="portal-a",
            url=f"{unit.url}/told",
            secrets=("whsec_" + "QUJD" * 8,),
            event_types=None,
            created_at=province.clock.at,
        )
    )
    send_ipn(province, start(province, code).json["payment_no"], 4_000_000)
    province.pump()
    paid = [json.loads(each) for each in told if b"order.paid" in each]
    assert [each["data"]["payment_code"] for each in paid][:1] == [code]


def test_a_unit_that_is_silent_leaves_the_known_bill_payable_and_says_so_of_the_unknown(
    province: LocalProvince, unit: OwnSystem
) -> None:
    code = code_of(enter(province))
    unit.spoil += [503] * 9
    known = enter(province, address="198.51.100.1")
    assert code_of(known) == code
    unknown = enter(province, "QĐ 999/2026", address="198.51.100.2")
    wrong = enter(province, given="99Z99999", address="198.51.100.3")
    assert (unknown.status, wrong.status) == (503, 503)
    assert unknown.text == wrong.text
    text = read_page(unknown.text).text
    assert SILENT in text
    assert "That does not mean that nothing is owed." in text
    send_ipn(province, start(province, code).json["payment_no"], 4_000_000)
    assert look(province, code)["status"] == "paid"


@pytest.mark.parametrize(
    "spoiled",
    [
        *(503, 401, 200 + 4, "drop", "forge", "stale"),
        *(b"<html>", b"[]", b'{"result":"bill"}', b'{"result":"maybe"}', b"\xff" * 70_000),
        b'{"result":' + b"[" * 30_000,
    ],
)
def test_whatever_is_no_answer_is_no_no(
    province: LocalProvince, unit: OwnSystem, spoiled: Any
) -> None:
    unit.spoil.append(spoiled)
    assert enter(province).status == 503
    assert enter(province).status == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": "QĐ 124/2026"},
        {"payee_unit": "UNITB"},
        {"principal_minor": 0},
        {"principal_minor": "4000000"},
        {"fee_item": "NONE"},
        {"due_date": None},
        {"unknown": 1},
        {"payer": {"kind": "individual"}},
    ],
)
def test_an_answer_that_makes_no_bill_is_the_units_fault_and_no_bill(
    province: LocalProvince, unit: OwnSystem, changes: dict[str, Any]
) -> None:
    unit.bills[NUMBER, "14a12345"] = bill(**changes)
    assert enter(province).status == 503
    province.pump()
    assert call(province, "GET", "/v1/bills").json["items"] == []


def test_after_some_silence_the_unit_is_left_alone_and_then_tried_by_one(
    province: LocalProvince, unit: OwnSystem
) -> None:
    unit.spoil += [503] * (MAX_FAILURES + 1)
    for _ in range(MAX_FAILURES):
        assert enter(province, "QĐ 9").status == 503
    assert len(unit.asked) == MAX_FAILURES
    assert enter(province).status == 503
    assert len(unit.asked) == MAX_FAILURES
    listed = call(province, "GET", "/v1/payee-units").json["items"]
    told = {each["code"]: each["live_bills"] for each in listed}
    assert told["UNITA"] == {"available": False, "unavailable_since": "2026-03-02T02:00:00Z"}
    # After a pause one may try; it still fails, and the pause begins anew.
    province.clock.advance(seconds=PAUSE.total_seconds())
    assert enter(province, address="198.51.100.1").status == 503
    assert len(unit.asked) == MAX_FAILURES + 1
    assert enter(province, address="198.51.100.1").status == 503
    assert len(unit.asked) == MAX_FAILURES + 1
    province.clock.advance(seconds=PAUSE.total_seconds())
    assert enter(province, address="198.51.100.1").status == 303
    listed = call(province, "GET", "/v1/payee-units").json["items"]
    told = {each["code"]: each["live_bills"] for each in listed}
    assert told["UNITA"] == {"available": True, "unavailable_since": None}


def test_of_many_that_come_after_the_pause_one_asks(province: LocalProvince) -> None:
    breakers, now = province.platform.breakers, province.clock.at
    for _ in range(MAX_FAILURES):
        breakers.count_failure("UNITA", now)
    known = breakers.read(["UNITA"])["UNITA"]
    after = now + PAUSE
    assert [breakers.may_ask("UNITA", known, after) for _ in range(3)] == [True, False, False]
    assert breakers.may_ask("UNITB", breakers.read(["UNITB"]).get("UNITB"), after)


def test_a_slow_unit_is_waited_for_no_longer_than_its_time(
    province: LocalProvince, unit: OwnSystem
) -> None:
    import threading

    unit.hold = threading.Event()
    try:
        assert enter(province).status == 503
    finally:
        unit.hold.set()
    unit.hold = None
    assert enter(province).status == 303


def test_guesses_about_a_silent_unit_are_counted_too(
    province: LocalProvince, unit: OwnSystem
) -> None:
    unit.spoil += [503] * 99
    tries = [enter(province, given="99Z99999").status for _ in range(MAX_WRONG["pair"] + 1)]
    assert tries == [503] * MAX_WRONG["pair"] + [429]


def test_a_number_that_another_portals_order_has_is_opened_by_that_orders_word_alone(
    province: LocalProvince, unit: OwnSystem
) -> None:
    order = create(province, reference=NUMBER, lines=[{"fee_item": "FINE", "amount_minor": 5}]).json
    assert enter(province).status == 404
    assert code_of(enter(province, given=order["verification_word"])) == order["payment_code"]


def test_the_word_of_a_fetched_bill_opens_it_without_asking(
    province: LocalProvince, unit: OwnSystem
) -> None:
    answer = enter(province)
    word = answer.headers["Location"].rpartition("/")[2].partition("?")[0]
    asked = len(unit.asked)
    assert code_of(enter(province, given=word)) == code_of(answer)
    assert len(unit.asked) == asked


def test_a_fault_of_our_own_data_is_an_alert_and_not_a_no(province: LocalProvince) -> None:
    province.platform.secrets.write_secret("units/unita", {"signing_key": ""})
    assert enter(province).status == 503


def test_a_fine_that_is_paid_on_the_phone_is_refused_at_the_bank_before_money_moves(
    unit: OwnSystem,
) -> None:
    """The police's system is down by then: what is known here is enough."""

    def seed_all(platform: Platform) -> None:
        seed_with_banks(platform)
        document = province_document()
        document["channel_accounts"].append(biller_account("a", "BANK-A"))
        connect(platform, unit, document)

    http = OutboundHttp(Reach.CONFIGURED, frozenset({unit.url}))
    with local_province(seed_all, http) as province:
        bank, code = Bank(province), code_of(enter(province))
        unit.spoil += [503] * 9
        assert bank.look_up(code).json["amount_minor"] == 4_000_000
        payment_no = start(province, code).json["payment_no"]
        send_ipn(province, payment_no, 4_000_000)
        province.clock.advance(minutes=1)
        assert bank.look_up(code).json["refused_because"] == "order_paid"
        refused = bank.lock(code, 4_000_000)
        assert (refused.status, refused.json["code"]) == (409, "order_paid")
        province.pump()
        order = look(province, code)
        assert (order["status"], len(order["payments"]), order["cases"]) == ("paid", 1, [])
