"""What the notice actions work with."""

from dataclasses import dataclass

from chalicelib.outbound import Http
from chalicelib.storage.deliveries import Deliveries
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.queues import Queue
from chalicelib.storage.setup import Setup


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """`http` reaches public addresses only: its URLs come from portals."""

    ledger: Ledger
    setup: Setup
    deliveries: Deliveries
    queue: Queue
    http: Http
    public_base_url: str
