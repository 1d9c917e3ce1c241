"""The check that the aggregators' signatures share."""

import hmac
from collections.abc import Iterable

from chalicelib.errors import SignatureRefused


def require_signature(keys: Iterable[bytes], text: bytes, given: str, digest: str) -> None:
    """`given`: hexadecimal. Every key is tried: how long it takes tells nothing about one.

    Raises: SignatureRefused"""
    told = given.lower().encode("utf-8", "surrogatepass")
    held = [
        hmac.compare_digest(hmac.digest(key, text, digest).hex().encode(), told) for key in keys
    ]
    if not any(held):
        raise SignatureRefused("notification_signature", "the signature does not hold")
