"""Creating orders: one call, identical replays, one order per obligation, nobody else's seen."""

import json
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from stdnum.iso7064 import mod_97_10

from chalicelib.domain import representation
from chalicelib.domain.identifiers import derive_body, is_verification_word
from chalicelib.storage.compression import decompress
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, order_body, start
from tests.support.rows import ledger_keys, ledger_rows
from tests.support.seeded import OTHER_PORTAL_KEY, PORTAL_KEY, province_document


def test_an_order_is_created_with_its_amount_and_code(province: LocalProvince) -> None:
    answer = create(province, lines=[{"fee_item": "FEE-1"}, {"fee_item": "COPIES", "quantity": 7}])
    assert answer.status == 201
    order = answer.json
    assert order["amount_minor"] == 64_000
    assert [line["amount_minor"] for line in order["lines"]] == [50_000, 14_000]
    assert (order["currency"], order["status"], order["mode"]) == ("VND", "created", "test")
    assert order["payment_code"].startswith("22")
    assert mod_97_10.is_valid(order["payment_code"])
    secret = b"code secret of portal-a"
    assert is_verification_word(secret, order["payment_code"], order["verification_word"])
    assert (order["created_at"], order["expires_at"]) == (
        "2026-03-02T02:00:00Z",
        "2026-03-02T02:15:00Z",
    )


def test_a_repeat_gets_the_same_bytes(province: LocalProvince) -> None:
    first = create(province)
    province.clock.advance(minutes=3)
    again = create(province)
    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len(ledger_keys(province, "O#")) == 1


def test_a_repeat_gets_the_same_bytes_after_a_deploy_that_adds_a_field(
    province: LocalProvince,
) -> None:
    first = create(province)

    def with_new_field(*arguments: object) -> dict[str, object]:
        return {**original(*arguments), "new_field": 1}  # type: ignore[arg-type]

    original = representation.describe_order
    with mock.patch("chalicelib.checkout.create_order.describe_order", with_new_field):
        assert create(province).text == first.text
        assert "new_field" in create(province, "k-2", reference="HS-2").json


def test_a_repeat_is_answered_even_when_the_catalogue_no_longer_has_the_item(
    province: LocalProvince,
) -> None:
    first = create(province)
    with mock.patch("chalicelib.domain.catalog.FeeItem.is_valid_on", return_value=False):
        assert create(province).text == first.text
        assert create(province, "k-2", reference="HS-2").status == 422


def test_a_key_used_for_another_body_is_refused(province: LocalProvince) -> None:
    create(province)
    before = ledger_rows(province)
    answer = create(province, reference="HS-2")
    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
    assert ledger_rows(province) == before


def test_200_concurrent_creates_with_one_key_make_one_order(province: LocalProvince) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: create_in_thread(province), range(200)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(ledger_keys(province, "O#")) == 1
    fresh = [each for each in answers if "Idempotent-Replayed" not in each.headers]
    assert len(fresh) == 1


def create_in_thread(province: LocalProvince):  # type: ignore[no-untyped-def]
    """Chalice keeps the current request on the application: one process answers one at a time, so
    the threads meet in the action, where the races are."""
    from chalicelib.bodies.order_bodies import read_order
    from chalicelib.checkout.create_order import CreateCommand, create_order
    from tests.support.local_province import HttpAnswer

    platform = province.platform
    portal = platform.setup.read_portal("portal-a")
    assert portal is not None
    command = CreateCommand(portal, read_order(order_body()), "k-1", b"f", platform.now())
    created = create_order(platform.desk(), command)
    headers = {"Idempotent-Replayed": "true"} if created.is_replay else {}
    return HttpAnswer(201, headers, created.text)


def test_a_second_order_for_an_open_obligation_is_refused_with_its_link(
    province: LocalProvince,
) -> None:
    first = create(province).json
    answer = create(province, "k-2")
    assert (answer.status, answer.json["code"]) == (409, "obligation_open")
    assert answer.json["link"] == first["links"]["self"]
    assert len(ledger_keys(province, "O#")) == 1


def test_a_second_order_for_a_paid_obligation_is_refused(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    send_ipn(province, start(province, code).json["payment_no"])
    answer = create(province, "k-2")
    assert (answer.status, answer.json["code"]) == (409, "obligation_paid")


def test_another_portal_is_refused_without_learning_whose_order_it_is(
    province: LocalProvince,
) -> None:
    code = create(province).json["payment_code"]
    answer = call(
        province,
        "POST",
        "/v1/orders",
        order_body(),
        key=OTHER_PORTAL_KEY,
        idempotency_key="k-1",
    )
    assert (answer.status, answer.json["code"]) == (409, "obligation_open")
    assert "link" not in answer.json
    assert code not in answer.text
    assert "portal-a" not in answer.text


def test_a_repeatable_item_has_no_obligation(province: LocalProvince) -> None:
    lines = [{"fee_item": "COPIES", "quantity": 1}]
    codes = {create(province, f"k-{n}", lines=lines).json["payment_code"] for n in range(3)}
    assert len(codes) == 3
    assert ledger_keys(province, "REF#") == []


def test_a_cancelled_order_releases_its_obligation(province: LocalProvince) -> None:
    first = create(province).json["payment_code"]
    cancel(province, first, "c-1")
    second = create(province, "k-2")
    assert second.status == 201
    assert second.json["payment_code"] != first


def cancel(province: LocalProvince, code: str, key: str):  # type: ignore[no-untyped-def]
    return call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key=key)


