import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from standardwebhooks.webhooks import Webhook

from chalicelib.domain.portals import (
    CLERK_SCOPES,
    OPERATOR_SCOPES,
    PORTAL_SCOPES,
    OperatorKey,
    PortalKey,
    hash_key,
    is_registered_return_url,
)
from chalicelib.domain.province import NO_SECRET, Mode
from chalicelib.errors import DataFault
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.envelope import Envelope
from chalicelib.storage.secrets import Secrets
from chalicelib.storage.setup import Setup
from infra.errandless.paths import PROVINCES
from infra.errandless.seed import SeedResult, seed_province
from infra.simulator import published_accounts
from tests.storage.setup_table import REGION, counted_bytes

SIMULATOR = "http://127.0.0.1:8100"
NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


class Stack:
    """A deployed stack as seeding sees it: clients and outputs."""

    def __init__(self, table: str = "setup") -> None:
        self.table = table
        self.session = boto3.session.Session("test", "test", region_name=REGION)
        self.clients: dict[str, Any] = {}
        self.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.outputs = {
            "Province": "quangninh",
            "SetupTable": table,
            "DataKeyId": self.client("kms").create_key()["KeyMetadata"]["KeyId"],
            "SecretsPrefix": "errandless/quangninh/",
        }
        self.random_bytes = counted_bytes(1)

    def client(self, service: str) -> Any:
        return self.clients.setdefault(service, self.session.client(service))

    def seed(self, simulator: str | None = SIMULATOR, **options: Any) -> SeedResult:
        substitutions = {} if simulator is None else {"SIMULATOR_URL": simulator}
        given: dict[str, Any] = {
            "local": True,
            "random_bytes": self.random_bytes,
            "now": lambda: NOW,
        }
        return seed_province(
            self.client,
            self.outputs,
            "quangninh",
            substitutions=substitutions,
            **(given | options),
        )

    def setup(self) -> Setup:
        dynamo = Dynamo(self.client("dynamodb"))
        envelope = Envelope(
            self.client("kms"),
            dynamo,
            self.table,
            key_id=self.outputs["DataKeyId"],
            province="quangninh",
            random_bytes=self.random_bytes,
        )
        return Setup(dynamo, self.table, envelope, lambda: NOW)

    def secrets(self) -> Secrets:
        return Secrets(self.client("secretsmanager"), "errandless/quangninh/")

    def rows(self) -> list[Any]:
        rows = self.client("dynamodb").scan(TableName=self.table)["Items"]
        return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))

    def stored_secrets(self) -> dict[str, str]:
        client = self.client("secretsmanager")
        return {
            entry["Name"]: client.get_secret_value(SecretId=entry["Name"])["VersionId"]
            for entry in client.list_secrets()["SecretList"]
        }


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        yield Stack()


def test_a_sandbox_has_everything_that_a_first_payment_needs(stack: Stack) -> None:
    result = stack.seed()
    setup = stack.setup()
    province = setup.read_province()
    assert result.province_version == province.version
    assert province.outbound_origins == (SIMULATOR,)
    assert result.missing_secrets == result.left_out == ()

    assert result.portal_key is not None
    assert result.operator_key is not None
    portal_hash, operator_hash = hash_key(result.portal_key), hash_key(result.operator_key)
    assert setup.find_key(portal_hash, NOW) == PortalKey(
        portal_hash, "demo", Mode.TEST, PORTAL_SCOPES, NOW, last_four=result.portal_key[-4:]
    )
    assert setup.find_key(operator_hash, NOW) == OperatorKey(
        operator_hash,
        "demo operator",
        OPERATOR_SCOPES,
        NOW,
        last_four=result.operator_key[-4:],
    )
    assert result.clerk_key is not None
    clerk_hash = hash_key(result.clerk_key)
    assert setup.find_key(clerk_hash, NOW) == OperatorKey(
        clerk_hash,
        "demo clerk",
        CLERK_SCOPES,
        NOW,
        last_four=result.clerk_key[-4:],
        counters=frozenset({"bai-chay-1", "so-noi-vu-1"}),
    )
    portal = setup.read_portal("demo")
    assert portal is not None
    assert is_registered_return_url(portal, f"{SIMULATOR}/portal/return")
    (endpoint,) = setup.list_endpoints("demo")
    assert endpoint.url == f"{SIMULATOR}/portal/notices"
    assert endpoint.secrets == (result.webhook_secret,)


def test_channel_credentials_are_the_simulator_s(stack: Stack) -> None:
    result = stack.seed()
    published = published_accounts(SIMULATOR)
    met = []
    for account in stack.setup().read_province().channel_accounts:
        if account.secret_name == NO_SECRET:
            continue
        secret = stack.secrets().read_credentials(account)
        known = {"fields": dict(account.fields), "secret": secret.current}
        assert (account.channel, known) in published
        assert secret.previous is None
        about = {"account": account.account, **account.fields, **secret.current}
        met.append({"channel": account.channel, **about})
    assert list(result.accounts) == met
    assert {"vnpay", "sandbox", "vietqr", "biller", "viettelmoney"} == set(result.channels)
    assert {each["account"] for each in result.channels.values()} == {"quangninh"}
    assert [each["account"] for each in met if each["channel"] == "vietqr"] == [
        "quangninh",
        "quangninh-vietinbank",
    ]


