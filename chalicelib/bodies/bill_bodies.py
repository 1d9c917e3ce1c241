"""Bodies of bills as the actions take them, and results as they are answered."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from chalicelib.bodies.order_bodies import read_lines, read_payer
from chalicelib.checkout.bill_terms import (
    BillChanges,
    BillRequest,
    Deadlines,
    ReductionRequest,
)
from chalicelib.checkout.order_request import LineRequest, OrderRequest
from chalicelib.domain.bills import LateSurcharge, ReductionKind, Rounding, Share
from chalicelib.errors import FieldError, InvalidRequest

if TYPE_CHECKING:
    from chalicelib.bodies.models import bills as models

RESULT_FIELDS = (
    *("payment_code", "verification_word", "status", "amount_minor", "currency"),
    *("pay_url", "expires_at"),
)


def fingerprint_of(asked: "models.BillIssueRequest") -> bytes:
    """The same for the same content, whatever defaults are spelled out or added later."""
    content = asked.model_dump(exclude_defaults=True)
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


def read_bill(asked: "models.BillIssueRequest") -> BillRequest:
    """Raises: InvalidRequest unless there are lines or one fee item."""
    return BillRequest(
        order=OrderRequest(
            reference=asked.reference,
            payee_unit=asked.payee_unit,
            lines=_read_lines(asked),
            payer=read_payer(asked.payer),
            language=asked.language,
            channels=tuple(asked.channels) if asked.channels else None,
            metadata=asked.metadata,
        ),
        deadlines=_read_deadlines(asked),
        surcharge=_read_surcharge(asked.surcharge),
        reductions=_read_reductions(asked.reductions),
        debtor=None if asked.debtor is None else read_payer(asked.debtor),
        second_fact=asked.second_fact,
    )


def read_changes(asked: "models.BillAmendRequest") -> BillChanges:
    return BillChanges(
        lines=None if asked.lines is None else read_lines(asked.lines),
        reductions=_read_reductions(asked.reductions),
        deadlines=_read_deadlines(asked),
        surcharge=_read_surcharge(asked.surcharge),
        has_surcharge="surcharge" in asked.model_fields_set,
    )


def summarize_issued(described: Mapping[str, Any]) -> dict[str, Any]:
    """`described`: the bill's order as it is answered alone."""
    summary = {name: described[name] for name in RESULT_FIELDS}
    return summary | {name: described["bill"][name] for name in ("due_date", "valid_until")}


def _read_lines(asked: "models.BillIssueRequest") -> tuple[LineRequest, ...]:
    if asked.lines is not None and asked.fee_item is None and asked.principal_minor is None:
        return read_lines(asked.lines)
    if asked.lines is None and asked.fee_item is not None:
        return (LineRequest(asked.fee_item, amount_minor=asked.principal_minor),)
    error = FieldError("/lines", "lines_or_fee_item", "lines, or fee_item with principal_minor")
    raise InvalidRequest("lines_or_fee_item", "one or the other is needed", errors=(error,))


def _read_deadlines(asked: "models.BillIssueRequest | models.BillAmendRequest") -> Deadlines:
    return Deadlines(
        due_on=None if asked.due_date is None else date.fromisoformat(asked.due_date),
        days_to_pay=asked.days_to_pay,
        valid_until=None if asked.valid_until is None else date.fromisoformat(asked.valid_until),
    )


def _read_surcharge(asked: "models.LateSurchargeRequest | None") -> LateSurcharge | None:
    if asked is None:
        return None
    cap = asked.cap_rate
    return LateSurcharge(
        daily=Share(asked.daily_rate.parts, asked.daily_rate.per),
        cap=None if cap is None else Share(cap.parts, cap.per),
        cap_minor=asked.cap_minor,
        rounding=Rounding(asked.rounding),
        legal_basis=asked.legal_basis,
    )


def _read_reductions(asked: "list[models.ReductionRequest]") -> tuple[ReductionRequest, ...]:
    return tuple(
        ReductionRequest(
            line=each.line,
            kind=ReductionKind(each.kind),
            amount_minor=each.amount_minor,
            reason=each.reason,
            legal_basis=each.legal_basis,
        )
        for each in asked
    )
