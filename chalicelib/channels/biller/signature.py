"""The one signature of the biller interface, both ways; its guide: infra/guides/connect-a-bank.md.

Lower-case hex of HMAC-SHA256 with the account's `signing_key`, over lines joined by a line feed:

    request   ERRANDLESS-REQUEST-1, partner code, method, path, timestamp, nonce, body's hash
    answer    ERRANDLESS-ANSWER-1, partner code, HTTP status, timestamp, nonce, body's hash

The body's hash is lower-case hex SHA-256 of its bytes, also of none. An answer repeats the
request's nonce, so that no answer passes for another's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.channels.contract import Credentials
from chalicelib.channels.credentials import accepted_keys, read_field, signing_key
from chalicelib.errors import SignatureRefused
from chalicelib.signing import hmac_hex, is_same, sha256_hex

PARTNER_HEADER = "X-Biller-Partner"
TIMESTAMP_HEADER = "X-Biller-Timestamp"
NONCE_HEADER = "X-Biller-Nonce"
SIGNATURE_HEADER = "X-Biller-Signature"
HEADERS = (PARTNER_HEADER, TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER)

WINDOW = timedelta(minutes=5)
NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
TIMESTAMP = re.compile(r"[0-9]{10}")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """`headers`: by lower-case name. `path`: as it is documented, without what stands before
    `/biller`."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw_body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    @property
    def nonce(self) -> str:
        return self.header(NONCE_HEADER)

    @property
    def fingerprint(self) -> str:
        """Of what is asked, whenever it was signed."""
        return f"{self.method} {self.path} {sha256_hex(self.raw_body)}"


def check_signature(credentials: Credentials, request: SignedRequest, now: datetime) -> None:
    """Raises: SignatureRefused: `signature_missing`, `signature_wrong`, `signature_expired`.
    Whether it is expired is said only of a signature that holds."""
    timestamp, nonce = request.header(TIMESTAMP_HEADER), request.nonce
    if not (TIMESTAMP.fullmatch(timestamp) and NONCE.fullmatch(nonce)):
        raise SignatureRefused("signature_missing", "a header of the signature is not well formed")
    partner = read_field(credentials, "partner_code")
    text = _request_text(partner, request, timestamp)
    given = request.header(SIGNATURE_HEADER).encode("utf-8", "replace").decode()
    is_signed = [
        is_same(hmac_hex(key, text), given) for key in accepted_keys(credentials, "signing_key")
    ]
    if not any(is_signed) or not is_same(partner, request.header(PARTNER_HEADER)):
        raise SignatureRefused("signature_wrong", "the signature does not hold")
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise SignatureRefused("signature_expired", "it was signed too long ago, or ahead of us")


def _request_text(partner: str, request: SignedRequest, timestamp: str) -> bytes:
    lines = (
        "ERRANDLESS-REQUEST-1",
        partner,
        request.method,
        request.path,
        timestamp,
        request.nonce,
        sha256_hex(request.raw_body),
    )
    return "\n".join(lines).encode("utf-8", "replace")


def sign_answer(
    credentials: Credentials, nonce: str, status: int, body: bytes, now: datetime
) -> Mapping[str, str]:
    """The headers of an answer."""
    partner = read_field(credentials, "partner_code")
    timestamp = str(int(now.timestamp()))
    lines = ("ERRANDLESS-ANSWER-1", partner, str(status), timestamp, nonce, sha256_hex(body))
    key = signing_key(credentials, "signing_key")
    return {
        PARTNER_HEADER: partner,
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: hmac_hex(key, "\n".join(lines).encode()),
    }
