"""What reconciliation works with."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.channels.contract import Channel
from chalicelib.domain.province import Province
from chalicelib.storage.files import ReportFiles, StatementFiles
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.reconciliations import Reconciliations
from chalicelib.storage.views import Views


@dataclass(frozen=True, slots=True)
class ReconciliationDesk:
    province: Province
    channels: Mapping[str, Channel]
    ledger: Ledger
    views: Views
    store: Reconciliations
    statements: StatementFiles
    reports: ReportFiles
