"""Shifts and their sales as rows, and back."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Recorded
from chalicelib.domain.pos_slips import Slip
from chalicelib.domain.province import Mode
from chalicelib.domain.shifts import Count, Sale, Shift, ShiftState
from chalicelib.storage import keys
from chalicelib.storage.expressions import Item


def shift_to_item(shift: Shift) -> Item:
    return {
        **keys.shift_key(shift.shift_id),
        "counter": shift.counter,
        "payee_unit": shift.payee_unit,
        "portal": shift.portal,
        "mode": shift.mode.value,
        "clerk": shift.clerk,
        "currency": shift.currency,
        "float_minor": shift.float_minor,
        "opened_at": to_epoch_ms(shift.opened_at),
        "state": shift.state.value,
        "next_serial": shift.next_serial,
        "count": count_to_map(shift.count) if shift.count else None,
    }


def shift_from_item(item: Mapping[str, Any]) -> Shift:
    return Shift(
        shift_id=item["pk"].partition("#")[2],
        counter=item["counter"],
        payee_unit=item["payee_unit"],
        portal=item["portal"],
        mode=Mode(item["mode"]),
        clerk=item["clerk"],
        currency=item["currency"],
        float_minor=item["float_minor"],
        opened_at=from_epoch_ms(item["opened_at"]),
        state=ShiftState(item["state"]),
        next_serial=item["next_serial"],
        count=_count_from_map(item["count"]) if "count" in item else None,
    )


def count_to_map(count: Count) -> Item:
    return {
        "counted_minor": count.counted_minor,
        "expected_minor": count.expected_minor,
        "pieces": {str(value): pieces for value, pieces in sorted(count.pieces.items())},
        "reason": count.reason,
        "by": count.by,
        "closed_at": to_epoch_ms(count.closed_at),
    }


def _count_from_map(value: Mapping[str, Any]) -> Count:
    return Count(
        counted_minor=value["counted_minor"],
        expected_minor=value["expected_minor"],
        pieces={int(each): pieces for each, pieces in value["pieces"].items()},
        reason=value["reason"],
        by=value["by"],
        closed_at=from_epoch_ms(value["closed_at"]),
    )


def sale_to_item(sale: Sale) -> Item:
    return {
        **keys.sale_key(sale.shift_id, sale.key_hash),
        "serial": sale.serial,
        "means": sale.means,
        "account": sale.account,
        "number": sale.number,
        "payment_no": sale.payment_no,
        "amount_minor": sale.amount.amount_minor,
        "currency": sale.amount.currency,
        "taken_at": to_epoch_ms(sale.taken_at),
        "fingerprint": sale.fingerprint,
        "received_minor": sale.received_minor,
        "slip": _slip_to_map(sale.slip) if sale.slip else None,
        "offline_no": sale.offline_no,
        "recorded": sale.recorded.value if sale.recorded else None,
    }


def sale_from_item(item: Mapping[str, Any]) -> Sale:
    return Sale(
        shift_id=item["pk"].partition("#")[2],
        key_hash=bytes.fromhex(item["sk"].partition("#")[2]),
        serial=item["serial"],
        means=item["means"],
        account=item["account"],
        number=item["number"],
        payment_no=item["payment_no"],
        amount=Money(item["amount_minor"], item["currency"]),
        taken_at=from_epoch_ms(item["taken_at"]),
        fingerprint=item["fingerprint"],
        received_minor=item.get("received_minor"),
        slip=Slip(**item["slip"]) if "slip" in item else None,
        offline_no=item.get("offline_no"),
        recorded=Recorded(item["recorded"]) if "recorded" in item else None,
    )


def _slip_to_map(slip: Slip) -> Item:
    return {
        "terminal": slip.terminal,
        "batch": slip.batch,
        "trace": slip.trace,
        "reference": slip.reference,
        "masked_pan": slip.masked_pan,
        "brand": slip.brand,
    }
