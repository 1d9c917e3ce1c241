"""AWS clients on moto, made once for all tests: making one costs more than most tests."""

from functools import cache
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from chalicelib.storage.client_config import config_of
from chalicelib.wiring import Platform

REGION = "ap-southeast-1"
# moto does not know the endpoints that carry the account's number.
MOTO_CONFIG = Config(account_id_endpoint_mode="disabled")
# Nobody checks a signature here, and signing is a tenth of a call's time.
PLAIN_CONFIG = MOTO_CONFIG.merge(Config(signature_version=UNSIGNED))


@cache
def client(service: str) -> Any:
    session = boto3.session.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION
    )
    extra = PLAIN_CONFIG if service == "dynamodb" else MOTO_CONFIG
    return session.client(service, config=config_of(service).merge(extra))


class SharingPlatform(Platform):
    def client(self, service: str) -> Any:
        return client(service)
