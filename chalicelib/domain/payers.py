"""Who pays, and for whom. Stored only inside the encrypted envelope."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


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


@dataclass(frozen=True, slots=True)
class Parties:
    """`debtor`: who owes, where that is not who pays; None: the payer."""

    payer: Payer
    debtor: Payer | None = None

    def content(self) -> dict[str, Any]:
        """What is sealed: a payer as it was before there were debtors, and a debtor beside."""
        own = {} if self.debtor is None else {"debtor": asdict(self.debtor)}
        return {**asdict(self.payer), **own}


def read_parties(content: Mapping[str, Any]) -> Parties:
    fields = dict(content)
    debtor = fields.pop("debtor", None)
    return Parties(Payer(**fields), Payer(**debtor) if debtor else None)
