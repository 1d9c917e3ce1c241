"""Fee items, payee units, channels, health."""

from typing import Literal

from pydantic import model_validator

from chalicelib.bodies.models.base import AnswerModel, Names
from chalicelib.bodies.models.orders import OfferedChannel
from chalicelib.domain.onboarding import Stage


class ChannelList(AnswerModel):
    items: list[OfferedChannel]


class Tariff(AnswerModel):
    rule: Literal["fixed", "per_unit", "range", "open"]
    amount_minor: int | None = None
    unit_name: str | None = None
    max_quantity: int | None = None
    min_minor: int | None = None
    max_minor: int | None = None

    @model_validator(mode="after")
    def _range_is_ordered(self) -> "Tariff":
        if self.min_minor is not None and self.max_minor is not None:
            assert self.min_minor <= self.max_minor
        return self


class FeeItem(AnswerModel):
    code: str
    payee_unit: str
    names: Names
    receipt_kind: str
    tariff: Tariff
    currency: str
    legal_basis: str
    valid_from: str
    valid_to: str | None
    repeatable: bool
    sample_amount: bool
    scheme: str | None
    allows_partial: bool
    min_part_minor: int | None


class FeeItemList(AnswerModel):
    items: list[FeeItem]
    catalogue_version: str
    next_cursor: str | None


class LiveBills(AnswerModel):
    """Of a unit whose own system is asked for bills that are not here."""

    available: bool
    unavailable_since: str | None


class PayeeUnit(AnswerModel):
    """`stage`: of today. Only a `live` unit takes real money; `joint_test` takes test orders.
    `live_bills` null: its own system is not asked."""

    code: str
    names: Names
    tax_code: str
    address: str
    phone: str
    valid_from: str
    valid_to: str | None
    stage: Literal[tuple(stage.value for stage in Stage)]  # type: ignore[valid-type]
    stage_since: str | None
    live_bills: LiveBills | None


class PayeeUnitList(AnswerModel):
    items: list[PayeeUnit]
    next_cursor: str | None


class Health(AnswerModel):
    status: Literal["ok"]
    province: str
    catalogue_version: str
    catalogue_age_seconds: int
