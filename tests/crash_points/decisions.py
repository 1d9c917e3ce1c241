"""The handlers of cases: persons decide over HTTP, providers end what they held, rows follow."""

from collections.abc import Callable
from typing import Any

import app as table_of_contents
from tests.crash_points.front_door import FAILURE, HELD, new_order, new_payment, notifies, started
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World, minutes
from tests.support import open_cases
from tests.support.local_province import Context
from tests.support.open_cases import STRANGER, decide
from tests.support.seeded import SECOND_OPERATOR_KEY

REASON = "as the payer said"


def decides(world: World, case_id: str, verb: str, **body: Any) -> Invoke:
    return lambda: world.answered(lambda: decide(world.province, case_id, verb, **body))


def suspense(world: World) -> str:
    assert notifies(world, STRANGER, vnp_TransactionNo="777")()
    return open_cases.only_case(world.province)


def wrong_amount(world: World) -> str:
    payment_no = new_payment(world)
    assert notifies(world, payment_no, 49_999, vnp_TransactionNo="777")()
    return open_cases.only_case(world.province)


def held(world: World) -> str:
    """Returns the payment's number."""
    payment_no = new_payment(world)
    assert notifies(world, payment_no, 50_000, **HELD)()
    return payment_no


def prepare_take(world: World) -> Invoke:
    return decides(world, suspense(world), "take")


def prepare_assign(world: World) -> Invoke:
    case_id, code = wrong_amount(world), new_order(world, "k-9", reference="HS-9", **_lines(49_999))
    return decides(world, case_id, "assign", payment_code=code, reason=REASON)


def _lines(amount: int) -> dict[str, Any]:
    return {"lines": [{"fee_item": "FINE", "amount_minor": amount}]}


def prepare_assign_told_code(world: World) -> Invoke:
    """To an order of which a payment is in flight, and whose money was told as this one."""
    case_id, code = suspense(world), new_order(world)
    started(world, code)
    return decides(world, case_id, "assign", payment_code=code, reason=REASON)


def prepare_refund(world: World) -> Invoke:
    return decides(world, wrong_amount(world), "refund", reason=REASON)


def prepare_refunded(world: World) -> Invoke:
    case_id = suspense(world)
    assert decide(world.province, case_id, "refund", reason=REASON).status == 200
    world.province.pump()
    facts = {"reference": "FT1", "amount_minor": 50_000, "refunded_on": "2026-03-02"}
    return decides(world, case_id, "refunded", key=SECOND_OPERATOR_KEY, **facts)


def prepare_dismiss(world: World) -> Invoke:
    held(world)
    return decides(world, open_cases.only_case(world.province), "dismiss", reason=REASON)


def ends_hold(**changes: str) -> Callable[[World], Invoke]:
    return lambda world: notifies(world, held(world), 50_000, **changes)


def prepare_held_wrong_amount(world: World) -> Invoke:
    return notifies(world, held(world), 49_999)


def prepare_held_surplus(world: World) -> Invoke:
    payment_no = held(world)
    world.province.pump()
    code = payment_no[:18]
    open_cases.decide(
        world.province, open_cases.only_case(world.province), "dismiss", reason=REASON
    )
    second = started(world, code, "p-2")
    assert notifies(world, second, 50_000, **HELD)()
    assert notifies(world, payment_no)()
    return notifies(world, second, vnp_TransactionNo="777")


def decide_all(world: World) -> None:
    """Money assigned, money on its way back, and a hold that ended, one after the other."""
    case_id, code = suspense(world), new_order(world, "k-8", reference="HS-8")
    assert decide(world.province, case_id, "take").status == 200
    body = {"payment_code": code, "reason": REASON}
    assert decide(world.province, case_id, "assign", **body).status == 200
    assert notifies(world, STRANGER, 60_000, vnp_TransactionNo="778")()
    assert notifies(world, held(world))()


def prepare_stream(world: World) -> Invoke:
    decide_all(world)
    event = {"Records": world.province.take_stream()}

    def invoke() -> bool:
        return not table_of_contents.ledger_stream(event, Context())["batchItemFailures"]

    return invoke


def prepare_sweep(world: World) -> Invoke:
    decide_all(world)
    world.province.lose_stream()
    world.province.clock.advance(minutes=3)

    def invoke() -> bool:
        world.province.sweep()
        return True

    return invoke


HANDLERS = (
    Handler("case: taken", prepare_take),
    Handler("case: assigned", prepare_assign, is_warm=True),
    Handler("case: assigned beside a payment", prepare_assign_told_code, is_warm=True),
    Handler("case: refund decided", prepare_refund, is_warm=True),
    Handler("case: refunded", prepare_refunded, is_warm=True),
    Handler("case: dismissed", prepare_dismiss, is_warm=True),
    Handler("notification: success after a hold", ends_hold(), is_warm=True),
    Handler("notification: failure after a hold", ends_hold(**FAILURE), is_warm=True),
    Handler("notification: wrong amount after a hold", prepare_held_wrong_amount, is_warm=True),
    Handler("notification: second success after a hold", prepare_held_surplus, is_warm=True),
    Handler("stream: cases decided", prepare_stream, minutes(1), is_warm=True),
    Handler(
        "sweeper after lost decisions",
        prepare_sweep,
        minutes(5),
        is_warm=True,
        is_scheduled=True,
    ),
)
