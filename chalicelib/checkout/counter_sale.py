"""A clerk takes money for an order. Cash is refused before it is taken; a card's slip says that it
was charged, so it is recorded whatever became of the order meanwhile.

lock (cash) → the sale's row with its number → `record_outcome` → what became of it. Whoever dies
after the row is there is finished by the same request again, or when the shift is closed.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.channels.contract import LocksOrders
from chalicelib.checkout.counter_desk import (
    CounterDesk,
    find_order_at,
    own_shift,
    require_open,
    shift_closed,
)
from chalicelib.checkout.name_attempt import attempt_on
from chalicelib.checkout.record_outcome import Report, record_outcome
from chalicelib.checkout.start_payment import Lock, StartCommand, StartedPayment, start_payment
from chalicelib.domain.counters import CASH, POS
from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Client, Disposition, Failed, Recorded, Succeeded
from chalicelib.domain.pos_slips import Slip, wrong_fields
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.shifts import MAX_SALES, Sale, Shift, ShiftState, cash_number
from chalicelib.errors import Conflict, FieldError, InvalidRequest, TryLater
from chalicelib.storage.keys import transaction_key

MAX_TRIES = 8

# What a transaction that is there already says of the sale that wrote it.
RECORDED_AS = {
    Disposition.APPLIED: Recorded.PAID,
    Disposition.SUSPENSE: Recorded.NO_ORDER,
    Disposition.WRONG_AMOUNT: Recorded.WRONG_AMOUNT,
    Disposition.LATE_SUCCESS: Recorded.LATE_SUCCESS,
}


@dataclass(frozen=True, slots=True)
class Tender:
    """What a clerk says of one payment. `key_hash`, `fingerprint`: of the request. `received_minor`
    of cash, `slip` of a card."""

    payment_code: str
    amount: Money
    key_hash: bytes
    fingerprint: bytes
    now: datetime
    received_minor: int | None = None
    slip: Slip | None = None

    @property
    def means(self) -> str:
        return CASH if self.slip is None else POS


def take_cash(counter_desk: CounterDesk, shift_id: str, tender: Tender) -> Sale:
    """Raises: Conflict before any money is taken: the order takes none, not this amount, or the
    shift is closed; InvalidRequest; TryLater: the same request goes on with it."""
    known = _known(counter_desk, shift_id, tender)
    if known is not None:
        return finish_sale(counter_desk, known)
    _require_enough(tender)
    shift = _open_shift(counter_desk, shift_id)
    order = find_order_at(counter_desk, tender.payment_code, tender.now)
    try:
        started = hold_order(counter_desk, order, tender)
    except Conflict:
        # A second click of the same request may have paid it meanwhile.
        known = _known(counter_desk, shift_id, tender)
        if known is None:
            raise
        return finish_sale(counter_desk, known)
    # A repeat that finds its hold again says the same.
    held = replace(tender, now=started.attempt.started_at)
    sale = _new_sale(counter_desk, shift, held, started.payment_no)
    return finish_sale(counter_desk, _begin(counter_desk, shift, sale, tender.now))


def hold_order(counter_desk: CounterDesk, order: Order, tender: Tender) -> StartedPayment:
    """Nobody else starts to pay it, for a few minutes. The same request: the same hold.

    Raises: Conflict; TryLater."""
    account = counter_desk.account_for(tender.means)
    channel = counter_desk.desk.channels[account.channel]
    assert isinstance(channel, LocksOrders), "a counter's channels lock"
    command = StartCommand(
        channel=account.channel,
        client=Client.COUNTER,
        client_ip="",
        key_hash=tender.key_hash,
        now=tender.now,
        account=account.account,
        lock=Lock(tender.amount, channel.lock_life(account)),
    )
    started = start_payment(counter_desk.desk, order, command)
    if tender.now >= started.attempt.expires_at:
        raise Conflict("lock_over", "this took too long; begin again")
    return started


def record_slip(counter_desk: CounterDesk, shift_id: str, tender: Tender) -> Sale:
    """A slip that was recorded before is recorded no second time: `repeated`, or for another order
    `transaction_reused`, with a case.

    Raises: Conflict for a closed shift; InvalidRequest for what no slip says; TryLater."""
    known = _known(counter_desk, shift_id, tender)
    if known is not None:
        return finish_sale(counter_desk, known)
    account = counter_desk.account_for(POS)
    _require_slip(account, tender)
    shift = _open_shift(counter_desk, shift_id)
    code = find_order_at(counter_desk, tender.payment_code, tender.now).payment_code
    desk = counter_desk.desk
    unplaced = _new_sale(counter_desk, shift, tender, code)
    if _is_told(counter_desk, unplaced):
        return _again(counter_desk, unplaced)
    payment_no = attempt_on(desk.ledger, counter_desk.attempts, account, code, tender.now)
    sale = replace(unplaced, payment_no=payment_no)
    return finish_sale(counter_desk, _begin(counter_desk, shift, sale, tender.now))


def finish_sale(counter_desk: CounterDesk, sale: Sale) -> Sale:
    """What became of the money. A sale that is finished stays as it is. Raises: TryLater."""
    if sale.recorded is not None:
        return sale
    return counter_desk.shifts.finish_sale(sale, _record(counter_desk, sale))


def _record(counter_desk: CounterDesk, sale: Sale) -> Recorded:
    """A repeat is told as what the first time did: its number is this sale's alone."""
    ledger = counter_desk.desk.ledger
    recorded = record_outcome(ledger, _report(sale), sale.taken_at)
    if recorded is not Recorded.REPEATED:
        return recorded
    money = ledger.read_transaction(_transaction_pk(sale))
    return RECORDED_AS.get(money.disposition, Recorded.SURPLUS) if money else recorded


