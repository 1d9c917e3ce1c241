import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.province_document import parse_province
from chalicelib.errors import DataFault
from chalicelib.storage.secrets import Secrets
from tests.domain.province_documents import small_document
from tests.storage.setup_table import REGION

ACCOUNT: ChannelAccount = parse_province(small_document()).channel_accounts[0]
NAME = "errandless/quangninh/vnpay/quangninh"


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client(
            "secretsmanager",
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def open_secrets(client: Any) -> Secrets:
    return Secrets(client, "errandless/quangninh/")


def test_credentials_are_read_under_the_prefix_and_the_account_s_name(client: Any) -> None:
    text = '{"current": {"hash_secret": "new"}, "previous": {"hash_secret": "old"}}'
    client.create_secret(Name=NAME, SecretString=text)
    secret = open_secrets(client).read_credentials(ACCOUNT)
    assert secret.current == {"hash_secret": "new"}
    assert secret.previous == {"hash_secret": "old"}


def test_credentials_are_asked_for_once_a_minute(client: Any) -> None:
    calls: list[str] = []
    client.meta.events.register("before-call.*.*", lambda model, **_: calls.append(model.name))
    secrets = open_secrets(client)
    secrets.write_secret(ACCOUNT.secret_name, {"hash_secret": "new"})
    calls.clear()
    for _ in range(5):
        assert secrets.read_credentials(ACCOUNT).previous is None
    assert calls == ["GetSecretValue"]


def test_a_secret_that_was_written_again_is_the_new_one(client: Any) -> None:
    secrets = open_secrets(client)
    secrets.write_secret(ACCOUNT.secret_name, {"hash_secret": "one"})
    assert secrets.read_credentials(ACCOUNT).current == {"hash_secret": "one"}
    secrets.write_secret(ACCOUNT.secret_name, {"hash_secret": "two"}, {"hash_secret": "one"})
    secret = secrets.read_credentials(ACCOUNT)
    assert secret.current == {"hash_secret": "two"}
    assert secret.previous == {"hash_secret": "one"}
    stored = json.loads(client.get_secret_value(SecretId=NAME)["SecretString"])
    assert stored == {"current": {"hash_secret": "two"}, "previous": {"hash_secret": "one"}}


def test_a_missing_secret_is_named(client: Any) -> None:
    secrets = open_secrets(client)
    assert not secrets.has_secret(ACCOUNT.secret_name)
    with pytest.raises(DataFault, match=ACCOUNT.secret_name):
        secrets.read_credentials(ACCOUNT)


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        '"hunter2"',
        '["hunter2"]',
        '{"current": {"hash_secret": "hunter2"}}',
        '{"current": "hunter2", "previous": null}',
        '{"current": {"hash_secret": ["hunter2"]}, "previous": null}',
        '{"current": {}, "previous": "hunter2"}',
    ],
)
def test_an_unreadable_secret_is_refused_without_showing_it(client: Any, text: str) -> None:
    client.create_secret(Name=NAME, SecretString=text)
    with pytest.raises(DataFault) as caught:
        open_secrets(client).read_credentials(ACCOUNT)
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


def test_a_secret_does_not_show_in_its_repr(client: Any) -> None:
    client.create_secret(
        Name=NAME, SecretString='{"current": {"hash_secret": "hunter2"}, "previous": null}'
    )
    assert "hunter2" not in repr(open_secrets(client).read_credentials(ACCOUNT))
