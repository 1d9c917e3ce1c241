"""What a bill has beside its order's row: JSON within the order's content."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib.domain.bills import (
    Amendment,
    Bill,
    BillTerms,
    Cancellation,
    LateSurcharge,
    Reduction,
    ReductionKind,
    Rounding,
    Share,
)
from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.order_lines import LinePart, OrderLine
from chalicelib.storage.expressions import Item
from chalicelib.storage.line_items import line_from_map, line_to_map


def bill_to_map(bill: Bill) -> Item:
    """The principal lines are not repeated: they stand among the order's."""
    return {
        "terms": _terms_to_map(replace(bill.terms, lines=())),
        "priced_on": bill.priced_on.isoformat(),
        "version": bill.version,
        "amendments": [
            {
                "at": to_epoch_ms(each.at),
                "by": each.by,
                "reason": each.reason,
                "before": _terms_to_map(each.before),
            }
            for each in bill.amendments
        ],
        "cancellation": _cancellation_to_map(bill.cancellation),
        **({} if bill.second_fact is None else {"second_fact": bill.second_fact}),
    }


def bill_from_map(value: Mapping[str, Any], lines: Iterable[OrderLine]) -> Bill:
    """`lines`: the order's, with their surcharge."""
    principal = tuple(line for line in lines if line.part is LinePart.PRINCIPAL)
    return Bill(
        terms=replace(_terms_from_map(value["terms"]), lines=principal),
        priced_on=date.fromisoformat(value["priced_on"]),
        version=value["version"],
        amendments=tuple(_amendment_from_map(each) for each in value["amendments"]),
        cancellation=_cancellation_from_map(value["cancellation"]),
        second_fact=value.get("second_fact"),
    )


def _terms_to_map(terms: BillTerms) -> Item:
    return {
        "lines": [line_to_map(line) for line in terms.lines],
        "reductions": [_reduction_to_map(each) for each in terms.reductions],
        "due_on": terms.due_on.isoformat(),
        "valid_until": terms.valid_until.isoformat(),
        "surcharge": None if terms.surcharge is None else _surcharge_to_map(terms.surcharge),
    }


def _terms_from_map(value: Mapping[str, Any]) -> BillTerms:
    surcharge = value["surcharge"]
    return BillTerms(
        lines=tuple(line_from_map(line) for line in value["lines"]),
        reductions=tuple(_reduction_from_map(each) for each in value["reductions"]),
        due_on=date.fromisoformat(value["due_on"]),
        valid_until=date.fromisoformat(value["valid_until"]),
        surcharge=None if surcharge is None else _surcharge_from_map(surcharge),
    )


def _surcharge_to_map(rule: LateSurcharge) -> Item:
    return {
        "daily": [rule.daily.parts, rule.daily.per],
        "cap": None if rule.cap is None else [rule.cap.parts, rule.cap.per],
        "cap_minor": rule.cap_minor,
        "rounding": rule.rounding.value,
        "legal_basis": rule.legal_basis,
    }


def _surcharge_from_map(value: Mapping[str, Any]) -> LateSurcharge:
    cap = value["cap"]
    return LateSurcharge(
        daily=Share(*value["daily"]),
        cap=None if cap is None else Share(*cap),
        cap_minor=value["cap_minor"],
        rounding=Rounding(value["rounding"]),
        legal_basis=value["legal_basis"],
    )


def _reduction_to_map(reduction: Reduction) -> Item:
    return {
        "fee_item": reduction.fee_item,
        "kind": reduction.kind.value,
        "amount_minor": reduction.amount_minor,
        "reason": reduction.reason,
        "legal_basis": reduction.legal_basis,
    }


def _reduction_from_map(value: Mapping[str, Any]) -> Reduction:
    return Reduction(
        fee_item=value["fee_item"],
        kind=ReductionKind(value["kind"]),
        amount_minor=value["amount_minor"],
        reason=value["reason"],
        legal_basis=value["legal_basis"],
    )


def _amendment_from_map(value: Mapping[str, Any]) -> Amendment:
    return Amendment(
        at=from_epoch_ms(value["at"]),
        by=value["by"],
        reason=value["reason"],
        before=_terms_from_map(value["before"]),
    )


def _cancellation_to_map(cancellation: Cancellation | None) -> Item | None:
    if cancellation is None:
        return None
    return {
        "at": to_epoch_ms(cancellation.at),
        "by": cancellation.by,
        "reason": cancellation.reason,
    }


def _cancellation_from_map(value: Mapping[str, Any] | None) -> Cancellation | None:
    if value is None:
        return None
    return Cancellation(from_epoch_ms(value["at"]), value["by"], value["reason"])
