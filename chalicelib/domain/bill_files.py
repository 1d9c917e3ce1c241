"""A file of bills that a unit's system left in the bucket, and how far it was worked off.

    bills/<portal>/<name>       each bill is issued
    bills/<portal>/try/<name>   a dry run, in which nothing is issued

A name that ends with `.dry-run.csv` or `.dry-run.xlsx` is a dry run too.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PREFIX = "bills/"
_KEY = re.compile(r"bills/([a-z0-9][a-z0-9-]{0,40})/(try/)?([^/\x00-\x1f\x7f]{1,200})")
_DRY_NAME = re.compile(r".*\.dry-run\.(csv|xlsx)", re.IGNORECASE)


class BillFileStatus(StrEnum):
    """`refused`: as a whole; none of its bills was issued."""

    WORKING = "working"
    FINISHED = "finished"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BillFile:
    """`version`: of the object, so that a file put again under its name is another one.
    `position`, `line`: behind the last bill that was worked off; 0 at the beginning. `issued`
    counts what would be in a dry run; `refused`: bills with at least one error. `code`: why the
    file was refused."""

    portal: str
    name: str
    key: str
    version: str
    size: int
    is_dry: bool
    arrived_at: datetime
    status: BillFileStatus = BillFileStatus.WORKING
    position: int = 0
    line: int = 0
    rows: int = 0
    issued: int = 0
    already_issued: int = 0
    refused: int = 0
    code: str | None = None
    changed_at: datetime | None = None

    @property
    def file_id(self) -> str:
        return hashlib.sha256(f"{self.key}|{self.version}".encode()).hexdigest()[:16]

    @property
    def folder(self) -> str:
        """Of its results."""
        return f"bill-files/{self.portal}/{self.name}/{self.file_id}/"


def place_bill_file(key: str) -> tuple[str, str, bool] | None:
    """Portal, name, whether it is a dry run; None where the key says no portal."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    portal, tried, name = found.groups()
    return portal, name, bool(tried) or _DRY_NAME.fullmatch(name) is not None