def _is_told(counter_desk: CounterDesk, sale: Sale) -> bool:
    """Whether the ledger knows money by the sale's number."""
    return counter_desk.desk.ledger.read_transaction(_transaction_pk(sale)) is not None


def _again(counter_desk: CounterDesk, sale: Sale) -> Sale:
    """Of a slip that is another sale's: it is told to the ledger and not to the shift."""
    recorded = record_outcome(counter_desk.desk.ledger, _report(sale), sale.taken_at)
    return replace(sale, recorded=recorded)


def _report(sale: Sale) -> Report:
    told: dict[str, Any] = {"shift": sale.shift_id, "number": sale.number}
    told |= {"amount_minor": sale.amount.amount_minor, "received_minor": sale.received_minor}
    if sale.slip is not None:
        told |= {"reference": sale.slip.reference, "masked_pan": sale.slip.masked_pan}
    raw = json.dumps({name: value for name, value in told.items() if value is not None})
    outcome = Succeeded(sale.number, sale.amount, sale.taken_at)
    return Report(sale.means, sale.account, sale.payment_no, outcome, raw.encode())


def _begin(counter_desk: CounterDesk, shift: Shift, sale: Sale, now: datetime) -> Sale:
    """The sale as it stands in the shift. Raises: Conflict (`shift_closed`); TryLater."""
    for _ in range(MAX_TRIES):
        if shift.next_serial > MAX_SALES:
            raise Conflict("shift_full", "this shift has too many sales; close it")
        sale = _with_serial(sale, shift)
        refused = counter_desk.shifts.begin_sale(shift, sale)
        if refused is None:
            return sale
        if refused.known is not None:
            return refused.known
        shift = refused.shift or own_shift(counter_desk, shift.shift_id)
        if shift.state is not ShiftState.OPEN:
            _let_go(counter_desk, sale, now)
            raise shift_closed()
        if refused.is_used and _is_told(counter_desk, sale):
            return _again(counter_desk, sale)
    raise TryLater("busy", "the shift changed at the same moment; send it again")


def _let_go(counter_desk: CounterDesk, sale: Sale, now: datetime) -> None:
    """Of cash that was not taken: others may pay the order at once."""
    if sale.means != CASH:
        return
    word = Failed("shift_closed")
    report = Report(CASH, sale.account, sale.payment_no, word, b"")
    record_outcome(counter_desk.desk.ledger, report, now)


def _with_serial(sale: Sale, shift: Shift) -> Sale:
    number = sale.number if sale.slip else cash_number(shift.shift_id, shift.next_serial)
    return replace(sale, serial=shift.next_serial, number=number)


def _new_sale(counter_desk: CounterDesk, shift: Shift, tender: Tender, payment_no: str) -> Sale:
    slip = tender.slip
    return Sale(
        shift_id=shift.shift_id,
        key_hash=tender.key_hash,
        serial=shift.next_serial,
        means=tender.means,
        account=counter_desk.account_for(tender.means).account,
        number=slip.number if slip else cash_number(shift.shift_id, shift.next_serial),
        payment_no=payment_no,
        amount=tender.amount,
        taken_at=tender.now,
        fingerprint=tender.fingerprint,
        received_minor=tender.received_minor,
        slip=slip,
    )


def _known(counter_desk: CounterDesk, shift_id: str, tender: Tender) -> Sale | None:
    """Raises: NotFound; InvalidRequest when the key was used for another request."""
    shift = own_shift(counter_desk, shift_id)
    known = counter_desk.shifts.read_sale(shift.shift_id, tender.key_hash)
    if known is not None and known.fingerprint != tender.fingerprint:
        raise InvalidRequest(
            "idempotency_key_reused", "this Idempotency-Key was used for another request"
        )
    return known


def _open_shift(counter_desk: CounterDesk, shift_id: str) -> Shift:
    shift = own_shift(counter_desk, shift_id)
    require_open(counter_desk, shift)
    return shift


def _require_enough(tender: Tender) -> None:
    received = tender.received_minor
    if received is None or received < tender.amount.amount_minor:
        detail = "less than is owed was handed over"
        field = FieldError("/received_minor", "received_too_little", detail)
        raise InvalidRequest("received_too_little", detail, errors=(field,))


def _require_slip(account: ChannelAccount, tender: Tender) -> None:
    """Raises: InvalidRequest, which never shows what was typed."""
    assert tender.slip is not None, "a card has a slip"
    wrong = wrong_fields(tender.slip)
    terminal = tender.slip.terminal.strip().upper()
    if "terminal" not in wrong and terminal not in account.fields["terminals"].split():
        wrong["terminal"] = "not a terminal of this counter"
    if wrong:
        raise InvalidRequest(
            "slip_unreadable",
            "this is not what a slip says",
            errors=tuple(
                FieldError(f"/{name}", "slip_unreadable", what) for name, what in wrong.items()
            ),
        )


def _transaction_pk(sale: Sale) -> str:
    return transaction_key(sale.means, sale.account, sale.number)["pk"]


def code_of(sale: Sale) -> str:
    return sale.payment_no[:PAYMENT_CODE_LENGTH]
