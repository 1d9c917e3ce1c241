"""A part of a bill that is paid by itself: which lines it pays, and what is left of the bill."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.bills import split_in_proportion
from chalicelib.domain.order_lines import OrderLine


@dataclass(frozen=True, slots=True)
class Part:
    """`payment_code`: of the order that paid it, which has its receipts."""

    payment_code: str
    amount_minor: int
    paid_at: datetime


def part_lines(lines: Sequence[OrderLine], amount_minor: int) -> tuple[OrderLine, ...]:
    """`amount_minor` of a bill's principal, over its lines in proportion to what is open."""
    shares = split_in_proportion(amount_minor, [line.amount_minor for line in lines])
    return tuple(
        replace(line, quantity=1, amount_minor=share)
        for line, share in zip(lines, shares, strict=True)
        if share
    )


def without(lines: Sequence[OrderLine], paid: Iterable[OrderLine]) -> tuple[OrderLine, ...] | None:
    """What is left of a bill's principal, line by line, so that its kinds of receipts add up with
    those of its parts. None where a paid line is not open any more, or nothing would be left: the
    last rest is paid with the bill itself."""
    left = list(lines)
    for part in paid:
        place = next((index for index, line in enumerate(left) if _holds(line, part)), None)
        if place is None:
            return None
        left[place] = replace(
            left[place], amount_minor=left[place].amount_minor - part.amount_minor
        )
    open_lines = tuple(line for line in left if line.amount_minor)
    return open_lines or None


def _holds(line: OrderLine, part: OrderLine) -> bool:
    same = (line.fee_item, line.description, line.receipt_kind)
    is_same = same == (part.fee_item, part.description, part.receipt_kind)
    return is_same and line.amount_minor >= part.amount_minor
