"""What an order that pays bills says of them."""

from typing import Any

from chalicelib.domain.baskets import Covered
from chalicelib.domain.orders import Order


def describe_covered(covered: Covered) -> dict[str, Any]:
    return {
        "payment_code": covered.payment_code,
        "payee_unit": covered.payee_unit,
        "amount_minor": covered.amount_minor,
    }


def describe_bills(order: Order) -> list[dict[str, Any]]:
    """`result`: what became of each part of the money, None until there is money."""
    unplaced = {each.payment_code for each in order.split.unplaced}
    return [
        {
            **describe_covered(each),
            "result": None
            if order.paid_by is None
            else ("not_paid" if each.payment_code in unplaced else "paid"),
        }
        for each in order.covers
    ]
