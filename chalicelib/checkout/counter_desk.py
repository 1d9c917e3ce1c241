"""What a clerk's actions work with: one counter, its unit's portal, and the person."""

import json
from dataclasses import dataclass
from datetime import datetime

from chalicelib.checkout.create_order import CreateCommand, create_order
from chalicelib.checkout.desk import Desk
from chalicelib.checkout.order_request import OrderRequest
from chalicelib.checkout.price_bill_today import price_today
from chalicelib.domain.counters import Counter
from chalicelib.domain.identifiers import is_payment_code, normalize_payment_code
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.shifts import Shift, ShiftState
from chalicelib.errors import Conflict, FieldError, InvalidRequest, NotFound
from chalicelib.storage.late_attempts import LateAttempts
from chalicelib.storage.offline_blocks import OfflineBlocks
from chalicelib.storage.shifts import Shifts


@dataclass(frozen=True, slots=True)
class CounterDesk:
    """`clerk`: the person's name."""

    desk: Desk
    shifts: Shifts
    attempts: LateAttempts
    blocks: OfflineBlocks
    counter: Counter
    portal: Portal
    clerk: str

    def account_for(self, means: str) -> ChannelAccount:
        """Raises: Conflict where the counter takes no such money."""
        name = self.counter.account_for(means)
        account = self.desk.province.account_of(means, name) if name else None
        if account is None:
            raise Conflict("means_not_taken", f"this counter takes no {means}")
        return account


def find_order_at(counter_desk: CounterDesk, typed: str, now: datetime) -> Order:
    """An order or bill of the counter's unit, with what is owed today.

    Raises: InvalidRequest for a code that was typed wrongly; NotFound for one that nobody has, or
    that is another unit's: not told apart."""
    code = normalize_payment_code(typed)
    if not is_payment_code(code):
        detail = "its check digits do not fit: a digit is wrong, or two are swapped"
        field = FieldError("/payment_code", "payment_code_mistyped", detail)
        raise InvalidRequest("payment_code_mistyped", detail, errors=(field,))
    desk = counter_desk.desk
    order = desk.ledger.read_order(code)
    place = (counter_desk.counter.payee_unit, counter_desk.portal.mode)
    if order is None or (order.payee_unit, order.mode) != place:
        raise NotFound("order_not_found", "no such order of this unit")
    return price_today(desk.ledger, order, now, desk.province.zone)


def issue_at(
    counter_desk: CounterDesk, asked: OrderRequest, key: str, fingerprint: bytes, now: datetime
) -> Order:
    """The same key finds the same order again. Raises: as `create_order`."""
    if asked.payee_unit != counter_desk.counter.payee_unit:
        detail = "not this counter's unit"
        field = FieldError("/payee_unit", "payee_unit_unknown", detail)
        raise InvalidRequest("payee_unit_unknown", detail, errors=(field,))
    command = CreateCommand(counter_desk.portal, asked, key, fingerprint, now)
    created = create_order(counter_desk.desk, command)
    return find_order_at(counter_desk, json.loads(created.text)["payment_code"], now)


def own_shift(counter_desk: CounterDesk, shift_id: str) -> Shift:
    """Raises: NotFound for one that is not there, or another counter's: not told apart."""
    shift = counter_desk.shifts.read(shift_id)
    if shift is None or shift.counter != counter_desk.counter.counter:
        raise NotFound("shift_not_found", "this counter has no such shift")
    return shift


def require_open(counter_desk: CounterDesk, shift: Shift) -> None:
    """Raises: Conflict"""
    if shift.state is not ShiftState.OPEN:
        raise shift_closed()
    if shift.clerk != counter_desk.clerk:
        raise Conflict("shift_of_another", "another clerk has opened this shift")


def shift_closed() -> Conflict:
    return Conflict(
        "shift_closed",
        "nothing is sold in this shift any more",
        suggested_action="Open a shift.",
    )
