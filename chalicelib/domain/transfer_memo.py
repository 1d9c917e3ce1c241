"""Which payment the memo of a bank transfer names.

Banks put capitals for small letters, words in front and behind, blanks into long numbers, and cut
what is too long for them. Payers type the printed groups, or the payment code alone. So whole
groups of digits are put together until they are as long as a payment number or a payment code, and
the check digits decide. A part of a longer group is never taken.
"""

import re
from collections.abc import Iterator

from chalicelib.domain.identifiers import (
    PAYMENT_CODE_LENGTH,
    PAYMENT_NO_LENGTH,
    is_payment_code,
    split_payment_no,
)

MAX_MEMO = 1_000  # banks carry a few hundred characters at most
_SEPARATOR = r"[\s\-\u2010-\u2015]{1,3}"
_CHAIN = re.compile(rf"[0-9]+(?:{_SEPARATOR}[0-9]+)*")
_GROUP = re.compile("[0-9]+")


def find_payment_no(memo: str) -> str:
    """The payment number; the payment code where the memo has no more; "" where it names no
    payment, or more than one."""
    found = {number for chain in _CHAIN.findall(memo[:MAX_MEMO]) for number in _numbers_in(chain)}
    codes = {number[:PAYMENT_CODE_LENGTH] for number in found}
    numbers = {number for number in found if len(number) == PAYMENT_NO_LENGTH}
    if len(codes) != 1 or len(numbers) > 1:
        return ""
    return next(iter(numbers or codes))


def _numbers_in(chain: str) -> Iterator[str]:
    """In groups that stand next to each other; a group that is a number by itself stands alone."""
    beside: list[str] = []
    for group in [*_GROUP.findall(chain), ""]:
        if group and not _is_number(group):
            beside.append(group)
            continue
        yield from _joined(beside)
        beside = []
        if group:
            yield group


def _joined(groups: list[str]) -> Iterator[str]:
    start = 0
    while start < len(groups):
        taken = _first_number(groups[start : start + PAYMENT_NO_LENGTH])
        if taken is None:
            start += 1
            continue
        number, count = taken
        yield number
        start += count


def _first_number(groups: list[str]) -> tuple[str, int] | None:
    """The longest number that begins with the first group, and how many groups it takes."""
    text, longest = "", None
    for count, group in enumerate(groups, 1):
        text += group
        if len(text) > PAYMENT_NO_LENGTH:
            break
        if _is_number(text):
            longest = (text, count)
    return longest


def _is_number(text: str) -> bool:
    return is_payment_code(text) or split_payment_no(text) is not None
