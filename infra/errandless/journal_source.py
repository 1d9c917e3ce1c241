"""Where a journal is read from: the province's bucket, or a folder that it was copied to."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from infra.errandless.failures import OperatorError

PREFIX = "journal/"
SUFFIX = ".jsonl.gz"
CHUNK = 1024 * 1024


class JournalSource(Protocol):
    def names(self) -> Iterable[str]:
        """Keys of all batches as in the bucket, in any order."""

    def read(self, name: str) -> bytes:
        """A batch, or a file beside the chains, by its key in the bucket."""

    def digest(self, name: str) -> str | None:
        """SHA-256 without holding the file; None when there is none."""


@dataclass(frozen=True, slots=True)
class FolderJournal:
    """`folder` holds `journal/`, or is it."""

    folder: Path

    def names(self) -> Iterable[str]:
        root = self._root()
        return [PREFIX + str(file.relative_to(root)) for file in root.rglob(f"*{SUFFIX}")]

    def read(self, name: str) -> bytes:
        return self._file(name).read_bytes()

    def digest(self, name: str) -> str | None:
        if not self._file(name).is_file():
            return None
        with self._file(name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _file(self, name: str) -> Path:
        root = self._root()
        if name.startswith(PREFIX):
            return root / name.removeprefix(PREFIX)
        return (root.parent if root.name == "journal" else root) / name

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

    def digest(self, name: str) -> str | None:
        try:
            body = self.client.get_object(Bucket=self.bucket, Key=name)["Body"]
        except self.client.exceptions.NoSuchKey:
            return None
        found = hashlib.sha256()
        for chunk in body.iter_chunks(CHUNK):
            found.update(chunk)
        return found.hexdigest()
