"""What reconciliation works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.channels.contract import Channel, Credentials
from chalicelib.domain.province import ChannelAccount, Province
from chalicelib.storage.files import ReportFiles, StatementFiles
from chalicelib.storage.kept_statements import KeptStatements
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.own_files import OwnFiles
from chalicelib.storage.reconciliations import Reconciliations
from chalicelib.storage.run_records import RunRecords
from chalicelib.storage.views import Views


@dataclass(frozen=True, slots=True)
class ReconciliationDesk:
    province: Province
    channels: Mapping[str, Channel]
    credentials_of: Callable[[ChannelAccount], Credentials]
    ledger: Ledger
    views: Views
    store: Reconciliations
    statements: StatementFiles
    kept: KeptStatements
    runs: RunRecords
    reports: ReportFiles
    own_files: OwnFiles
