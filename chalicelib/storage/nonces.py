"""Which signed requests came before. A nonce is taken once; its row goes by itself, after the time
within which its signature would still be believed."""

from datetime import datetime, timedelta

from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.view_keys import nonce_key

KEPT = timedelta(minutes=15)


class Nonces:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def take(self, account: str, nonce: str, fingerprint: str, now: datetime) -> str | None:
        """None when it is new, else the fingerprint of the request that had it first."""
        row = {
            **nonce_key(account, nonce),
            "fingerprint": fingerprint,
            "expires_at_epoch": int((now + KEPT).timestamp()),
        }
        before = self._dynamo.put_if_absent(self._table, row)
        return None if before is None else str(before["fingerprint"])
