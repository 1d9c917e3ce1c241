"""What a run changes among the breaks that earlier runs found. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.breaks import Break, BreakStatus, TrackedBreak


def track(
    known: Iterable[TrackedBreak], found: Iterable[Break], run: str, now: datetime
) -> list[TrackedBreak]:
    """The breaks that are new, changed, open again or cleared; the same findings change none."""
    before = {each.found.break_id: each for each in known}
    changed = []
    for each in found:
        tracked = _seen(before.pop(each.break_id, None), each, run, now)
        if tracked is not None:
            changed.append(tracked)
    changed += [
        replace(gone, status=BreakStatus.CLEARED, cleared_at=now, cleared_by=run)
        for gone in before.values()
        if gone.status is BreakStatus.OPEN
    ]
    return changed


def _seen(
    before: TrackedBreak | None, found: Break, run: str, now: datetime
) -> TrackedBreak | None:
    if before is None:
        return TrackedBreak(found, BreakStatus.OPEN, first_seen_at=now, first_seen_run=run)
    opened = replace(before, found=found, status=BreakStatus.OPEN, cleared_at=None, cleared_by=None)
    return None if opened == before else opened
