"""A unit's counter: the clerk sends a request again until it is answered."""

from functools import partial
from unittest import mock

from chalicelib.storage.shifts import Shifts
from tests.crash_points.front_door import new_order, notifies, started
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World
from tests.support.counters import (
    add_counters,
    block_of,
    close,
    issue,
    offline_lines,
    opened,
    post,
    record_slip,
    take_cash,
    upload,
)

NOBODY_S_CODE = "220000000000000189"
FLOAT = 500_000


def shift_of(world: World) -> str:
    add_counters(world.province.platform)
    world.start_process()
    return opened(world.province)


def sells(world: World, shift: str, code: str) -> Invoke:
    number = f"{shift}-0001"

    def sell() -> bool:
        is_answered = world.answered(partial(take_cash, world.province, shift, code))
        if is_answered:
            world.acknowledged.add(f"T#cash#a-1#{number}")
        return is_answered

    return sell


def swipes(world: World, shift: str, code: str) -> Invoke:
    def swipe() -> bool:
        """Who dies before the sale is written has recorded nothing yet: then it is a later one."""
        answer = record_slip(world.province, shift, code)
        if answer.status == 201:
            world.acknowledged.add("T#pos#a#TID00001|000007|000101")
        return answer.status == 201

    return swipe


def closes(world: World, shift: str, counted_minor: int, difference_minor: int = 0) -> Invoke:
    """Closed a second later it says so; all else is the same."""

    def invoke() -> bool:
        answer = close(world.province, shift, counted_minor, reason="a coin is lost")
        told = answer.json
        return answer.status == 200 and bool(
            (told["state"], told["difference_minor"], told["unfinished"])
            == ("closed", difference_minor, 0)
        )

    return invoke


def prepare_open(world: World) -> Invoke:
    add_counters(world.province.platform)
    body = {"counter": "a-1", "float_minor": FLOAT}
    return lambda: world.answered(lambda: post(world.province, "shifts", body, "s-1"))


def prepare_issue(world: World) -> Invoke:
    shift_of(world)
    return lambda: world.answered(lambda: issue(world.province))


def prepare_cash(world: World) -> Invoke:
    shift = shift_of(world)
    return sells(world, shift, new_order(world))


def prepare_cash_beside_a_phone(world: World) -> Invoke:
    """The payer's phone began before the clerk, and was quicker than his typing."""
    shift = shift_of(world)
    code = new_order(world)
    assert notifies(world, started(world, code))()
    return swipes(world, shift, code)


def prepare_slip(world: World) -> Invoke:
    shift = shift_of(world)
    return swipes(world, shift, new_order(world))


def prepare_slip_again(world: World) -> Invoke:
    """For another order: money that is there once, and a case."""
    shift = shift_of(world)
    assert record_slip(world.province, shift, new_order(world)).status == 201
    other = new_order(world, "k-2", reference="HS-2")
    return lambda: record_slip(world.province, shift, other, "p-2").status == 201


def prepare_close(world: World) -> Invoke:
    shift = shift_of(world)
    assert take_cash(world.province, shift, new_order(world)).status == 201
    return closes(world, shift, FLOAT + 50_000)


def prepare_close_unfinished(world: World) -> Invoke:
    """A sale's process died after its row was written: closing finishes it."""
    shift = shift_of(world)
    code = new_order(world)
    with mock.patch.object(Shifts, "finish_sale", side_effect=RuntimeError("died")):
        assert take_cash(world.province, shift, code).status == 500
    return closes(world, shift, FLOAT + 50_000)


def prepare_close_different(world: World) -> Invoke:
    shift = shift_of(world)
    return closes(world, shift, FLOAT - 1_000, -1_000)


def prepare_block(world: World) -> Invoke:
    shift_of(world)
    body = {"counter": "a-1", "size": 3}
    return lambda: post(world.province, "receipt-blocks", body, "n-1").status == 201


def prepare_journal(world: World) -> Invoke:
    """One order was paid by a phone meanwhile, one is nobody's, one number has two lines."""
    shift = shift_of(world)
    paid, open_ = new_order(world), new_order(world, "k-2", reference="HS-2")
    assert notifies(world, started(world, paid))()
    block = block_of(world.province, 4)
    lines = offline_lines(block, [paid, open_, NOBODY_S_CODE])
    lines += offline_lines(block, [open_], number=2)
    texts = ["surplus", "paid", "no_order", "number_used_twice"]

    def bring() -> bool:
        answer = upload(world.province, shift, block["block"], lines)
        return answer.status == 200 and [each["result"] for each in answer.json["lines"]] == texts

    return bring


def prepare_cancel(world: World) -> Invoke:
    shift_of(world)
    block = block_of(world.province, 2)["block"]
    path = f"receipt-blocks/{block}/cancel"
    body = {"reason": "the network is back"}
    return lambda: world.answered(lambda: post(world.province, path, body, "x-1"))


HANDLERS = (
    Handler("counter: open a shift", prepare_open),
    Handler("counter: issue", prepare_issue, is_warm=True),
    Handler("counter: cash", prepare_cash, is_replayed=True),
    Handler("counter: slip", prepare_slip, is_warm=True, is_replayed=True),
    Handler("counter: slip after a phone paid", prepare_cash_beside_a_phone, is_warm=True),
    Handler("counter: slip of another order", prepare_slip_again, is_warm=True),
    Handler("counter: close", prepare_close, is_warm=True),
    Handler("counter: close with an unfinished sale", prepare_close_unfinished, is_warm=True),
    Handler("counter: close a drawer that differs", prepare_close_different, is_warm=True),
    Handler("counter: take a block of numbers", prepare_block, is_warm=True),
    Handler("counter: bring in an offline journal", prepare_journal, is_warm=True),
    Handler("counter: cancel unused numbers", prepare_cancel, is_warm=True),
)
