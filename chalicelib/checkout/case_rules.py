"""What a decision on a case must fulfil, whoever makes it."""

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.checkout.closed_orders import closed_conflict
from chalicelib.domain.business_day import business_day_of, to_rfc3339
from chalicelib.domain.cases import DECISIONS, TRANSITIONS, Case, CaseEvent, CaseState
from chalicelib.domain.identifiers import MAX_ATTEMPTS
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Transaction
from chalicelib.domain.province import Province
from chalicelib.errors import Conflict, FieldError, InvalidRequest


@dataclass(frozen=True, slots=True)
class Refund:
    """`reference`: the bank's or channel's own number of it."""

    reference: str
    amount: Money
    refunded_on: date


def require_open(case: Case) -> None:
    if not case.is_listed:
        raise _decided_conflict(case)


def require_allowed(case: Case, event: CaseEvent) -> None:
    if event not in DECISIONS[case.kind]:
        raise Conflict("decision_not_allowed", "a case of this kind is not decided in this way")
    if (case.state, event) in TRANSITIONS:
        return
    if case.state is CaseState.OPEN:
        raise Conflict("refund_not_decided", "a refund is decided first, then confirmed")
    raise _decided_conflict(case)


def _decided_conflict(case: Case) -> Conflict:
    last = case.decisions[-1]
    return Conflict(
        "case_decided",
        f"this case was decided: {last.event} at {to_rfc3339(last.at)}",
        suggested_action="Look at the case again.",
    )


def require_fit(province: Province, order: Order, money: Transaction) -> None:
    account = province.account_of(money.channel, money.account)
    if account is None or account.mode is not order.mode:
        raise Conflict("mode_differs", "test money pays test orders only, real money real ones")
    if not account.serves(order.payee_unit):
        raise Conflict("payee_unit_differs", "the money lies in an account of other payee units")
    if not order.is_payable:
        raise closed_conflict(order)
    if order.covers:
        raise Conflict("order_covers_bills", "assign the money to one of the basket's bills")
    if order.amount != money.amount:
        raise Conflict("amount_differs", "the order asks for another amount")
    if len(order.attempts) >= MAX_ATTEMPTS:
        raise Conflict("too_many_payments", "too many attempts to pay this order")


def require_whole_refund(
    province: Province, case: Case, money: Transaction, refund: Refund, now: datetime
) -> None:
    """Of the whole money, or of the part of it that the case is about."""
    if refund.amount != (case.amount if case.is_about_part else money.amount):
        raise wrong_field(
            FieldError(
                "/amount_minor",
                "refund_amount_differs",
                "a refund is of exactly the money that paid nothing",
            )
        )
    came_on = business_day_of(money.paid_at, province.zone)
    if not came_on <= refund.refunded_on <= business_day_of(now, province.zone):
        raise wrong_field(
            FieldError(
                "/refunded_on",
                "refund_day_impossible",
                "not before the money came, and not in the future",
            )
        )


def wrong_field(field: FieldError) -> InvalidRequest:
    return InvalidRequest(field.code, field.detail, errors=(field,))
