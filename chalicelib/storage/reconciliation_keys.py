"""The key formats of reconciliation, in the views table.

| row           | pk       | sk                               | read by                       |
|---------------|----------|----------------------------------|-------------------------------|
| summary       | RECON    | <day>#<channel>#<account>        | account-day; lists by day     |
| break         | BREAKS   | <day>#<channel>#<account>#<id>   | account-day; lists by day     |
| unplaced file | UNPLACED | <arrived>#<hash of the file key> | operators                     |

They grow with account-days and with disagreements, not with payments: one partition each is enough,
and sorts them by day.
"""

import hashlib

from chalicelib.domain.breaks import AccountDay, Break
from chalicelib.domain.reconciliations import UnplacedFile
from chalicelib.storage.keys import Key
from chalicelib.storage.view_keys import timed

SUMMARIES_PK = "RECON"
BREAKS_PK = "BREAKS"
UNPLACED_PK = "UNPLACED"


def summary_key(of: AccountDay) -> Key:
    return {"pk": SUMMARIES_PK, "sk": _account_day(of)}


def break_key(found: Break) -> Key:
    return {"pk": BREAKS_PK, "sk": breaks_prefix(found.of) + found.break_id}


def breaks_prefix(of: AccountDay) -> str:
    return f"{_account_day(of)}#"


def unplaced_key(file: UnplacedFile) -> Key:
    digest = hashlib.sha256(file.key.encode()).hexdigest()[:32]
    return {"pk": UNPLACED_PK, "sk": timed(file.arrived_at, digest)}


def _account_day(of: AccountDay) -> str:
    return f"{of.business_day.isoformat()}#{of.channel}#{of.account}"
