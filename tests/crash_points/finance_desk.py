"""The finance department's system: messages by API and by file, results numbered, days written."""

from unittest import mock

import app as table_of_contents
from infra.simulator.finance import FinanceSystem
from tests.crash_points.back_rooms import VISIBILITY, consumes, stop_bucket_clock
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World, minutes
from tests.support.finance import (
    SENDER,
    a_notice,
    a_system,
    add_finance,
    exchange,
    pay,
    put_file,
    send,
    sent,
    tell,
)
from tests.support.local_province import Context


def system_of(world: World) -> FinanceSystem:
    add_finance(world.province.platform)
    world.start_process()
    return a_system()


def takes(world: World, *messages: dict[str, object]) -> Invoke:
    return lambda: world.answered(lambda: send(world.province, *messages))


def prepare_bill(world: World) -> Invoke:
    return takes(world, system_of(world).message("bill", a_notice()))


def prepare_missing_one(world: World) -> Invoke:
    """It brings two more with it: an amendment, and a cancellation of another bill."""
    system = system_of(world)
    sent(world.province, system.message("bill", a_notice("N-2")))
    missing = system.message("bill", a_notice())
    sent(
        world.province,
        system.message("bill_amendment", a_notice(amount="800000", REASON="recalculated")),
        system.message("bill_cancellation", a_notice("N-2", REASON="withdrawn")),
    )
    return takes(world, missing)


def prepare_late_amendment(world: World) -> Invoke:
    system = system_of(world)
    (answer,) = sent(world.province, system.message("bill", a_notice()))
    pay(world.province, answer["result"]["payment_code"], 1_000_000)
    world.acknowledged.add("T#vnpay#quangninh#14000001")
    late = a_notice(amount="900000", REASON="a mistake")
    return takes(world, system.message("bill_amendment", late))


def prepare_proposal(world: World) -> Invoke:
    body = {"ENTERCODE": "330199", "ENTERNAME": "新单位"}
    return takes(world, system_of(world).message("unit", body))


def prepare_file(world: World) -> Invoke:
    system = system_of(world)
    stop_bucket_clock(world)
    key = f"finance/{SENDER}/in/day.jsonl"
    put_file(world.province, key, b"\n")
    lines = [system.message("bill", a_notice()), system.message("bill", a_notice("N-2"))]
    from infra.simulator.finance import as_file

    content = as_file(lines)
    with mock.patch.object(table_of_contents, "finance_arrival"):
        put_file(world.province, key, content)

    def invoke() -> bool:
        tell(world.province, key)
        return True

    return invoke


def paid_bill(world: World) -> None:
    system = system_of(world)
    (answer,) = sent(world.province, system.message("bill", a_notice()))
    pay(world.province, answer["result"]["payment_code"], 1_000_000)
    world.acknowledged.add("T#vnpay#quangninh#14000001")


def prepare_stream(world: World) -> Invoke:
    paid_bill(world)
    event = {"Records": world.province.take_stream()}

    def invoke() -> bool:
        answer = table_of_contents.ledger_stream(event, Context())
        return not answer["batchItemFailures"]

    return invoke


def prepare_numberer(world: World) -> Invoke:
    """A receipt and a result in one batch."""
    assert prepare_stream(world)()
    url = world.province.settings.receipts_queue_url
    return consumes(world, url, table_of_contents.receipt_numberer)


def prepare_exchange(world: World) -> Invoke:
    """To be quick, of one day."""
    window = mock.patch("chalicelib.finance.day_files.WINDOW_DAYS", 1)
    shards = mock.patch("chalicelib.storage.finance_keys.FACT_SHARDS", 2)
    for each in (window, shards):
        world.patches.enter_context(each)
    stop_bucket_clock(world)
    paid_bill(world)
    world.province.pump()
    world.province.clock.advance(hours=20)

    def invoke() -> bool:
        exchange(world.province)
        return True

    return invoke


HANDLERS = (
    Handler("finance: a bill", prepare_bill, is_replayed=True),
    Handler("finance: the missing one", prepare_missing_one, is_warm=True),
    Handler("finance: amended after paid", prepare_late_amendment, is_warm=True),
    Handler("finance: a unit proposed", prepare_proposal, is_warm=True),
    Handler("finance: a file", prepare_file, minutes(1), is_warm=True),
    Handler("finance: stream", prepare_stream, minutes(1), is_warm=True),
    Handler("finance: numbered", prepare_numberer, VISIBILITY, is_replayed=True),
    Handler(
        "finance: a day written",
        prepare_exchange,
        minutes(5),
        is_warm=True,
        is_scheduled=True,
    ),
)
