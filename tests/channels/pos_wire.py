"""A POS terminal with a line of its own and its acquirer's file, written for the tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.channels.contract import Message
from chalicelib.channels.counter.pos import Pos
from chalicelib.domain.business_day import to_rfc3339
from tests.channels.cash_wire import signed
from tests.channels.kit import Fields, Keys, Kit, Told, Word

KEY = "terminal-key-of-the-tests"
STATUSES = {Word.PAID: "approved", Word.REFUSED: "declined", Word.UNMAPPED: "reprint"}


def notify(fields: Fields, key: str, told: Told) -> Message:
    body: dict[str, object] = {
        "terminal": fields["terminals"].split()[0],
        "batch": "000007",
        "trace": told.transaction,
        "reference": "606012345678",
        "masked_pan": "970436******1234",
        "brand": "NAPAS",
        "payment_no": told.payment_no,
        "status": STATUSES[told.word],
        "amount_minor": told.amount.amount_minor,
        "currency": told.amount.currency,
        "taken_at": to_rfc3339(told.at),
    }
    return signed(body, key)


LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "Invoice",
        "provider_transaction": "TID|Batch|Trace",
        "amount": "Amount",
        "paid_at": "Time",
    },
    "amount": {"scale": "minor"},
    "paid_at": {"format": "%Y-%m-%dT%H:%M:%S%z"},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}


def statement(fields: Fields, lines: Sequence[Told], wrong_by: int = 0) -> bytes:
    terminal = fields["terminals"].split()[0]
    rows = ["TID,Batch,Trace,Invoice,Amount,Time"]
    rows += [
        f"{terminal},7,{each.transaction},{each.payment_no},{each.amount.amount_minor},"
        f"{to_rfc3339(each.at)}"
        for each in lines
    ]
    total = sum(each.amount.amount_minor for each in lines) + wrong_by
    return "\r\n".join([*rows, f"TOTAL,{len(lines)},{total},,,", ""]).encode()


KIT = Kit(
    channel=Pos,
    fields={"terminals": "TID00001 TID00002"},
    other_fields={"terminals": "TID00003"},
    keys=Keys({"device_key": KEY}, KEY),
    other_keys=Keys({"device_key": f"another-{KEY}"}, f"another-{KEY}"),
    notify=notify,
    says=frozenset({Word.PAID, Word.REFUSED, Word.UNMAPPED}),
    statement=statement,
    layout=LAYOUT,
    chosen=frozenset({"device_key"}),
)
