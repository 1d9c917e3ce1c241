"""Every version of every file that channels leave, copied into the journal before it is judged.

Whoever comes first copies it and then puts the ledger's row; from then on the row is read by key
and the file is not opened again for this.
"""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.files import FileVersion, StatementFiles
from chalicelib.storage.kept_files import KeptFiles

GONE = frozenset({"NoSuchKey", "NoSuchVersion"})


@dataclass(frozen=True, slots=True)
class KeptStatements:
    dynamo: Dynamo
    ledger_table: str
    statements: StatementFiles
    files: KeptFiles

    def keep(self, file: FileVersion) -> str:
        """Its SHA-256. May be repeated, by many at once."""
        row = self.dynamo.get(self.ledger_table, keys.file_key(file.key, file.identity))
        if row is None:
            sha256 = self.statements.hash(file)
            self.files.copy(self.statements.bucket, file, sha256)
            self._put(file, sha256=sha256)
            return sha256
        kept: str = row["sha256"]
        return kept

    def keep_unplaced(self, file: FileVersion, code: str) -> None:
        """One that belongs to no account-day, with why; without its bytes when it is gone."""
        try:
            sha256 = self.statements.hash(file)
            self.files.copy(self.statements.bucket, file, sha256)
        except ClientError as error:
            if error.response["Error"]["Code"] not in GONE:
                raise
            sha256 = None
        self._put(file, sha256=sha256, unplaced=code)

    def _put(self, file: FileVersion, *, sha256: str | None, unplaced: str | None = None) -> None:
        row = {
            **keys.file_key(file.key, file.identity),
            "sha256": sha256,
            "size": file.size,
            "etag": file.etag,
            "arrived_at": to_epoch_ms(file.arrived_at),
            "unplaced": unplaced,
        }
        self.dynamo.put_if_absent(self.ledger_table, row)
