"""Statements that a channel gives by an API, brought to where delivered ones arrive.

From there on they are as any other: their arrival is told, the hour finds them. A file is kept as
it came, also one that cannot be read, under a name that follows from its bytes.
"""

import hashlib
from datetime import datetime

from chalicelib.channels.contract import FetchesStatements
from chalicelib.domain.breaks import AccountDay
from chalicelib.errors import DataFault
from chalicelib.reconciliation.desk import ReconciliationDesk


def fetch_missing(desk: ReconciliationDesk, of: AccountDay, now: datetime) -> str | None:
    """The key of the file that was fetched. None: there is a file that can be used, or the channel
    has none yet.

    Raises: as `fetch_statement`."""
    return fetch_statement(desk, of, now) if _is_missing(desk, of) else None


def fetch_statement(desk: ReconciliationDesk, of: AccountDay, now: datetime) -> str | None:
    """As `fetch_missing`, whatever is there already: a channel may have corrected it.

    Raises: OutcomeUnknown, TryLater; DataFault for an account that is unknown, or whose channel
    gives no statements by an API."""
    account = desk.province.account_of(of.channel, of.account)
    channel: object = desk.channels.get(of.channel)
    if account is None or not isinstance(channel, FetchesStatements):
        raise DataFault(
            "statement_not_fetchable", f"{of.channel} {of.account} gives none by an API"
        )
    content = channel.fetch_statement(desk.credentials_of(account), of.business_day, now)
    if content is None:
        return None
    digest = hashlib.sha256(content).hexdigest()[:32]
    return desk.statements.add(of, f"fetched-{digest}{channel.statement_suffix}", content)


def _is_missing(desk: ReconciliationDesk, of: AccountDay) -> bool:
    """Also where the run over what is there could use nothing of it."""
    if not any(version.is_latest for version in desk.statements.list_versions(of)):
        return True
    summary = desk.store.read_summary(of)
    return summary is not None and not summary.has_statement
