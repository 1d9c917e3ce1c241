"""Issue a bill ahead of payment. Its payment code comes from (payee unit, the unit's reference), so
that the same bill sent again, however often and with whatever key, issues none."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chalicelib.checkout.bill_terms import BillRequest, agree_terms
from chalicelib.checkout.create_order import obligation_conflict, seal_payer
from chalicelib.checkout.desk import Desk
from chalicelib.domain.bills import Bill, BillTerms, price_bill
from chalicelib.domain.business_day import business_day_of, start_of
from chalicelib.domain.identifiers import (
    build_payment_code,
    derive_body,
    hash_fact,
    verification_word,
)
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.portals import Portal
from chalicelib.domain.representation import describe_order
from chalicelib.errors import Conflict, InvalidRequest, TryLater
from chalicelib.storage.keys import as_spoken

# A bill that ended unpaid leaves its reference to another one.
MAX_BILLS_OF_ONE_REFERENCE = 16
ENDED_UNPAID = (OrderStatus.CANCELLED, OrderStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class IssueCommand:
    """`key_hash`: of the request that brings the bill. `fingerprint`: of the bill's own content."""

    portal: Portal
    request: BillRequest
    key_hash: bytes
    fingerprint: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class IssuedBill:
    """`is_own`: issued by this request, also when that was at an earlier try of it; else the same
    bill had been issued before."""

    order: Order
    is_own: bool


def issue_bill(desk: Desk, command: IssueCommand) -> IssuedBill:
    """Raises: InvalidRequest; Conflict (`bill_differs`, `bill_paid_in_part`, `obligation_open`,
    `obligation_paid`); TryLater."""
    today = business_day_of(command.now, desk.province.zone)
    try:
        terms = agree_terms(desk.province, command.portal, command.request, today)
    except InvalidRequest:
        # The same bill is the same bill even when the catalogue has changed since.
        issued = _find_issued(desk, command)
        if issued is None:
            raise
        return issued
    for turn in range(MAX_BILLS_OF_ONE_REFERENCE):
        order = _build_order(desk, command, terms, today, turn)
        refused = desk.ledger.create_order(order)
        if refused is None:
            return IssuedBill(order, is_own=True)
        if refused.taken_by is not None:
            issued = _judge(desk, refused.taken_by, command)
            if issued is not None:
                return issued
        elif refused.held_by is not None:
            raise obligation_conflict(desk, command.portal, refused.held_by)
        else:
            raise TryLater("busy", "the order changed at the same moment; send it again")
    raise _used_up()


def try_bill(desk: Desk, command: IssueCommand) -> IssuedBill:
    """What `issue_bill` would do now, with nothing written. Raises: as it does."""
    today = business_day_of(command.now, desk.province.zone)
    issued = _find_issued(desk, command)
    if issued is not None:
        return replace(issued, is_own=False)
    terms = agree_terms(desk.province, command.portal, command.request, today)
    for turn in range(MAX_BILLS_OF_ONE_REFERENCE):
        order = _build_order(desk, command, terms, today, turn)
        taken = desk.ledger.read_order(order.payment_code)
        if taken is None:
            holder = desk.ledger.read_holder(order)
            if holder is not None:
                raise obligation_conflict(desk, command.portal, holder)
            return IssuedBill(order, is_own=True)
        _judge(desk, taken, command)
    raise _used_up()


def _judge(desk: Desk, taken: Order, command: IssueCommand) -> IssuedBill | None:
    """Of the order that has the code already; None where the next code is to be tried.

    Raises: Conflict (`bill_differs`, `bill_paid_in_part`)."""
    if not _is_of_same_reference(taken, command):
        return None
    if taken.fingerprint == command.fingerprint:
        return _issued_before(taken, command)
    if taken.status not in ENDED_UNPAID:
        raise _differs(desk, taken)
    return _judge_parts(desk, taken, command) if taken.parts else None


