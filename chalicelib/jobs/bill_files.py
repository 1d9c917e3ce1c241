"""Files of bills that units' systems leave in the bucket, worked off part by part.

A part is a hundred bills. It is issued, its result is written, and only then the row says so: who
dies is followed by another who does the last part again, and finds its bills issued by the same
file. Two at once do the same work and write the same; the one whose row was changed meanwhile reads
where the other is. When its time is over a worker hands the rest to the next by the queue.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from chalicelib.bodies.bill_file_results import describe_bill_file, write_results
from chalicelib.bodies.bill_issuing import Issuing
from chalicelib.bodies.bill_rows import BadBill, BillRow, RowError, read_bills
from chalicelib.bodies.bill_tables import CsvTable, Mark, SheetTable, Table
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.domain.bill_files import BillFile, BillFileStatus, place_bill_file
from chalicelib.domain.identifiers import group_payment_code
from chalicelib.domain.portals import Portal
from chalicelib.domain.province import Province
from chalicelib.errors import FieldError, InvalidRequest, RequestRefused
from chalicelib.jobs.queue_messages import handle_each
from chalicelib.observability import alert, record_change
from chalicelib.storage.files import NO_VERSION
from chalicelib.wiring import platform

JOB = "bill_file_worker"
BILLS_OF_A_PART = 100
# Of the function's five minutes; a part takes seconds.
WORKING_TIME = timedelta(minutes=4)
MAX_FILE_BYTES = 100 * 1024 * 1024
# Unpacked: what a sheet's texts take of the function's memory.
MAX_SHEET_BYTES = 200 * 1024 * 1024

Part = dict[str, Any]


def handle_messages(event: dict[str, Any]) -> dict[str, Any]:
    """Messages: an EventBridge event of S3, "Object Created", or a file to go on with."""
    return handle_each(event, JOB, _handle)


def _handle(body: Any) -> None:
    parts = platform()
    if "file_id" in body:
        file = parts.bill_files.read(body["portal"], body["file_id"])
    else:
        file = _arrived(body["detail"], body["time"])
    if file is None or file.status is not BillFileStatus.WORKING:
        return
    portal = parts.setup.read_portal(file.portal)
    if portal is None:
        alert("bill_file_of_nobody", key=file.key)
        return
    _work(file, portal, parts.now() + WORKING_TIME)


def _arrived(detail: dict[str, Any], time: str) -> BillFile | None:
    """It may be told of twice."""
    parts, stored = platform(), detail["object"]
    place = place_bill_file(stored["key"])
    if stored["key"].endswith("/"):
        return None  # A folder that somebody made; the files in it have events of their own.
    if detail["bucket"]["name"] != parts.settings.statements_bucket or place is None:
        alert("bill_file_unplaced", key=stored["key"])
        return None
    portal, name, is_dry = place
    version = stored.get("version-id", NO_VERSION)
    found = BillFile(
        portal=portal,
        name=name,
        key=stored["key"],
        version=version if version != NO_VERSION else f"{NO_VERSION}#{stored.get('etag', '')}",
        size=stored.get("size", 0),
        is_dry=is_dry,
        arrived_at=datetime.fromisoformat(time).astimezone(UTC),
    )
    return parts.bill_files.begin(found)


def _work(file: BillFile, portal: Portal, until: datetime) -> None:
    parts = platform()
    province = parts.setup.read_province()
    try:
        with _opened(file, province) as table:
            done = _work_off(file, portal, table, until)
    except InvalidRequest as refusal:
        known = parts.bill_files.read(file.portal, file.file_id) or file
        done = replace(known, status=BillFileStatus.REFUSED, code=refusal.code)
    if done.status is BillFileStatus.WORKING:
        parts.bill_files_queue.send({"portal": file.portal, "file_id": file.file_id})
        return
    done = replace(done, changed_at=parts.now())
    counted = write_results(parts.bill_files, done, portal.mode, province.languages[0])
    parts.bill_files.change(done, counted)
    record_change("bill_file_finished", portal=file.portal, file_id=file.file_id)


def _work_off(file: BillFile, portal: Portal, table: Table, until: datetime) -> BillFile:
    """Finished, or as far as the time allowed. Raises: InvalidRequest when it is no file of
    bills."""
    parts = platform()
    bills = _bills_from(table, file)
    while chunk := list(islice(bills, BILLS_OF_A_PART)):
        after, part = _issue(file, portal, chunk)
        parts.bill_files.write_part(file, part)
        after = replace(after, changed_at=parts.now())
        if parts.bill_files.change(file, after):
            file = after
            parts.bill_files.write_json(file, "progress.json", describe_bill_file(file))
        else:
            found = parts.bill_files.read(file.portal, file.file_id)
            assert found is not None
            file = found
            bills = _bills_from(table, file)
        if file.status is not BillFileStatus.WORKING or parts.now() >= until:
            return file
    return replace(file, status=BillFileStatus.FINISHED)


def _bills_from(table: Table, file: BillFile) -> Iterator[BillRow | BadBill]:
    begin = Mark(file.position, file.line) if file.line else None
    return read_bills(table, {}, begin)


def _issue(file: BillFile, portal: Portal, chunk: list[BillRow | BadBill]) -> tuple[BillFile, Part]:
    """The file as it is behind the chunk, and the chunk's results.

    Raises: TryLater when one could not be decided: those before it are issued, and stay so."""
    tally = {"rows": 0, "issued": 0, "already_issued": 0, "refused": 0}
    bills: list[list[Any]] = []
    errors: list[list[Any]] = []
    for bill in chunk:
        tally["rows"] += len(bill.lines) if isinstance(bill, BillRow) else bill.rows
        result = _issue_one(file, portal, bill)
        if isinstance(result, dict):
            is_own = result["result"] != "already_issued"
            tally["issued" if is_own else "already_issued"] += 1
            assert isinstance(bill, BillRow)
            bills.append(_told(bill, result))
        else:
            tally["refused"] += 1
            errors += [[each.line, _reference_of(bill), each.column, each.code] for each in result]
    end = chunk[-1].after
    counted = {name: getattr(file, name) + number for name, number in tally.items()}
    after = replace(file, position=end.position, line=end.line, **counted)
    return after, {"next": end.position, **tally, "bills": bills, "errors": errors}


def _issue_one(
    file: BillFile, portal: Portal, bill: BillRow | BadBill
) -> dict[str, Any] | tuple[RowError, ...]:
    """What is told of the bill, or its errors."""
    if isinstance(bill, BadBill):
        return bill.errors
    # Of this line of this file: done again it is its own, on another line it was there before.
    key_hash = hash_idempotency_key(f"bill-file|{file.file_id}|{bill.line}")
    issuing = Issuing(portal, key_hash, file.is_dry)
    try:
        return issuing.describe(issuing.issue(bill.body))
    except RequestRefused as refusal:
        whole = FieldError("", refusal.code, refusal.detail)
        return bill.errors_of(refusal.errors or (whole,))


def _told(bill: BillRow, result: dict[str, Any]) -> list[Any]:
    """A row of `bills.csv`. In groups: a spreadsheet keeps fifteen digits of a number, and all of a
    text."""
    told = result["bill"]
    code = group_payment_code(told["payment_code"])
    named = [bill.line, bill.body["reference"], code, told["verification_word"], result["result"]]
    return [*named, *(told[name] for name in ("amount_minor", "currency", "due_date", "pay_url"))]


def _reference_of(bill: BillRow | BadBill) -> str:
    return bill.reference if isinstance(bill, BadBill) else str(bill.body.get("reference", ""))


@contextmanager
def _opened(file: BillFile, province: Province) -> Iterator[Table]:
    """On the function's disk. Raises: InvalidRequest."""
    if file.size > MAX_FILE_BYTES:
        raise InvalidRequest("file_too_large", f"at most {MAX_FILE_BYTES} bytes")
    with TemporaryFile() as local:
        platform().bill_files.download(file, local)
        match file.name.lower().rpartition(".")[2]:
            case "csv":
                yield CsvTable(local, _encoding_of(local, province), file.size)
            case "xlsx":
                _refuse_bomb(local)
                yield SheetTable(local, file.name)
            case _:
                raise InvalidRequest("file_type_unknown", "the name ends with .csv or .xlsx")


def _encoding_of(file: BinaryIO, province: Province) -> str:
    """What no UTF-8 is was written by a Chinese spreadsheet, where the province is one."""
    if province.languages[0] != "zh":
        return "utf-8"
    try:
        for line in file:
            line.decode()
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _refuse_bomb(file: BinaryIO) -> None:
    try:
        with ZipFile(file) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
    except (BadZipFile, OSError, ValueError):
        raise InvalidRequest("file_unreadable", "it is no XLSX file") from None
    if unpacked > MAX_SHEET_BYTES:
        raise InvalidRequest("file_too_large", f"at most {MAX_SHEET_BYTES} bytes unpacked")
    file.seek(0)
