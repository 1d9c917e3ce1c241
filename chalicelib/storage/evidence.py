"""What providers said, as rows hold it: compressed, and sealed where it tells of persons.

A bank's notice names who transferred and from which account; those words lie in their row as
unreadable as the payer's own (decision 0105). Nothing decides from them, so most readers of a row
leave them packed.
"""

import hashlib
import zlib
from collections.abc import Callable

from chalicelib.errors import DataFault
from chalicelib.storage.compression import compress_bytes, decompress_bytes
from chalicelib.storage.envelope import Envelope

# The first byte of compressed words is a dictionary's number, and there is no dictionary 255.
SEALED = b"\xff"


class Evidence:
    """`tells_of_persons`: whether a channel's words do. Without an envelope nothing is packed, and
    only what is in clear is opened."""

    def __init__(
        self,
        envelope: Envelope | None = None,
        tells_of_persons: Callable[[str], bool] = lambda _channel: True,
    ) -> None:
        self._envelope = envelope
        self._tells_of_persons = tells_of_persons

    def pack(self, raw: bytes, channel: str, row: str) -> bytes:
        """`row`: the key of the row that they are for; sealed words open in no other.

        Raises: DataFault, TryLater."""
        packed = compress_bytes(raw)
        if not self._tells_of_persons(channel):
            return packed
        return SEALED + self._sealer().seal(packed, row)

    def open(self, packed: bytes, row: str) -> bytes:
        """The provider's own bytes.

        Raises: DataFault, TryLater."""
        if packed[:1] == SEALED:
            packed = self._sealer().open(packed[1:], row)
        try:
            return decompress_bytes(packed)
        except (zlib.error, IndexError):
            raise DataFault("evidence_unreadable", f"the words of {row} are not readable") from None

    def fingerprint(self, raw: bytes, channel: str) -> str:
        """Equal for equal bytes. Of words about persons it is keyed: whoever has the rows alone
        cannot try out who it may have been."""
        if self._tells_of_persons(channel):
            return self._sealer().fingerprint(raw)
        return hashlib.sha256(raw).hexdigest()

    def _sealer(self) -> Envelope:
        if self._envelope is None:
            raise DataFault("envelope_missing", "words about persons are sealed, and nothing seals")
        return self._envelope
