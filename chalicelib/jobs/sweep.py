"""Every five minutes: paid or closed orders whose effects are overdue get them now.

The stream normally does this within seconds; what it lost stays due, and is found here.
"""

from datetime import timedelta

from chalicelib.jobs.effects import EffectDesk, effect_desk, restore_effects
from chalicelib.observability import Metric, alert, count, warn
from chalicelib.receipts.request import missing_kinds
from chalicelib.storage.keys import DuePurpose, due_shards
from chalicelib.wiring import Platform, platform

PAGE = 25
RUN_TIME = timedelta(minutes=4)
# A receipt that is still missing after a sweep: a queue is slow, or a person must act.
SWEEP_AGAIN_AFTER = timedelta(minutes=10)


def sweep_due() -> None:
    parts = platform()
    desk, deadline = effect_desk(parts), parts.now() + RUN_TIME
    seen: set[str] = set()
    while parts.now() < deadline:
        fresh = [code for code in _list_due(parts) if code not in seen]
        if not fresh:
            return
        seen.update(fresh)
        for payment_code in fresh:
            _sweep(desk, payment_code, parts)


def _list_due(parts: Platform) -> list[str]:
    return [
        code
        for shard in due_shards(DuePurpose.EFFECTS)
        for code in parts.ledger.list_due(shard, parts.now(), PAGE)
    ]


def _sweep(desk: EffectDesk, payment_code: str, parts: Platform) -> None:
    """One order's trouble does not stop the others; it stays due."""
    try:
        order = desk.ledger.read_order(payment_code)
        if order is None or order.is_payable or order.due_at is None:
            return
        now = parts.now()
        restore_effects(desk, order, now)
        if order.paid_by and missing_kinds(order):
            desk.book.look_again(payment_code, now + SWEEP_AGAIN_AFTER)
    except Exception as error:
        alert("sweep_failed", error, payment_code=payment_code)
        return
    warn("effects_restored", payment_code=payment_code)
    count(Metric.EFFECTS_SWEPT)
