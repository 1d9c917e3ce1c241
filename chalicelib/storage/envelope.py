"""Seals personal data and small secrets: AES-256-GCM under a data key that KMS wraps.

sealed = version (1) | data key's id (8) | nonce (12) | ciphertext | tag (16)

A process asks KMS once for each data key it meets, as a rule once in its life. `context` says what
the text belongs to; it is authenticated, so that a sealed text is worthless in another row. Nonces
are random: one data key is good for 2 ** 32 texts, rotate it long before.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import DataFault, TryLater
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, put_absent_action, put_action

if TYPE_CHECKING:
    from types_boto3_kms.client import KMSClient

VERSION = b"\x01"
ID_BYTES = 8
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD_BYTES = len(VERSION) + ID_BYTES + NONCE_BYTES + TAG_BYTES

_HEADER_BYTES = len(VERSION) + ID_BYTES
_TRANSIENT = frozenset(
    {"ThrottlingException", "KMSInternalException", "DependencyTimeoutException", "RequestTimeout"}
)


class Envelope:
    """`key_id`: the KMS key. `province` is KMS's encryption context: another province's data key
    does not unwrap here."""

    def __init__(
        self,
        kms: "KMSClient",
        dynamo: Dynamo,
        table: str,
        *,
        key_id: str,
        province: str,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._kms = kms
        self._dynamo = dynamo
        self._table = table
        self._key_id = key_id
        self._encryption_context = {"province": province}
        self._random_bytes = random_bytes
        self._data_keys: dict[bytes, bytes] = {}
        self._current: bytes | None = None
        self._search_key: bytes | None = None

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Raises: DataFault before `create_data_key` was ever called; TryLater."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        data_key_id = self._current_id()
        header = VERSION + data_key_id
        nonce = self._random_bytes(NONCE_BYTES)
        cipher = AESGCM(self._data_keys[data_key_id])
        return header + nonce + cipher.encrypt(nonce, plaintext, header + context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises: DataFault when it was altered, belongs elsewhere or its key is gone; TryLater."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        header, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        if header[: len(VERSION)] != VERSION or len(sealed) < OVERHEAD_BYTES:
            raise DataFault("sealed_text", "a sealed text has an unknown form")
        cipher = AESGCM(self._data_key(header[len(VERSION) :]))
        nonce, ciphertext = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, ciphertext, header + context.encode())
        except InvalidTag:
            raise DataFault(
                "sealed_text", "a sealed text was altered or belongs elsewhere"
            ) from None

    def payer_search_hash(self, kind: str, value: str) -> str:
        """A keyed hash by which rows of the same identity or phone number are found. Spaces, dashes
        and letter case do not count."""
        plain = unicodedata.normalize("NFKC", value).casefold()
        letters = "".join(letter for letter in plain if letter.isalnum())
        return self._keyed_hash(f"{kind}|{letters}".encode())[:32]

    def fingerprint(self, content: bytes) -> str:
        """A keyed hash: equal for equal bytes, and nothing to try guesses against."""
        return self._keyed_hash(b"content|" + content)

    def _keyed_hash(self, message: bytes) -> str:
        if self._search_key is None:
            item = self._dynamo.get(self._table, keys.search_key_key())
            if item is None:
                raise _missing()
            self._search_key = self.open(item["sealed"], "search key")
        return hmac.new(self._search_key, message, hashlib.sha256).hexdigest()

    def create_data_key(self) -> bool:
        """The first data key and the search key, each if absent; racing callers agree. True when
        this call made the data key."""
        is_new = self._dynamo.get(self._table, keys.current_data_key_key()) is None
        if is_new:
            is_new = self._write_data_key(Expressions().require_absent("pk"))
        if self._dynamo.get(self._table, keys.search_key_key()) is None:
            sealed = self.seal(self._random_bytes(32), "search key")
            self._dynamo.put_if_absent(self._table, {**keys.search_key_key(), "sealed": sealed})
        return is_new

    def rotate_data_key(self) -> None:
        """New texts get a new key; what was sealed before stays readable. Running processes take
        the new key up when they are replaced.

        Raises: TryLater when somebody else rotated it at the same moment."""
        current = self._current_id()
        if not self._write_data_key(Expressions().require_equal("data_key_id", current)):
            raise TryLater("data_key_rotated", "somebody else rotated the data key just now")

    def _write_data_key(self, condition: Expressions) -> bool:
        made = self._ask_kms("generate_data_key", KeyId=self._key_id, KeySpec="AES_256")
        data_key_id = self._random_bytes(ID_BYTES)
        row = {"data_key_id": data_key_id, "wrapped": made["CiphertextBlob"]}
        refused = self._dynamo.transact(
            [
                put_absent_action(self._table, {**keys.data_key_key(data_key_id.hex()), **row}),
                put_action(self._table, {**keys.current_data_key_key(), **row}, condition),
            ]
        )
        self._current = None
        return refused is None

    def _current_id(self) -> bytes:
        if self._current is None:
            item = self._dynamo.get(self._table, keys.current_data_key_key())
            if item is None:
                raise _missing()
            current: bytes = item["data_key_id"]
            self._unwrap(current, item["wrapped"])
            self._current = current
        return self._current

    def _data_key(self, data_key_id: bytes) -> bytes:
        if data_key_id not in self._data_keys:
            item = self._dynamo.get(self._table, keys.data_key_key(data_key_id.hex()))
            if item is None:
                raise DataFault("data_key_missing", f"there is no data key {data_key_id.hex()}")
            self._unwrap(data_key_id, item["wrapped"])
        return self._data_keys[data_key_id]

    def _unwrap(self, data_key_id: bytes, wrapped: bytes) -> None:
        if data_key_id not in self._data_keys:
            answer = self._ask_kms("decrypt", KeyId=self._key_id, CiphertextBlob=wrapped)
            self._data_keys[data_key_id] = answer["Plaintext"]

    def _ask_kms(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._kms, operation)(
                EncryptionContext=self._encryption_context, **parameters
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _TRANSIENT:
                raise TryLater("kms_busy", "the key store is busy; send it again") from error
            raise
        except BotoCoreError as error:
            raise TryLater("kms_unreachable", "the key store did not answer") from error
        return answer


def _missing() -> DataFault:
    return DataFault("data_key_missing", "the province has no data key yet; seed it")
