"""Every hour, for the days whose statements are due: our file for each bank that comes to us."""

from datetime import datetime

from chalicelib.domain.breaks import AccountDay
from chalicelib.observability import alert, record_change
from chalicelib.reconciliation.desk import ReconciliationDesk
from chalicelib.reconciliation.issue_own_files import issue_own_files, wants_own_files
from chalicelib.reconciliation.placement import list_due_days


def write_own_files(desk: ReconciliationDesk, now: datetime) -> int:
    """One's trouble does not stop the others; returns how many account-days had one."""
    failed = 0
    for account in desk.province.channel_accounts:
        if not wants_own_files(desk, account):
            continue
        for day in list_due_days(desk.province, now):
            of = AccountDay(account.channel, account.account, day)
            try:
                for issued in issue_own_files(desk, of, account):
                    record_change("own_file_issued", key=issued.key, revision=issued.revision)
            except Exception as error:
                facts = {"channel": of.channel, "account": of.account, "day": day.isoformat()}
                alert("own_file_failed", error, **facts)
                failed += 1
    return failed
