"""What is written where money was taken before we heard of it: at counters, and by transfers."""

from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.late_attempts import LateAttempts
from chalicelib.storage.offline_blocks import OfflineBlocks
from chalicelib.storage.shifts import Shifts


class CounterStores:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self.shifts = Shifts(dynamo, table)
        self.offline_blocks = OfflineBlocks(dynamo, table)
        self.late_attempts = LateAttempts(dynamo, table)
