"""What a portal's POST was answered, kept so that a repeat gets the same bytes."""

from dataclasses import dataclass

from chalicelib.errors import InvalidRequest
from chalicelib.storage import keys
from chalicelib.storage.expressions import Item


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """`fingerprint`: of the request that got it; `status`: the HTTP status."""

    portal: str
    key_hash: bytes
    fingerprint: bytes
    status: int
    text: str

    def require_same_request(self, fingerprint: bytes) -> None:
        """Raises: InvalidRequest when its key was used for another body."""
        if self.fingerprint != fingerprint:
            raise InvalidRequest(
                "idempotency_key_reused", "this Idempotency-Key was used for another request"
            )

    def item(self) -> Item:
        return {
            **keys.stored_answer_key(self.portal, self.key_hash),
            "fingerprint": self.fingerprint,
            "status": self.status,
            "text": self.text,
        }

    @staticmethod
    def from_item(item: Item) -> "StoredAnswer":
        _, portal, key_hash = item["pk"].split("#", 2)
        return StoredAnswer(
            portal, bytes.fromhex(key_hash), item["fingerprint"], item["status"], item["text"]
        )
