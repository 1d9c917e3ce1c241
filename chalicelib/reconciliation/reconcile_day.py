"""Reconciles one channel account's day: read, match, report. Safe to repeat and to be cut off.

Files are kept before they are judged. Then everything is read before anything is written: reports
first, under names of their content; then the run's record, which decides; then breaks and summary,
as the record has them. So a run that died leaves nothing that the next one does not put right, and
a run whose inputs are those of the summary writes nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.channels.contract import ProvidesStatements
from chalicelib.domain.breaks import AccountDay, Break, BreakKind, BreakStatus, TrackedBreak
from chalicelib.domain.province import ChannelAccount, Province
from chalicelib.domain.reconciliations import DayPayment, StatementFile, Summary
from chalicelib.domain.statements import BadRow, Statement
from chalicelib.errors import DataFault, TryLater
from chalicelib.reconciliation.desk import ReconciliationDesk
from chalicelib.reconciliation.look_up import look_up_in
from chalicelib.reconciliation.match import Neighbours, match_day
from chalicelib.reconciliation.partition import DayMatch
from chalicelib.reconciliation.summarize import fingerprint, summarize
from chalicelib.reconciliation.tracking import track
from chalicelib.reconciliation.write_reports import (
    REPORTS_VERSION,
    languages_of,
    report_keys,
    write_reports,
)
from chalicelib.storage.expressions import Item
from chalicelib.storage.files import FileVersion
from chalicelib.storage.reconciliation_items import break_from_item, summary_from_item
from chalicelib.storage.run_records import record_run

MAX_TRIES = 3
COUNTED_ELSEWHERE = frozenset({BreakKind.LATE_CUTOFF, BreakKind.WRONG_DAY})


@dataclass(frozen=True, slots=True)
class _Inputs:
    """All that a run judges from, but for what the ledger says of single lines."""

    account: ChannelAccount
    channel: ProvidesStatements
    payments: tuple[DayPayment, ...]
    versions: tuple[FileVersion, ...]
    neighbours: Neighbours
    hashes: Mapping[FileVersion, str]
    known_rows: tuple[Item, ...]
    summary: Summary | None

    @property
    def known(self) -> list[TrackedBreak]:
        return [break_from_item(row) for row in self.known_rows]

    @property
    def candidates(self) -> tuple[FileVersion, ...]:
        """Newest first."""
        return tuple(version for version in self.versions if version.is_latest)

    def fingerprint(self, open_ids: list[str]) -> str:
        """With the open breaks, so that a row which another run left behind is put right."""
        return fingerprint(
            REPORTS_VERSION,
            self.account.statement_layout,
            sorted(_facts(payment) for payment in self.payments),
            [(each.key, each.version, each.etag, each.is_latest) for each in self.versions],
            sorted(each.break_id for each in self.neighbours.counted),
            sorted(open_ids),
        )


def _facts(payment: DayPayment) -> tuple[str, str, int, str, str, str]:
    amount = payment.amount
    return (
        payment.provider_transaction,
        payment.payment_no,
        amount.amount_minor,
        amount.currency,
        payment.paid_at.isoformat(),
        payment.disposition.value,
    )


def reconcile_account_day(desk: ReconciliationDesk, of: AccountDay, now: datetime) -> Summary:
    """The summary as it stands afterwards; `run_at` is `now` when something changed.

    Raises: DataFault for an account that is unknown or has no statements; TryLater when other runs
    kept coming in between."""
    for _ in range(MAX_TRIES):
        inputs = _gather(desk, of)
        if _is_unchanged(inputs):
            assert inputs.summary is not None
            return inputs.summary
        summary = _run(desk, of, inputs, now)
        if summary is not None:
            return summary
    raise TryLater("reconciliation_busy", "other runs of this day came in between")


def _gather(desk: ReconciliationDesk, of: AccountDay) -> _Inputs:
    account = desk.province.account_of(of.channel, of.account)
    channel: object = desk.channels.get(of.channel)
    if account is None or not isinstance(channel, ProvidesStatements):
        raise DataFault("account_not_reconciled", f"no statements of {of.channel} {of.account}")
    # The summary first: what is read after it cannot be older than it.
    summary, _ = settle(desk, of)
    versions = tuple(desk.statements.list_versions(of))
    return _Inputs(
        account=account,
        channel=channel,
        payments=tuple(desk.views.list_day_payments(of)),
        versions=versions,
        hashes={version: desk.kept.keep(version) for version in versions},
        neighbours=_read_neighbours(desk, of),
        known_rows=tuple(desk.store.list_break_rows_of(of)),
        summary=summary,
    )


def settle(desk: ReconciliationDesk, of: AccountDay) -> tuple[Summary | None, tuple[Summary, ...]]:
    """The summary, after what was decided and not carried out: that run died, or is still at it.
    And the summaries that were written for such runs: as a rule none."""
    carried_out: tuple[Summary, ...] = ()
    while True:
        summary = desk.store.read_summary(of)
        record = desk.runs.read(of, summary.revision + 1 if summary else 1)
        if record is None:
            return summary, carried_out
        desk.store.carry_out(record)
        carried_out += (summary_from_item(record.summary),)


def _read_neighbours(desk: ReconciliationDesk, of: AccountDay) -> Neighbours:
    counted: list[Break] = []
    lacked = {}
    for days in (-1, 1):
        neighbour = replace(of, business_day=of.business_day + timedelta(days=days))
        summary = desk.store.read_summary(neighbour)
        found = [
            tracked.found
            for tracked in desk.store.list_breaks_of(neighbour)
            if tracked.status is BreakStatus.OPEN
        ]
        counted += [each for each in found if each.kind in COUNTED_ELSEWHERE and each.theirs]
        if summary is not None and summary.has_statement:
            lacked[neighbour.business_day] = frozenset(
                each.provider_transaction for each in found if each.ours and not each.theirs
            )
    return Neighbours(tuple(counted), lacked)


def _is_unchanged(inputs: _Inputs) -> bool:
    """A line that the ledger was asked about may have another answer now."""
    if inputs.summary is None or inputs.summary.looked_up:
        return False
    still_open = [each.found.break_id for each in inputs.known if each.status is BreakStatus.OPEN]
    return inputs.summary.inputs == inputs.fingerprint(still_open)


def _run(
    desk: ReconciliationDesk, of: AccountDay, inputs: _Inputs, now: datetime
) -> Summary | None:
    """None when another run decided in between."""
    current, statement = _read_statement(desk, of, inputs)
    files = _describe_files(inputs, current)
    result = match_day(
        of,
        inputs.payments,
        statement,
        look_up_in(desk.ledger, inputs.account),
        zone=desk.province.zone,
        neighbours=inputs.neighbours,
    )
    summary = summarize(of, result, statement, files)
    summary = _complete(summary, desk.province, inputs, result, now)
    changed = track(inputs.known, result.breaks, summary.run, now)
    if inputs.summary and not changed and inputs.summary.run == summary.run:
        return inputs.summary
    write_reports(desk.reports, desk.province, inputs.account, summary, result)
    record = record_run(summary, inputs.known_rows, changed)
    if not desk.runs.add(of, record, summary):
        return None
    desk.store.carry_out(record)
    return summary


def _complete(
    summary: Summary, province: Province, inputs: _Inputs, result: DayMatch, now: datetime
) -> Summary:
    read = inputs.fingerprint([each.break_id for each in result.breaks])
    run = fingerprint(read, [repr(each) for each in result.breaks], repr(summary.files))
    return replace(
        summary,
        inputs=read,
        run=run,
        reports=report_keys(summary.of, run, languages_of(province)),
        revision=1 if inputs.summary is None else inputs.summary.revision + 1,
        run_at=now,
    )


def _read_statement(
    desk: ReconciliationDesk, of: AccountDay, inputs: _Inputs
) -> tuple[FileVersion | None, Statement | None]:
    """Of the newest file that can be read; (None, None) when there is none. A newer one that cannot
    be read replaces nothing: it is one bad row more. When none can be read, the newest stands."""
    stray: list[BadRow] = []
    newest: tuple[FileVersion, Statement] | None = None
    for version in inputs.candidates:
        content = _read_kept(desk, inputs, version)
        statement = inputs.channel.read_statement(
            inputs.account, of.business_day, desk.province.zone, content
        )
        newest = newest or (version, statement)
        if statement.is_readable:
            return version, replace(statement, bad_rows=(*statement.bad_rows, *stray))
        name = version.key.rpartition("/")[2]
        stray += [replace(row, row_no=0, column=name) for row in statement.bad_rows]
    return newest or (None, None)


def _read_kept(desk: ReconciliationDesk, inputs: _Inputs, version: FileVersion) -> bytes:
    """What is judged is what was kept."""
    content = desk.statements.read(version)
    if hashlib.sha256(content).hexdigest() != inputs.hashes[version]:
        raise TryLater("statement_changed", f"{version.key} was replaced while it was read")
    return content


def _describe_files(inputs: _Inputs, current: FileVersion | None) -> tuple[StatementFile, ...]:
    return tuple(
        StatementFile(
            key=each.key,
            version=each.version,
            etag=each.etag,
            sha256=inputs.hashes[each],
            size=each.size,
            arrived_at=each.arrived_at,
            is_current=each is current,
        )
        for each in inputs.versions
    )
