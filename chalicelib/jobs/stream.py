"""The ledger's stream: each change's effects, in the order of the changes of a row."""

from datetime import datetime
from typing import Any

from chalicelib.jobs.effects import (
    EffectDesk,
    effect_desk,
    follow_case,
    follow_open_code,
    follow_receipts,
    follow_status,
    follow_transaction,
    follow_voided,
)
from chalicelib.observability import Metric, alert, correlate, count
from chalicelib.storage.case_items import case_from_item
from chalicelib.storage.open_code_items import batch_from_item
from chalicelib.storage.order_items import order_from_item, transaction_from_item
from chalicelib.storage.stream_records import StreamRecord, read_stream_record
from chalicelib.wiring import platform

# What an order's change must touch to have an effect.
FOLLOWED = ("status", "receipts", "bill_version", "open_code")


def handle_records(event: dict[str, Any]) -> dict[str, Any]:
    """The first record that fails and all after it come again."""
    parts = platform()
    desk = effect_desk(parts)
    for raw in event["Records"]:
        record = read_stream_record(raw)
        correlate(record.sequence_number)
        try:
            apply_record(desk, record, parts.now())
        except Exception as error:
            alert("stream_record_failed", error, pk=record.pk)
            count(Metric.RECORDS_FAILED, job="ledger_stream")
            return {"batchItemFailures": [{"itemIdentifier": record.sequence_number}]}
    return {"batchItemFailures": []}


def apply_record(desk: EffectDesk, record: StreamRecord, now: datetime) -> None:
    """A row that changed in nothing that anybody follows is not even read."""
    if record.is_removed:
        return
    match record.pk.partition("#")[0]:
        case "O" if any(map(record.is_changed, FOLLOWED)):
            _apply_order(desk, record, now)
        case "T" if record.new and record.is_changed("disposition"):
            follow_transaction(desk, transaction_from_item(record.new))
        case "CASE" if record.is_changed("state") or record.is_changed("owner"):
            assert record.new is not None
            follow_case(desk, case_from_item(record.new))
        case "BATCH" if record.is_changed("state"):
            assert record.new is not None
            desk.views.open_codes.index_batch(batch_from_item(record.new))


def _apply_order(desk: EffectDesk, record: StreamRecord, now: datetime) -> None:
    assert record.new is not None
    order = order_from_item(record.new)
    if record.is_changed("status"):
        follow_status(desk, order, now)
    elif order.bill is not None and record.is_changed("bill_version"):
        desk.views.index_bill(order)
    elif record.is_changed("open_code"):
        desk.views.index_order(order)
        follow_open_code(desk, order)
    if order.open_code is not None and order.paid_by is None:
        _unlist_reversed(desk, record)
    if order.receipts and record.is_changed("receipts"):
        follow_receipts(desk, order, now)
    if record.is_changed("voided"):
        follow_voided(desk, order)


def _unlist_reversed(desk: EffectDesk, record: StreamRecord) -> None:
    """An open code whose payment was taken back is no paid one any more."""
    if record.old is not None and "paid_by" in record.old:
        desk.views.open_codes.unlist(order_from_item(record.old))
