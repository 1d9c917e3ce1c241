"""What a payee unit asks to be billed, and the terms that follow by catalogue and calendar."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from chalicelib.checkout.order_request import (
    LineRequest,
    OrderRequest,
    price_lines,
    price_order,
    refuse_request,
    require_unit,
)
from chalicelib.domain.bills import BillTerms, LateSurcharge, Reduction, ReductionKind
from chalicelib.domain.business_day import add_working_days, next_working_day
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.orders import Order
from chalicelib.domain.payers import Payer
from chalicelib.domain.portals import Portal
from chalicelib.domain.province import Province
from chalicelib.errors import FieldError, InvalidRequest

# A debt may be older than this system; one of a century ago is a typing error.
FARTHEST = timedelta(days=3660)
# How long after its due date a bill can be paid where nobody says otherwise.
USUAL_VALIDITY = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ReductionRequest:
    """`line`: its index among the request's lines."""

    line: int
    kind: ReductionKind
    amount_minor: int
    reason: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """`due_on` or `days_to_pay`, working days from today; `valid_until` None: as usual."""

    due_on: date | None = None
    days_to_pay: int | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class BillRequest:
    """`order`: what an order would say; its payer is asked to pay, for `debtor` where that is not
    himself. `second_fact`: what opens the bill
    in place of its verification word, as a vehicle's plate; None: nothing does."""

    order: OrderRequest
    deadlines: Deadlines
    surcharge: LateSurcharge | None = None
    reductions: tuple[ReductionRequest, ...] = ()
    debtor: Payer | None = None
    second_fact: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class BillChanges:
    """None leaves what is there. `lines` come with all their reductions. `has_surcharge`: whether
    `surcharge` replaces the rule; its None takes the rule away."""

    lines: tuple[LineRequest, ...] | None = None
    reductions: tuple[ReductionRequest, ...] = ()
    deadlines: Deadlines = Deadlines()
    surcharge: LateSurcharge | None = None
    has_surcharge: bool = False


def agree_terms(province: Province, portal: Portal, request: BillRequest, today: date) -> BillTerms:
    """Raises: InvalidRequest naming the fields that are wrong."""
    priced = price_order(province, portal, request.order, today)
    errors: list[FieldError] = []
    lines, reductions = _reduce(priced.lines, request.reductions, errors)
    due_on = _due_on(province, request.deadlines, today, errors)
    if due_on is None:
        missing = FieldError("/due_date", "due_date_required", "due_date or days_to_pay")
        raise refuse_request(errors or [missing])
    valid_until = request.deadlines.valid_until or max(due_on, today) + USUAL_VALIDITY
    _check_validity(valid_until, due_on, today, errors)
    if errors:
        raise refuse_request(errors)
    return BillTerms(lines, reductions, due_on, valid_until, request.surcharge)


def change_terms(
    province: Province, portal: Portal, order: Order, changes: BillChanges, today: date
) -> BillTerms:
    """Of a bill. Raises: InvalidRequest naming the fields that are wrong, or `nothing_to_amend`."""
    assert order.bill is not None
    before, errors = order.bill.terms, list[FieldError]()
    require_unit(province, portal, order.payee_unit, today, errors)
    lines, reductions = before.lines, before.reductions
    if changes.lines is not None:
        priced = price_lines(province, order.payee_unit, changes.lines, today, errors)
        lines, reductions = _reduce(priced, changes.reductions, errors)
    elif changes.reductions:
        errors.append(FieldError("/lines", "lines_required", "send the lines that they reduce"))
    due_on = _due_on(province, changes.deadlines, today, errors) or before.due_on
    valid_until = changes.deadlines.valid_until or max(before.valid_until, due_on)
    _check_validity(valid_until, due_on, today, errors)
    if errors:
        raise refuse_request(errors)
    surcharge = changes.surcharge if changes.has_surcharge else before.surcharge
    after = BillTerms(lines, reductions, due_on, valid_until, surcharge)
    if after == before:
        raise InvalidRequest("nothing_to_amend", "the bill is like that already")
    return after


def _reduce(
    lines: tuple[OrderLine, ...],
    reductions: tuple[ReductionRequest, ...],
    errors: list[FieldError],
) -> tuple[tuple[OrderLine, ...], tuple[Reduction, ...]]:
    """The lines of which something is left, and what was taken off."""
    taken: Counter[int] = Counter()
    for index, each in enumerate(reductions):
        taken[each.line] += each.amount_minor
        place = f"/reductions/{index}"
        if each.line >= len(lines):
            errors.append(FieldError(f"{place}/line", "line_unknown", "no such line"))
        elif taken[each.line] > lines[each.line].amount_minor:
            place += "/amount_minor"
            errors.append(FieldError(place, "reduction_out_of_range", "more than the line"))
    if errors:
        return lines, ()
    left = (
        replace(line, amount_minor=line.amount_minor - taken[index])
        for index, line in enumerate(lines)
    )
    owed = tuple(line for line in left if line.amount_minor)
    if not owed:
        errors.append(FieldError("/reductions", "nothing_to_pay", "nothing is left to be paid"))
    return owed, tuple(
        Reduction(
            lines[each.line].fee_item, each.kind, each.amount_minor, each.reason, each.legal_basis
        )
        for each in reductions
    )


def _due_on(
    province: Province, deadlines: Deadlines, today: date, errors: list[FieldError]
) -> date | None:
    """None when no due date is asked for, or none that is possible. One that is not a working day
    moves on to the next."""
    calendar = (province.holidays, province.worked_weekends)
    if deadlines.due_on is None:
        if deadlines.days_to_pay is None:
            return None
        return add_working_days(today, deadlines.days_to_pay, *calendar)
    if deadlines.days_to_pay is not None:
        errors.append(FieldError("/days_to_pay", "due_date_twice", "due_date or days_to_pay"))
    if abs(deadlines.due_on - today) > FARTHEST:
        errors.append(FieldError("/due_date", "due_date_out_of_range", "within ten years"))
        return None
    return next_working_day(deadlines.due_on, *calendar)


def _check_validity(valid_until: date, due_on: date, today: date, errors: list[FieldError]) -> None:
    if not max(due_on, today) <= valid_until <= max(due_on, today) + FARTHEST:
        wrong = FieldError("/valid_until", "validity_out_of_range", "until it is due, or later")
        errors.append(wrong)
