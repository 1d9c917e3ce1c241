"""The only place that builds things: clients, stores, channels. Each is built on first use."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3

from chalicelib.channels.contract import Channel, Credentials
from chalicelib.channels.registry import build_channels
from chalicelib.checkout.desk import Desk
from chalicelib.domain.province import NO_SECRET, ChannelAccount
from chalicelib.outbound import Http, OutboundHttp, Reach
from chalicelib.settings import Settings, read_settings
from chalicelib.storage.client_config import config_of
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.envelope import Envelope
from chalicelib.storage.evidence import Evidence
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.secrets import Secrets
from chalicelib.storage.setup import Setup

if TYPE_CHECKING:
    from chalicelib.journal.keep import JournalDesk
    from chalicelib.reconciliation.desk import ReconciliationDesk
    from chalicelib.storage.bill_files import BillFiles
    from chalicelib.storage.breakers import Breakers
    from chalicelib.storage.cases import Cases
    from chalicelib.storage.counter_stores import CounterStores
    from chalicelib.storage.deliveries import Deliveries
    from chalicelib.storage.files import ReportFiles
    from chalicelib.storage.guesses import Guesses
    from chalicelib.storage.nonces import Nonces
    from chalicelib.storage.obligations import Obligations
    from chalicelib.storage.queues import OrderedQueue, Queue
    from chalicelib.storage.receipts import ReceiptBook
    from chalicelib.storage.reconciliations import Reconciliations
    from chalicelib.storage.reversals import Reversals
    from chalicelib.storage.signing_keys import SigningKeys
    from chalicelib.storage.views import Views


class Platform:
    """One province's parts. A function's process has one; tests may build their own."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        random_bytes: Callable[[int], bytes] = os.urandom,
        http: Http | None = None,
    ) -> None:
        self.settings = settings
        self.now = now
        self.random_bytes = random_bytes
        self._http = http

    def client(self, service: str) -> Any:
        return self._session.client(service, config=config_of(service))

    @cached_property
    def _session(self) -> Any:
        return boto3.session.Session()

    @cached_property
    def _s3(self) -> Any:
        return self.client("s3")

    @cached_property
    def dynamo(self) -> Dynamo:
        return Dynamo(self.client("dynamodb"))

    @cached_property
    def ledger(self) -> Ledger:
        evidence = Evidence(self.envelope, self._tells_of_persons)
        return Ledger(self.dynamo, self.settings.ledger_table, evidence)

    def _tells_of_persons(self, channel: str) -> bool:
        found = self.channels.get(channel)
        return found is None or found.tells_of_persons

    @cached_property
    def envelope(self) -> Envelope:
        return Envelope(
            self.client("kms"),
            self.dynamo,
            self.settings.setup_table,
            key_id=self.settings.data_key_id,
            province=self.settings.province,
            random_bytes=self.random_bytes,
        )

    @cached_property
    def setup(self) -> Setup:
        return Setup(self.dynamo, self.settings.setup_table, self.envelope, self.now)

    @cached_property
    def views(self) -> "Views":
        from chalicelib.storage.views import Views

        return Views(self.dynamo, self.settings.views_table)

    @cached_property
    def obligations(self) -> "Obligations":
        from chalicelib.storage.obligations import Obligations

        return Obligations(self.dynamo, self.settings.ledger_table)

    @cached_property
    def counters(self) -> "CounterStores":
        from chalicelib.storage.counter_stores import CounterStores

        return CounterStores(self.dynamo, self.settings.ledger_table)

    @cached_property
    def guesses(self) -> "Guesses":
        from chalicelib.storage.guesses import Guesses

        return Guesses(self.dynamo, self.settings.views_table)

    @cached_property
    def breakers(self) -> "Breakers":
        from chalicelib.storage.breakers import Breakers

        return Breakers(self.dynamo, self.settings.views_table)

    @cached_property
    def nonces(self) -> "Nonces":
        from chalicelib.storage.nonces import Nonces

        return Nonces(self.dynamo, self.settings.views_table)

    @cached_property
    def signing_keys(self) -> "SigningKeys":
        from chalicelib.storage.signing_keys import SigningKeys

        table = self.settings.setup_table
        return SigningKeys(self.dynamo, table, self.envelope, self.random_bytes)

    @cached_property
    def cases(self) -> "Cases":
        from chalicelib.storage.cases import Cases

        return Cases(self.dynamo, self.settings.ledger_table)

    @cached_property
    def receipt_book(self) -> "ReceiptBook":
        from chalicelib.storage.receipts import ReceiptBook

        return ReceiptBook(self.dynamo, self.settings.ledger_table)

    @cached_property
    def reversals(self) -> "Reversals":
        from chalicelib.storage.reversals import Reversals

        return Reversals(self.dynamo, self.settings.ledger_table)

    @cached_property
    def deliveries(self) -> "Deliveries":
        from chalicelib.storage.deliveries import Deliveries

        return Deliveries(self.dynamo, self.settings.views_table)

    @cached_property
    def bill_files(self) -> "BillFiles":
        from chalicelib.storage.bill_files import BillFiles

        return BillFiles(self.dynamo, self._s3, self.settings)

    @cached_property
    def bill_files_queue(self) -> "Queue":
        from chalicelib.storage.queues import Queue

        return Queue(self.client("sqs"), self.settings.bill_files_queue_url)

    @cached_property
    def notices_queue(self) -> "Queue":
        from chalicelib.storage.queues import Queue

        return Queue(self.client("sqs"), self.settings.notices_queue_url)

    @cached_property
    def receipts_queue(self) -> "OrderedQueue":
        from chalicelib.storage.queues import OrderedQueue

        return OrderedQueue(self.client("sqs"), self.settings.receipts_queue_url)

    @property
    def portal_http(self) -> Http:
        """For URLs that portals registered."""
        return self._outbound(Reach.REGISTERED)

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.client("secretsmanager"), self.settings.secrets_prefix)

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        return build_channels(self._outbound(Reach.CONFIGURED))

    @property
    def unit_http(self) -> Http:
        """For units' own systems, which the province's profile names."""
        return self._outbound(Reach.CONFIGURED)

    def _outbound(self, reach: Reach) -> Http:
        """Spares the origins that the province's profile names: the simulator's, in a sandbox."""
        allowed = frozenset(self.setup.read_province().outbound_origins)
        return self._http or OutboundHttp(reach, allowed)

    def credentials_of(self, account: ChannelAccount) -> Credentials:
        if account.secret_name == NO_SECRET:
            return Credentials(account, {}, None)
        secret = self.secrets.read_credentials(account)
        return Credentials(account, secret.current, secret.previous)

    def desk(self) -> Desk:
        """With the province as it is now: ask for a new one in every invocation."""
        return Desk(
            ledger=self.ledger,
            province=self.setup.read_province(),
            channels=self.channels,
            credentials_of=self.credentials_of,
            seal=self.envelope.seal,
            public_base_url=self.settings.public_base_url,
        )

    @cached_property
    def reconciliations(self) -> "Reconciliations":
        from chalicelib.storage.reconciliations import Reconciliations

        return Reconciliations(self.dynamo, self.settings.views_table)

    @cached_property
    def report_files(self) -> "ReportFiles":
        from chalicelib.storage.files import ReportFiles

        return ReportFiles(self._s3, self.settings.reports_bucket)

    def reconciliation_desk(self) -> "ReconciliationDesk":
        """With the province as it is now: ask for a new one in every invocation."""
        from chalicelib.reconciliation.desk import ReconciliationDesk
        from chalicelib.storage.files import StatementFiles
        from chalicelib.storage.kept_files import KeptFiles
        from chalicelib.storage.kept_statements import KeptStatements
        from chalicelib.storage.own_files import OwnFiles
        from chalicelib.storage.run_records import RunRecords

        statements = StatementFiles(self._s3, self.settings.statements_bucket)
        files, ledger_table = (
            KeptFiles(self._s3, self.settings.journal_bucket),
            self.settings.ledger_table,
        )
        return ReconciliationDesk(
            province=self.setup.read_province(),
            channels=self.channels,
            credentials_of=self.credentials_of,
            ledger=self.ledger,
            views=self.views,
            store=self.reconciliations,
            statements=statements,
            kept=KeptStatements(self.dynamo, ledger_table, statements, files),
            runs=RunRecords(self.dynamo, ledger_table, files),
            reports=self.report_files,
            own_files=OwnFiles(self._s3, self.settings.reports_bucket),
        )

    def journal_desk(self) -> "JournalDesk":
        from chalicelib.journal.keep import JournalDesk
        from chalicelib.storage.journal import JournalFiles, JournalHeads

        return JournalDesk(
            files=JournalFiles(self._s3, self.settings.journal_bucket),
            heads=JournalHeads(self.dynamo, self.settings.views_table),
            zone=self.setup.read_province().zone,
        )

    def new_id(self) -> str:
        """26 lower-case hexadecimal characters that nobody can guess."""
        return self.random_bytes(13).hex()


_current: list[Platform] = []


def platform() -> Platform:
    """The process's own, built from the environment when it is first asked for."""
    if not _current:
        use_platform(Platform(read_settings()))
    return _current[0]


def use_platform(parts: Platform) -> None:
    """Another clock, randomness or HTTP: for tests and simulations."""
    _current[:] = [parts]
