"""Open codes: issued by the batch, bound, paid, taken back, and paid after that."""

from tests.crash_points.front_door import FAILURE, notifies, started
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World
from tests.support.open_codes import (
    bind,
    codes_of,
    issue_codes,
    issued_batch,
    issued_codes,
    void_batch,
    void_code,
)


def first_code(world: World) -> str:
    return issued_codes(world.province)[0]


def prepare_issue(world: World) -> Invoke:
    """More than one write takes. The key that signs was made with the first batch."""
    issued_batch(world.province, "o-0", count=1)
    return lambda: world.answered(lambda: issue_codes(world.province, count=30))


def prepare_issue_again(world: World) -> Invoke:
    issued_batch(world.province)
    return lambda: world.answered(lambda: issue_codes(world.province))


def prepare_bind(world: World) -> Invoke:
    code = first_code(world)
    return lambda: world.answered(lambda: bind(world.province, code))


def prepare_bind_paid(world: World) -> Invoke:
    code = first_code(world)
    assert notifies(world, started(world, code))()
    world.province.pump()
    return lambda: world.answered(lambda: bind(world.province, code))


def prepare_bind_again(world: World) -> Invoke:
    """To another file: refused, and nothing changed."""
    code = first_code(world)
    assert bind(world.province, code).status == 200

    def invoke() -> bool:
        answer = bind(world.province, code, "bind-2", reference="HS-2")
        return answer.status == 409

    return invoke


def prepare_pay_unbound(world: World) -> Invoke:
    return notifies(world, started(world, first_code(world)))


def prepare_void(world: World) -> Invoke:
    code = first_code(world)
    assert bind(world.province, code).status == 200
    return lambda: world.answered(lambda: void_code(world.province, code))


def prepare_void_batch(world: World) -> Invoke:
    """One of them is paid, one is being paid; the file of a third is known."""
    batch = issued_batch(world.province, count=4)
    codes = [each["payment_code"] for each in codes_of(world.province, batch)]
    assert notifies(world, started(world, codes[0]))()
    started(world, codes[1], "p-2")
    assert bind(world.province, codes[2]).status == 200
    return lambda: world.answered(lambda: void_batch(world.province, batch))


def prepare_late_success(world: World) -> Invoke:
    """Refused by the payer, void, and paid after all."""
    code = first_code(world)
    payment_no = started(world, code)
    assert notifies(world, payment_no, 50_000, **FAILURE)()
    assert void_code(world.province, code).status == 200
    return notifies(world, payment_no)


HANDLERS = (
    Handler("open codes: issue", prepare_issue, is_warm=True, is_replayed=True),
    Handler("open codes: issued before", prepare_issue_again, is_warm=True),
    Handler("open code: bind", prepare_bind, is_warm=True, is_replayed=True),
    Handler("open code: bind what is paid", prepare_bind_paid, is_warm=True, is_replayed=True),
    Handler("open code: bind what is bound", prepare_bind_again, is_warm=True),
    Handler("open code: pay unbound", prepare_pay_unbound, is_warm=True),
    Handler("open code: void", prepare_void, is_warm=True),
    Handler("open codes: void a batch", prepare_void_batch, is_warm=True),
    Handler("open code: paid after it was void", prepare_late_success, is_warm=True),
)
