"""The ledger's stream, a second time: every record goes into the journal before it is forgotten.

A batch that fails comes again as a whole until it is kept or the stream forgets it after 24 hours;
nothing is ever skipped, and an alarm tells that records wait.
"""

from typing import Any

from chalicelib.journal.keep import keep_records
from chalicelib.observability import alert, record_change
from chalicelib.wiring import platform


def handle_records(event: dict[str, Any]) -> None:
    records = event["Records"]
    if not records:
        return
    try:
        heads = keep_records(platform().journal_desk(), records)
    except Exception as error:
        alert("journal_not_kept", error, records=len(records))
        raise
    last = {f"lane_{head.lane}": head.batch_no for head in heads}
    record_change("journal_kept", records=len(records), **last)
