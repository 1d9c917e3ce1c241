"""Reconciliation is started by a file's arrival, and every hour for whatever is due without one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.reconciliations import ReconciliationStatus, Summary, UnplacedFile
from chalicelib.errors import TryLater
from chalicelib.observability import Metric, alert, count, record_change
from chalicelib.reconciliation.desk import ReconciliationDesk
from chalicelib.reconciliation.placement import (
    Misplaced,
    list_due_days,
    list_reconciled_accounts,
    place_file,
)
from chalicelib.reconciliation.reconcile_day import reconcile_account_day
from chalicelib.wiring import platform


def on_statement_arrival(event: dict[str, Any]) -> None:
    """An EventBridge event of S3, "Object Created". It may come twice or late."""
    parts = platform()
    bucket, stored = event["detail"]["bucket"]["name"], event["detail"]["object"]
    key, now = stored["key"], parts.now()
    if bucket != parts.settings.statements_bucket:
        alert("statement_in_foreign_bucket", bucket=bucket, key=key)
        return
    if key.endswith("/"):
        return  # A folder that somebody made; the files in it have events of their own.
    desk = parts.reconciliation_desk()
    place = place_file(key, desk.province, desk.channels, now)
    if isinstance(place, Misplaced):
        arrived_at = datetime.fromisoformat(event["time"]).astimezone(UTC)
        desk.store.record_unplaced(
            UnplacedFile(key, place.value, stored.get("size", 0), arrived_at)
        )
        alert("statement_unplaced", key=key, code=place.value)
        return
    _reconcile(desk, place, now)
    _reconcile_neighbours(desk, place, now)


def run_due_reconciliations() -> None:
    """Every account's last days, also when no file came. One's trouble does not stop the others.

    Raises: TryLater at the end when one of them failed, so that the run counts as failed."""
    parts = platform()
    desk, now = parts.reconciliation_desk(), parts.now()
    failed = 0
    for account in list_reconciled_accounts(desk.province, desk.channels):
        for day in list_due_days(desk.province, now):
            of = AccountDay(account.channel, account.account, day)
            try:
                _reconcile(desk, of, now)
            except Exception as error:
                alert("reconciliation_failed", error, **_facts(of))
                failed += 1
    if failed:
        raise TryLater("reconciliation_incomplete", f"{failed} account-days failed")


def _reconcile_neighbours(desk: ReconciliationDesk, of: AccountDay, now: datetime) -> None:
    """Those that were reconciled before: a payment around midnight may have been found now."""
    for days in (-1, 1):
        neighbour = replace(of, business_day=of.business_day + timedelta(days=days))
        if desk.store.read_summary(neighbour) is not None:
            _reconcile(desk, neighbour, now)


def _reconcile(desk: ReconciliationDesk, of: AccountDay, now: datetime) -> None:
    summary = reconcile_account_day(desk, of, now)
    if summary.run_at == now:
        _tell(summary)


def _tell(summary: Summary) -> None:
    breaks = sum(summary.break_counts.values())
    facts = {**_facts(summary.of), "status": summary.status.value, "breaks": breaks}
    record_change("day_reconciled", matched=summary.matched.count, run=summary.run[:16], **facts)
    channel = summary.of.channel
    count(Metric.STATEMENTS_RECONCILED, channel=channel, outcome=summary.status.value)
    if breaks:
        count(Metric.BREAKS_FOUND, breaks, channel=channel)
    if summary.status is ReconciliationStatus.NOT_ARRIVED:
        alert("statement_not_arrived", **facts)


def _facts(of: AccountDay) -> dict[str, Any]:
    return {
        "channel": of.channel,
        "account": of.account,
        "business_day": of.business_day.isoformat(),
    }
