"""The handlers behind HTTP: portals create, start and cancel; providers notify."""

from typing import Any

from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World
from tests.support.local_province import HttpAnswer
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, order_body, start
from tests.support.seeded import OTHER_PORTAL_KEY

DAY_SECONDS = 86_400
FAILURE = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}
WAITING = {"vnp_TransactionStatus": "01", "vnp_TransactionNo": "0"}
HELD = {"vnp_ResponseCode": "07", "vnp_TransactionStatus": "07"}
TRANSACTION = "T#vnpay#quangninh#14422574"


def new_order(world: World, key: str = "k-1", **changes: Any) -> str:
    """Open for a day."""
    answer = create(world.province, key, expires_in_seconds=DAY_SECONDS, **changes)
    assert answer.status == 201, answer
    code: str = answer.json["payment_code"]
    return code


def started(world: World, code: str, key: str = "p-1", channel: str = "vnpay") -> str:
    payment_no: str = start(world.province, code, channel, key).json["payment_no"]
    return payment_no


def new_payment(world: World) -> str:
    return started(world, new_order(world))


def cancel(world: World, code: str) -> HttpAnswer:
    target = f"/v1/orders/{code}/cancel"
    return call(world.province, "POST", target, {}, idempotency_key="c-1")


def notifies(world: World, payment_no: str, amount: int = 50_000, **changes: str) -> Invoke:
    """VNPAY repeats until it is told anything but 99."""

    def notify() -> bool:
        answer = send_ipn(world.province, payment_no, amount, **changes)
        if answer.status != 200 or answer.json["RspCode"] in ("97", "99"):
            return False
        codes = ("vnp_ResponseCode", "vnp_TransactionStatus")
        is_money = all(changes.get(name, "00") == "00" for name in codes)
        if is_money and answer.json["RspCode"] in ("00", "02"):
            number = changes.get("vnp_TransactionNo", "14422574")
            world.acknowledged.add(f"T#vnpay#quangninh#{number}")
        return True

    return notify


def creates(world: World, key: str = "k-1", **changes: Any) -> Invoke:
    return lambda: world.answered(lambda: create(world.province, key, **changes))


def prepare_create(world: World) -> Invoke:
    return creates(world, expires_in_seconds=DAY_SECONDS)


def prepare_replay(world: World) -> Invoke:
    new_order(world)
    return prepare_create(world)


def prepare_conflict(world: World) -> Invoke:
    new_order(world)

    def ask() -> HttpAnswer:
        body, key = order_body(), OTHER_PORTAL_KEY
        return call(world.province, "POST", "/v1/orders", body, key=key, idempotency_key="k-9")

    def invoke() -> bool:
        answer = ask()
        assert answer.status in (409, 503), answer
        return answer.status == 409

    return invoke


def prepare_start(world: World) -> Invoke:
    code = new_order(world)
    return lambda: world.answered(lambda: start(world.province, code))


def prepare_cancel(world: World) -> Invoke:
    code = new_order(world)
    return lambda: world.answered(lambda: cancel(world, code))


def prepare_success(world: World) -> Invoke:
    return notifies(world, new_payment(world))


def prepare_repeat(world: World) -> Invoke:
    notify = prepare_success(world)
    assert notify()
    return notify


def prepare_failure(world: World) -> Invoke:
    return notifies(world, new_payment(world), 50_000, **FAILURE)


def prepare_correction(world: World) -> Invoke:
    payment_no = new_payment(world)
    assert notifies(world, payment_no, 50_000, **FAILURE)()
    return notifies(world, payment_no)


def prepare_pending(world: World) -> Invoke:
    return notifies(world, new_payment(world), 50_000, **WAITING)


def prepare_repeat_in_other_bytes(world: World) -> Invoke:
    payment_no = new_payment(world)
    assert notifies(world, payment_no)()
    return notifies(world, payment_no, vnp_CardType="QRCODE")


def prepare_held(world: World) -> Invoke:
    return notifies(world, new_payment(world), 50_000, **HELD)


def prepare_wrong_amount(world: World) -> Invoke:
    return notifies(world, new_payment(world), 49_999)


def prepare_unknown_order(world: World) -> Invoke:
    return notifies(world, "220000000000012314" + "01")


def prepare_surplus(world: World) -> Invoke:
    first = new_payment(world)
    second = started(world, first[:18], "p-2")
    assert notifies(world, first)()
    return notifies(world, second, vnp_TransactionNo="777")


def prepare_late_success(world: World) -> Invoke:
    payment_no = new_payment(world)
    assert notifies(world, payment_no, 50_000, **FAILURE)()
    assert cancel(world, payment_no[:18]).status == 200
    return notifies(world, payment_no)


def prepare_reused(world: World) -> Invoke:
    assert notifies(world, new_payment(world))()
    other = started(world, new_order(world, "k-2", reference="HS-2"), "p-2")
    return notifies(world, other)


HANDLERS = (
    Handler("create", prepare_create),
    Handler("create: repeated", prepare_replay, is_warm=True),
    Handler("create: obligation held", prepare_conflict, is_warm=True),
    Handler("start payment", prepare_start),
    Handler("cancel", prepare_cancel, is_warm=True),
    Handler("notification: success", prepare_success),
    Handler("notification: repeated", prepare_repeat, is_warm=True),
    Handler("notification: repeated otherwise", prepare_repeat_in_other_bytes, is_warm=True),
    Handler("notification: pending", prepare_pending, is_warm=True),
    Handler("notification: failure", prepare_failure, is_warm=True),
    Handler("notification: success after failure", prepare_correction, is_warm=True),
    Handler("notification: held by the provider", prepare_held, is_warm=True),
    Handler("notification: wrong amount", prepare_wrong_amount, is_warm=True),
    Handler("notification: unknown order", prepare_unknown_order, is_warm=True),
    Handler("notification: second success", prepare_surplus, is_warm=True),
    Handler("notification: success on a closed order", prepare_late_success, is_warm=True),
    Handler("notification: transaction reused", prepare_reused, is_warm=True),
)
