"""Keys that sign what is checked without us: Ed25519, one list for each purpose and mode. The
private halves are sealed by the envelope. The newest one signs; the older ones, which are printed
on paper already, stay published until an operator retires them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.province import Mode
from chalicelib.errors import Conflict, NotFound
from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.envelope import Envelope
from chalicelib.storage.expressions import Expressions, Item

OPEN_CODES = "open-codes"
PRIVATE_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`key_id`: its mode's first letter and a number. `public`: 32 bytes."""

    key_id: str
    mode: Mode
    public: bytes
    created_at: datetime
    retired_at: datetime | None
    sealed_private: bytes = field(repr=False)


class SigningKeys:
    def __init__(
        self,
        dynamo: Dynamo,
        table: str,
        envelope: Envelope,
        random_bytes: Callable[[int], bytes],
        *,
        purpose: str = OPEN_CODES,
    ) -> None:
        self._dynamo = dynamo
        self._table = table
        self._envelope = envelope
        self._random_bytes = random_bytes
        self._purpose = purpose

    def list_live(self, mode: Mode) -> tuple[SigningKey, ...]:
        """Published ones, newest first."""
        return tuple(key for key in self._list(mode) if key.retired_at is None)

    def current(self, mode: Mode, now: datetime) -> SigningKey:
        """The one that signs; the first is made when it is first asked for."""
        live = self.list_live(mode)
        return live[0] if live else self.add(mode, now)

    def add(self, mode: Mode, now: datetime) -> SigningKey:
        """It signs from now on. Whoever adds at the same moment finds the other's."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key_id = f"{mode.value[0]}{len(self._list(mode)) + 1}"
        private = self._random_bytes(PRIVATE_BYTES)
        public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        item = {
            **keys.signing_key_key(self._purpose, mode, key_id),
            "public": public,
            "created_at": to_epoch_ms(now),
            "sealed_private": self._envelope.seal(private, self._context(mode, key_id)),
        }
        before = self._dynamo.put_if_absent(self._table, item)
        return _from_item(item if before is None else before, mode)

    def retire(self, mode: Mode, key_id: str, now: datetime) -> None:
        """What it signed is no longer believed. Raises: NotFound; Conflict for the only one."""
        live = [key.key_id for key in self.list_live(mode)]
        if key_id not in live:
            raise NotFound("signing_key_not_found", f"no live key {key_id}")
        if len(live) == 1:
            raise Conflict("signing_key_last", "add another key first")
        change = Expressions().set("retired_at", to_epoch_ms(now)).require_absent("retired_at")
        change.require_present("pk")
        self._dynamo.update(self._table, keys.signing_key_key(self._purpose, mode, key_id), change)

    def signer(self, key: SigningKey) -> Callable[[bytes], bytes]:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        context = self._context(key.mode, key.key_id)
        private = self._envelope.open(key.sealed_private, context)
        return Ed25519PrivateKey.from_private_bytes(private).sign

    def _context(self, mode: Mode, key_id: str) -> str:
        return f"signing|{self._purpose}|{mode}|{key_id}"

    def _list(self, mode: Mode) -> list[SigningKey]:
        """Newest first. Few: one for each rotation."""
        pk = keys.signing_key_key(self._purpose, mode, "")["pk"]
        rows, _ = self._dynamo.query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        found = [_from_item(row, mode) for row in rows]
        return sorted(found, key=lambda key: int(key.key_id[1:]), reverse=True)


def _from_item(item: Item, mode: Mode) -> SigningKey:
    retired_at = item.get("retired_at")
    return SigningKey(
        key_id=item["sk"],
        mode=mode,
        public=item["public"],
        created_at=from_epoch_ms(item["created_at"]),
        retired_at=None if retired_at is None else from_epoch_ms(retired_at),
        sealed_private=item["sealed_private"],
    )
