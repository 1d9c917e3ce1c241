"""Notices on their way to a portal that accepts, refuses, hangs up, disappears or asks for more."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from standardwebhooks import WebhookVerificationError

from chalicelib.domain.notices import MAX_ATTEMPTS, RETRY_AFTER_SECONDS, NoticeType
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.notices.announce import request_notice
from chalicelib.notices.messages import Announcement
from chalicelib.signing import write_webhook_secret
from chalicelib.web.models.webhooks import Notice
from tests.support.local_province import LocalProvince, local_province
from tests.support.paid_orders import created, paid
from tests.support.portal_client import call
from tests.support.portal_receiver import PortalReceiver
from tests.support.rows import scan
from tests.support.seeded import OTHER_PORTAL_KEY, WEBHOOK_SECRET, seed

DELIVERIES = "/v1/webhook-endpoints/endpoint-a/deliveries"


@pytest.fixture
def portal() -> PortalReceiver:
    return PortalReceiver()


@pytest.fixture
def province(portal: PortalReceiver) -> Iterator[LocalProvince]:
    with local_province(seed, portal) as running:
        yield running


def _cancelled(province: LocalProvince, number: int = 1) -> str:
    """An order with one notice only."""
    code = created(province, number)
    target = f"/v1/orders/{code}/cancel"
    assert call(province, "POST", target, {}, idempotency_key=f"c-{number}").status == 200
    return code


def _delivery_rows(province: LocalProvince) -> list[dict[str, object]]:
    return scan(province.settings.views_table, "DELIVERIES#")


def _let_pass(province: LocalProvince, seconds: int) -> int:
    """Returns what was carried afterwards."""
    province.clock.advance(seconds=seconds)
    return province.pump()


def test_a_paid_order_is_told_with_its_receipt_signed_as_standard_webhooks(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    code = paid(province)
    province.pump()
    assert portal.types() == ["order.paid", "receipt.issued"]
    for received in portal.received:
        body = received.signed_by(WEBHOOK_SECRET)
        assert body["id"] == received.notice_id
        assert set(body) == {"id", "type", "occurred_at", "data"}
        assert body["data"]["payment_code"] == code
        assert body["data"]["status"] == "paid"
        assert body["data"]["amount_minor"] == 50_000
        assert received.headers["content-type"] == "application/json"
        assert received.url == "http://127.0.0.1:1/portal/notices"
    receipt = portal.received[1].json["data"]["receipt"]
    assert (receipt["kind"], receipt["number"]) == ("phi", "0000001")
    assert receipt["url"].endswith(f"/r/{receipt['token']}")


def test_another_secret_does_not_verify_it(province: LocalProvince, portal: PortalReceiver) -> None:
    _cancelled(province)
    province.pump()
    with pytest.raises(WebhookVerificationError):
        portal.received[0].signed_by(write_webhook_secret(bytes(32)))


def test_a_notice_says_nothing_of_the_payer(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    paid(province)
    province.pump()
    assert portal.received
    for received in portal.received:
        assert "Nguyễn" not in received.body.decode()
        assert "payer" not in received.json["data"]


def test_refusals_are_retried_by_the_published_schedule_under_one_id_then_the_notice_is_dead(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    _cancelled(province)
    portal.answers = [500] * MAX_ATTEMPTS
    province.pump()
    at = [province.clock.at]
    for pause in RETRY_AFTER_SECONDS:
        _let_pass(province, pause - 1)
        assert len(portal.received) == len(at), "nothing is sent before its time"
        _let_pass(province, 1)
        at.append(province.clock.at)
        assert len(portal.received) == len(at)
    assert at[-1] - at[0] == timedelta(seconds=sum(RETRY_AFTER_SECONDS))
    assert _let_pass(province, 3 * 86_400) == 0
    assert len(portal.received) == MAX_ATTEMPTS
    assert len({received.notice_id for received in portal.received}) == 1
    assert len({received.body for received in portal.received}) == 1
    (row,) = _delivery_rows(province)
    assert (row["status"], row["attempt_count"]) == ("dead", MAX_ATTEMPTS)
    listed = call(province, "GET", f"{DELIVERIES}?status=dead").json["items"]
    assert [item["attempts"][-1]["status_code"] for item in listed] == [500]
    assert listed[0]["next_attempt_at"] is None


@pytest.mark.parametrize(
    ("answer", "status_code", "error"),
    [
        (302, 302, None),
        (404, 404, None),
        (429, 429, None),
        (TryLater("not_connected", "refused"), None, "not_connected"),
        (OutcomeUnknown("answer_lost", "timeout"), None, "answer_lost"),
    ],
)
def test_whatever_is_not_2xx_is_tried_again_and_logged(
    province: LocalProvince,
    portal: PortalReceiver,
    answer: int | Exception,
    status_code: int | None,
    error: str | None,
) -> None:
    _cancelled(province)
    portal.answers, portal.text = [answer], "x" * 500
    province.pump()
    (listed,) = call(province, "GET", DELIVERIES).json["items"]
    assert listed["status"] == "pending"
    assert listed["next_attempt_at"] == "2026-03-02T02:00:05Z"
    (attempt,) = listed["attempts"]
    assert (attempt["status_code"], attempt["error"]) == (status_code, error)
    assert attempt["excerpt"] == ("" if error else "x" * 200)
    _let_pass(province, 5)
    (listed,) = call(province, "GET", DELIVERIES).json["items"]
    assert (listed["status"], listed["attempt_count"]) == ("delivered", 2)


def test_an_endpoint_that_is_gone_gets_nothing_more(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    _cancelled(province, 1)
    portal.answers = [410]
    province.pump()
    _cancelled(province, 2)
    province.pump()
    _let_pass(province, 3600)
    assert len(portal.received) == 1
    (endpoint,) = call(province, "GET", "/v1/webhook-endpoints").json["items"]
    assert endpoint["disabled_at"] == "2026-03-02T02:00:00Z"
    (row,) = _delivery_rows(province)
    assert row["status"] == "dead"


def test_a_removed_endpoint_gets_nothing_more(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    _cancelled(province)
    portal.answers = [500]
    province.pump()
    assert call(province, "DELETE", "/v1/webhook-endpoints/endpoint-a").status == 204
    _let_pass(province, 3600)
    assert len(portal.received) == 1


def test_each_endpoint_gets_what_it_asked_for_with_its_own_secret(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    body = {"url": "http://127.0.0.1:1/second", "event_types": ["receipt.issued"]}
    answer = call(province, "POST", "/v1/webhook-endpoints", body, idempotency_key="w")
    secret = answer.json["secret"]
    paid(province)
    province.pump()
    second = [each for each in portal.received if each.url == body["url"]]
    assert [each.type for each in second] == ["receipt.issued"]
    assert second[0].signed_by(secret)["id"] == second[0].notice_id
    assert len(portal.received) == 3


def test_another_portal_is_told_nothing(province: LocalProvince, portal: PortalReceiver) -> None:
    body = {"url": "http://127.0.0.1:1/other"}
    call(
        province,
        "POST",
        "/v1/webhook-endpoints",
        body,
        key=OTHER_PORTAL_KEY,
        idempotency_key="w",
    )
    paid(province)
    province.pump()
    assert portal.received
    assert all(each.url != body["url"] for each in portal.received)


def _replay(province: LocalProvince, key: str, delivery_id: str | None = None) -> int:
    if delivery_id is None:
        delivery_id = call(province, "GET", DELIVERIES).json["items"][0]["id"]
    target = f"{DELIVERIES}/{delivery_id}/replay"
    return call(province, "POST", target, idempotency_key=key).status


def test_a_replay_sends_the_same_bytes_under_the_same_id(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    _cancelled(province)
    province.pump()
    assert _replay(province, "r-1") == 202
    province.pump()
    first, second = portal.received
    assert (first.notice_id, first.body) == (second.notice_id, second.body)
    (listed,) = call(province, "GET", DELIVERIES).json["items"]
    assert (listed["status"], listed["attempt_count"]) == ("delivered", 2)


def test_a_replayed_request_sends_nothing_more(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    _cancelled(province)
    province.pump()
    assert _replay(province, "r-1") == 202
    province.pump()
    assert _replay(province, "r-1") == 202
    assert province.pump() == 0
    assert len(portal.received) == 2


def test_a_dead_notice_that_is_replayed_gets_the_whole_schedule_again(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    _cancelled(province)
    portal.answers = [500] * (2 * MAX_ATTEMPTS - 1)
    province.pump()
    for pause in RETRY_AFTER_SECONDS:
        _let_pass(province, pause)
    assert _replay(province, "r-1") == 202
    province.pump()
    assert len(portal.received) == MAX_ATTEMPTS + 1
    for pause in RETRY_AFTER_SECONDS:
        _let_pass(province, pause)
    (row,) = _delivery_rows(province)
    assert (row["status"], row["attempt_count"]) == ("delivered", 2 * MAX_ATTEMPTS)


def test_a_replay_while_it_is_still_tried_takes_the_chain_over(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    _cancelled(province)
    portal.answers = [500, 500]
    province.pump()
    assert _replay(province, "r-1") == 202
    province.pump()
    assert len(portal.received) == 2
    for pause in RETRY_AFTER_SECONDS:
        _let_pass(province, pause)
    assert len(portal.received) == 3, "one chain goes on, not two"


def test_an_announcement_that_comes_again_adds_no_second_body_and_no_second_id(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    code = _cancelled(province)
    province.pump()
    for minutes in (1, 2):
        province.clock.advance(minutes=minutes)
        late = Announcement(NoticeType.ORDER_CANCELLED, code, province.clock.at)
        request_notice(province.platform.notices_queue, late)
        province.pump()
    assert len(portal.received) == 1
    assert len(_delivery_rows(province)) == 1


def test_a_wait_that_is_longer_than_a_queue_can_hold_goes_in_hops(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    _cancelled(province)
    portal.answers = [500] * 5
    province.pump()
    for pause in RETRY_AFTER_SECONDS[:4]:
        _let_pass(province, pause)
    assert len(portal.received) == 5
    hops = [_let_pass(province, 900) for _ in range(3)]
    assert (hops, len(portal.received)) == ([1, 1, 1], 5)
    _let_pass(province, 900)
    assert len(portal.received) == 6


def test_every_notice_is_what_the_openapi_document_says(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    paid(province, 1, ("FEE-1", "CHARGE"))
    _cancelled(province, 2)
    created(province, 3)
    province.pump()
    province.clock.advance(days=30)
    province.chase()
    province.pump()
    of_banks = {NoticeType.ORDER_REVERSED, NoticeType.RECEIPT_VOIDED}
    assert set(portal.types()) == set(NoticeType) - of_banks
    document = province.http("GET", "/openapi.json").json
    assert set(document["webhooks"]) == set(NoticeType)
    for received in portal.received:
        operation = document["webhooks"][received.type]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Notice"}
        assert {each["name"] for each in operation["parameters"]} <= set(received.headers)
        Notice.model_validate(received.json)
