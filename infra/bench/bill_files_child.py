"""Runs in a process of its own: a file of bills in the bucket, worked off by the function, put a
second time under another name. The ledger remembers only what tells a repetition; the bucket is a
folder, so that what it holds is not counted as the function's memory.

python -m infra.bench.bill_files_child ROWS
"""

import io
import json
import os
import resource
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import app as table_of_contents
from infra.bench.bench_province import UNIT, bench_province
from infra.bench.bills_child import lines, remembering
from tests.support.local_province import Context

TALLIES = ("rows", "issued", "already_issued", "refused")


class FolderOfObjects:
    """S3 as far as a file of bills needs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put_object(self, **asked: Any) -> None:
        path, body = self._path(asked), asked["Body"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            source = io.BytesIO(body) if isinstance(body, bytes) else body
            while chunk := source.read(1 << 16):
                file.write(chunk)

    def get_object(self, **asked: Any) -> dict[str, Any]:
        return {"Body": self._path(asked).open("rb")}

    def _path(self, asked: dict[str, Any]) -> Path:
        path: Path = self._folder / asked["Bucket"] / asked["Key"]
        return path


def main(rows: int) -> dict[str, Any]:
    with bench_province() as bench, remembering(), TemporaryDirectory() as folder:
        platform = bench.province.platform
        bucket, portal = platform.settings.statements_bucket, str(bench.seeded.portal_id)
        objects = FolderOfObjects(Path(folder))
        platform.__dict__["_s3"] = objects
        found: dict[str, Any] = {}
        for turn in ("first", "again"):
            key = f"bills/{portal}/{turn}.csv"
            path = Path(folder) / bucket / key
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8") as file:
                for number, line in enumerate(lines(rows)):
                    file.write(f"{line},{UNIT if number else 'payee_unit'}\n")
            stored = {"key": key, "size": path.stat().st_size, "etag": turn}
            detail = {"bucket": {"name": bucket}, "object": stored}
            event = {"detail": detail, "time": bench.province.clock.at.isoformat()}
            record = {"messageId": turn, "body": json.dumps(event)}
            begun = time.perf_counter()
            answer = table_of_contents.bill_file_worker({"Records": [record]}, Context())
            assert answer == {"batchItemFailures": []}
            seconds = time.perf_counter() - begun
            (known,) = (each for each in platform.bill_files.list(portal) if each.key == key)
            assert known.status.value == "finished"
            found[turn] = {name: getattr(known, name) for name in TALLIES} | {"seconds": seconds}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found | {"memory": peak * (1 if sys.platform == "darwin" else 1024)}


if __name__ == "__main__":
    with open(os.devnull, "w") as log, redirect_stdout(log):
        measured = main(int(sys.argv[1]))
    print(json.dumps(measured))
