"""Reconciliation is started by a file's arrival, and every hour for whatever is due without one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.channels.contract import FetchesStatements
from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.reconciliations import ReconciliationStatus, Summary, UnplacedFile
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.jobs.own_files import write_own_files
from chalicelib.observability import Metric, alert, count, record_change, warn
from chalicelib.reconciliation.decided_since import list_decided_days
from chalicelib.reconciliation.desk import ReconciliationDesk
from chalicelib.reconciliation.fetch_statements import fetch_missing
from chalicelib.reconciliation.placement import (
    Misplaced,
    list_days_to_fetch,
    list_due_days,
    list_reconciled_accounts,
    place_file,
)
from chalicelib.reconciliation.reconcile_day import reconcile_account_day, settle
from chalicelib.storage.files import NO_VERSION, FileVersion
from chalicelib.wiring import platform

# Of the function's five minutes; the rest is for reconciling.
FETCHING_TIME = timedelta(minutes=2)


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
        _keep_unplaced(desk, _version_of(event), place)
        alert("statement_unplaced", key=key, code=place.value)
        return
    _reconcile(desk, place, now)
    if _reconcile_neighbours(desk, place, now):
        _reconcile(desk, place, now)


def _version_of(event: dict[str, Any]) -> FileVersion:
    stored = event["detail"]["object"]
    return FileVersion(
        key=stored["key"],
        version=stored.get("version-id", NO_VERSION),
        etag=stored.get("etag", ""),
        size=stored.get("size", 0),
        arrived_at=datetime.fromisoformat(event["time"]).astimezone(UTC),
        is_latest=True,
    )


def _keep_unplaced(desk: ReconciliationDesk, file: FileVersion, place: Misplaced) -> None:
    desk.kept.keep_unplaced(file, place.value)
    desk.store.record_unplaced(UnplacedFile(file.key, place.value, file.size, file.arrived_at))


def run_due_reconciliations() -> None:
    """Every account's last days, also when no file came, and older ones on which a person decided
    since; first, what is to be fetched. One's trouble does not stop the others.

    Raises: TryLater at the end when one of them failed, so that the run counts as failed."""
    parts = platform()
    desk, now = parts.reconciliation_desk(), parts.now()
    failed = _fetch_statements(desk, parts.now) + write_own_files(desk, now)
    due = [
        AccountDay(account.channel, account.account, day)
        for account in list_reconciled_accounts(desk.province, desk.channels)
        for day in list_due_days(desk.province, now)
    ]
    for of in dict.fromkeys([*due, *list_decided_days(desk, now)]):
        try:
            _reconcile(desk, of, now)
        except Exception as error:
            alert("reconciliation_failed", error, **_facts(of))
            failed += 1
    if failed:
        raise TryLater("reconciliation_incomplete", f"{failed} account-days failed")


def _fetch_statements(desk: ReconciliationDesk, clock: Callable[[], datetime]) -> int:
    """Returns how many accounts had a trouble that does not mend itself."""
    failed, until = 0, clock() + FETCHING_TIME
    for account in list_reconciled_accounts(desk.province, desk.channels):
        channel: object = desk.channels[account.channel]
        if not isinstance(channel, FetchesStatements):
            continue
        if clock() >= until:
            warn("statements_left_for_later", channel=account.channel, account=account.account)
            continue
        days = list_days_to_fetch(desk.province, channel, clock())
        failed += not _fetch_days(desk, account, days, clock())
    return failed


def _fetch_days(
    desk: ReconciliationDesk, account: ChannelAccount, days: list[date], now: datetime
) -> bool:
    """The first trouble ends it: a channel that does not answer may not take the others' time.
    False when a person must act."""
    for day in days:
        of = AccountDay(account.channel, account.account, day)
        try:
            key = fetch_missing(desk, of, now)
        except (OutcomeUnknown, TryLater) as error:
            warn("statement_not_fetched", code=error.code, detail=error.detail, **_facts(of))
            return True
        except Exception as error:
            alert("statement_fetch_failed", error, **_facts(of))
            return False
        if key is not None:
            record_change("statement_fetched", key=key, **_facts(of))
    return True


def _reconcile_neighbours(desk: ReconciliationDesk, of: AccountDay, now: datetime) -> bool:
    """Those that were reconciled before: a payment around midnight may have been found now, or
    lost. Whether one of them says something else than before."""
    is_changed = False
    for days in (-1, 1):
        neighbour = replace(of, business_day=of.business_day + timedelta(days=days))
        before = desk.store.read_summary(neighbour)
        if before is not None:
            is_changed |= _reconcile(desk, neighbour, now).run != before.run
    return is_changed


def _reconcile(desk: ReconciliationDesk, of: AccountDay, now: datetime) -> Summary:
    for late in settle(desk, of)[1]:
        _tell(late)  # Whoever decided it died, and told nobody.
    summary = reconcile_account_day(desk, of, now)
    if summary.run_at == now:
        _tell(summary)
    return summary


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
