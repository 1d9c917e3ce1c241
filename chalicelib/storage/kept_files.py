"""Files that are kept unchanged beside the journal's chains, each under the hash of its bytes.

    files/<SHA-256>

What each is, a row of the ledger says, and so the stream takes its hash into a chain. The files are
written before those rows: a row never names what is not there.
"""

import hashlib
from typing import Any

from chalicelib.errors import DataFault
from chalicelib.storage.files import FileVersion

KEPT_PREFIX = "files/"


def kept_key(sha256: str) -> str:
    return KEPT_PREFIX + sha256


class KeptFiles:
    """Nothing here changes or deletes one: what is kept twice is the same bytes."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def add(self, content: bytes) -> str:
        """Its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._client.put_object(Bucket=self._bucket, Key=kept_key(sha256), Body=content)
        return sha256

    def copy(self, bucket: str, file: FileVersion, sha256: str) -> None:
        """From bucket to bucket, without passing through this process. Refused by S3 when the
        file is another one than was hashed, which a bucket without versions may give."""
        self._client.copy_object(
            Bucket=self._bucket,
            Key=kept_key(sha256),
            CopySource={"Bucket": bucket, **file.place},
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",
            **({"CopySourceIfMatch": file.etag} if file.etag else {}),
        )

    def read(self, sha256: str) -> bytes:
        """Raises: DataFault when it is not what was kept."""
        answer = self._client.get_object(Bucket=self._bucket, Key=kept_key(sha256))
        content: bytes = answer["Body"].read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DataFault("kept_file_altered", f"files/{sha256} has another hash")
        return content
