"""Every minute: the unpaid orders whose time has come are asked about, and expired after asking."""

from datetime import datetime, timedelta

from chalicelib.checkout.chase_payments import chase_order
from chalicelib.checkout.desk import Desk
from chalicelib.errors import ErrandlessError
from chalicelib.observability import alert, record_change
from chalicelib.storage.keys import DuePurpose, due_shards
from chalicelib.wiring import Platform, platform

PAGE = 25
# The next run starts a minute after this one; what is left is due then.
RUN_TIME = timedelta(seconds=45)


def chase_due() -> None:
    parts = platform()
    desk, deadline = parts.desk(), parts.now() + RUN_TIME
    seen: set[str] = set()
    while parts.now() < deadline:
        fresh = [code for code in _list_due(parts) if code not in seen]
        if not fresh:
            return
        seen.update(fresh)
        for payment_code in fresh:
            if parts.now() >= deadline:
                return
            _chase(desk, payment_code, parts)


def _list_due(parts: Platform) -> list[str]:
    now: datetime = parts.now()
    return [
        code
        for shard in due_shards(DuePurpose.ASK)
        for code in parts.ledger.list_due(shard, now, PAGE)
    ]


def _chase(desk: Desk, payment_code: str, parts: Platform) -> None:
    """One order's trouble does not stop the others; it stays due."""
    try:
        order = chase_order(desk, payment_code, parts.now(), parts.new_id)
    except ErrandlessError as error:
        alert("chase_failed", error, payment_code=payment_code)
        return
    if order is not None:
        record_change("order_chased", payment_code=payment_code, status=order.status.value)
