"""The parts of a bill that were paid by themselves: on its row in clear, kept forever."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.bill_parts import Part
from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.storage.expressions import Item


def parts_to_map(parts: tuple[Part, ...]) -> Item:
    return {
        each.payment_code: {
            "amount_minor": each.amount_minor,
            "paid_at": to_epoch_ms(each.paid_at),
        }
        for each in parts
    }


def parts_from_map(value: Mapping[str, Any]) -> tuple[Part, ...]:
    """Oldest first."""
    found = (
        Part(code, each["amount_minor"], from_epoch_ms(each["paid_at"]))
        for code, each in value.items()
    )
    return tuple(sorted(found, key=lambda part: (part.paid_at, part.payment_code)))
