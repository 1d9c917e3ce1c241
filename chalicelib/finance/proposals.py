"""Units and fee items that a finance system tells of, beside the catalogue.

The catalogue is data under version control: a message changes nothing in it. What it says is kept
as a proposal, and `errandless finance proposals` makes the rows of the province's files of it.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.catalog import (
    FeeItem,
    FixedTariff,
    OpenTariff,
    PayeeUnit,
    PerUnitTariff,
    RangeTariff,
    Tariff,
)
from chalicelib.domain.finance_systems import MessageKind
from chalicelib.finance.read_bill import Reading
from chalicelib.finance.told import Told
from chalicelib.storage.finance_inbox import KeptMessage, Proposal

SAME, NEW, DIFFERS = "same", "new", "differs"
# Columns of the catalogue's file and what tells them.
TARIFF_WORDS = {"amount_minor": "price", "min_minor": "lowest", "max_minor": "highest"}


def propose(reading: Reading, message: KeptMessage, body: Mapping[str, Any]) -> Proposal:
    """Raises: InvalidRequest in their words."""
    kind = MessageKind(message.kind)
    told = reading.told(kind.value, body)
    if kind is MessageKind.UNIT:
        code, fields = _read_unit(told)
        verdict = _judge_unit(reading.province.units_by_code.get(code), fields)
    else:
        code, fields = _read_item(told)
        item = reading.province.fee_item_on(fields["unit"], code, reading.today)
        verdict = _judge_item(item, fields)
        code = f"{fields['unit']}|{code}"
    told.require_sound()
    return Proposal(
        sender=message.sender,
        kind=kind.value,
        code=code,
        verdict=verdict,
        fields=fields,
        sequence_no=message.sequence_no,
        received_at=message.received_at,
    )


def _read_unit(told: Told) -> tuple[str, dict[str, str]]:
    code = told.system.unit_of(told.code("unit"))
    fields = {"code": code, "name": told.text("unit_name")}
    for word in ("tax_code", "address", "phone"):
        fields[word] = told.text(word, is_needed=False)
    day = told.day("valid_from", is_needed=False)
    fields["valid_from"] = day.isoformat() if day else ""
    return code, fields


def _read_item(told: Told) -> tuple[str, dict[str, str]]:
    """The tariff as the catalogue's file writes it: a standard is for each unit of a measure, or
    fixed; a lowest and a highest are a range; with neither the unit computes it."""
    code = told.system.item_of(told.code("item"))
    fields = {
        "code": code,
        "unit": told.system.unit_of(told.code("unit")),
        "name": told.text("item_name"),
        "unit_name": told.text("measure", is_needed=False),
        "legal_basis": told.text("legal_basis", is_needed=False),
    }
    day = told.day("valid_from", is_needed=False)
    fields["valid_from"] = day.isoformat() if day else ""
    for column, word in TARIFF_WORDS.items():
        minor = told.amount(word, is_needed=False)
        fields[column] = "" if minor is None else str(minor)
    if fields["amount_minor"]:
        fields["rule"] = "per_unit" if fields["unit_name"] else "fixed"
    else:
        fields["rule"] = "range" if fields["min_minor"] else "open"
    if fields["rule"] == "range" and not fields["max_minor"]:
        told.fault("highest", "required", "a range has two ends")
    return code, fields


def _judge_unit(unit: PayeeUnit | None, fields: Mapping[str, str]) -> str:
    """What is not told is not compared."""
    if unit is None:
        return NEW
    ours = {
        "tax_code": unit.tax_code,
        "address": unit.address,
        "phone": unit.phone,
        "valid_from": unit.valid_from.isoformat(),
    }
    is_known = fields["name"] in unit.names.values()
    return _verdict(is_known, ours, fields)


def _judge_item(item: FeeItem | None, fields: Mapping[str, str]) -> str:
    if item is None:
        return NEW
    ours = {
        "legal_basis": item.legal_basis,
        "valid_from": item.valid_from.isoformat(),
        **tariff_columns(item.tariff),
    }
    is_known = fields["name"] in item.names.values()
    return _verdict(is_known and fields["rule"] == ours["rule"], ours, fields)


def tariff_columns(tariff: Tariff) -> dict[str, str]:
    """As the catalogue's file has them."""
    match tariff:
        case FixedTariff(amount):
            return {"rule": "fixed", "amount_minor": str(amount)}
        case PerUnitTariff(amount, measure, _):
            return {"rule": "per_unit", "amount_minor": str(amount), "unit_name": measure}
        case RangeTariff(low, high):
            return {"rule": "range", "min_minor": str(low), "max_minor": str(high)}
        case OpenTariff(high):
            return {"rule": "open", "max_minor": str(high)}


def _verdict(is_known: bool, ours: Mapping[str, str], fields: Mapping[str, str]) -> str:
    is_same = all(fields.get(name, "") in ("", value) for name, value in ours.items())
    return SAME if is_known and is_same else DIFFERS
