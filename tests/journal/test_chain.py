"""Whatever is done to a journal's files is found and named."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.errandless.journal_source import FolderJournal
from infra.errandless.replay_command import exit_code
from tests.journal.kept import bucket_journal, copy_journal, replayed
from tests.support.local_province import LocalProvince
from tests.support.paid_orders import paid


@pytest.fixture
def journal(province: LocalProvince, tmp_path: Path) -> FolderJournal:
    """With at least four batches in a lane."""
    for number in range(1, 3):
        paid(province, number)
        province.pump()
        province.keep_journal(batch_size=4)
    return copy_journal(province, tmp_path)


def lane_files(journal: FolderJournal) -> list[Path]:
    """Of the longest lane, in order."""
    lanes: dict[str, list[Path]] = {}
    for file in sorted(journal.folder.rglob("*.gz"), key=lambda each: each.name):
        lanes.setdefault(file.parent.name, []).append(file)
    longest = max(lanes.values(), key=len)
    assert len(longest) >= 4
    return longest


def named(file: Path, batch_no: int, content: bytes) -> Path:
    return file.with_name(f"{batch_no:010d}-{hashlib.sha256(content).hexdigest()}.jsonl.gz")


def edited(content: bytes, edit: Callable[[list[Any]], None]) -> bytes:
    lines = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    edit(lines)
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def change_a_byte(files: list[Path]) -> str:
    content = bytearray(files[1].read_bytes())
    content[30] ^= 1
    files[1].write_bytes(bytes(content))
    return "tampered"


def change_an_amount(files: list[Path]) -> str:
    """With a right hash in the name: the next batch knows better."""
    content = edited(files[1].read_bytes(), lambda lines: lines[1].update(at=1))
    files[1].unlink()
    named(files[1], 2, content).write_bytes(content)
    return "out of order"


def remove_one(files: list[Path]) -> str:
    files[1].unlink()
    return "missing"


def remove_the_last(files: list[Path]) -> str:
    files[-1].unlink()
    return "missing"


def replace_the_last(files: list[Path]) -> str:
    content = edited(files[-1].read_bytes(), lambda lines: lines[1].update(at=1))
    files[-1].unlink()
    named(files[-1], len(files), content).write_bytes(content)
    return "replaced"


def swap_two(files: list[Path]) -> str:
    first, second = files[1].read_bytes(), files[2].read_bytes()
    for file in files[1:3]:
        file.unlink()
    named(files[1], 2, second).write_bytes(second)
    named(files[1], 3, first).write_bytes(first)
    return "mislabelled"


def swap_two_and_their_headers(files: list[Path]) -> str:
    contents = [file.read_bytes() for file in files[1:3]]
    for file in files[1:3]:
        file.unlink()
    for batch_no, content in zip((3, 2), contents, strict=True):

        def renumber(lines: list[Any], number: int = batch_no) -> None:
            lines[0]["batch_no"] = number

        changed = edited(content, renumber)
        named(files[1], batch_no, changed).write_bytes(changed)
    return "out of order"


def drop_a_record(files: list[Path]) -> str:
    content = edited(files[0].read_bytes(), lambda lines: lines.pop())
    files[0].unlink()
    named(files[0], 1, content).write_bytes(content)
    return "mislabelled"


def reorder_records(files: list[Path]) -> str:
    """With a right hash in the name."""
    at = next(at for at, file in enumerate(files[:-1]) if records_in(file) > 1)
    content = edited(files[at].read_bytes(), lambda lines: lines.append(lines.pop(1)))
    files[at].unlink()
    named(files[at], at + 1, content).write_bytes(content)
    return "out of order"


def records_in(file: Path) -> int:
    return len(gzip.decompress(file.read_bytes()).splitlines()) - 1


def cut_the_tail(files: list[Path]) -> str:
    for file in files[-2:]:
        file.unlink()
    return "missing"


def move_to_another_lane(files: list[Path]) -> str:
    other = files[0].parent.with_name("9")
    other.mkdir()
    shutil.move(files[0], other / files[0].name)
    return "missing"


def cut_short(files: list[Path]) -> str:
    content = files[0].read_bytes()[:-20]
    files[0].unlink()
    named(files[0], 1, content).write_bytes(content)
    return "unreadable"


def add_a_stranger(files: list[Path]) -> str:
    (files[0].parent / "note.jsonl.gz").write_bytes(b"")
    return "foreign"


TAMPERINGS = (
    *(change_a_byte, change_an_amount, remove_one, remove_the_last, replace_the_last),
    *(swap_two, swap_two_and_their_headers, drop_a_record, move_to_another_lane),
    *(cut_short, add_a_stranger, reorder_records, cut_the_tail),
)


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_tampering_is_named_and_nothing_is_compared(
    province: LocalProvince, journal: FolderJournal, tamper: Callable[[list[Path]], str]
) -> None:
    assert replayed(province, journal).faults == []
    files = lane_files(journal)
    lane = files[0].parent.name
    kind = tamper(files)
    report = replayed(province, journal, repair=True)
    found = {fault.kind: fault for fault in report.faults}
    assert kind in found
    assert f"/{lane}/" in found[kind].batch or f"lane {lane} " in found[kind].batch
    assert (exit_code(report), report.rows, report.repaired) == (2, {}, 0)


def test_an_unheaded_file_is_an_orphan_and_no_fault(
    province: LocalProvince, journal: FolderJournal
) -> None:
    """As a keeper leaves one that lost a race, in the middle, or died, at the end."""
    files = lane_files(journal)
    for file, number in ((files[1], 2), (files[-1], len(files))):
        content = edited(file.read_bytes(), lambda lines: lines[1].update(at=1))
        named(file, number, content).write_bytes(content)
    content = edited(files[-1].read_bytes(), lambda lines: lines[0].update(batch_no=99))
    named(files[-1], 99, content).write_bytes(content)
    report = replayed(province, journal)
    assert report.faults == []
    assert report.differences == []
    assert len(report.orphans) == 3


def test_a_folder_says_what_the_bucket_says(
    province: LocalProvince, journal: FolderJournal
) -> None:
    assert sorted(journal.names()) == sorted(bucket_journal(province).names())
    from_folder, from_bucket = replayed(province, journal), replayed(province)
    assert from_folder.records == from_bucket.records > 0
    assert from_folder.rows == from_bucket.rows
