"""A finance system's bill as the body of one of ours, so that it is read and priced like any other.

How lateness is read (decision 0153): the due date is EXPIREDPAYDATE, or the day before
STARTCALCDATE where that is later. Where the platform counts no surcharge (ISCOUNTOVERDUE 0) the
bill can be paid until it is due; else for a year more, with the rule that its lines have in common.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chalicelib.checkout.bill_terms import USUAL_VALIDITY
from chalicelib.domain.business_day import next_working_day
from chalicelib.domain.catalog import PerUnitTariff
from chalicelib.domain.finance_systems import FinanceSystem
from chalicelib.domain.province import Province
from chalicelib.errors import FieldError
from chalicelib.finance.told import Told

# China's citizen number; its organisations' codes have letters. Vietnam's have 12 digits.
_CITIZEN = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{12}|[0-9]{9}")
MAX_DESCRIPTION = 100
# Our fields, as problems name them → part and word of theirs.
_THEIRS: Mapping[str, tuple[str, str]] = {
    "reference": ("bill", "reference"),
    "payee_unit": ("bill", "unit"),
    "payer": ("bill", "payer"),
    "due_date": ("bill", "due_on"),
    "valid_until": ("bill", "due_on"),
    "surcharge": ("bill", "counts_overdue"),
    "reason": ("bill", "reason"),
    "lines": ("bill", "lines"),
    "fee_item": ("line", "item"),
    "quantity": ("line", "quantity"),
    "amount_minor": ("line", "amount"),
    "description": ("line", "price"),
    "identity": ("bill", "payer_identity"),
    "phone": ("bill", "payer_phone"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message is read with. `today` in the province's zone."""

    province: Province
    system: FinanceSystem
    today: date

    def told(self, part: str, body: Mapping[str, Any]) -> Told:
        return Told(self.system, self.province.currency, part, body, "/body")


