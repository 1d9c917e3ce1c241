"""Summaries, breaks and unplaced files as rows, and back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chalicelib.domain.breaks import AccountDay, Break, BreakKind, BreakStatus, TrackedBreak
from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.money import Money
from chalicelib.domain.reconciliations import (
    ReconciliationStatus,
    StatementFile,
    Summary,
    Tally,
    UnplacedFile,
)

Attributes = dict[str, Any]


def summary_to_attributes(summary: Summary) -> Attributes:
    return {
        **_account_day_to_attributes(summary.of),
        "status": summary.status.value,
        "ours": _tally_to_map(summary.ours),
        "theirs": _tally_to_map(summary.theirs),
        "matched": _tally_to_map(summary.matched),
        "waiting": _tally_to_map(summary.waiting),
        "break_counts": {kind.value: count for kind, count in summary.break_counts.items()},
        "unpaid_count": summary.unpaid_count,
        "looked_up": summary.looked_up,
        "files": [_file_to_map(file) for file in summary.files],
        "reports": dict(summary.reports),
        "run": summary.run,
        "inputs": summary.inputs,
        "revision": summary.revision,
        "run_at": to_epoch_ms(summary.run_at),
    }


def summary_from_item(item: Mapping[str, Any]) -> Summary:
    return Summary(
        of=_account_day_from_item(item),
        status=ReconciliationStatus(item["status"]),
        ours=_tally_from_map(item["ours"]),
        theirs=_tally_from_map(item["theirs"]),
        matched=_tally_from_map(item["matched"]),
        waiting=_tally_from_map(item["waiting"]),
        break_counts={BreakKind(kind): count for kind, count in item["break_counts"].items()},
        unpaid_count=item["unpaid_count"],
        looked_up=item["looked_up"],
        files=tuple(_file_from_map(file) for file in item["files"]),
        reports=item["reports"],
        run=item["run"],
        inputs=item["inputs"],
        revision=item["revision"],
        run_at=from_epoch_ms(item["run_at"]),
    )


def break_to_attributes(tracked: TrackedBreak) -> Attributes:
    found = tracked.found
    return {
        **_account_day_to_attributes(found.of),
        "break_id": found.break_id,
        "kind": found.kind.value,
        "about": found.key,
        "ours": _money_to_map(found.ours),
        "theirs": _money_to_map(found.theirs),
        "row_no": found.row_no,
        "payment_no": found.payment_no,
        "provider_transaction": found.provider_transaction,
        "detail": dict(found.detail),
        "status": tracked.status.value,
        "first_seen_at": to_epoch_ms(tracked.first_seen_at),
        "first_seen_run": tracked.first_seen_run,
        "cleared_at": None if tracked.cleared_at is None else to_epoch_ms(tracked.cleared_at),
        "cleared_by": tracked.cleared_by,
    }


def break_from_item(item: Mapping[str, Any]) -> TrackedBreak:
    found = Break(
        of=_account_day_from_item(item),
        kind=BreakKind(item["kind"]),
        key=item["about"],
        ours=_money_from_map(item.get("ours")),
        theirs=_money_from_map(item.get("theirs")),
        row_no=item.get("row_no"),
        payment_no=item["payment_no"],
        provider_transaction=item["provider_transaction"],
        detail=item["detail"],
    )
    cleared_at = item.get("cleared_at")
    return TrackedBreak(
        found=found,
        status=BreakStatus(item["status"]),
        first_seen_at=from_epoch_ms(item["first_seen_at"]),
        first_seen_run=item["first_seen_run"],
        cleared_at=None if cleared_at is None else from_epoch_ms(cleared_at),
        cleared_by=item.get("cleared_by"),
    )


def unplaced_to_attributes(file: UnplacedFile) -> Attributes:
    return {
        "key": file.key,
        "code": file.code,
        "size": file.size,
        "arrived_at": to_epoch_ms(file.arrived_at),
    }


def unplaced_from_item(item: Mapping[str, Any]) -> UnplacedFile:
    return UnplacedFile(item["key"], item["code"], item["size"], from_epoch_ms(item["arrived_at"]))


def _account_day_to_attributes(of: AccountDay) -> Attributes:
    return {
        "channel": of.channel,
        "account": of.account,
        "business_day": of.business_day.isoformat(),
    }


def _account_day_from_item(item: Mapping[str, Any]) -> AccountDay:
    return AccountDay(item["channel"], item["account"], date.fromisoformat(item["business_day"]))


def _tally_to_map(tally: Tally) -> Attributes:
    return {"count": tally.count, "amounts": dict(tally.amounts)}


def _tally_from_map(item: Mapping[str, Any]) -> Tally:
    return Tally(item["count"], item["amounts"])


def _money_to_map(amount: Money | None) -> Attributes | None:
    if amount is None:
        return None
    return {"amount_minor": amount.amount_minor, "currency": amount.currency}


def _money_from_map(item: Mapping[str, Any] | None) -> Money | None:
    return None if item is None else Money(item["amount_minor"], item["currency"])


def _file_to_map(file: StatementFile) -> Attributes:
    return {
        "key": file.key,
        "version": file.version,
        "etag": file.etag,
        "sha256": file.sha256,
        "size": file.size,
        "arrived_at": to_epoch_ms(file.arrived_at),
        "is_current": file.is_current,
    }


def _file_from_map(item: Mapping[str, Any]) -> StatementFile:
    return StatementFile(**{**item, "arrived_at": from_epoch_ms(item["arrived_at"])})
