"""Which part of what was paid was not paid in cash: of the payments, and of the money."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.domain.counters import CASH


@dataclass(frozen=True, slots=True)
class ElectronicShare:
    """Counts of payments and sums in minor units; the electronic ones are among all of them."""

    payments: int = 0
    electronic_payments: int = 0
    amount_minor: int = 0
    electronic_minor: int = 0

    def __add__(self, other: "ElectronicShare") -> "ElectronicShare":
        return ElectronicShare(
            self.payments + other.payments,
            self.electronic_payments + other.electronic_payments,
            self.amount_minor + other.amount_minor,
            self.electronic_minor + other.electronic_minor,
        )

    @property
    def of_payments(self) -> Fraction | None:
        """None where nothing was paid."""
        return Fraction(self.electronic_payments, self.payments) if self.payments else None

    @property
    def of_money(self) -> Fraction | None:
        return Fraction(self.electronic_minor, self.amount_minor) if self.amount_minor else None


def share_of(payments: Iterable[tuple[str, int]]) -> ElectronicShare:
    """`payments`: the channel and the amount of each that paid an order."""
    share = ElectronicShare()
    for channel, amount_minor in payments:
        electronic = channel != CASH
        share += ElectronicShare(
            1, int(electronic), amount_minor, amount_minor if electronic else 0
        )
    return share


def times_as_large(later: Fraction | None, earlier: Fraction | None) -> Fraction | None:
    """None where the earlier share is nothing."""
    return later / earlier if later is not None and earlier else None


def percent_text(share: Fraction | None) -> str | None:
    """With two decimals, half a hundredth rounded up, as `21.00`."""
    if share is None:
        return None
    hundredths = (share * 10_000 + Fraction(1, 2)).__floor__()
    return f"{hundredths // 100}.{hundredths % 100:02d}"
