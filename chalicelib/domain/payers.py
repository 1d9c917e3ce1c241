"""Who pays. Stored only inside the encrypted envelope."""

from dataclasses import dataclass
from enum import StrEnum


class PayerKind(StrEnum):
    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Payer:
    """`identity_kind` and `identity_number` come together or not at all."""

    kind: PayerKind
    name: str
    identity_kind: str | None = None
    identity_number: str | None = None
    phone: str | None = None
    email: str | None = None
