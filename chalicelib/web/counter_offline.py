"""A counter without a network: numbers taken before, and the journal that comes in afterwards."""

from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.validation import validate
from chalicelib.checkout.counter_desk import CounterDesk
from chalicelib.checkout.counter_offline import (
    BlockReport,
    LineResult,
    allocate_block,
    cancel_unused,
    own_block,
    report_block,
    secret_of,
    take_journal,
)
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.offline_journal import Block
from chalicelib.domain.portals import OperatorKey
from chalicelib.errors import NotFound
from chalicelib.observability import record_change
from chalicelib.web.counter_calls import (
    Repeatable,
    calling_clerk,
    counter_desk,
    counter_read,
    counter_write,
    desk_of_shift,
)
from chalicelib.web.operations import json_response, operation
from chalicelib.web.request_reading import read_json

counter_offline = Blueprint(__name__)


@operation(
    counter_offline,
    counter_write(
        "receipt-blocks",
        "Take numbers for a time without network",
        "ReceiptBlockRequest",
        "ReceiptBlock",
    ),
)
def allocate(request: Request) -> Response:
    """The answer is made anew for a repeated request: it holds a key, which is kept nowhere."""
    from chalicelib.web.models.counter import ReceiptBlockRequest

    clerk = calling_clerk(request)
    body, fingerprint = read_json(request)
    asked = validate(ReceiptBlockRequest, body)
    desk = counter_desk(clerk, asked.counter)
    once = Repeatable.of(request, asked.counter, "block", fingerprint)
    block = allocate_block(
        desk, asked.size, key_hash=once.key_hash, fingerprint=fingerprint, now=once.now
    )
    record_change("receipt_block_allocated", block=block.block_id)
    return json_response(_describe_block(desk, block), 201)


@operation(
    counter_offline,
    counter_read("receipt-blocks/{block_id}", "What became of a block's numbers", "BlockReport"),
)
def look(request: Request, block_id: str) -> Response:
    desk, block = _find(calling_clerk(request), block_id)
    return json_response(_describe_report(report_block(desk.blocks, block)))


@operation(
    counter_offline,
    counter_write(
        "receipt-blocks/{block_id}/cancel",
        "Cancel the numbers of a block that nobody used, with a reason",
        "BlockCancelRequest",
        "BlockReport",
        200,
    ),
)
def cancel(request: Request, block_id: str) -> Response:
    from chalicelib.web.models.counter import BlockCancelRequest

    desk, block = _find(calling_clerk(request), block_id)
    body, fingerprint = read_json(request)
    asked = validate(BlockCancelRequest, body)
    once = Repeatable.of(request, block.counter, f"cancel|{block_id}", fingerprint)

    def do() -> dict[str, Any]:
        return _describe_report(cancel_unused(desk, block, asked.reason, once.now))

    return once.answer(do)


@operation(
    counter_offline,
    counter_write(
        "offline-journals",
        "Bring in what was sold without network; sent again it records nothing more",
        "OfflineJournalRequest",
        "OfflineJournalTaken",
        200,
    ),
)
def upload(request: Request) -> Response:
    from chalicelib.web.models.counter import OfflineJournalRequest

    clerk = calling_clerk(request)
    body, fingerprint = read_json(request)
    asked = validate(OfflineJournalRequest, body)
    desk, block = _find(clerk, asked.block)
    desk_of_shift(clerk, asked.shift)
    once = Repeatable.of(request, block.counter, f"journal|{asked.block}", fingerprint)

    def do() -> dict[str, Any]:
        results = take_journal(desk, asked.shift, block, asked.lines, once.now)
        record_change("offline_journal_taken", block=block.block_id, lines=len(results))
        report = _describe_report(report_block(desk.blocks, block))
        return {"lines": [_describe_result(each) for each in results], "report": report}

    return once.answer(do)


def _find(clerk: OperatorKey, block_id: str) -> tuple[CounterDesk, Block]:
    """Raises: NotFound."""
    counter_code = block_id.rpartition("-")[0]
    if counter_code not in clerk.counters:
        raise NotFound("block_not_found", "this key is for no such block")
    desk = counter_desk(clerk, counter_code)
    return desk, own_block(desk, block_id)


def _describe_block(desk: CounterDesk, block: Block) -> dict[str, Any]:
    return {
        "block": block.block_id,
        "counter": block.counter,
        "payee_unit": desk.counter.payee_unit,
        "currency": desk.desk.province.currency,
        "series": block.series,
        "first": block.first,
        "last": block.last,
        "key": secret_of(desk, block),
        "allocated_at": to_rfc3339(block.allocated_at),
    }


def _describe_result(result: LineResult) -> dict[str, Any]:
    return {"number": result.number, "result": result.result, "repeated": result.is_repeat}


def _describe_report(report: BlockReport) -> dict[str, Any]:
    block = report.block
    return {
        "block": block.block_id,
        "counter": block.counter,
        "series": block.series,
        "first": block.first,
        "last": block.last,
        "used": list(report.used),
        "cancelled": list(report.cancelled),
        "unexplained": list(report.unexplained),
        "unlinked": list(report.unlinked),
        "doubles": list(report.doubles),
        "whole": report.is_whole,
    }
