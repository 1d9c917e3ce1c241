"""Baskets: made, paid with all their bills or with one that refuses, and what follows for each."""

import app as table_of_contents
from tests.crash_points.front_door import DAY_SECONDS, notifies, started
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World, minutes
from tests.support.bills import issued
from tests.support.local_province import Context, HttpAnswer
from tests.support.portal_client import call, start

BILLS = 3
AMOUNT = 1_000_000


def issue_bills(world: World) -> list[str]:
    return [issued(world.province, f"b-{no}", reference=f"TB-{no}") for no in range(BILLS)]


def make(world: World, codes: list[str]) -> HttpAnswer:
    body = {"payment_codes": codes, "expires_in_seconds": DAY_SECONDS}
    return call(world.province, "POST", "/v1/orders", body, idempotency_key="basket-1")


def new_basket(world: World, codes: list[str]) -> str:
    answer = make(world, codes)
    assert answer.status == 201, answer
    code: str = answer.json["payment_code"]
    return code


def pay_alone(world: World, code: str) -> None:
    payment_no = started(world, code, "p-alone")
    assert notifies(world, payment_no, AMOUNT, vnp_TransactionNo="777")()


def under_way(world: World, *, with_refusal: bool) -> str:
    """The payment's number, of a basket of which a bill was paid since, `with_refusal`."""
    codes = issue_bills(world)
    payment_no = started(world, new_basket(world, codes))
    if with_refusal:
        pay_alone(world, codes[1])
    return payment_no


def prepare_create(world: World) -> Invoke:
    codes = issue_bills(world)
    return lambda: world.answered(lambda: make(world, codes))


def prepare_replay(world: World) -> Invoke:
    """The bills are paid meanwhile: the answer stays."""
    codes = issue_bills(world)
    new_basket(world, codes)
    pay_alone(world, codes[0])
    return lambda: world.answered(lambda: make(world, codes))


def prepare_start(world: World) -> Invoke:
    code = new_basket(world, issue_bills(world))
    return lambda: world.answered(lambda: start(world.province, code))


def prepare_success(world: World) -> Invoke:
    return notifies(world, under_way(world, with_refusal=False), BILLS * AMOUNT)


def prepare_refusing(world: World) -> Invoke:
    return notifies(world, under_way(world, with_refusal=True), BILLS * AMOUNT)


def prepare_repeat(world: World) -> Invoke:
    notify = prepare_refusing(world)
    assert notify()
    return notify


def prepare_held(world: World) -> Invoke:
    payment_no = under_way(world, with_refusal=True)
    held = {"vnp_ResponseCode": "07", "vnp_TransactionStatus": "07"}
    assert notifies(world, payment_no, BILLS * AMOUNT, **held)()
    return notifies(world, payment_no, BILLS * AMOUNT)


def prepare_stream(world: World) -> Invoke:
    assert prepare_refusing(world)()
    event = {"Records": world.province.take_stream()}

    def invoke() -> bool:
        return not table_of_contents.ledger_stream(event, Context())["batchItemFailures"]

    return invoke


def prepare_sweep(world: World) -> Invoke:
    assert prepare_refusing(world)()
    world.province.lose_stream()
    world.province.clock.advance(minutes=3)

    def invoke() -> bool:
        world.province.sweep()
        return True

    return invoke


PART = 400_000


def make_part(world: World, code: str) -> HttpAnswer:
    target, body = f"/v1/bills/{code}/parts", {"amount_minor": PART}
    return call(world.province, "POST", target, body, idempotency_key="part-1")


def part_under_way(world: World) -> tuple[str, str]:
    """The bill, and the part's payment."""
    code = issued(world.province)
    return code, started(world, make_part(world, code).json["payment_code"])


def prepare_part(world: World) -> Invoke:
    code = issued(world.province)
    return lambda: world.answered(lambda: make_part(world, code))


def prepare_part_paid(world: World) -> Invoke:
    _, payment_no = part_under_way(world)
    return notifies(world, payment_no, PART)


def prepare_part_too_late(world: World) -> Invoke:
    code, payment_no = part_under_way(world)
    pay_alone(world, code)
    return notifies(world, payment_no, PART)


HANDLERS = (
    Handler("basket: create", prepare_create, is_warm=True),
    Handler("basket: create repeated", prepare_replay, is_warm=True),
    Handler("basket: start payment", prepare_start, is_warm=True),
    Handler("basket: success", prepare_success, is_warm=True, is_replayed=True),
    Handler("basket: success, a bill refuses", prepare_refusing, is_warm=True, is_replayed=True),
    Handler("basket: success repeated", prepare_repeat, is_warm=True),
    Handler("basket: success after a hold", prepare_held, is_warm=True),
    Handler("part: create", prepare_part, is_warm=True),
    Handler("part: success", prepare_part_paid, is_warm=True, is_replayed=True),
    Handler("part: success, the bill is paid", prepare_part_too_late, is_warm=True),
    Handler("stream: a basket was paid", prepare_stream, minutes(1), is_warm=True),
    Handler(
        "sweeper after a lost basket", prepare_sweep, minutes(5), is_warm=True, is_scheduled=True
    ),
)
