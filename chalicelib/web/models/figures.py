"""Figures that the law, or the public, asks for."""

from chalicelib.bodies.models.base import AnswerModel
from chalicelib.web.models.counter import ElectronicShare


class UnitShare(ElectronicShare):
    payee_unit: str


class ElectronicShareOfDay(AnswerModel):
    """Of what paid an order on this day; what was not in cash is electronic."""

    business_day: str
    mode: str
    currency: str
    total: ElectronicShare
    units: list[UnitShare]
