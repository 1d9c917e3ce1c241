"""The handlers that nobody sees: stream, queues, schedules and arriving files."""

from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import UUID

import app as table_of_contents
from tests.crash_points.front_door import (
    FAILURE,
    cancel,
    creates,
    new_order,
    new_payment,
    notifies,
    started,
)
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import BILL_LINK, World, minutes
from tests.reconciliation.channel_files import ALIPAY, Row, move_to_china
from tests.support.clients import client
from tests.support.local_province import Context
from tests.support.paid_orders import paid

VISIBILITY = minutes(7)
STATEMENT = (
    "TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status\r\n"
    "{},14000001,B1,NCB,50000,20260302090130,01,00\r\n"
    "{},14000003,B3,NCB,70000,20260302090500,01,00\r\n"
    "TOTAL,2,120000\r\n"
)
STATEMENT_KEY = "statements/vnpay/quangninh/2026-03-02/day.csv"


def consumes(world: World, url: str, function: Callable[[Any, Any], Any]) -> Invoke:
    """As Lambda does: what is not done becomes visible again."""

    def invoke() -> bool:
        with world.wire.paused():
            records = world.province.take_messages(url)
        assert records, "the queue gave nothing"
        answer = function({"Records": records}, Context())
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        with world.wire.paused():
            for record in records:
                if record["messageId"] not in failed:
                    world.province.delete_message(url, record)
        return not failed

    return invoke


def pay_and_stream(world: World, *numbers: int, **given: Any) -> None:
    """Paid orders whose stream was read: their messages wait in the queues."""
    for number in numbers:
        paid(world.province, number, **given)
    event = {"Records": world.province.take_stream()}
    assert table_of_contents.ledger_stream(event, Context()) == {"batchItemFailures": []}


def prepare_stream(world: World) -> Invoke:
    assert notifies(world, new_payment(world))()
    assert notifies(world, "220000000000012314" + "01", 9_000, vnp_TransactionNo="5")()
    records = world.province.take_stream()

    def invoke() -> bool:
        answer = table_of_contents.ledger_stream({"Records": records}, Context())
        failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
        numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
        if failed:
            del records[: numbers.index(failed[0])]
        return not failed

    return invoke


def prepare_closed_stream(world: World) -> Invoke:
    """The last of what the stream tells of two orders: receipts, and an unpaid end."""
    paid(world.province, 1, ("FEE-1", "CHARGE"))
    assert cancel(world, new_order(world, "k-2", reference="HS-2")).status == 200
    event = {"Records": world.province.take_stream()}
    assert table_of_contents.ledger_stream(event, Context()) == {"batchItemFailures": []}
    number_all(world)
    records = world.province.take_stream()

    def invoke() -> bool:
        answer = table_of_contents.ledger_stream({"Records": records}, Context())
        return not answer["batchItemFailures"]

    return invoke


def number_all(world: World) -> None:
    url = world.province.settings.receipts_queue_url
    assert consumes(world, url, table_of_contents.receipt_numberer)()


def prepare_numberer(world: World) -> Invoke:
    pay_and_stream(world, 1, 2, 3)
    number_all(world)
    pay_and_stream(world, 4, 5)
    url = world.province.settings.receipts_queue_url
    return consumes(world, url, table_of_contents.receipt_numberer)


def prepare_announce(world: World) -> Invoke:
    pay_and_stream(world, 1)
    url = world.province.settings.notices_queue_url
    return consumes(world, url, table_of_contents.notice_sender)


def prepare_deliver(world: World) -> Invoke:
    announce = prepare_announce(world)
    assert announce()
    return announce


def prepare_refused(world: World) -> Invoke:
    world.outside.portals.answers = [500]
    return prepare_deliver(world)


def prepare_chase_paid(world: World) -> Invoke:
    payment_no = started(world, new_order(world), channel="sandbox")
    world.outside.paid[payment_no] = {
        "status": "succeeded",
        "transaction_no": "SB-1",
        "amount_minor": 50_000,
        "currency": "VND",
        "paid_at": "2026-03-02T02:01:30Z",
    }
    return chases(world, 3)


def prepare_chase_unpaid(world: World) -> Invoke:
    assert creates(world, expires_in_seconds=900)()
    code = world.told.pop()[1].json["payment_code"]
    started(world, code, channel="sandbox")
    return chases(world, 60)


def prepare_chase_pending(world: World) -> Invoke:
    payment_no = started(world, new_order(world), channel="sandbox")
    world.outside.paid[payment_no] = {"status": "pending", "code": "waiting"}
    return chases(world, 3)


def chases(world: World, after_minutes: int) -> Invoke:
    world.province.clock.advance(minutes=after_minutes)

    def invoke() -> bool:
        world.province.chase()
        return True

    return invoke


