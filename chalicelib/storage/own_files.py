"""Our own files for acquirers, in the bucket of the reports: one object for each revision, which is
never written again."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.breaks import AccountDay
from chalicelib.storage.files import THERE_ALREADY

CONTENT_TYPE = "text/plain"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """`form`: the layout's name."""

    of: AccountDay
    form: str
    extension: str
    revision: int

    @property
    def key(self) -> str:
        return f"{self.folder}r{self.revision:04d}.{self.extension}"

    @property
    def folder(self) -> str:
        day = self.of.business_day.isoformat()
        return f"own_files/{self.of.channel}/{self.of.account}/{day}/{self.form}/"


class OwnFiles:
    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read_newest(self, file: OwnFile) -> tuple[int, bytes] | None:
        """The last revision there is and its content, whatever `file.revision` says."""
        listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=file.folder)
        keys = sorted(each["Key"] for each in listed.get("Contents", []))
        if not keys:
            return None
        content: bytes = self._client.get_object(Bucket=self._bucket, Key=keys[-1])["Body"].read()
        return int(keys[-1].rpartition("/r")[2].partition(".")[0]), content

    def add(self, file: OwnFile, content: bytes) -> bool:
        """False when this revision is there already."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=file.key,
                Body=content,
                ContentType=CONTENT_TYPE,
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in THERE_ALREADY:
                raise
            return False
        return True
