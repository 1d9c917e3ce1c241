"""What reconciliation found, for operators of finance. Written by jobs, read here."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.money import Money
from chalicelib.domain.portals import Scope
from chalicelib.errors import BadRequest
from chalicelib.web.authorization import require_operator
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.paging import PAGE_PARAMETERS, read_page, write_cursor
from chalicelib.web.request_reading import query_parameters
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.domain.breaks import BreakKind, BreakStatus, TrackedBreak
    from chalicelib.domain.reconciliations import Summary, Tally, UnplacedFile
    from chalicelib.storage.files import ReportFiles
    from chalicelib.storage.reconciliations import DaySearch

reconciliations = Blueprint(__name__)

DAY_PARAMETERS = ("business_day", "channel", "account")
UNPLACED_SHOWN = 100


@operation(
    reconciliations,
    Operation(
        "GET",
        "/v1/reconciliations",
        "Each channel account's days, newest first, and files that belong to none",
        scope=Scope.FINANCE_READ,
        answer="ReconciliationList",
        errors=(400,),
        parameters=(*DAY_PARAMETERS, *PAGE_PARAMETERS),
        consistency=Consistency.EVENTUAL,
    ),
)
def list_reconciliations(request: Request) -> Response:
    parts = platform()
    require_operator(request, parts.setup, parts.now(), Scope.FINANCE_READ)
    parameters = query_parameters(request, (*DAY_PARAMETERS, *PAGE_PARAMETERS))
    page, store = read_page(parameters), parts.reconciliations
    found, cursor = store.list_summaries(_read_search(parameters), page.limit, page.after or None)
    unplaced = [] if page.after else store.list_unplaced(UNPLACED_SHOWN)
    body = {
        "items": [_describe_summary(summary, parts.report_files) for summary in found],
        "unplaced_files": [_describe_unplaced(file) for file in unplaced],
        "next_cursor": write_cursor(cursor) if cursor else None,
    }
    return json_response(body)


@operation(
    reconciliations,
    Operation(
        "GET",
        "/v1/breaks",
        "Disagreements that reconciliation found, newest day first, with what to do",
        scope=Scope.FINANCE_READ,
        answer="BreakList",
        errors=(400,),
        parameters=(*DAY_PARAMETERS, "kind", "status", *PAGE_PARAMETERS),
        consistency=Consistency.EVENTUAL,
    ),
)
def list_breaks(request: Request) -> Response:
    parts = platform()
    require_operator(request, parts.setup, parts.now(), Scope.FINANCE_READ)
    names = (*DAY_PARAMETERS, "kind", "status", *PAGE_PARAMETERS)
    parameters = query_parameters(request, names)
    page = read_page(parameters)
    found, cursor = parts.reconciliations.list_breaks(
        _read_search(parameters),
        page.limit,
        page.after or None,
        kind=_read_kind(parameters.get("kind")),
        status=_read_status(parameters.get("status")),
    )
    body = {
        "items": [_describe_break(tracked) for tracked in found],
        "next_cursor": write_cursor(cursor) if cursor else None,
    }
    return json_response(body)


def _read_search(parameters: Mapping[str, str]) -> "DaySearch":
    from chalicelib.storage.reconciliations import DaySearch

    day = parameters.get("business_day")
    return DaySearch(
        business_day=None if day is None else _read_day(day),
        channel=parameters.get("channel"),
        account=parameters.get("account"),
    )


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("invalid_parameter", "business_day is YYYY-MM-DD") from error
    if day.isoformat() != text:
        raise BadRequest("invalid_parameter", "business_day is YYYY-MM-DD")
    return day


def _read_kind(text: str | None) -> "BreakKind | None":
    from chalicelib.domain.breaks import BreakKind

    try:
        return None if text is None else BreakKind(text)
    except ValueError as error:
        raise BadRequest("invalid_parameter", "no such kind") from error


def _read_status(text: str | None) -> "BreakStatus | None":
    from chalicelib.domain.breaks import BreakStatus

    try:
        return None if text is None else BreakStatus(text)
    except ValueError as error:
        raise BadRequest("invalid_parameter", "status is open or cleared") from error


def _describe_summary(summary: "Summary", reports: "ReportFiles") -> dict[str, Any]:
    return {
        "channel": summary.of.channel,
        "account": summary.of.account,
        "business_day": summary.of.business_day.isoformat(),
        "status": summary.status.value,
        "ours": _describe_tally(summary.ours),
        "theirs": _describe_tally(summary.theirs),
        "matched": _describe_tally(summary.matched),
        "waiting": _describe_tally(summary.waiting),
        "break_count": sum(summary.break_counts.values()),
        "breaks_by_kind": {kind.value: count for kind, count in summary.break_counts.items()},
        "unpaid_rows": summary.unpaid_count,
        "files": [
            {
                "name": file.key.rpartition("/")[2],
                "sha256": file.sha256,
                "size_bytes": file.size,
                "arrived_at": to_rfc3339(file.arrived_at),
                "state": "reconciled" if file.is_current else "superseded",
            }
            for file in summary.files
        ],
        "reports": {name: reports.link(key) for name, key in summary.reports.items()},
        "run": summary.run,
        "revision": summary.revision,
        "run_at": to_rfc3339(summary.run_at),
    }


def _describe_tally(tally: "Tally") -> dict[str, Any]:
    amounts = [
        {"amount_minor": minor, "currency": currency} for currency, minor in tally.amounts.items()
    ]
    return {"count": tally.count, "amounts": amounts}


def _describe_unplaced(file: "UnplacedFile") -> dict[str, Any]:
    return {
        "key": file.key,
        "code": file.code,
        "size_bytes": file.size,
        "arrived_at": to_rfc3339(file.arrived_at),
    }


def _describe_break(tracked: "TrackedBreak") -> dict[str, Any]:
    from chalicelib.domain.break_guide import GUIDE

    found, guidance = tracked.found, GUIDE[tracked.found.kind]
    return {
        "break_id": found.break_id,
        "channel": found.of.channel,
        "account": found.of.account,
        "business_day": found.of.business_day.isoformat(),
        "kind": found.kind.value,
        "status": tracked.status.value,
        "title": dict(guidance.title),
        "meaning": dict(guidance.meaning),
        "suggested_action": dict(guidance.action),
        "ours": _describe_amount(found.ours),
        "theirs": _describe_amount(found.theirs),
        "row_no": found.row_no,
        "payment_no": found.payment_no,
        "provider_transaction": found.provider_transaction,
        "detail": dict(found.detail),
        "first_seen_at": to_rfc3339(tracked.first_seen_at),
        "cleared_at": to_rfc3339(tracked.cleared_at) if tracked.cleared_at else None,
        "cleared_by": tracked.cleared_by,
    }


def _describe_amount(amount: Money | None) -> dict[str, Any] | None:
    if amount is None:
        return None
    return {"amount_minor": amount.amount_minor, "currency": amount.currency}
