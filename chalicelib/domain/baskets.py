"""A basket: an order that pays bills. It has no lines and no receipts of its own: each bill that it
pays keeps its unit, its lines and its receipts.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

# They are paid in one transaction of at most 100 actions, with the basket, its money, and the end
# of a hold.
MAX_BILLS = 95


@dataclass(frozen=True, slots=True)
class Covered:
    """One bill that an order pays: `amount_minor` of it, as it was owed in `version` of the
    bill. `is_part`: not the whole of it, which stays open for the rest."""

    payment_code: str
    payee_unit: str
    amount_minor: int
    version: int
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """The money of a paid basket, bill by bill: what each took, and what had no bill to go to."""

    settled: tuple[Covered, ...]
    unplaced: tuple[Covered, ...]

    @property
    def settled_minor(self) -> int:
        return sum(each.amount_minor for each in self.settled)

    @property
    def unplaced_minor(self) -> int:
        return sum(each.amount_minor for each in self.unplaced)

    @property
    def by_unit(self) -> Mapping[str, int]:
        """What belongs to each payee unit: of what was settled alone."""
        sums: Counter[str] = Counter()
        for each in self.settled:
            sums[each.payee_unit] += each.amount_minor
        return dict(sorted(sums.items()))


def split_basket(covers: Collection[Covered], refused: Collection[str]) -> Split:
    """`refused`: payment codes of the bills that could not take their part."""
    return Split(
        settled=tuple(each for each in covers if each.payment_code not in refused),
        unplaced=tuple(each for each in covers if each.payment_code in refused),
    )
