"""Keyed hashes, and the signature of Standard Webhooks on what we send to portals."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Literal

Algorithm = Literal["sha256", "sha512"]

# Standard Webhooks: 24 to 64 random bytes, written in base64 behind this prefix.
WEBHOOK_SECRET_PREFIX = "whsec_"  # noqa: S105
WEBHOOK_SECRET_BYTES = 32


def hmac_bytes(secret: bytes, message: bytes, algorithm: Algorithm = "sha256") -> bytes:
    return hmac.digest(secret, message, algorithm)


def hmac_hex(secret: bytes, message: bytes, algorithm: Algorithm = "sha256") -> str:
    """Lower case."""
    return hmac_bytes(secret, message, algorithm).hex()


def is_same(expected: str, given: str) -> bool:
    """In a time that does not depend on where they differ. Letters count as they are written."""
    return hmac.compare_digest(expected.encode(), given.encode())


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_webhook_secret(random_bytes: bytes) -> str:
    """`random_bytes`: WEBHOOK_SECRET_BYTES of them."""
    return WEBHOOK_SECRET_PREFIX + base64.b64encode(random_bytes).decode()


def sign_webhook(
    secrets: Sequence[str], message_id: str, sent_at_epoch_seconds: int, body: bytes
) -> Mapping[str, str]:
    """The three headers. Several secrets give several signatures: a portal changes its secret while
    messages are on their way.

    Source: Standard Webhooks specification 1.0.0, "Signature scheme"."""
    content = b"%s.%d.%s" % (message_id.encode(), sent_at_epoch_seconds, body)
    signatures = (
        base64.b64encode(hmac_bytes(_webhook_key(secret), content)).decode() for secret in secrets
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at_epoch_seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _webhook_key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(WEBHOOK_SECRET_PREFIX), validate=True)
