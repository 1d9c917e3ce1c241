"""Puts our own file of an account's day where its bank fetches it: once, and again as the next
revision when late rows changed it. Safe to repeat and to run twice at once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chalicelib.channels.contract import LocksOrders
from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.province import ChannelAccount
from chalicelib.errors import TryLater
from chalicelib.reconciliation.desk import ReconciliationDesk
from chalicelib.reconciliation.own_file import write_own_file
from chalicelib.reconciliation.own_file_layout import STANDARD, OwnLayout, read_own_layout
from chalicelib.storage.own_files import OwnFile

MAX_TRIES = 3
MAX_REVISION = 999


@dataclass(frozen=True, slots=True)
class IssuedFile:
    key: str
    revision: int
    content: bytes


def wants_own_files(desk: ReconciliationDesk, account: ChannelAccount) -> bool:
    """Banks that come to us; another channel's provider has its own side in its own system."""
    return isinstance(desk.channels.get(account.channel), LocksOrders)


def layouts_of(account: ChannelAccount) -> tuple[OwnLayout, ...]:
    """Ours, and the one that the bank asks for. Raises: ValueError"""
    more = account.own_file_layout
    return (STANDARD,) if more is None else (STANDARD, read_own_layout(more))


def issue_own_files(
    desk: ReconciliationDesk, of: AccountDay, account: ChannelAccount
) -> Iterator[IssuedFile]:
    """The new ones. Raises: TryLater, ValueError"""
    payments = list(desk.views.list_day_payments(of))
    for layout in layouts_of(account):
        content = write_own_file(payments, of.business_day, account.currency, layout)
        issued = _issue(desk, OwnFile(of, layout.name, layout.extension, 1), content)
        if issued is not None:
            yield IssuedFile(issued.key, issued.revision, content)


def _issue(desk: ReconciliationDesk, file: OwnFile, content: bytes) -> OwnFile | None:
    """None when the newest revision says just this."""
    for _ in range(MAX_TRIES):
        newest = desk.own_files.read_newest(file)
        if newest is not None and newest[1] == content:
            return None
        revision = 1 if newest is None else newest[0] + 1
        if revision > MAX_REVISION:
            raise TryLater("own_file_changes", f"{file.folder} has too many revisions")
        wanted = replace(file, revision=revision)
        if desk.own_files.add(wanted, content):
            return wanted
    raise TryLater("own_file_busy", f"{file.folder} was written at the same moment")
