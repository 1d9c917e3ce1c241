"""What a counter is told: shifts, sales, orders."""

from collections.abc import Iterable
from typing import Any

from chalicelib.checkout.counter_sale import code_of
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.electronic_share import ElectronicShare, percent_text, share_of
from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.shifts import MEANS, Sale, Shift, expected_in_drawer, taken_by


def describe_shift(shift: Shift, sales: list[Sale]) -> dict[str, Any]:
    count = shift.count
    moved = [(each.means, each.amount.amount_minor) for each in sales if each.moved_money]
    totals = [taken_by(means, sales) for means in MEANS]
    return {
        "shift": shift.shift_id,
        "counter": shift.counter,
        "payee_unit": shift.payee_unit,
        "mode": shift.mode.value,
        "clerk": shift.clerk,
        "state": shift.state.value,
        "currency": shift.currency,
        "float_minor": shift.float_minor,
        "opened_at": to_rfc3339(shift.opened_at),
        "sales": len(moved),
        "unfinished": sum(each.recorded is None for each in sales),
        "totals": [
            {
                "means": each.means,
                "sales": each.sales,
                "amount_minor": each.amount_minor,
                "first_number": each.first_number or None,
                "last_number": each.last_number or None,
            }
            for each in totals
        ],
        "expected_minor": expected_in_drawer(shift, sales),
        "counted_minor": count.counted_minor if count else None,
        "difference_minor": count.difference_minor if count else None,
        "reason": count.reason or None if count else None,
        "counted_by": count.by if count else None,
        "closed_at": to_rfc3339(count.closed_at) if count else None,
        "electronic": describe_share(share_of(moved)),
    }


def describe_share(share: ElectronicShare) -> dict[str, Any]:
    return {
        "payments": share.payments,
        "electronic_payments": share.electronic_payments,
        "amount_minor": share.amount_minor,
        "electronic_minor": share.electronic_minor,
        "of_payments": percent_text(share.of_payments),
        "of_money": percent_text(share.of_money),
    }


def add_shares(shares: Iterable[ElectronicShare]) -> ElectronicShare:
    return sum(shares, ElectronicShare())


def describe_sale(sale: Sale) -> dict[str, Any]:
    assert sale.recorded is not None, "a sale that is told of is finished"
    is_whole = split_payment_no(sale.payment_no) is not None
    return {
        "shift": sale.shift_id,
        "number": sale.number,
        "means": sale.means,
        "payment_code": code_of(sale),
        "payment_no": sale.payment_no if is_whole else None,
        "amount_minor": sale.amount.amount_minor,
        "currency": sale.amount.currency,
        "received_minor": sale.received_minor,
        "change_minor": sale.change_minor,
        "offline_no": sale.offline_no,
        "taken_at": to_rfc3339(sale.taken_at),
        "recorded": sale.recorded.value,
    }
