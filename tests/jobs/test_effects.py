"""What follows the money: from the stream, and from the sweeper where the stream lost it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import app as table_of_contents
from chalicelib.domain.cases import CaseKind
from chalicelib.domain.orders import OrderStatus
from chalicelib.storage.views import OrderSearch
from tests.support.local_province import Context, LocalProvince, local_province
from tests.support.notifications import ipn_code, send_ipn
from tests.support.paid_orders import created, paid
from tests.support.portal_client import call, start
from tests.support.portal_receiver import PortalReceiver
from tests.support.rows import ledger_rows, scan
from tests.support.seeded import seed

BOTH_KINDS = ("FEE-1", "CHARGE")


@pytest.fixture
def portal() -> PortalReceiver:
    return PortalReceiver()


@pytest.fixture
def province(portal: PortalReceiver) -> Iterator[LocalProvince]:
    with local_province(seed, portal) as running:
        yield running


def _views(province: LocalProvince, prefix: str) -> list[dict[str, Any]]:
    return scan(province.settings.views_table, prefix)


def _codes(province: LocalProvince, status: OrderStatus) -> list[str]:
    search = OrderSearch("portal-a", status=status)
    return province.platform.views.search_orders(search, 10, None).payment_codes


def _everything_followed(
    province: LocalProvince, portal: PortalReceiver, code: str, kinds: int = 1
) -> None:
    order = province.platform.ledger.read_order(code)
    assert order is not None
    assert len(order.receipts) == kinds
    assert order.due_at is None
    assert _codes(province, OrderStatus.PAID) == [code]
    assert [row["payment_no"] for row in _views(province, "DAY#")] == [f"{code}01"]
    tokens = {(row["pk"], row["series"], row["number"]) for row in _views(province, "TOKEN#")}
    assert tokens == {(f"TOKEN#{each.token}", each.series, each.number) for each in order.receipts}
    ids = {received.notice_id for received in portal.received}
    assert len(ids) == 1 + kinds, "one id for each fact, however often it was sent"
    assert len(_views(province, "NOTICE#")) == 1 + kinds
    assert all(row["status"] == "delivered" for row in _views(province, "DELIVERIES#"))


@pytest.mark.parametrize("fee_items", [("FEE-1",), BOTH_KINDS])
def test_a_paid_order_gets_everything_and_is_no_longer_due(
    province: LocalProvince, portal: PortalReceiver, fee_items: tuple[str, ...]
) -> None:
    code = paid(province, fee_items=fee_items)
    province.pump()
    _everything_followed(province, portal, code, len(fee_items))
    assert len(portal.received) == 1 + len(fee_items)
    province.clock.advance(hours=1)
    province.sweep()
    assert province.pump() == 0, "nothing is left for the sweeper"


def test_each_status_is_found_by_the_portal(province: LocalProvince) -> None:
    code = created(province)
    province.pump()
    assert _codes(province, OrderStatus.CREATED) == [code]
    start(province, code)
    province.pump()
    assert _codes(province, OrderStatus.PENDING) == [code]
    assert _codes(province, OrderStatus.CREATED) == []


def test_an_order_that_is_not_paid_tells_and_receipts_nothing(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    start(province, created(province))
    province.pump()
    assert portal.received == []
    assert ledger_rows(province, "R#") == []


def test_an_expired_order_is_told_once(province: LocalProvince, portal: PortalReceiver) -> None:
    code = created(province)
    province.clock.advance(days=30)
    province.chase()
    province.pump()
    assert portal.types() == ["order.expired"]
    assert portal.received[0].json["data"]["payment_code"] == code


@pytest.mark.parametrize("fee_items", [("FEE-1",), BOTH_KINDS])
def test_what_the_stream_lost_after_the_payment_the_sweeper_makes_good(
    province: LocalProvince, portal: PortalReceiver, fee_items: tuple[str, ...]
) -> None:
    code = paid(province, fee_items=fee_items)
    assert province.lose_stream() > 0
    province.pump()
    assert portal.received == []
    province.clock.advance(seconds=119)
    province.sweep()
    assert province.pump() == 0, "it is not yet overdue"
    province.clock.advance(seconds=1)
    province.sweep()
    province.pump()
    _everything_followed(province, portal, code, len(fee_items))


def test_what_the_stream_lost_after_the_receipt_the_sweeper_makes_good(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    code = paid(province, fee_items=BOTH_KINDS)
    province._pump_stream()
    while province._pump_queue(
        province.settings.receipts_queue_url, table_of_contents.receipt_numberer
    ):
        pass
    assert len(ledger_rows(province, "R#")) == 2
    assert province.lose_stream() > 0
    province.pump()
    assert _views(province, "TOKEN#") == []
    province.clock.advance(minutes=2)
    province.sweep()
    province.pump()
    _everything_followed(province, portal, code, 2)
    assert len(portal.received) == 3, "what was delivered is not sent again"


def test_losing_only_the_first_receipts_change_loses_nothing(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    code = paid(province, fee_items=BOTH_KINDS)
    province._pump_stream()
    url = province.settings.receipts_queue_url
    received = 0
    while not received:
        received = province._pump_queue(url, table_of_contents.receipt_numberer)
    if len(ledger_rows(province, "R#")) == 1:
        province.lose_stream()
    province.pump()
    province.clock.advance(minutes=2)
    province.sweep()
    province.pump()
    _everything_followed(province, portal, code, 2)


def test_a_receipt_that_cannot_be_numbered_is_looked_at_again_and_not_at_every_sweep(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    code = paid(province)
    province._pump_stream()
    province.platform.dynamo.put(
        province.settings.ledger_table,
        {"pk": "S#test-UNITA-phi-2026", "sk": "-", "next": 10_000_000},
    )
    province.pump()
    assert ledger_rows(province, "R#") == []
    province.clock.advance(minutes=2)
    province.sweep()
    order = province.platform.ledger.read_order(code)
    assert order is not None
    assert order.due_at is not None
    assert (order.due_at - province.clock.at).total_seconds() == 600
    client_key = {"pk": "S#test-UNITA-phi-2026", "sk": "-"}
    province.platform.dynamo.delete(province.settings.ledger_table, client_key)
    province.clock.advance(minutes=10)
    province.sweep()
    province.pump()
    _everything_followed(province, portal, code)


def test_a_second_payment_is_on_its_day_and_its_case_is_listed(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    code = created(province)
    numbers = [
        start(province, code, idempotency_key=f"p-{turn}").json["payment_no"] for turn in (1, 2)
    ]
    for turn, payment_no in enumerate(numbers):
        answer = send_ipn(province, payment_no, vnp_TransactionNo=f"2000000{turn}")
        assert ipn_code(answer) == "00"
    province.pump()
    assert {row["payment_no"] for row in _views(province, "DAY#")} == set(numbers)
    (case,) = _views(province, "CASES#open")
    assert (case["kind"], case["payment_no"]) == (CaseKind.DOUBLE_PAYMENT, numbers[1])
    assert portal.types().count("order.paid") == 1
    assert len(ledger_rows(province, "R#")) == 1


def _stream_event(province: LocalProvince) -> dict[str, Any]:
    return {"Records": province.take_stream()}


def test_the_first_record_that_fails_is_named_and_a_retry_from_there_doubles_nothing(
    province: LocalProvince, portal: PortalReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = paid(province)
    event = _stream_event(province)
    queue = province.platform.receipts_queue
    with monkeypatch.context() as patch:
        patch.setattr(queue, "_url", "https://sqs.ap-southeast-1.amazonaws.com/1/none.fifo")
        answer = table_of_contents.ledger_stream(event, Context())
    (failure,) = answer["batchItemFailures"]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    rest = event["Records"][numbers.index(failure["itemIdentifier"]) :]
    order = province.platform.ledger.read_order(code)
    assert order is not None
    assert order.due_at is not None, "it stays due until its receipts were asked for"
    answer = table_of_contents.ledger_stream({"Records": rest}, Context())
    assert answer == {"batchItemFailures": []}
    province.pump()
    _everything_followed(province, portal, code)


def test_the_whole_stream_again_changes_nothing(
    province: LocalProvince, portal: PortalReceiver
) -> None:
    code = paid(province)
    event = _stream_event(province)
    for _ in range(3):
        assert table_of_contents.ledger_stream(event, Context()) == {"batchItemFailures": []}
    province.pump()
    rows = _views(province, "")
    assert table_of_contents.ledger_stream(event, Context()) == {"batchItemFailures": []}
    province.pump()
    _everything_followed(province, portal, code)
    assert _views(province, "") == rows


def test_a_change_that_nobody_follows_makes_no_call(province: LocalProvince) -> None:
    code = created(province)
    province.pump()
    order = province.platform.ledger.read_order(code)
    assert order is not None
    assert province.platform.ledger.postpone(code, order.expires_at) is not None
    event = _stream_event(province)
    assert [record["eventName"] for record in event["Records"]] == ["MODIFY"]
    calls: list[str] = []
    client = province.platform.client("dynamodb")
    client.meta.events.register("before-call.*.*", lambda model, **_: calls.append(model.name))
    assert table_of_contents.ledger_stream(event, Context()) == {"batchItemFailures": []}
    assert calls == []


def test_a_message_that_nobody_understands_fails_alone(province: LocalProvince) -> None:
    code = paid(province)
    province._pump_stream()
    good = {"payment_code": code, "kind": "phi", "series": "test-UNITA-phi-2026"}
    bad = {**good, "payment_code": "220000000000000101"}
    event = {
        "Records": [
            {"messageId": "good", "body": json.dumps(good)},
            {"messageId": "bad", "body": json.dumps(bad)},
        ]
    }
    answer = table_of_contents.receipt_numberer(event, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert [row["payment_code"] for row in ledger_rows(province, "R#")] == [code]
    assert call(province, "GET", f"/v1/orders/{code}").json["receipts"][0]["number"] == "0000001"
