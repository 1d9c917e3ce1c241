"""The bills of a basket on its row: in clear, so that an auditor reads them without our code."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.baskets import Covered
from chalicelib.storage.expressions import Item


def covers_to_map(covers: tuple[Covered, ...]) -> Item | None:
    """None for an order that pays no bills: it has no such attribute."""
    if not covers:
        return None
    return {
        each.payment_code: {
            "payee_unit": each.payee_unit,
            "amount_minor": each.amount_minor,
            "bill_version": each.version,
            **({"is_part": True} if each.is_part else {}),
        }
        for each in covers
    }


def covers_from_map(value: Mapping[str, Any]) -> tuple[Covered, ...]:
    """By unit, then by payment code."""
    found = (
        Covered(
            code,
            each["payee_unit"],
            each["amount_minor"],
            each["bill_version"],
            each.get("is_part", False),
        )
        for code, each in value.items()
    )
    return tuple(sorted(found, key=lambda each: (each.payee_unit, each.payment_code)))
