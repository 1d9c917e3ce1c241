"""What persons decide on cases: whose a case is, and where money goes that paid nothing.

A person's decision is a door of its own beside `record_outcome`, which takes a provider's word: it
moves no payment that a provider reported, and makes none succeed but the one it names (decision
0106). Each decision is one conditional write; a refusal is told from the rows that come back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.checkout.case_rules import (
    Refund,
    require_allowed,
    require_fit,
    require_open,
    require_whole_refund,
    wrong_field,
)
from chalicelib.checkout.price_bill_today import is_outdated, priced_on
from chalicelib.checkout.record_outcome import EFFECTS_DUE
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.cases import Case, CaseEvent, Decision
from chalicelib.domain.identifiers import (
    build_payment_no,
    is_payment_code,
    split_payment_no,
)
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt, Client, Disposition, PaymentStatus, Transaction
from chalicelib.domain.province import Province
from chalicelib.errors import Conflict, DataFault, FieldError, NotFound, TryLater
from chalicelib.storage.cases import Assignment, CaseChange, Cases
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.stored_answers import StoredAnswer

MAX_TRIES = 3


@dataclass(frozen=True, slots=True)
class CaseDesk:
    ledger: Ledger
    cases: Cases
    province: Province


@dataclass(frozen=True, slots=True)
class Asked:
    """`by`: a person's name. `answer`: makes what is kept for a repeated request, None where
    nothing is. `key_hash`: of what the request is known by."""

    case_id: str
    by: str
    now: datetime
    key_hash: bytes = b""
    answer: Callable[[Case], StoredAnswer] | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """`answer`: what stands under the request's key. `is_replay`: it was there before."""

    case: Case
    answer: StoredAnswer | None
    is_replay: bool = False


# From the case, and the order that refused the last try, to what is to be written.
Plan = Callable[[Case, Order | None], CaseChange]


def read_case(desk: CaseDesk, case_id: str) -> Case:
    """Raises: NotFound"""
    case = desk.cases.read(case_id)
    if case is None:
        raise NotFound("case_not_found", "no such case")
    return case


def take_case(desk: CaseDesk, asked: Asked) -> Decided:
    """Raises: Conflict (`case_decided`, `case_taken`)"""

    def plan(case: Case, _: Order | None) -> CaseChange:
        require_open(case)
        if case.owner not in (None, asked.by):
            raise Conflict("case_taken", "another person has taken this case")
        return CaseChange(case, replace(case, owner=asked.by), asked.now)

    return _change(desk, asked, plan)


def release_case(desk: CaseDesk, asked: Asked) -> Decided:
    """Whoever may decide may release it, also for a colleague who is away."""

    def plan(case: Case, _: Order | None) -> CaseChange:
        require_open(case)
        return CaseChange(case, replace(case, owner=None), asked.now)

    return _change(desk, asked, plan)


def assign_money(desk: CaseDesk, asked: Asked, payment_code: str, reason: str) -> Decided:
    """The case's money pays the order of `payment_code`.

    Raises: Conflict when the case or the order does not allow it; InvalidRequest for no order."""

    def plan(case: Case, refused: Order | None) -> CaseChange:
        require_allowed(case, CaseEvent.ASSIGNED)
        before = _money_of(desk, case)
        order = _as_money_came(desk, refused or _read_order(desk, payment_code), before)
        require_fit(desk.province, order, before)
        attempt = _new_attempt(order, before, asked)
        payment_no = build_payment_no(order.payment_code, attempt.attempt_no)
        decision = Decision(CaseEvent.ASSIGNED, asked.by, asked.now, reason, assigned_to=payment_no)
        return replace(
            _decided(desk, case, decision),
            money_before=before,
            money=replace(
                before,
                disposition=Disposition.APPLIED,
                payment_no=payment_no,
                told_payment_no=before.payment_no,
            ),
            assignment=Assignment(order, attempt, asked.now + EFFECTS_DUE),
        )

    return _change(desk, asked, plan)


def decide_refund(desk: CaseDesk, asked: Asked, reason: str) -> Decided:
    """The case's money goes back; another person confirms when it went."""

    def plan(case: Case, _: Order | None) -> CaseChange:
        require_allowed(case, CaseEvent.REFUND_DECIDED)
        decision = Decision(CaseEvent.REFUND_DECIDED, asked.by, asked.now, reason)
        return _moved(desk, _decided(desk, case, decision), Disposition.REFUND_DUE)

    return _change(desk, asked, plan)


