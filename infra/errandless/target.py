"""Which AWS is meant: an account of AWS, or the local one."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config


@dataclass(frozen=True, slots=True)
class Target:
    """`endpoint_url` None: AWS itself, with the operator's own credentials."""

    region: str
    endpoint_url: str | None = None

    @property
    def is_local(self) -> bool:
        return self.endpoint_url is not None

    def client(self, service: str) -> Any:
        session = self.session()
        config = Config(
            retries={"mode": "standard", "max_attempts": 5},
            s3={"addressing_style": "path" if self.is_local else "auto"},
        )
        return session.client(service, endpoint_url=self.endpoint_url, config=config)

    def session(self) -> boto3.session.Session:
        if self.is_local:
            return boto3.session.Session("test", "test", region_name=self.region)
        return boto3.session.Session(region_name=self.region)
