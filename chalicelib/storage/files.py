"""Statement files that channels leave, and the reports that are made of them."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.breaks import AccountDay

LINK_SECONDS = 300
# The second: another one is writing it at this moment.
THERE_ALREADY = ("PreconditionFailed", "ConditionalRequestConflict")
# What S3 calls the version of an object in a bucket without versions.
NO_VERSION = "null"
_FILE_NAME = re.compile(r"[^/\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True, slots=True)
class FileVersion:
    """`is_latest`: no newer version of this key, and not deleted."""

    key: str
    version: str
    etag: str
    size: int
    arrived_at: datetime
    is_latest: bool

    @property
    def place(self) -> dict[str, str]:
        """As S3 is asked for it."""
        wanted = {} if self.version == NO_VERSION else {"VersionId": self.version}
        return {"Key": self.key, **wanted}

    @property
    def identity(self) -> str:
        """Within its key. Without versions only the ETag tells one from the next."""
        return self.version if self.version != NO_VERSION else f"{NO_VERSION}#{self.etag}"


def statements_prefix(of: AccountDay) -> str:
    return f"statements/{of.channel}/{of.account}/{of.business_day.isoformat()}/"


def is_file_name(name: str) -> bool:
    """Directly in the day's folder; any characters but control characters."""
    return _FILE_NAME.fullmatch(name) is not None


class StatementFiles:
    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def list_versions(self, of: AccountDay) -> list[FileVersion]:
        """Newest first; of those that came in the same second, the last name first."""
        prefix = statements_prefix(of)
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        versions = [
            FileVersion(
                key=each["Key"],
                version=each.get("VersionId", NO_VERSION),
                etag=each["ETag"].strip('"'),
                size=each["Size"],
                arrived_at=each["LastModified"].astimezone(UTC),
                is_latest=each["IsLatest"],
            )
            for page in pages
            for each in page.get("Versions", [])
            if is_file_name(each["Key"].removeprefix(prefix))
        ]
        versions.sort(key=lambda each: (each.arrived_at, each.is_latest, each.key), reverse=True)
        return versions

    def add(self, of: AccountDay, name: str, content: bytes) -> str:
        """Its key. `name` must follow from `content`: what is there under it already stays."""
        key = statements_prefix(of) + name
        try:
            self._client.put_object(Bucket=self.bucket, Key=key, Body=content, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in THERE_ALREADY:
                raise
        return key

    def read(self, file: FileVersion) -> bytes:
        content: bytes = self._open(file).read()
        return content

    def hash(self, file: FileVersion) -> str:
        """SHA-256 without holding the file."""
        digest = hashlib.sha256()
        for chunk in self._open(file).iter_chunks():
            digest.update(chunk)
        return digest.hexdigest()

    def _open(self, file: FileVersion) -> Any:
        return self._client.get_object(Bucket=self.bucket, **file.place)["Body"]


class ReportFiles:
    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, key: str, content: bytes, content_type: str) -> None:
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=content, ContentType=content_type
        )

    def link(self, key: str) -> str:
        """A URL that opens the report without a key, for five minutes."""
        url: str = self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=LINK_SECONDS,
        )
        return url
