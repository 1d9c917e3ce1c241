"""What may be charged, by whom, and for how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.money import MAX_AMOUNT_MINOR
from chalicelib.domain.onboarding import ALWAYS_LIVE, Onboarding
from chalicelib.domain.part_rules import PartRule


class ReceiptKind(StrEnum):
    """Vietnam receipts fees (phí) and charges (lệ phí) apart; other provinces use `general`."""

    PHI = "phi"
    LEPHI = "lephi"
    GENERAL = "general"


@dataclass(frozen=True, slots=True)
class FixedTariff:
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PerUnitTariff:
    """`amount_minor` for each of `quantity` units; `unit_name` says of what."""

    amount_minor: int
    unit_name: str
    max_quantity: int


@dataclass(frozen=True, slots=True)
class RangeTariff:
    min_minor: int
    max_minor: int


@dataclass(frozen=True, slots=True)
class OpenTariff:
    """The payee unit computes the amount itself."""

    max_minor: int = MAX_AMOUNT_MINOR


Tariff = FixedTariff | PerUnitTariff | RangeTariff | OpenTariff


@dataclass(frozen=True, slots=True)
class FeeItem:
    """`valid_to` None: until further notice. `is_sample_amount`: no public document gives the
    tariff. `parts` None: a bill of it is paid whole."""

    code: str
    payee_units: tuple[str, ...]
    names: Mapping[str, str]
    receipt_kind: ReceiptKind
    tariff: Tariff
    legal_basis: str
    valid_from: date
    valid_to: date | None
    is_repeatable: bool
    is_sample_amount: bool
    scheme: str | None = None
    parts: PartRule | None = None

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class PayeeUnit:
    code: str
    names: Mapping[str, str]
    tax_code: str
    address: str
    phone: str
    valid_from: date
    valid_to: date | None
    onboarding: Onboarding = ALWAYS_LIVE

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class TariffRefusal(StrEnum):
    """Why a requested quantity or amount does not fit a tariff; the values are error codes."""

    AMOUNT_NOT_ALLOWED = "amount_not_allowed"
    AMOUNT_REQUIRED = "amount_required"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    QUANTITY_NOT_ALLOWED = "quantity_not_allowed"
    QUANTITY_OUT_OF_RANGE = "quantity_out_of_range"


def price(tariff: Tariff, quantity: int | None, amount_minor: int | None) -> int | TariffRefusal:
    """The line's amount in minor units, or why the request does not fit the tariff. An amount that
    equals what the tariff gives is allowed."""
    match tariff:
        case FixedTariff(fixed):
            if amount_minor not in (None, fixed):
                return TariffRefusal.AMOUNT_NOT_ALLOWED
            return fixed if quantity in (None, 1) else TariffRefusal.QUANTITY_NOT_ALLOWED
        case PerUnitTariff(each, _, max_quantity):
            count = 1 if quantity is None else quantity
            if amount_minor not in (None, each * count):
                return TariffRefusal.AMOUNT_NOT_ALLOWED
            return (
                each * count if 1 <= count <= max_quantity else TariffRefusal.QUANTITY_OUT_OF_RANGE
            )
        case RangeTariff(low, high):
            return _within(low, high, quantity, amount_minor)
        case OpenTariff(high):
            return _within(1, high, quantity, amount_minor)


def _within(
    low: int, high: int, quantity: int | None, amount_minor: int | None
) -> int | TariffRefusal:
    if quantity not in (None, 1):
        return TariffRefusal.QUANTITY_NOT_ALLOWED
    if amount_minor is None:
        return TariffRefusal.AMOUNT_REQUIRED
    return amount_minor if low <= amount_minor <= high else TariffRefusal.AMOUNT_OUT_OF_RANGE
