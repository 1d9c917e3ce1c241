"""Where a journal is read from: the province's bucket, or a folder that it was copied to."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from infra.errandless.failures import OperatorError

PREFIX = "journal/"
SUFFIX = ".jsonl.gz"


class JournalSource(Protocol):
    def names(self) -> Iterable[str]:
        """Keys of all batches as in the bucket, in any order."""

    def read(self, name: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FolderJournal:
    """`folder` holds `journal/`, or is it."""

    folder: Path

    def names(self) -> Iterable[str]:
        root = self._root()
        return [PREFIX + str(file.relative_to(root)) for file in root.rglob(f"*{SUFFIX}")]

    def read(self, name: str) -> bytes:
        return (self._root() / name.removeprefix(PREFIX)).read_bytes()

    def _root(self) -> Path:
        inner = self.folder / "journal"
        root = inner if inner.is_dir() else self.folder
        if not root.is_dir():
            raise OperatorError(f"There is no folder {self.folder}.")
        return root


@dataclass(frozen=True, slots=True)
class BucketJournal:
    client: Any
    bucket: str

    def names(self) -> Iterable[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=PREFIX
        )
        for page in pages:
            for each in page.get("Contents", []):
                if each["Key"].endswith(SUFFIX):
                    yield each["Key"]

    def read(self, name: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        return content