def _judge_parts(desk: Desk, ended: Order, command: IssueCommand) -> IssuedBill:
    """Who issues it again may not know what is paid of it, and would ask for that a second time."""
    issued = _find_issued(desk, command)
    if issued is not None:
        return issued
    raise Conflict(
        "bill_paid_in_part",
        "parts of the last bill of this reference are paid",
        suggested_action="Issue what is still owed as a bill of another reference.",
        link=f"{desk.public_base_url}/v1/orders/{ended.payment_code}",
    )


def _find_issued(desk: Desk, command: IssueCommand) -> IssuedBill | None:
    for turn in range(MAX_BILLS_OF_ONE_REFERENCE):
        taken = desk.ledger.read_order(_payment_code(desk, command, turn))
        if taken is None:
            return None
        is_same = taken.fingerprint == command.fingerprint
        if is_same and _is_of_same_reference(taken, command):
            return _issued_before(taken, command)
    return None


def _issued_before(taken: Order, command: IssueCommand) -> IssuedBill:
    return IssuedBill(taken, is_own=taken.idempotency_key_hash == command.key_hash)


def _is_of_same_reference(taken: Order, command: IssueCommand) -> bool:
    asked = command.request.order
    return (
        taken.bill is not None
        and taken.portal == command.portal.portal_id
        and taken.payee_unit == asked.payee_unit
        and as_spoken(taken.reference) == as_spoken(asked.reference)
    )


def _used_up() -> Conflict:
    return Conflict("reference_used_up", "too many bills of this reference ended unpaid")


def _differs(desk: Desk, taken: Order) -> Conflict:
    return Conflict(
        "bill_differs",
        "a bill with other content was issued for this reference",
        suggested_action=f"Amend it: POST /v1/bills/{taken.payment_code}/amend.",
        link=f"{desk.public_base_url}/v1/orders/{taken.payment_code}",
    )


def _payment_code(desk: Desk, command: IssueCommand, turn: int) -> str:
    asked = command.request.order
    key = f"{asked.payee_unit}|{as_spoken(asked.reference)}"
    body = derive_body(command.portal.code_secret, "bill", key, turn)
    return build_payment_code(desk.province.digits, body)


def _build_order(
    desk: Desk, command: IssueCommand, terms: BillTerms, today: date, turn: int
) -> Order:
    asked, portal = command.request.order, command.portal
    payment_code = _payment_code(desk, command, turn)
    lines = price_bill(terms, today)
    expires_at = end_of_validity(terms, desk.province.zone)
    order = Order(
        payment_code=payment_code,
        portal=portal.portal_id,
        mode=portal.mode,
        payee_unit=asked.payee_unit,
        reference=asked.reference,
        status=OrderStatus.CREATED,
        amount=Money(sum(line.amount_minor for line in lines), desk.province.currency),
        lines=lines,
        language=asked.language or desk.province.languages[0],
        return_url=None,
        channels=asked.channels,
        metadata=asked.metadata,
        catalogue_version=desk.province.version,
        created_at=command.now,
        expires_at=expires_at,
        is_guarded=True,
        idempotency_key_hash=command.key_hash,
        fingerprint=command.fingerprint,
        answer="",
        sealed_payer=seal_payer(desk, asked.payer, payment_code, command.request.debtor),
        due_at=expires_at,
        bill=Bill(terms, priced_on=today, second_fact=_second_fact(command, payment_code)),
    )
    word = verification_word(portal.code_secret, payment_code)
    answer = describe_order(order, word, desk.public_base_url)
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return replace(order, answer=text)


def _second_fact(command: IssueCommand, payment_code: str) -> str | None:
    fact = command.request.second_fact
    return None if fact is None else hash_fact(command.portal.code_secret, payment_code, fact)


def end_of_validity(terms: BillTerms, zone: str) -> datetime:
    """The first instant after the last day on which the bill can be paid."""
    return start_of(terms.valid_until + timedelta(days=1), zone)
