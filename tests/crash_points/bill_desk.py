"""Bills: issued, amended, cancelled, priced for another day, and paid."""

from typing import Any

from tests.crash_points.front_door import notifies, started
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World
from tests.support.bills import SURCHARGE, amend, bill_body, cancel_bill, issue, issue_many, issued
from tests.support.portal_client import call, start

LATE_DAYS = 39


def late_bill(world: World, **changes: Any) -> str:
    """Issued, and looked at ten days after it was due: 1,005,000 đồng."""
    code = issued(world.province, surcharge=SURCHARGE, **changes)
    world.province.pump()
    world.province.clock.advance(days=LATE_DAYS)
    return code


def prepare_issue(world: World) -> Invoke:
    return lambda: world.answered(lambda: issue(world.province))


def prepare_issue_again(world: World) -> Invoke:
    """Under another key."""
    issued(world.province)
    return lambda: world.answered(lambda: issue(world.province, "b-2"))


def prepare_issue_many(world: World) -> Invoke:
    issued(world.province)
    bodies = [bill_body(), bill_body(reference="TB-2"), bill_body(reference="TB-3")]
    return lambda: world.answered(lambda: issue_many(world.province, *bodies, key="b-9"))


def prepare_amend(world: World) -> Invoke:
    code = issued(world.province)
    lines = [{"fee_item": "FINE", "amount_minor": 800_000}]
    return lambda: world.answered(lambda: amend(world.province, code, lines=lines))


def prepare_amend_stream(world: World) -> Invoke:
    """The list has the new due date."""
    code = issued(world.province)
    world.province.pump()
    return lambda: world.answered(lambda: amend(world.province, code, due_date="2026-05-04"))


def prepare_cancel(world: World) -> Invoke:
    code = issued(world.province)
    return lambda: world.answered(lambda: cancel_bill(world.province, code))


def prepare_look(world: World) -> Invoke:
    code = late_bill(world)

    def invoke() -> bool:
        answer = call(world.province, "GET", f"/v1/orders/{code}")
        return answer.status == 200 and bool(answer.json["amount_minor"] == 1_005_000)

    return invoke


def prepare_look_under_a_payment(world: World) -> Invoke:
    """At the end of the day it is handed to a channel; it is looked at on the next one."""
    code = late_bill(world)
    started(world, code)
    world.province.clock.advance(hours=16)
    return lambda: call(world.province, "GET", f"/v1/orders/{code}").status == 200


def prepare_start(world: World) -> Invoke:
    """Who dies after the new amount is written has started nothing yet: the answer is that of a
    later second."""
    code = late_bill(world)
    return lambda: start(world.province, code).status == 201


def prepare_success(world: World) -> Invoke:
    return notifies(world, started(world, late_bill(world)), 1_005_000)


def prepare_old_amount(world: World) -> Invoke:
    """Refused by the payer, amended, and paid after all: with what was owed before."""
    code = issued(world.province)
    payment_no = started(world, code)
    refused = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}
    assert notifies(world, payment_no, 1_000_000, **refused)()
    lines = [{"fee_item": "FINE", "amount_minor": 1_200_000}]
    assert amend(world.province, code, lines=lines).status == 200
    return notifies(world, payment_no, 1_000_000)


HANDLERS = (
    Handler("bill: issue", prepare_issue),
    Handler("bill: issued before", prepare_issue_again, is_warm=True),
    Handler("bill: issue several", prepare_issue_many, is_warm=True),
    Handler("bill: amend", prepare_amend, is_warm=True),
    Handler("bill: cancel", prepare_cancel, is_warm=True),
    Handler("bill: priced for another day", prepare_look, is_warm=True),
    Handler("bill: start payment on another day", prepare_start, is_warm=True),
    Handler("bill: success", prepare_success, is_warm=True),
    Handler("bill: success with the amount before an amendment", prepare_old_amount, is_warm=True),
)
