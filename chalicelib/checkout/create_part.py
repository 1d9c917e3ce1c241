"""An order that pays a part of one bill, where its fee items allow it (decision 0136)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chalicelib.checkout.create_order import (
    CreatedOrder,
    answer_text,
    find_replay,
    hash_idempotency_key,
    put_order,
)
from chalicelib.checkout.desk import Desk
from chalicelib.checkout.price_bill_today import amount_holds_until, price_today
from chalicelib.checkout.start_payment import require_payable
from chalicelib.domain.baskets import Covered
from chalicelib.domain.bill_parts import part_lines
from chalicelib.domain.bills import Bill, surcharge_on
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.portals import Portal
from chalicelib.domain.province import Province
from chalicelib.errors import Conflict, FieldError, InvalidRequest

MAX_PARTS = 30


@dataclass(frozen=True, slots=True)
class PartCommand:
    """`portal`: the bill's. `opened_payer`: what the bill's envelope holds, for the part's own
    receipts. The rest as of a `CreateCommand`."""

    portal: Portal
    bill: Order
    amount_minor: int
    opened_payer: bytes
    idempotency_key: str
    fingerprint: bytes
    now: datetime


def least_part(province: Province, order: Order, today: date) -> int | None:
    """The smallest part of a bill that can be paid by itself; None where none can: not all of its
    items allow it, it is late, or too little is open."""
    bill = order.bill
    if bill is None or not order.is_payable or len(order.parts) >= MAX_PARTS:
        return None
    items = [
        province.fee_item_on(order.payee_unit, line.fee_item, today) for line in bill.terms.lines
    ]
    rules = [item.parts if item else None for item in items]
    if any(rule is None for rule in rules) or surcharge_on(bill.terms, today):
        return None
    least = max(rule.min_minor for rule in rules if rule is not None)
    return least if least < bill.terms.principal_minor else None


def create_part(desk: Desk, command: PartCommand) -> CreatedOrder:
    """Raises: InvalidRequest for an amount that is no part; Conflict when the bill takes none now;
    TryLater."""
    replay = find_replay(desk, command)
    if replay is not None:
        return replay
    zone = desk.province.zone
    order = price_today(desk.ledger, command.bill, command.now, zone)
    require_payable(order, command.now, zone)
    if order.has_payment_in_flight:
        raise Conflict(
            "payment_in_progress",
            "a payment of the whole bill is under way and may still succeed",
            suggested_action="Wait for its outcome, then look again.",
        )
    bill = _require_part(desk, order, command)

    def build(payment_code: str) -> Order:
        return _build(desk, command, order, bill, payment_code)

    return put_order(desk, command, build)


def _require_part(desk: Desk, order: Order, command: PartCommand) -> Bill:
    """Raises: Conflict (`parts_not_allowed`); InvalidRequest."""
    today = business_day_of(command.now, desk.province.zone)
    least = least_part(desk.province, order, today)
    if order.bill is None or least is None:
        raise Conflict(
            "parts_not_allowed",
            "this bill cannot be paid in parts now",
            suggested_action="Pay the whole of what is open.",
        )
    most = order.bill.terms.principal_minor - 1
    if not least <= command.amount_minor <= most:
        detail = f"{least} to {most}: the whole is paid with the bill itself"
        field = FieldError("/amount_minor", "part_out_of_range", detail)
        raise InvalidRequest("part_out_of_range", detail, errors=(field,))
    return order.bill


def _build(desk: Desk, command: PartCommand, order: Order, bill: Bill, payment_code: str) -> Order:
    seconds = timedelta(seconds=desk.province.limits.order_seconds)
    holds = amount_holds_until(order, command.now, desk.province.zone)
    expires_at = min(command.now + seconds, holds)
    covered = Covered(
        order.payment_code, order.payee_unit, command.amount_minor, bill.version, is_part=True
    )
    part = Order(
        payment_code=payment_code,
        portal=order.portal,
        mode=order.mode,
        payee_unit=order.payee_unit,
        reference=order.reference,
        status=OrderStatus.CREATED,
        amount=Money(command.amount_minor, order.amount.currency),
        lines=part_lines(bill.terms.lines, command.amount_minor),
        language=order.language,
        return_url=None,
        channels=order.channels,
        metadata={},
        catalogue_version=desk.province.version,
        created_at=command.now,
        expires_at=expires_at,
        is_guarded=False,
        idempotency_key_hash=hash_idempotency_key(command.idempotency_key),
        fingerprint=command.fingerprint,
        answer="",
        sealed_payer=desk.seal(command.opened_payer, payment_code),
        due_at=expires_at,
        covers=(covered,),
    )
    return replace(part, answer=answer_text(desk, command.portal, part))