def test_the_webhook_secret_is_one_that_an_independent_library_takes(stack: Stack) -> None:
    secret = stack.seed().webhook_secret or ""
    webhook = Webhook(secret)
    signature = webhook.sign("msg_1", NOW, "{}")
    assert signature.startswith("v1,")


def test_a_second_run_changes_no_row_and_no_secret_and_knows_the_same_keys(stack: Stack) -> None:
    first = stack.seed()
    rows, secrets = stack.rows(), stack.stored_secrets()
    assert stack.seed() == first
    assert stack.rows() == rows
    assert stack.stored_secrets() == secrets


def test_a_revoked_key_stays_dead_and_the_next_one_follows(stack: Stack) -> None:
    first = stack.seed()
    assert stack.setup().revoke_key(hash_key(first.portal_key or ""), NOW)
    second = stack.seed()
    assert second.portal_key != first.portal_key
    assert second.operator_key == first.operator_key
    assert stack.setup().find_key(hash_key(first.portal_key or ""), NOW) is None
    assert stack.setup().find_key(hash_key(second.portal_key or ""), NOW) is not None


def test_keys_of_two_stacks_have_nothing_in_common(stack: Stack) -> None:
    first = stack.seed()
    other = Stack("another")
    other.random_bytes = counted_bytes(2)
    second = other.seed()
    assert first.portal_key != second.portal_key
    assert first.operator_key != second.operator_key
    assert first.webhook_secret != second.webhook_secret


def test_secrets_do_not_show_in_the_result_s_repr(stack: Stack) -> None:
    result = stack.seed()
    keys = (result.portal_key, result.operator_key, result.clerk_key)
    for secret in (*keys, result.webhook_secret):
        assert secret
        assert secret not in repr(result)


def test_without_a_simulator_there_is_no_portal_no_key_and_no_account_of_it(stack: Stack) -> None:
    result = stack.seed(simulator=None, local=False)
    assert result.portal_key is result.operator_key is result.webhook_secret is None
    assert result.clerk_key is None
    assert result.left_out == (
        *("vnpay/quangninh", "sandbox/quangninh", "vietqr/quangninh"),
        *("vietqr/quangninh-vietinbank", "biller/quangninh"),
        *("cash/bai-chay-1", "cash/so-noi-vu-1", "pos/bai-chay", "viettelmoney/quangninh"),
    )
    assert result.channels == {}
    assert stack.stored_secrets() == {}
    province = stack.setup().read_province()
    assert province.channel_accounts == ()
    assert province.outbound_origins == ()
    kinds = {row["pk"]["S"].partition("#")[0] for row in stack.rows()}
    assert kinds == {"PROVINCE", "DATAKEY", "DECOY"}


@pytest.mark.parametrize("simulator", [SIMULATOR, "http://sim.example", "https://127.0.0.1", "x"])
def test_aws_is_never_pointed_at_a_simulator_on_this_machine(stack: Stack, simulator: str) -> None:
    with pytest.raises(DataFault, match="cannot reach a simulator"):
        stack.seed(simulator=simulator, local=False)
    assert stack.rows() == []


def test_another_province_s_stack_is_refused_before_anything_is_written(stack: Stack) -> None:
    stack.outputs["Province"] = "binhduong"
    with pytest.raises(DataFault, match="belongs to binhduong"):
        stack.seed()
    assert stack.rows() == []


def test_files_with_problems_write_nothing(stack: Stack, tmp_path: Path) -> None:
    shutil.copytree(PROVINCES / "quangninh", tmp_path / "quangninh")
    with (tmp_path / "quangninh" / "payee_units.csv").open("a", encoding="utf-8") as file:
        file.write("QNSTP,a,a,a,1,a,1,2025-01-01,\n")
    with pytest.raises(
        DataFault, match=r"payee_units\.csv:22: code: the code 'QNSTP' is there twice"
    ):
        stack.seed(provinces=tmp_path)
    assert stack.rows() == []


def test_a_live_account_s_secret_is_never_written_only_missed(stack: Stack, tmp_path: Path) -> None:
    shutil.copytree(PROVINCES / "quangninh", tmp_path / "quangninh")
    file = tmp_path / "quangninh" / "channel_accounts.json"
    live = json.loads(file.read_text(encoding="utf-8"))[0] | {
        "account": "treasury",
        "mode": "live",
        "secret_name": "vnpay/treasury",
        "fields": {
            "tmn_code": "QNPAY001",
            "payment_url": "https://pay.vnpay.vn/vpcpay.html",
            "api_url": "https://pay.vnpay.vn/merchant_webapi/api/transaction",
        },
    }
    file.write_text(json.dumps([live]), encoding="utf-8")
    result = stack.seed(simulator=None, local=False, provinces=tmp_path)
    assert result.missing_secrets == ("vnpay/treasury",)
    assert stack.stored_secrets() == {}
    stack.secrets().write_secret("vnpay/treasury", {"hash_secret": "written by a person"})
    before = stack.stored_secrets()
    assert stack.seed(simulator=None, local=False, provinces=tmp_path).missing_secrets == ()
    assert stack.stored_secrets() == before