def confirm_refund(desk: CaseDesk, asked: Asked, refund: Refund) -> Decided:
    """The money went back.

    Raises: Conflict (`second_person_needed`, `refund_not_decided`, `case_decided`);
    InvalidRequest for another amount or an impossible day."""

    def plan(case: Case, _: Order | None) -> CaseChange:
        require_allowed(case, CaseEvent.REFUNDED)
        if case.decisions[-1].by == asked.by:
            raise Conflict("second_person_needed", "whoever decided the refund cannot confirm it")
        before = _money_of(desk, case)
        require_whole_refund(desk.province, case, before, refund, asked.now)
        decision = Decision(
            CaseEvent.REFUNDED,
            asked.by,
            asked.now,
            reference=refund.reference,
            refunded_on=refund.refunded_on,
        )
        return _moved(desk, _decided(desk, case, decision), Disposition.REFUNDED)

    return _change(desk, asked, plan)


def dismiss_case(desk: CaseDesk, asked: Asked, reason: str) -> Decided:
    """Nothing is to be done. Raises: Conflict for a case about money that we hold."""

    def plan(case: Case, _: Order | None) -> CaseChange:
        require_allowed(case, CaseEvent.DISMISSED)
        decision = Decision(CaseEvent.DISMISSED, asked.by, asked.now, reason)
        return _decided(desk, case, decision)

    return _change(desk, asked, plan)


def _change(desk: CaseDesk, asked: Asked, plan: Plan) -> Decided:
    case, order = read_case(desk, asked.case_id), None
    for _ in range(MAX_TRIES):
        change = plan(case, order)
        answer = asked.answer(change.after) if asked.answer else None
        refused = desk.cases.change(replace(change, answer=answer))
        if refused is None:
            return Decided(change.after, answer)
        if refused.answer is not None and answer is not None:
            refused.answer.require_same_request(answer.fingerprint)
            return Decided(case, refused.answer, is_replay=True)
        case, order = refused.case or case, refused.order or order
    raise TryLater("busy", "the case changed at the same moment; send it again")


def _decided(desk: CaseDesk, case: Case, decision: Decision) -> CaseChange:
    """Its order takes payments again, where the case stood in the way."""
    parts = split_payment_no(case.payment_no)
    named = desk.ledger.read_order(parts[0]) if parts else None
    is_flagged = named is not None and case.case_id in named.cases
    flagged = named.payment_code if named and is_flagged else None
    return CaseChange(case, case.decided(decision), decision.at, flagged=flagged)


def _moved(desk: CaseDesk, change: CaseChange, to: Disposition) -> CaseChange:
    """The money with it; but not that of which only a part is meant: the rest paid bills."""
    if change.before.is_about_part:
        return change
    before = _money_of(desk, change.before)
    return replace(change, money_before=before, money=replace(before, disposition=to))


def _money_of(desk: CaseDesk, case: Case) -> Transaction:
    transaction = desk.ledger.read_transaction(case.transaction_key)
    if transaction is None:
        raise DataFault("case_without_money", "a case names a transaction that is not there")
    return transaction


def _read_order(desk: CaseDesk, payment_code: str) -> Order:
    order = desk.ledger.read_order(payment_code) if is_payment_code(payment_code) else None
    if order is None:
        raise wrong_field(
            FieldError("/payment_code", "order_unknown", "no order has this payment code")
        )
    return order


def _as_money_came(desk: CaseDesk, order: Order, money: Transaction) -> Order:
    """A bill with what was owed on the day on which `money` came. It is written where it is exactly
    this money; if nothing comes of it, whoever looks at the bill next prices it for his day."""
    day = business_day_of(money.paid_at, desk.province.zone)
    if not is_outdated(order, day):
        return order
    priced = priced_on(order, day)
    if priced.amount != money.amount:
        return priced
    if order.has_payment_in_flight:
        raise Conflict("payment_in_progress", "a payment of another amount is under way")
    if not desk.ledger.bills.reprice(order, priced):
        raise TryLater("busy", "the bill changed at the same moment; send it again")
    return priced


def _new_attempt(order: Order, money: Transaction, asked: Asked) -> Attempt:
    """No payer's device was there: it counts as paid at a counter."""
    return Attempt(
        attempt_no=max((attempt.attempt_no for attempt in order.attempts), default=0) + 1,
        channel=money.channel,
        account=money.account,
        status=PaymentStatus.SUCCEEDED,
        client=Client.COUNTER,
        started_at=asked.now,
        expires_at=asked.now,
        idempotency_key_hash=asked.key_hash,
    )
