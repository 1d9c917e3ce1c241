"""Days with breaks that waited for a person who has decided since. The hourly run looks at the last
days only, and a person has more time than that."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from chalicelib.domain.breaks import AccountDay, Break, BreakKind, BreakStatus
from chalicelib.domain.business_day import business_day_of
from chalicelib.reconciliation.desk import ReconciliationDesk
from chalicelib.reconciliation.verdicts import UNDECIDED
from chalicelib.storage.keys import transaction_key
from chalicelib.storage.reconciliations import DaySearch

LOOK_BACK = timedelta(days=90)
PAGE = 100
WAITING = frozenset({*UNDECIDED.values(), BreakKind.REFUND_UNMATCHED})


def list_decided_days(desk: ReconciliationDesk, now: datetime) -> list[AccountDay]:
    """Newest first. From derived rows: a day that is missed now is found an hour later."""
    oldest = business_day_of(now - LOOK_BACK, desk.province.zone)
    open_breaks = takewhile(lambda found: found.of.business_day >= oldest, _open_breaks(desk))
    decided = (each.of for each in open_breaks if _is_decided(desk, each))
    return list(dict.fromkeys(decided))


def _open_breaks(desk: ReconciliationDesk) -> Iterator[Break]:
    """Newest day first."""
    cursor = None
    while True:
        page, cursor = desk.store.list_breaks(DaySearch(), PAGE, cursor, status=BreakStatus.OPEN)
        yield from (tracked.found for tracked in page)
        if cursor is None:
            return


def _is_decided(desk: ReconciliationDesk, found: Break) -> bool:
    told = found.detail.get("disposition")
    if told is None or found.kind not in WAITING:
        return False
    key = transaction_key(found.of.channel, found.of.account, found.provider_transaction)
    transaction = desk.ledger.read_transaction(key["pk"])
    return transaction is not None and transaction.disposition.value != told
