"""Signatures judged by PyPI `standardwebhooks`, by openssl and by published values."""

import base64
import datetime
import subprocess

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.signing import hmac_hex, is_same, sha256_hex, sign_webhook, write_webhook_secret

FIRST = write_webhook_secret(bytes(range(32)))
SECOND = write_webhook_secret(bytes(range(32, 64)))
BODY = '{"type":"order.paid","note":"Lệ phí 15.000đ"}'.encode()


@pytest.fixture
def now() -> int:
    """Of this test: the suite may take longer than the five minutes that a signature holds."""
    return round(datetime.datetime.now(datetime.UTC).timestamp())


def test_the_independent_library_accepts_our_signature_and_reads_the_body(now: int) -> None:
    headers = dict(sign_webhook([FIRST], "evt_1", now, BODY))
    assert Webhook(FIRST).verify(BODY, headers) == {
        "type": "order.paid",
        "note": "Lệ phí 15.000đ",
    }


def test_our_signature_is_the_one_that_the_independent_library_makes(now: int) -> None:
    sent_at = datetime.datetime.fromtimestamp(now, datetime.UTC)
    expected = Webhook(FIRST).sign("evt_1", sent_at, BODY.decode())
    assert sign_webhook([FIRST], "evt_1", now, BODY)["webhook-signature"] == expected


@pytest.mark.parametrize("secret", [FIRST, SECOND])
def test_with_two_secrets_each_of_them_verifies(now: int, secret: str) -> None:
    headers = dict(sign_webhook([FIRST, SECOND], "evt_1", now, BODY))
    assert Webhook(secret).verify(BODY, headers)
    assert headers["webhook-signature"].count("v1,") == 2


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_the_independent_library_refuses_a_changed_header(now: int, header: str) -> None:
    changed = {
        "webhook-id": "evt_2",
        "webhook-timestamp": str(now - 1),
        "webhook-signature": "v1,AAAA",
    }
    headers = {**sign_webhook([FIRST], "evt_1", now, BODY), header: changed[header]}
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(BODY, headers)


def test_the_independent_library_refuses_a_changed_body_and_another_secret(now: int) -> None:
    headers = dict(sign_webhook([FIRST], "evt_1", now, BODY))
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECOND).verify(BODY, headers)


def test_a_secret_is_written_as_the_specification_says() -> None:
    assert base64.b64decode(FIRST.removeprefix("whsec_")) == bytes(range(32))


def test_keyed_hashes_are_those_of_rfc_4231() -> None:
    key, message = b"Jefe", b"what do ya want for nothing?"
    assert hmac_hex(key, message) == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert hmac_hex(key, message, "sha512") == (
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    )


def test_the_plain_hash_is_what_openssl_says() -> None:
    said = subprocess.run(
        ["openssl", "dgst", "-sha256", "-r"], input=BODY, capture_output=True, check=True
    )
    assert sha256_hex(BODY) == said.stdout.split()[0].decode()


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        ("ab", "ab", True),
        ("ab", "AB", False),
        ("ab", "abc", False),
        ("ab", "", False),
        ("đ", "đ", True),
    ],
)
def test_texts_are_compared_exactly(expected: str, given: str, same: bool) -> None:
    assert is_same(expected, given) is same
