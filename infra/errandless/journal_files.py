"""The files beside the chains that rows of the ledger name by their hash: copies of statements, the
documents of reconciliations' runs, versions of the catalogue."""

from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.storage.kept_files import kept_key
from chalicelib.storage.keys import CATALOGUE_PREFIX, FILE_PREFIX, RUN_PREFIX
from infra.errandless.journal_chain import Fault
from infra.errandless.journal_source import JournalSource
from infra.errandless.keep_catalogue import catalogue_file
from infra.errandless.row_store import RowStore


def check_files(
    store: RowStore, source: JournalSource, advance: Callable[[], None]
) -> Iterator[Fault]:
    """Those that are missing or not as they were kept. `advance` is called after each file."""
    seen: set[str] = set()
    for pk, name, sha256 in _named_files(store):
        if name in seen:
            continue
        seen.add(name)
        digest = source.digest(name)
        if digest is None:
            yield Fault("file missing", name, f"{pk} names it")
        elif digest != sha256:
            yield Fault("file altered", name, f"its bytes have the hash {digest}; {pk} names it")
        advance()


def _named_files(store: RowStore) -> Iterator[tuple[str, str, str]]:
    """(row, key of the file, SHA-256)"""
    for prefix in (FILE_PREFIX, RUN_PREFIX, CATALOGUE_PREFIX):
        for pk, _, image in store.ledger_rows(prefix):
            if "sha256" in image:
                yield pk, _name(prefix, pk, image), image["sha256"]["S"]


def _name(prefix: str, pk: str, image: dict[str, Any]) -> str:
    sha256: str = image["sha256"]["S"]
    if prefix == CATALOGUE_PREFIX:
        return catalogue_file(pk.removeprefix(prefix), sha256)
    return kept_key(sha256)