def prepare_sweep(world: World) -> Invoke:
    assert notifies(world, new_payment(world))()
    other = started(world, new_order(world, "k-2", reference="HS-2"), "p-2")
    assert notifies(world, other, 50_000, **FAILURE)()
    assert cancel(world, other[:18]).status == 200
    assert notifies(world, "220000000000012314" + "01", 9_000, vnp_TransactionNo="5")()
    world.province.lose_stream()
    world.province.clock.advance(minutes=3)

    def invoke() -> bool:
        world.province.sweep()
        return True

    return invoke


def put_day(world: World) -> None:
    """One payment that agrees, one that the statement lacks, one that we lack; and it is nine
    o'clock on the day after."""
    first = paid(world.province, 1)
    paid(world.province, 2)
    missing = started(world, new_order(world, "k-3", reference="HS-3"), "p-3")
    world.province.pump()
    world.province.clock.advance(hours=24)
    body = STATEMENT.format(first + "01", missing).encode()
    bucket = world.province.settings.statements_bucket
    client("s3").put_object(Bucket=bucket, Key=STATEMENT_KEY, Body=body)


def prepare_arrival(world: World) -> Invoke:
    put_day(world)

    def invoke() -> bool:
        world.province.tell_arrival(STATEMENT_KEY, 200)
        return True

    return invoke


def prepare_unplaced(world: World) -> Invoke:
    key = STATEMENT_KEY.replace("quangninh", "nobody")
    bucket = world.province.settings.statements_bucket
    client("s3").put_object(Bucket=bucket, Key=key, Body=b"lost")
    assert world.province.platform.reconciliation_desk()

    def invoke() -> bool:
        world.province.tell_arrival(key, 4)
        return True

    return invoke


def prepare_due_reconciliations(world: World) -> Invoke:
    """VNPAY's day was reconciled when its file came; the sandbox sent none. To be quick, of one
    day."""
    window = mock.patch("chalicelib.reconciliation.placement.WINDOW_DAYS", 1)
    world.patches.enter_context(window)
    assert prepare_arrival(world)()

    def invoke() -> bool:
        world.province.reconcile_due()
        return True

    return invoke


def stop_bucket_clock(world: World) -> None:
    """A file that a play puts has the same version and time in every play."""
    numbers = count(1)
    random = SimpleNamespace(uuid4=lambda: UUID(int=next(numbers)))
    now = world.province.clock().replace(tzinfo=None)
    for name, replacement in (("random", random), ("utcnow", lambda: now)):
        world.patches.enter_context(mock.patch(f"moto.s3.models.{name}", replacement))


def prepare_fetch(world: World) -> Invoke:
    """Alipay's bill of the day before, with a payment that we lack, at ten; at eleven the day is
    due. To be quick, of one day."""
    window = mock.patch("chalicelib.reconciliation.placement.WINDOW_DAYS", 1)
    world.patches.enter_context(window)
    stop_bucket_clock(world)
    move_to_china(world.province.platform)
    row = Row(1, ALIPAY.at(ALIPAY.of.business_day, "12:00:00"))
    world.outside.bills[BILL_LINK] = ALIPAY.write(ALIPAY.of.business_day, [row])

    def invoke() -> bool:
        world.province.reconcile_due()
        return True

    return invoke


HANDLERS = (
    Handler("stream: a payment and money without an order", prepare_stream, minutes(1)),
    Handler("stream: receipts and a cancellation", prepare_closed_stream, minutes(1), is_warm=True),
    Handler("receipt numberer", prepare_numberer, VISIBILITY),
    Handler("notice sender: announce", prepare_announce, VISIBILITY),
    Handler("notice sender: deliver", prepare_deliver, VISIBILITY, is_warm=True),
    Handler("notice sender: refused by the portal", prepare_refused, VISIBILITY, is_warm=True),
    Handler("chaser: paid", prepare_chase_paid, minutes(1), is_scheduled=True, hours=2),
    Handler(
        "chaser: pending",
        prepare_chase_pending,
        minutes(1),
        is_warm=True,
        is_scheduled=True,
        hours=2,
    ),
    Handler(
        "chaser: expiry",
        prepare_chase_unpaid,
        minutes(1),
        is_warm=True,
        is_scheduled=True,
        hours=2,
    ),
    Handler("sweeper after a lost stream", prepare_sweep, minutes(5), is_scheduled=True),
    Handler("reconciliation: a file arrives", prepare_arrival, minutes(1), is_replayed=True),
    Handler("reconciliation: a file without a place", prepare_unplaced, minutes(1), is_warm=True),
    Handler(
        "reconciliation: by schedule",
        prepare_due_reconciliations,
        minutes(60),
        is_warm=True,
        is_replayed=True,
    ),
    Handler("reconciliation: a bill is fetched", prepare_fetch, minutes(60), is_scheduled=True),
)
