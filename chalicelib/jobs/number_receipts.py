"""The receipts queue: requests of one series are numbered together, and so is what one finance
system is told."""

from typing import Any

from chalicelib.jobs.queue_messages import failures, read_messages, report_failure
from chalicelib.observability import alert
from chalicelib.receipts.number_receipts import NumberingDesk, number_receipts
from chalicelib.receipts.request import ReceiptRequest
from chalicelib.receipts.request_results import ResultRequest, is_result_message
from chalicelib.wiring import platform

JOB = "receipt_numberer"


def handle_messages(event: dict[str, Any]) -> dict[str, Any]:
    by_series: dict[str, list[tuple[str, ReceiptRequest]]] = {}
    by_sender: dict[str, list[tuple[str, ResultRequest]]] = {}
    for message_id, body in read_messages(event):
        if is_result_message(body):
            result = ResultRequest.from_message(body)
            by_sender.setdefault(result.sender, []).append((message_id, result))
            continue
        request = ReceiptRequest.from_message(body)
        by_series.setdefault(request.series, []).append((message_id, request))
    failed: list[str] = []
    for messages in by_series.values():
        failed += _number_series(messages)
    for told in by_sender.values():
        failed += _number_results(told)
    return failures(failed)


def _number_results(messages: list[tuple[str, ResultRequest]]) -> list[str]:
    """The messages that must come again."""
    from chalicelib.finance.number_results import ResultDesk, number_results
    from chalicelib.storage.finance_results import FinanceResults

    parts = platform()
    results = FinanceResults(parts.dynamo, parts.settings.ledger_table)
    zone = parts.setup.read_province().zone
    desk = ResultDesk(parts.ledger, parts.receipt_book, results, zone)
    try:
        number_results(desk, [request for _, request in messages])
    except Exception as error:
        report_failure(JOB, error)
        return [message_id for message_id, _ in messages]
    return []


def _number_series(messages: list[tuple[str, ReceiptRequest]]) -> list[str]:
    """The messages that must come again."""
    parts = platform()
    desk = NumberingDesk(
        parts.ledger, parts.receipt_book, parts.setup.read_province(), parts.random_bytes
    )
    try:
        refused = number_receipts(desk, [request for _, request in messages], parts.now())
    except Exception as error:
        report_failure(JOB, error)
        return [message_id for message_id, _ in messages]
    for payment_code in sorted(refused):
        alert("receipt_refused", payment_code=payment_code)
    return [message_id for message_id, request in messages if request.payment_code in refused]
