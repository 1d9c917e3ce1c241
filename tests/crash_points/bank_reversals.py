"""A bank takes its payment back: the call, the numberer that comes too late, and what follows."""

import app as table_of_contents
from tests.crash_points.back_rooms import VISIBILITY, consumes
from tests.crash_points.bank_counter import bank_of, pays
from tests.crash_points.front_door import new_order
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World, minutes
from tests.support.biller_bank import Bank
from tests.support.local_province import Context


def paid_by_bank(world: World) -> Bank:
    bank = bank_of(world)
    assert pays(world, bank, bank.locked(new_order(world)))()
    return bank


def reverses(bank: Bank) -> Invoke:
    """The same number again: the same answer, to the byte."""
    return lambda: bank.reverse().status == 200


def prepare_receipted(world: World) -> Invoke:
    bank = paid_by_bank(world)
    world.province.pump()
    return reverses(bank)


def prepare_unreceipted(world: World) -> Invoke:
    return reverses(paid_by_bank(world))


def prepare_person(world: World) -> Invoke:
    """Money that came without a lock, and that a person assigned."""
    bank = bank_of(world)
    code = new_order(world)
    first = bank.locked(code)
    bank.pay(first, "FT-0", amount_minor=49_999)
    assert pays(world, bank, first)()
    return lambda: bank.reverse().status == 202


def prepare_late_numberer(world: World) -> Invoke:
    """Its request waits in the queue, and the money is gone."""
    bank = paid_by_bank(world)
    event = {"Records": world.province.take_stream()}
    assert table_of_contents.ledger_stream(event, Context()) == {"batchItemFailures": []}
    assert reverses(bank)()
    url = world.province.settings.receipts_queue_url
    return consumes(world, url, table_of_contents.receipt_numberer)


def prepare_stream(world: World) -> Invoke:
    assert prepare_receipted(world)()
    records = world.province.take_stream()

    def invoke() -> bool:
        answer = table_of_contents.ledger_stream({"Records": records}, Context())
        failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
        numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
        if failed:
            del records[: numbers.index(failed[0])]
        return not failed

    return invoke


def prepare_sweep(world: World) -> Invoke:
    """All that the stream had of it is lost."""
    assert prepare_receipted(world)()
    world.province.lose_stream()
    world.province.clock.advance(minutes=3)

    def invoke() -> bool:
        world.province.sweep()
        return True

    return invoke


HANDLERS = (
    Handler("biller: reversal", prepare_receipted, is_replayed=True),
    Handler("biller: reversal before its receipt", prepare_unreceipted, is_warm=True),
    Handler("biller: reversal that a person decides", prepare_person, is_warm=True),
    Handler("reversal: receipt asked for before", prepare_late_numberer, VISIBILITY, is_warm=True),
    Handler("reversal: stream", prepare_stream, is_warm=True),
    Handler("reversal: sweep", prepare_sweep, minutes(5), is_warm=True, is_scheduled=True),
)
