"""A province as data: profile, catalogue and channel accounts in one versioned document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.domain.bill_sources import BillSource
from chalicelib.domain.catalog import FeeItem, PayeeUnit, ReceiptKind
from chalicelib.domain.finance_systems import FinanceSystem

if TYPE_CHECKING:
    from chalicelib.domain.counters import Counter

# In place of a secret's name, of an account that has none.
NO_SECRET = "-"  # noqa: S105 - it says that there is none


class Mode(StrEnum):
    """Test orders can only be paid through test accounts and take receipt numbers of their own."""

    TEST = "test"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Acquirer:
    """The institution that takes the money for us, as `VCB`, and what payers call it."""

    code: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scheme:
    """Fee items that a payer finds at one entry, `/s/<code>`, by the number on his paper.

    `number_names`: what that number is called there. `color`: of the printed QR code, `#rrggbb`.
    `second_fact_names`: what a payer may give in place of the verification word; None: nothing."""

    code: str
    names: Mapping[str, str]
    number_names: Mapping[str, str]
    color: str
    second_fact_names: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """Our contract with an acquirer on one channel. A channel may have several for one unit.

    `payee_units` None: for every unit. `fields`: what the channel's `account_fields` ask for,
    without secrets. `secret_name`: of a secret holding {"current": {...}, "previous": {...} or
    null}. `statement_layout`: the channel's own mapping of its statement file, None where it
    needs none. `closed_reason`: why payers cannot use it now, by language; None when it is open.
    `acquirer` None: the channel itself takes the money. `own_file_layout`: how it wants our file
    of a day beside our own form.
    """

    channel: str
    account: str
    mode: Mode
    names: Mapping[str, str]
    payee_units: frozenset[str] | None
    currency: str
    min_minor: int
    max_minor: int
    fields: Mapping[str, str]
    secret_name: str
    statement_layout: Mapping[str, Any] | None
    closed_reason: Mapping[str, str] | None
    acquirer: Acquirer | None = None
    own_file_layout: Mapping[str, Any] | None = None

    def serves(self, payee_unit: str) -> bool:
        return self.payee_units is None or payee_unit in self.payee_units


@dataclass(frozen=True, slots=True)
class ReceiptPattern:
    """How a receipt of one kind is marked: Vietnam's `01BLP0-001` and `QN-26E`."""

    pattern: str
    serial: str


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """`order_seconds`: an order's life where its creator names none. `grace_seconds`: how long
    after that a channel is still asked before the order expires."""

    order_seconds: int
    max_order_seconds: int
    grace_seconds: int


@dataclass(frozen=True)
class Province:
    """`digits`: the first two of every payment code. `statement_due`: local `HH:MM` by which
    statements of the day before are expected. `payers_choose`: channels on which the payer says
    which account takes the money; on the others the first that can. `version`: hash of the
    document that this was read from."""

    code: str
    digits: str
    names: Mapping[str, str]
    currency: str
    country: str
    zone: str
    languages: tuple[str, ...]
    phone: str
    limits: TimeLimits
    statement_due: str
    receipt_patterns: Mapping[ReceiptKind, ReceiptPattern]
    holidays: frozenset[date]
    worked_weekends: frozenset[date]
    outbound_origins: tuple[str, ...]
    payee_units: tuple[PayeeUnit, ...]
    fee_items: tuple[FeeItem, ...]
    channel_accounts: tuple[ChannelAccount, ...]
    payers_choose: frozenset[str] = field(default=frozenset())
    schemes: tuple[Scheme, ...] = field(default=())
    finance_systems: tuple[FinanceSystem, ...] = field(default=())
    bill_sources: tuple[BillSource, ...] = field(default=())
    counters: "tuple[Counter, ...]" = field(default=())
    version: str = field(default="")

    @cached_property
    def units_by_code(self) -> Mapping[str, PayeeUnit]:
        return {unit.code: unit for unit in self.payee_units}

    def fee_item_on(self, payee_unit: str, code: str, day: date) -> FeeItem | None:
        """The version that is valid on `day`: an item may have others before and after it."""
        for item in self._versions.get((payee_unit, code), ()):
            if item.is_valid_on(day):
                return item
        return None

    @cached_property
    def _versions(self) -> Mapping[tuple[str, str], list[FeeItem]]:
        versions: dict[tuple[str, str], list[FeeItem]] = {}
        for item in self.fee_items:
            for unit in item.payee_units:
                versions.setdefault((unit, item.code), []).append(item)
        return versions

    def scheme_of(self, code: str) -> Scheme | None:
        return next((scheme for scheme in self.schemes if scheme.code == code), None)

    def units_of_scheme(self, code: str) -> tuple[str, ...]:
        """Of all its items at any time: what is owed to a unit that has ended is still owed."""
        items = (item for item in self.fee_items if item.scheme == code)
        return tuple(dict.fromkeys(unit for item in items for unit in item.payee_units))

    def counter_of(self, code: str) -> "Counter | None":
        return next((each for each in self.counters if each.counter == code), None)

    def account_of(self, channel: str, account: str) -> ChannelAccount | None:
        for candidate in self.channel_accounts:
            if (candidate.channel, candidate.account) == (channel, account):
                return candidate
        return None
