"""The biller interface: a bank repeats a call, with a new nonce, until it is told."""

from unittest import mock

from tests.crash_points.front_door import new_order, notifies, started
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World
from tests.support.biller_bank import Bank, add_banks


def bank_of(world: World) -> Bank:
    add_banks(world.province.platform)
    world.start_process()
    return Bank(world.province)


def locks(world: World, bank: Bank, code: str) -> Invoke:
    """The same number again: the same lock, unless it is over."""

    def lock() -> bool:
        answer = bank.lock(code)
        assert answer.status in (201, 409, 500, 503), answer
        return answer.status in (201, 409)

    return lock


def pays(world: World, bank: Bank, payment_no: str, amount_minor: int = 50_000) -> Invoke:
    body = bank.payment(payment_no, amount_minor=amount_minor)

    def pay() -> bool:
        answer = bank.call("POST", "/biller/v1/payments", body)
        if answer.status == 200:
            world.acknowledged.add("T#biller#a#FT-1")
        return answer.status == 200

    return pay


def prepare_lookup(world: World) -> Invoke:
    bank = bank_of(world)
    code = new_order(world)
    return lambda: bank.look_up(code).status == 200


def prepare_lock(world: World) -> Invoke:
    bank = bank_of(world)
    return locks(world, bank, new_order(world))


def prepare_release(world: World) -> Invoke:
    bank = bank_of(world)
    path = f"/biller/v1/locks/{bank.locked(new_order(world))}/release"
    return lambda: bank.call("POST", path).status == 200


def prepare_payment(world: World) -> Invoke:
    bank = bank_of(world)
    return pays(world, bank, bank.locked(new_order(world)))


def prepare_repeat(world: World) -> Invoke:
    pay = prepare_payment(world)
    assert pay()
    return pay


def prepare_wrong_amount(world: World) -> Invoke:
    bank = bank_of(world)
    return pays(world, bank, bank.locked(new_order(world)), 49_999)


def prepare_surplus(world: World) -> Invoke:
    """The payer's phone was quicker."""
    bank = bank_of(world)
    code = new_order(world)
    phone = started(world, code)
    payment_no = bank.locked(code)
    assert notifies(world, phone)()
    return pays(world, bank, payment_no)


def prepare_own_files(world: World) -> Invoke:
    """The hourly job, the morning after; nobody sends a statement. To be quick, of one day."""
    window = mock.patch("chalicelib.reconciliation.placement.WINDOW_DAYS", 1)
    world.patches.enter_context(window)
    pay = prepare_payment(world)
    assert pay()
    world.province.pump()
    world.province.clock.advance(days=1)
    world.province.reconcile_due()  # what is not of this day, and the reports
    bank = Bank(world.province)
    bank.pay(bank.locked(new_order(world, "k-2", reference="HS-2")), "FT-2")
    world.province.pump()

    def invoke() -> bool:
        world.province.reconcile_due()
        return True

    return invoke


HANDLERS = (
    Handler("biller: look up", prepare_lookup),
    Handler("biller: lock", prepare_lock),
    Handler("biller: release", prepare_release, is_warm=True, hours=1),
    Handler("biller: payment", prepare_payment, is_replayed=True),
    Handler("biller: payment repeated", prepare_repeat, is_warm=True),
    Handler("biller: wrong amount insisted on", prepare_wrong_amount, is_warm=True),
    Handler("biller: second payment", prepare_surplus, is_warm=True),
    Handler("biller: our own files", prepare_own_files, is_warm=True, is_scheduled=True),
)
