"""Runs reconciliation from the operator's place, by the very functions that run it on schedule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.channels.contract import FetchesStatements
from chalicelib.domain.breaks import AccountDay, BreakStatus, TrackedBreak
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.reconciliations import Summary
from chalicelib.errors import ChannelError, ErrandlessError
from chalicelib.reconciliation.desk import ReconciliationDesk
from chalicelib.reconciliation.fetch_statements import fetch_missing
from chalicelib.reconciliation.placement import list_due_days, list_reconciled_accounts
from chalicelib.reconciliation.reconcile_day import reconcile_account_day
from chalicelib.storage.reconciliations import DaySearch
from chalicelib.wiring import Platform
from infra.errandless.arguments import read_day
from infra.errandless.failures import OperatorError


@dataclass(frozen=True, slots=True)
class Ran:
    """`summary` None: it could not be run, and `note` says why. Else `note` may tell what was
    fetched first, or why nothing was."""

    of: AccountDay
    summary: Summary | None
    note: str = ""


def read_account_day(platform: Platform, channel: str, account: str, day: str) -> AccountDay:
    """Raises: OperatorError"""
    desk = platform.reconciliation_desk()
    there = list_reconciled_accounts(desk.province, desk.channels)
    if (channel, account) not in {(each.channel, each.account) for each in there}:
        listed = ", ".join(f"{each.channel} {each.account}" for each in there)
        raise OperatorError(
            f"There is no account {channel} {account} with statements; there are: {listed}."
        )
    business_day = read_day(day)
    if business_day > business_day_of(platform.now(), desk.province.zone):
        raise OperatorError(f"{business_day} has not come yet.")
    return AccountDay(channel, account, business_day)


def due_days(platform: Platform) -> list[AccountDay]:
    """What the schedule would take, in its order."""
    desk = platform.reconciliation_desk()
    days = list_due_days(desk.province, platform.now())
    accounts = list_reconciled_accounts(desk.province, desk.channels)
    return [AccountDay(each.channel, each.account, day) for each in accounts for day in days]


def run_days(
    platform: Platform, days: Sequence[AccountDay], advance: Callable[[AccountDay], None]
) -> list[Ran]:
    """One's trouble does not stop the others. `advance` is called before each."""
    desk = platform.reconciliation_desk()
    return [_run(platform, desk, of, advance) for of in days]


def open_breaks(
    platform: Platform, days: Sequence[AccountDay] | None, limit: int
) -> list[TrackedBreak]:
    """Of these days; None: the newest of all."""
    store = platform.reconciliations
    if days is not None:
        of_days = (each for of in days for each in store.list_breaks_of(of))
        return [each for each in of_days if each.status is BreakStatus.OPEN][:limit]
    found: list[TrackedBreak] = []
    cursor = None
    while len(found) < limit:
        page, cursor = store.list_breaks(DaySearch(), limit, cursor, status=BreakStatus.OPEN)
        found += page
        if cursor is None:
            break
    return found[:limit]


def _run(
    platform: Platform,
    desk: ReconciliationDesk,
    of: AccountDay,
    advance: Callable[[AccountDay], None],
) -> Ran:
    advance(of)
    note = _fetch(platform, desk, of)
    try:
        return Ran(of, reconcile_account_day(desk, of, platform.now()), note)
    except ErrandlessError as error:
        return Ran(of, None, f"{error.detail} ({error.code})")


def _fetch(platform: Platform, desk: ReconciliationDesk, of: AccountDay) -> str:
    """Where the channel gives statements by an API and there is none yet."""
    if not isinstance(desk.channels[of.channel], FetchesStatements):
        return ""
    try:
        key = fetch_missing(desk, of, platform.now())
    except (ChannelError, ErrandlessError) as error:
        return f"no statement was fetched: {error.detail} ({error.code})"
    return f"fetched {key}" if key else ""