def test_cancelling_again_gets_the_same_bytes(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    first = cancel(province, code, "c-1")
    assert (first.status, first.json["status"]) == (200, "cancelled")
    again = cancel(province, code, "c-1")
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    other = cancel(province, code, "c-2")
    assert (other.status, other.json["code"]) == (409, "order_cancelled")


def test_cancelling_needs_no_body_but_refuses_another_type(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    target = f"/v1/orders/{code}/cancel"
    headers = {"Authorization": f"Bearer {PORTAL_KEY}", "Idempotency-Key": "c-1"}
    typed = {**headers, "Content-Type": "text/plain"}
    assert province.http("POST", target, b"reason=none", typed).status == 415
    answer = province.http("POST", target, b"", headers)
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert cancel(province, code, "c-1").text == answer.text


def test_an_order_with_a_payment_in_flight_is_not_cancelled(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    start(province, code)
    answer = cancel(province, code, "c-1")
    assert (answer.status, answer.json["code"]) == (409, "payment_in_progress")


def test_a_paid_order_is_not_cancelled(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    send_ipn(province, start(province, code).json["payment_no"])
    answer = cancel(province, code, "c-1")
    assert (answer.status, answer.json["code"]) == (409, "order_paid")


def test_a_taken_code_moves_on_to_the_next_and_its_replay_walks_the_same_chain(
    province: LocalProvince,
) -> None:
    def collide(secret: bytes, purpose: str, key: str, turn: int) -> int:
        return 7 if turn == 0 else original(secret, purpose, key, turn)

    original = derive_body
    with mock.patch("chalicelib.checkout.create_order.derive_body", collide):
        first = create(province, "k-1")
        second = create(province, "k-2", reference="HS-2")
        assert (first.status, second.status) == (201, 201)
        assert first.json["payment_code"] != second.json["payment_code"]
        assert create(province, "k-2", reference="HS-2").text == second.text
        assert create(province, "k-1").text == first.text
    assert len(ledger_keys(province, "O#")) == 2


def test_a_quote_prices_and_writes_nothing(province: LocalProvince) -> None:
    answer = call(province, "POST", "/v1/quotes", order_body())
    assert (answer.status, answer.json["amount_minor"]) == (200, 50_000)
    assert ledger_rows(province) == []


def test_the_payer_is_stored_only_encrypted(province: LocalProvince) -> None:
    payer = {
        "kind": "individual",
        "name": "Canary Nguyen",
        "identity": {"kind": "citizen_id", "number": "022099001234"},
        "phone": "+84 912 345 678",
    }
    code = create(province, payer=payer).json["payment_code"]
    stored = repr(ledger_rows(province))
    for canary in ("Canary", "022099001234", "912 345"):
        assert canary not in stored
    order = province.platform.ledger.read_order(code)
    assert order is not None
    sealed = province.platform.envelope.open(order.sealed_payer, code)
    opened = json.loads(decompress(sealed))
    assert (opened["name"], opened["identity_number"]) == ("Canary Nguyen", "022099001234")


@pytest.mark.parametrize("method", ["look", "pay", "cancel"])
def test_another_portals_order_does_not_exist(province: LocalProvince, method: str) -> None:
    code = create(province).json["payment_code"]
    before = ledger_rows(province)
    calls = {
        "look": ("GET", f"/v1/orders/{code}", None),
        "pay": ("POST", f"/v1/orders/{code}/payments", {"channel": "vnpay", "client": "web"}),
        "cancel": ("POST", f"/v1/orders/{code}/cancel", {}),
    }
    verb, target, body = calls[method]
    answer = call(province, verb, target, body, key=OTHER_PORTAL_KEY, idempotency_key="k-1")
    unknown = call(
        province,
        verb,
        target.replace(code, "220000000000012314"),
        body,
        key=OTHER_PORTAL_KEY,
        idempotency_key="k-1",
    )
    assert (answer.status, answer.json["code"]) == (404, "order_not_found")
    without_trace = {**answer.json, "trace_id": ""}
    assert without_trace == {**unknown.json, "trace_id": ""}
    assert ledger_rows(province) == before


def test_a_tariff_that_was_published_ahead_does_not_shadow_todays(province: LocalProvince) -> None:
    document = province_document()
    dear = {"rule": "fixed", "amount_minor": 70_000}
    document["fee_items"][0]["valid_to"] = "2026-03-02"
    document["fee_items"].append(
        {**document["fee_items"][0], "valid_from": "2026-03-03", "valid_to": None, "tariff": dear}
    )
    province.platform.setup.write_province(document)
    assert create(province).json["amount_minor"] == 50_000
    province.clock.advance(days=1)
    assert create(province, "k-2", reference="HS-2").json["amount_minor"] == 70_000


@pytest.mark.parametrize(
    "spelling",
    ["hs-2026-0001", "HS-2026- 0001", "\uff28\uff33-2026-0001", "HS-2026-\u200b0001"],
)
def test_one_number_spelled_otherwise_is_the_same_obligation(
    province: LocalProvince, spelling: str
) -> None:
    create(province)
    answer = create(province, "k-2", reference=spelling)
    assert (answer.status, answer.json["code"]) == (409, "obligation_open")


def test_composed_and_decomposed_marks_are_the_same_obligation(province: LocalProvince) -> None:
    create(province, reference="S\u1ed1 12")
    answer = create(province, "k-2", reference="So\u0302\u0301 12")
    assert answer.json["code"] == "obligation_open"


def test_an_amount_that_equals_the_tariff_is_accepted(province: LocalProvince) -> None:
    answer = create(province, lines=[{"fee_item": "FEE-1", "amount_minor": 50_000}])
    assert (answer.status, answer.json["amount_minor"]) == (201, 50_000)
