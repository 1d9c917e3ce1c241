"""Every five minutes: paid or closed orders, cases and reversals whose effects are overdue get
them now.

The stream normally does this within seconds; what it lost stays due, and is found here.
"""

from datetime import datetime, timedelta

from chalicelib.jobs.effects import (
    EffectDesk,
    effect_desk,
    restore_case,
    restore_effects,
    restore_reversal,
)
from chalicelib.observability import Metric, alert, count, warn
from chalicelib.receipts.request import missing_kinds
from chalicelib.storage.keys import (
    CASE_PREFIX,
    TRANSACTION_PREFIX,
    DuePurpose,
    due_shards,
)
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
        fresh = [subject for subject in _list_due(parts) if subject not in seen]
        if not fresh:
            return
        seen.update(fresh)
        for subject in fresh:
            _sweep(desk, subject, parts)


def _list_due(parts: Platform) -> list[str]:
    return [
        subject
        for shard in due_shards(DuePurpose.EFFECTS)
        for subject in parts.ledger.list_due(shard, parts.now(), PAGE)
    ]


def _sweep(desk: EffectDesk, subject: str, parts: Platform) -> None:
    """The trouble of one does not stop the others; it stays due."""
    try:
        if subject.startswith(CASE_PREFIX):
            restore_case(desk, subject.removeprefix(CASE_PREFIX))
        elif subject.startswith(TRANSACTION_PREFIX):
            restore_reversal(desk, subject, parts.now())
        elif not _sweep_order(desk, subject, parts.now()):
            return
    except Exception as error:
        alert("sweep_failed", error, subject=subject)
        return
    warn("effects_restored", subject=subject)
    count(Metric.EFFECTS_SWEPT)


def _sweep_order(desk: EffectDesk, payment_code: str, now: datetime) -> bool:
    """False when nothing was overdue: the index was late."""
    order = desk.ledger.read_order(payment_code)
    if order is None or order.is_payable or order.due_at is None:
        return False
    restore_effects(desk, order, now)
    if order.paid_by and missing_kinds(order):
        desk.book.look_again(payment_code, now + SWEEP_AGAIN_AFTER)
    return True
