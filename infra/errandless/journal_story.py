"""What the journal adds to a payment's story: when each row changed, and into what."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.journal.batches import LANES
from chalicelib.storage.keys import shard_of
from infra.errandless.failures import OperatorError
from infra.errandless.journal_chain import Chain
from infra.errandless.journal_source import JournalSource
from infra.errandless.story import Story


def add_journal(story: Story, source: JournalSource) -> None:
    """Every change of the order's status and of its payments'. Raises: OperatorError when the
    journal is not whole."""
    if story.payment_code is None:
        return
    chain, pk = Chain(source, None), f"O#{story.payment_code}"
    lane = shard_of(pk, LANES)
    chain.lanes = {name: numbers for name, numbers in chain.lanes.items() if name == lane}
    seen: set[str] = set()
    for batch in chain.batches():
        for record in batch.records:
            sequence = record["sequence_number"]
            if record["keys"]["pk"]["S"] == pk and sequence not in seen:
                seen.add(sequence)
                _add_change(story, record, batch.name.key)
    if chain.faults:
        fault = chain.faults[0]
        raise OperatorError(f"The journal is not whole: {fault.kind}: {fault.batch}.")


def _add_change(story: Story, record: dict[str, Any], batch: str) -> None:
    at = datetime.fromtimestamp(record["at"], UTC)
    before, after = _statuses(record["old"]), _statuses(record["new"])
    for what, status in after.items():
        if before.get(what) != status:
            came_from = f"{before[what]} to " if what in before else ""
            story.add(at, f"journal: {what} {came_from}{status}", batch)


def _statuses(image: dict[str, Any] | None) -> dict[str, str]:
    if image is None or "status" not in image:
        return {}
    attempts = image["attempts"]["M"]
    named = {f"payment {no}": each["M"]["status"]["S"] for no, each in attempts.items()}
    return {"order": image["status"]["S"], **named}
