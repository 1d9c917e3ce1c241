"""Every key format, with what is read by it. Nothing else in the project builds a key.

| row           | pk                              | sk | read by                                 |
|---------------|---------------------------------|----|-----------------------------------------|
| order         | O#<payment code>                | -  | code: API, pages, notifications         |
| obligation    | REF#<mode>#<unit>#<reference>   | -  | create, in its own transaction          |
| transaction   | T#<channel>#<account>#<number>  | -  | confirm, in its own transaction         |
| case          | CASE#<case id>                  | -  | case id                                 |
| stored answer | I#<portal>#<key hash>           | -  | repeated POSTs other than create        |
| receipt       | R#<series>#<number>             | -  | number                                  |
| series        | S#<series>                      | -  | the numberer, in its own transaction    |

All of these are in the ledger table and are read by key, consistently. Its index `due`
(due_shard, due_at) holds the orders for which something is to be done by a time: ask, expire, or
make good lost effects.
"""

import hashlib

from chalicelib.domain.province import Mode

DUE_INDEX = "due"
DUE_SHARDS = 8


Key = dict[str, str]


def order_key(payment_code: str) -> Key:
    return {"pk": f"O#{payment_code}", "sk": "-"}


def obligation_key(mode: Mode, payee_unit: str, reference: str) -> Key:
    return {"pk": f"REF#{mode}#{payee_unit}#{reference}", "sk": "-"}


def transaction_key(channel: str, account: str, provider_transaction: str) -> Key:
    return {"pk": f"T#{channel}#{account}#{provider_transaction}", "sk": "-"}


def case_key(case_id: str) -> Key:
    return {"pk": f"CASE#{case_id}", "sk": "-"}


def stored_answer_key(portal: str, idempotency_key_hash: bytes) -> Key:
    return {"pk": f"I#{portal}#{idempotency_key_hash.hex()}", "sk": "-"}


def receipt_key(series: str, number: int) -> Key:
    return {"pk": f"R#{series}#{number:07d}", "sk": "-"}


def series_key(series: str) -> Key:
    return {"pk": f"S#{series}", "sk": "-"}


def due_shard(payment_code: str) -> str:
    """Spreads the index over partitions; the code's body is uniform already."""
    return shard_of(payment_code, DUE_SHARDS)


def due_shards() -> tuple[str, ...]:
    return tuple(str(shard) for shard in range(DUE_SHARDS))


def shard_of(text: str, shards: int) -> str:
    return str(int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % shards)
