from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.breaks import Break, BreakKind, BreakStatus, TrackedBreak
from chalicelib.reconciliation.tracking import track
from tests.reconciliation.days import NOON, OF

ONE = Break(of=OF, kind=BreakKind.MISSING_IN_CHANNEL, key="1", row_no=2)
OTHER = replace(ONE, key="2")
LATER = NOON + timedelta(hours=1)
OPEN = TrackedBreak(ONE, BreakStatus.OPEN, NOON, "first")
CLEARED = replace(OPEN, status=BreakStatus.CLEARED, cleared_at=NOON, cleared_by="second")


def test_a_new_break_is_open_from_now() -> None:
    assert track([], [ONE], "first", NOON) == [OPEN]


def test_the_same_findings_change_nothing() -> None:
    assert track([OPEN, CLEARED_OTHER], [ONE], "later", LATER) == []


CLEARED_OTHER = replace(CLEARED, found=OTHER)


def test_what_is_no_longer_found_is_cleared_by_this_run() -> None:
    assert track([OPEN], [], "later", LATER) == [
        replace(OPEN, status=BreakStatus.CLEARED, cleared_at=LATER, cleared_by="later")
    ]


def test_what_was_cleared_stays_as_it_was_cleared() -> None:
    assert track([CLEARED], [], "later", LATER) == []


def test_what_comes_back_is_open_again() -> None:
    assert track([CLEARED], [ONE], "later", LATER) == [OPEN]


def test_a_break_whose_row_moved_is_written_again() -> None:
    moved = replace(ONE, row_no=3)
    assert track([OPEN], [moved], "later", LATER) == [replace(OPEN, found=moved)]
