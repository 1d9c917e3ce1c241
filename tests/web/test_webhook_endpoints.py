"""The webhook endpoints as a portal's developer meets them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from standardwebhooks import Webhook

from chalicelib.notices.endpoints import MAX_ENDPOINTS
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.paid_orders import paid
from tests.support.portal_client import call
from tests.support.portal_receiver import PortalReceiver
from tests.support.rows import scan
from tests.support.seeded import OPERATOR_KEY, OTHER_PORTAL_KEY, PORTAL_KEY, seed

BASE = "/v1/webhook-endpoints"
URL = "https://portal.example/hook?tenant=7"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed, PortalReceiver()) as running:
        yield running


def register(
    province: LocalProvince, key: str | None = "w-1", portal: str = PORTAL_KEY, **body: Any
) -> HttpAnswer:
    return call(province, "POST", BASE, {"url": URL, **body}, key=portal, idempotency_key=key)


def endpoints(province: LocalProvince, portal: str = PORTAL_KEY) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = call(province, "GET", BASE, key=portal).json["items"]
    return items


def test_a_registered_endpoint_is_answered_with_a_secret_that_the_library_takes(
    province: LocalProvince,
) -> None:
    answer = register(province, event_types=["order.paid", "receipt.issued"])
    assert answer.status == 201
    body = answer.json
    assert Webhook(body["secret"])
    assert body["url"] == URL
    assert body["event_types"] == ["order.paid", "receipt.issued"]
    assert body["disabled_at"] is None


def test_the_secret_is_shown_once_and_stored_nowhere_in_the_open(province: LocalProvince) -> None:
    secret = register(province).json["secret"]
    assert all("secret" not in item for item in endpoints(province))
    for table in ("ledger_table", "views_table", "setup_table"):
        assert secret not in repr(scan(getattr(province.settings, table)))


def test_a_repeated_registration_is_the_same_bytes_and_one_endpoint(
    province: LocalProvince,
) -> None:
    first = register(province)
    province.clock.advance(minutes=5)
    again = register(province)
    assert (again.status, again.text) == (first.status, first.text)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(endpoints(province)) == 2, "the seeded one and this one"


def test_the_same_key_for_another_endpoint_is_refused(province: LocalProvince) -> None:
    register(province)
    for change in ({"url": "https://portal.example/other"}, {"event_types": ["order.paid"]}):
        answer = register(province, **change)
        assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
    assert len(endpoints(province)) == 2


def test_two_portals_with_one_key_have_two_endpoints_and_two_secrets(
    province: LocalProvince,
) -> None:
    mine, theirs = register(province), register(province, portal=OTHER_PORTAL_KEY)
    assert mine.json["id"] != theirs.json["id"]
    assert mine.json["secret"] != theirs.json["secret"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"url": "http://portal.example/hook"}, "url_not_https", "/url"),
        ({"url": "http://127.0.0.1:2/hook"}, "url_not_https", "/url"),
        ({"url": "https://169.254.169.254/latest"}, "address_not_public", "/url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "address_not_public", "/url"),
        ({"url": "https://10.0.0.8/hook"}, "address_not_public", "/url"),
        ({"url": "https://user:word@portal.example/"}, "url_not_readable", "/url"),
        ({"url": "javascript:alert(1)"}, "url_not_readable", "/url"),
        ({"url": "https://portal.example/#x"}, "url_not_readable", "/url"),
        ({"url": ""}, "too_short", "/url"),
        ({"url": "https://portal.example/" + "x" * 2000}, "too_long", "/url"),
        ({"url": 7}, "wrong_type", "/url"),
        ({"url": URL, "event_types": []}, "too_short", "/event_types"),
        ({"url": URL, "event_types": ["order.lost"]}, "unknown_value", "/event_types/0"),
        ({"url": URL, "event_types": "order.paid"}, "wrong_type", "/event_types"),
        ({"url": URL, "secret": "mine"}, "unknown_field", "/secret"),
        ({}, "required", "/url"),
    ],
)
def test_a_registration_that_cannot_work_is_refused_and_nothing_is_written(
    province: LocalProvince, body: dict[str, Any], code: str, field: str
) -> None:
    answer = call(province, "POST", BASE, body, idempotency_key="w-1")
    assert (answer.status, answer.json["code"]) == (422, code)
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert [item["id"] for item in endpoints(province)] == ["endpoint-a"]


def test_registering_needs_an_idempotency_key(province: LocalProvince) -> None:
    answer = register(province, key=None)
    assert (answer.status, answer.json["code"]) == (400, "idempotency_key_missing")


def test_a_portal_has_at_most_ten_endpoints(province: LocalProvince) -> None:
    for number in range(1, MAX_ENDPOINTS):
        assert register(province, f"w-{number}").status == 201
    answer = register(province, "w-10")
    assert (answer.status, answer.json["code"]) == (409, "too_many_endpoints")
    assert register(province, "w-1").status == 201, "a repeat is not one more"
    assert len(endpoints(province)) == MAX_ENDPOINTS


def test_endpoints_come_in_pages(province: LocalProvince) -> None:
    for number in range(4):
        register(province, f"w-{number}")
    whole = [item["id"] for item in endpoints(province)]
    found, cursor = [], ""
    while True:
        target = f"{BASE}?limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = call(province, "GET", target).json
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole


def test_a_removed_endpoint_is_gone(province: LocalProvince) -> None:
    endpoint_id = register(province).json["id"]
    assert call(province, "DELETE", f"{BASE}/{endpoint_id}").status == 204
    assert [item["id"] for item in endpoints(province)] == ["endpoint-a"]
    answer = call(province, "DELETE", f"{BASE}/{endpoint_id}")
    assert (answer.status, answer.json["code"]) == (404, "endpoint_not_found")


def _told(province: LocalProvince, orders: int = 1) -> list[dict[str, Any]]:
    for number in range(1, orders + 1):
        paid(province, number)
        province.pump()
        province.clock.advance(minutes=1)
    items: list[dict[str, Any]] = call(province, "GET", f"{BASE}/endpoint-a/deliveries").json[
        "items"
    ]
    return items


def test_deliveries_come_newest_first_in_pages_that_are_the_whole_list(
    province: LocalProvince,
) -> None:
    whole = _told(province, orders=3)
    assert len(whole) == 6
    assert all(a["occurred_at"] >= b["occurred_at"] for a, b in pairwise(whole))
    found, cursor = [], ""
    while True:
        target = f"{BASE}/endpoint-a/deliveries?limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = call(province, "GET", target).json
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole


def test_deliveries_can_be_asked_for_by_status(province: LocalProvince) -> None:
    _told(province)
    for status, count in (("delivered", 2), ("pending", 0), ("dead", 0)):
        page = call(province, "GET", f"{BASE}/endpoint-a/deliveries?status={status}").json
        assert len(page["items"]) == count
    answer = call(province, "GET", f"{BASE}/endpoint-a/deliveries?status=lost")
    assert (answer.status, answer.json["code"]) == (400, "invalid_status")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=%%%", "order=x"])
def test_a_list_that_is_asked_for_wrongly_is_refused(province: LocalProvince, query: str) -> None:
    assert call(province, "GET", f"{BASE}/endpoint-a/deliveries?{query}").status == 400


@pytest.mark.parametrize("cursor", ["IQ", "fg", "MA", "4YC0"])
def test_a_cursor_that_nobody_gave_is_an_empty_page_or_a_whole_one(
    province: LocalProvince, cursor: str
) -> None:
    items = _told(province)
    answer = call(province, "GET", f"{BASE}/endpoint-a/deliveries?cursor={cursor}")
    assert answer.status == 200
    assert answer.json["items"] in ([], items)


def test_a_replay_needs_a_key_and_a_delivery_that_exists(province: LocalProvince) -> None:
    delivery_id = _told(province)[0]["id"]
    target = f"{BASE}/endpoint-a/deliveries/{delivery_id}/replay"
    assert call(province, "POST", target).json["code"] == "idempotency_key_missing"
    for wrong in ("x", "MTIz", delivery_id[:-4] + "AAAA", "%00"):
        bad = f"{BASE}/endpoint-a/deliveries/{wrong}/replay"
        answer = call(province, "POST", bad, idempotency_key="r")
        assert (answer.status, answer.json["code"]) == (404, "delivery_not_found")
    answer = call(province, "POST", target, idempotency_key="r")
    assert (answer.status, answer.json["id"]) == (202, delivery_id)


def test_one_replay_key_is_for_one_delivery(province: LocalProvince) -> None:
    first, second = _told(province)
    targets = [f"{BASE}/endpoint-a/deliveries/{each['id']}/replay" for each in (first, second)]
    assert call(province, "POST", targets[0], idempotency_key="r").status == 202
    answer = call(province, "POST", targets[1], idempotency_key="r")
    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")


def test_another_portal_sees_touches_and_replays_nothing(province: LocalProvince) -> None:
    delivery_id = _told(province)[0]["id"]
    assert endpoints(province, OTHER_PORTAL_KEY) == []
    for method, target in (
        ("DELETE", f"{BASE}/endpoint-a"),
        ("GET", f"{BASE}/endpoint-a/deliveries"),
        ("POST", f"{BASE}/endpoint-a/deliveries/{delivery_id}/replay"),
    ):
        answer = call(province, method, target, key=OTHER_PORTAL_KEY, idempotency_key="r")
        assert (answer.status, answer.json["code"]) == (404, "endpoint_not_found")
    assert [item["id"] for item in endpoints(province)] == ["endpoint-a"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_operators_key_and_no_key_are_refused(province: LocalProvince, method: str) -> None:
    assert call(province, method, BASE, key=OPERATOR_KEY).status == 403
    assert province.http(method, BASE).status == 401
