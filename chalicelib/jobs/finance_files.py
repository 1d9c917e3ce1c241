"""Files of finance systems, taken in when they arrive; and by schedule what nobody brings: messages
that wait for nothing any more, and the files of days that are over."""

from datetime import date
from typing import Any

from chalicelib.domain.finance_systems import FinanceSystem
from chalicelib.errors import TryLater
from chalicelib.finance.compare import compare_held
from chalicelib.finance.day_files import DayDesk, write_due_days
from chalicelib.finance.desk import FinanceDesk, find_system, open_desk
from chalicelib.finance.discrepancy_report import write_reports
from chalicelib.finance.inbox import drain
from chalicelib.finance.message_files import take_piece
from chalicelib.observability import alert, record_change
from chalicelib.storage.files import NO_VERSION
from chalicelib.storage.finance_files import FinanceFiles, Place
from chalicelib.wiring import Platform, platform

# Of what waits: the rest is done five minutes later.
MAX_DRAINED = 2_000


def on_finance_file(event: dict[str, Any]) -> None:
    """An EventBridge event of S3, "Object Created". It may come twice or late."""
    parts = platform()
    bucket, stored = event["detail"]["bucket"]["name"], event["detail"]["object"]
    key, version = stored["key"], stored.get("version-id", NO_VERSION)
    if bucket != parts.settings.statements_bucket:
        alert("finance_file_in_foreign_bucket", bucket=bucket, key=key)
        return
    if key.endswith("/"):
        return  # A folder that somebody made.
    match key.split("/")[1:]:
        case [sender, "in", _] if system := _system_of(parts, sender):
            _take(parts, system, Place(key, version))
        case [sender, "continue", _] if system := _system_of(parts, sender):
            _take(parts, system, _files(parts).read_place(key, version))
        case [sender, "held", day, _] if system := _system_of(parts, sender):
            _compare(parts, system, day, Place(key, version))
        case _:
            alert("finance_file_unplaced", key=key)


def exchange_due() -> None:
    """One system's trouble does not stop the others.

    Raises: TryLater at the end when one of them failed, so that the run counts as failed."""
    parts, failed = platform(), 0
    for system in parts.setup.read_province().finance_systems:
        try:
            desk = open_desk(parts, system)
            drained = drain(desk, MAX_DRAINED)
            if drained:
                record_change("finance_messages_drained", sender=system.sender, count=drained)
            for file in write_due_days(day_desk(desk), parts.now()):
                record_change(
                    "finance_day_written",
                    sender=file.sender,
                    business_day=file.day.isoformat(),
                    revision=file.revision,
                    results=file.count,
                )
        except Exception as error:
            alert("finance_exchange_failed", error, sender=system.sender)
            failed += 1
    if failed:
        raise TryLater("finance_exchange_incomplete", f"{failed} finance systems failed")


def day_desk(desk: FinanceDesk) -> DayDesk:
    return DayDesk(
        system=desk.system,
        zone=desk.province.zone,
        currency=desk.province.currency,
        results=desk.results,
        write=_files(desk.parts).write,
    )


def _take(parts: Platform, system: FinanceSystem, place: Place) -> None:
    following = take_piece(open_desk(parts, system), _files(parts), place)
    record_change(
        "finance_file_taken",
        sender=system.sender,
        key=place.key,
        line=place.line_no,
        is_whole=following is None,
    )


def _compare(parts: Platform, system: FinanceSystem, day_text: str, place: Place) -> None:
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        alert("finance_file_unplaced", key=place.key)
        return
    desk, files = open_desk(parts, system), _files(parts)
    found = compare_held(desk, day, (line.content for line in files.lines(place)))
    write_reports(desk, found, files.write)
    record_change(
        "finance_day_compared",
        sender=system.sender,
        business_day=day_text,
        differences=len(found.differences),
    )


def _system_of(parts: Platform, sender: str) -> FinanceSystem | None:
    return find_system(parts.setup.read_province(), sender)


def _files(parts: Platform) -> FinanceFiles:
    settings = parts.settings
    return FinanceFiles(parts.client("s3"), settings.statements_bucket, settings.reports_bucket)
