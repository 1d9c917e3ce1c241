"""The lines of an order: what is owed, item by item."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.catalog import ReceiptKind


class LinePart(StrEnum):
    """What is owed for the item itself, or what a bill's lateness added to it."""

    PRINCIPAL = "principal"
    SURCHARGE = "surcharge"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One priced fee item. `name` is by language; `quantity` is 1 unless the tariff counts
    units."""

    fee_item: str
    names: Mapping[str, str]
    quantity: int
    amount_minor: int
    receipt_kind: ReceiptKind
    description: str | None = None
    part: LinePart = LinePart.PRINCIPAL
