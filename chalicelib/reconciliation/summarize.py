"""The figures of a run. Pure."""

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.reconciliations import ReconciliationStatus, StatementFile, Summary
from chalicelib.domain.statements import Statement
from chalicelib.reconciliation.partition import DayMatch, tally


def summarize(
    of: AccountDay,
    result: DayMatch,
    statement: Statement | None,
    files: tuple[StatementFile, ...],
) -> Summary:
    """Without what only the run knows: fingerprints, reports, revision and time."""
    matched = [payment.amount for _, payment in result.matches]
    waiting = [payment.amount for payment in result.waiting]
    ours = [each.ours for each in result.breaks if each.ours is not None]
    theirs = [each.theirs for each in result.breaks if each.theirs is not None]
    return Summary(
        of=of,
        status=_status(result, statement),
        ours=tally([*matched, *ours, *waiting]),
        theirs=tally([*matched, *theirs]),
        matched=tally(matched),
        waiting=tally(waiting),
        break_counts=dict(Counter(each.kind for each in result.breaks)),
        unpaid_count=statement.unpaid_count if statement else 0,
        looked_up=result.looked_up,
        files=files,
        reports={},
        run="",
        inputs="",
        revision=0,
        run_at=datetime.fromtimestamp(0, UTC),
    )


def fingerprint(*parts: Any) -> str:
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def _status(result: DayMatch, statement: Statement | None) -> ReconciliationStatus:
    if statement is None:
        return ReconciliationStatus.NOT_ARRIVED
    return ReconciliationStatus.BREAKS if result.breaks else ReconciliationStatus.MATCHED
