"""What a bill says beside its order: in the issue answer, in GET, in notices."""

from typing import Any

from chalicelib.domain.bill_parts import Part
from chalicelib.domain.bills import Amendment, Bill, BillTerms, LateSurcharge, Share
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.order_lines import LinePart, OrderLine


def describe_bill(bill: Bill, lines: tuple[OrderLine, ...]) -> dict[str, Any]:
    """`lines`: the order's."""
    surcharge = (line.amount_minor for line in lines if line.part is LinePart.SURCHARGE)
    cancellation = bill.cancellation
    return {
        **describe_terms(bill.terms),
        "surcharge_minor": sum(surcharge),
        "priced_on": bill.priced_on.isoformat(),
        "version": bill.version,
        "amendments": [_describe_amendment(each) for each in bill.amendments],
        "cancellation": None
        if cancellation is None
        else {
            "at": to_rfc3339(cancellation.at),
            "by": cancellation.by,
            "reason": cancellation.reason,
        },
    }


def describe_terms(terms: BillTerms) -> dict[str, Any]:
    return {
        "due_date": terms.due_on.isoformat(),
        "valid_until": terms.valid_until.isoformat(),
        "principal_minor": terms.principal_minor,
        "surcharge": None if terms.surcharge is None else _describe_rule(terms.surcharge),
        "reductions": [
            {
                "fee_item": each.fee_item,
                "kind": each.kind.value,
                "amount_minor": each.amount_minor,
                "reason": each.reason,
                "legal_basis": each.legal_basis,
            }
            for each in terms.reductions
        ],
    }


def _describe_rule(rule: LateSurcharge) -> dict[str, Any]:
    return {
        "daily_rate": _describe_share(rule.daily),
        "cap_rate": None if rule.cap is None else _describe_share(rule.cap),
        "cap_minor": rule.cap_minor,
        "rounding": rule.rounding.value,
        "legal_basis": rule.legal_basis,
    }


def _describe_share(share: Share) -> dict[str, int]:
    return {"parts": share.parts, "per": share.per}


def describe_part(part: Part) -> dict[str, Any]:
    return {
        "payment_code": part.payment_code,
        "amount_minor": part.amount_minor,
        "paid_at": to_rfc3339(part.paid_at),
    }


def _describe_amendment(amendment: Amendment) -> dict[str, Any]:
    return {
        "at": to_rfc3339(amendment.at),
        "by": amendment.by,
        "reason": amendment.reason,
        "before": describe_terms(amendment.before),
    }