def read_issue(reading: Reading, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /v1/bills`. Raises: InvalidRequest in their words."""
    told = reading.told("bill", body)
    unit, reference = _read_identity(told)
    owed = _read_owed(reading, told, unit)
    payer = _read_payer(told)
    metadata = {word: told.text(word, is_needed=False)[:100] for word in ("region", "business")}
    told.require_sound()
    return {
        "reference": reference,
        "payee_unit": unit,
        "payer": payer,
        "metadata": {word: text for word, text in metadata.items() if text},
        **{name: value for name, value in owed.items() if value is not None},
    }


def read_amendment(reading: Reading, body: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Payee unit, reference and the body of `…/amend`: the whole bill as it is to be. Raises:
    InvalidRequest in their words."""
    told = reading.told("bill", body)
    unit, reference = _read_identity(told)
    owed = _read_owed(reading, told, unit)
    reason = told.text("reason")
    told.require_sound()
    if owed["valid_until"] is None:
        owed["valid_until"] = (date.fromisoformat(owed["due_date"]) + USUAL_VALIDITY).isoformat()
    return unit, reference, {"reason": reason, **owed}


def read_cancellation(reading: Reading, body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Payee unit, reference and reason. Raises: InvalidRequest in their words."""
    told = reading.told("bill", body)
    unit, reference = _read_identity(told)
    reason = told.text("reason")
    told.require_sound()
    return unit, reference, reason


def in_their_words(system: FinanceSystem, errors: tuple[FieldError, ...]) -> tuple[FieldError, ...]:
    """Pointers into our body as pointers into the message's."""

    def name_of(step: str) -> str:
        part, word = _THEIRS.get(step, ("", ""))
        return system.names[part][word] if part else step

    found = []
    for each in errors:
        if not each.field or each.field.startswith("/body"):
            found.append(each)
            continue
        steps = [step for step in each.field.split("/")[1:] if step]
        if steps[:2] == ["payer", steps[1] if len(steps) > 1 else ""]:
            steps = steps[1:] if len(steps) > 1 and steps[1] in _THEIRS else steps[:1]
        field = "/".join(("/body", *map(name_of, steps)))
        found.append(FieldError(field, each.code, each.detail))
    return tuple(found)


def _read_identity(told: Told) -> tuple[str, str]:
    return told.system.unit_of(told.code("unit")), told.code("reference")


def _read_owed(reading: Reading, told: Told, unit: str) -> dict[str, Any]:
    """`lines`, `due_date`, `valid_until` and `surcharge`."""
    lines = told.records("lines", "line")
    read = [_read_line(reading, line, unit) for line in lines]
    amounts = [line["amount_minor"] for line in read if line["amount_minor"] is not None]
    total = told.amount("total")
    if total is not None and len(amounts) == len(read) and sum(amounts) != total:
        told.fault("total", "total_differs", "not the sum of the lines")
    due_on = told.day("due_on")
    is_counted = told.flag("counts_overdue")
    rule, starts_on = _read_surcharge(told, lines) if is_counted else (None, None)
    if due_on and starts_on:
        if starts_on <= due_on:
            told.fault("due_on", "surcharge_before_due", "lateness begins after the due date")
        due_on = max(due_on, starts_on - timedelta(days=1))
    province = reading.province
    last = due_on and next_working_day(due_on, province.holidays, province.worked_weekends)
    return {
        "lines": read,
        "due_date": due_on and due_on.isoformat(),
        "valid_until": None if is_counted or not last else last.isoformat(),
        "surcharge": rule,
    }


def _read_line(reading: Reading, line: Told, unit: str) -> dict[str, Any]:
    """An item that is not counted in units has its amount alone; what it was counted from is told
    to the payer."""
    code = reading.system.item_of(line.code("item"))
    amount, quantity = line.amount("amount"), line.count("quantity")
    price = line.amount("price", is_needed=False)
    if None not in (amount, quantity, price) and (quantity or 0) * (price or 0) != amount:
        line.fault("amount", "line_differs", "not the count times the standard")
    item = reading.province.fee_item_on(unit, code, reading.today)
    is_counted = item is not None and isinstance(item.tariff, PerUnitTariff)
    counted_from = None
    if not is_counted and quantity is not None and quantity > 1:
        measure = line.text("measure", is_needed=False)
        counted_from = f"{quantity} {measure}".strip()[:MAX_DESCRIPTION]
    return {
        "fee_item": code,
        "quantity": quantity if is_counted else None,
        "amount_minor": amount,
        "description": counted_from,
    }


def _read_surcharge(told: Told, lines: list[Told]) -> tuple[dict[str, Any] | None, date | None]:
    """One rule for the whole bill, and the first day that costs. None: no line has any."""
    late = [line for line in lines if line.flag("has_overdue")]
    if not late:
        return None, None
    if not told.system.surcharge_basis:
        told.fault("counts_overdue", "surcharge_not_agreed", "the province knows no law for it")
    rates = [line.rate("overdue_rate") for line in late]
    starts = {line.day("overdue_from", is_needed=False) for line in late}
    limits = [line.amount("overdue_limit", is_needed=False) for line in late]
    has_limit = all(limits)
    if len(late) < len(lines) or len(set(rates)) > 1 or len(starts) > 1 or has_limit != any(limits):
        told.fault("lines", "surcharge_differs_by_line", "one rule holds for all lines of a bill")
    rate = rates[0]
    if rate is None:
        return None, None
    rule = {
        "daily_rate": {"parts": rate.parts, "per": rate.per},
        "cap_minor": sum(limit or 0 for limit in limits) if has_limit else None,
        "legal_basis": told.system.surcharge_basis or "-",
    }
    return rule, next(iter(starts))


def _read_payer(told: Told) -> dict[str, Any]:
    number = told.text("payer_identity", is_needed=False)
    phone = told.text("payer_phone", is_needed=False)
    is_person = not number or _CITIZEN.fullmatch(number) is not None
    payer: dict[str, Any] = {
        "kind": "individual" if is_person else "organisation",
        "name": told.text("payer"),
    }
    if number:
        kind = "citizen_id" if is_person else "tax_code"
        payer["identity"] = {"kind": kind, "number": number}
    return payer | ({"phone": phone} if phone else {})
