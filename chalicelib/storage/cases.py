"""Cases: what a person must decide. Each stays due until it is in the list of open cases."""

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.payments import Case
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.order_items import case_from_item, case_to_item

# The stream lists a case within seconds; one that is older is swept.
LISTED_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class KeptCase:
    case: Case
    is_open: bool


def new_case_item(case: Case) -> Item:
    return {
        **case_to_item(case),
        "due_at": to_epoch_ms(case.opened_at + LISTED_WITHIN),
        "due_shard": keys.due_shard(keys.DuePurpose.EFFECTS, case.case_id),
    }


class Cases:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def read(self, case_id: str) -> KeptCase | None:
        item = self._dynamo.get(self._table, keys.case_key(case_id))
        return KeptCase(case_from_item(item), item["state"] == "open") if item else None

    def finish(self, case_id: str) -> None:
        """All that follows from it was done: it is no longer due."""
        change = Expressions().remove("due_at", "due_shard").require_present("due_at")
        self._dynamo.update(self._table, keys.case_key(case_id), change)
