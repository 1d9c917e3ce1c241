"""What a portal's POST was answered, kept so that a repeat gets the same bytes."""

from dataclasses import dataclass

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
