"""Every key format, with what is read by it. Nothing else in the project builds a key.

| row           | pk                              | sk | read by                                 |
|---------------|---------------------------------|----|-----------------------------------------|
| order         | O#<payment code>                | -  | code: API, pages, notifications         |
| obligation    | REF#<mode>#<unit>#<reference>   | -  | create, in its own transaction          |
| transaction   | T#<channel>#<account>#<number>  | -  | confirm, in its own transaction         |
| message       | M#<payment no>, or              |    | `explain`; sk: notification#<content's  |
|               | M#<channel>#<account>           |    | hash> or answer#<request id>            |
| case          | CASE#<case id>                  | -  | case id                                 |
| stored answer | I#<portal>#<key hash>           | -  | repeated POSTs other than create        |
| batch         | BATCH#<batch id>                | -  | batch id: its open codes                |
| receipt       | R#<series>#<number>             | -  | number                                  |
| series        | S#<series>                      | -  | the numberer, in its own transaction    |
| file          | F#<key in its bucket>           | its version  | key and version               |
| run           | RUN#<channel>#<account>#<day>   | its revision | account-day and revision      |
| catalogue     | CATALOGUE#<version>             | -  | replay                                  |
| counter       | COUNTER#<counter>               | -  | counter: its open shift                 |
| shift         | SHIFT#<shift>                   | -  | shift                                   |
| sale          | SHIFT#<shift>                   | SALE#<request's hash> | request; shift       |
| slip          | SLIP#<account>#<number>         | -  | who records it a second time            |
| offline       | OFFLINE#<counter>#<year>        | -  | who is given a block of numbers         |
| block         | BLOCK#<block>                   | -  | block                                   |
| offline no.   | BLOCK#<block>                   | N#<number> | number; block                   |

All of these are in the ledger table and are read by key, consistently. Its index `due`
(due_shard, due_at) holds the orders, cases and reversed transactions for which something is to be
done by a time: ask, expire, or make good lost effects. The last three name what lies in the
journal's bucket, and so the stream takes its hashes into the chains.

What is exchanged with finance systems has its keys in `finance_keys.py`, in the same table.

The setup table is written by operators and read by key, through caches of a stated age:

| row          | pk                             | sk            | read by                          |
|--------------|--------------------------------|---------------|----------------------------------|
| province now | PROVINCE                       | current       | every function, at most 60 s old |
| province     | PROVINCE#<version>             | -             | version, when it changes         |
| portal       | PORTAL#<portal>                | -             | portal, at most 30 s old         |
| decoy portal | DECOY#<its name>               | -             | who looks for what is not there  |
| endpoint     | PORTAL#<portal>                | ENDPOINT#<id> | portal: where its notices go     |
| key's holder | PORTAL#<portal>, PERSON#<name> | KEY#<hash>    | operators: keys of one holder    |
| key          | KEY#<hash>                     | -             | hash, at most 30 s old           |
| data key now | DATAKEY                        | current       | whoever seals, once per process  |
| data key     | DATAKEY                        | ID#<id>       | whoever opens, once per process  |
| search key   | DATAKEY                        | search        | whoever searches for a payer     |
| signing key  | SIGNING#<purpose>#<mode>       | <key id>      | whoever signs, and all who check |
"""

import hashlib
import unicodedata
from datetime import date
from enum import StrEnum

from chalicelib.domain.province import Mode

DUE_INDEX = "due"
DUE_SHARDS = 8
ENDPOINT_PREFIX = "ENDPOINT#"
DECOY_PORTAL = "-"
HELD_KEY_PREFIX = "KEY#"
TRANSACTION_PREFIX = "T#"
CASE_PREFIX = "CASE#"
BATCH_PREFIX = "BATCH#"
FILE_PREFIX = "F#"
RUN_PREFIX = "RUN#"
CATALOGUE_PREFIX = "CATALOGUE#"
SALE_PREFIX = "SALE#"
OFFLINE_NUMBER_PREFIX = "N#"


Key = dict[str, str]


def order_key(payment_code: str) -> Key:
    return {"pk": f"O#{payment_code}", "sk": "-"}


def obligation_key(mode: Mode, payee_unit: str, reference: str) -> Key:
    return {"pk": f"REF#{mode}#{payee_unit}#{as_spoken(reference)}", "sk": "-"}


def as_spoken(reference: str) -> str:
    """However a number is spelled, it is one obligation: without spaces and invisible characters,
    in one case, full-width letters and composed marks as plain ones."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", reference).casefold())
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")


def transaction_key(channel: str, account: str, provider_transaction: str) -> Key:
    return {"pk": f"{TRANSACTION_PREFIX}{channel}#{account}#{provider_transaction}", "sk": "-"}


def message_key(subject: str, kind: str, identity: str) -> Key:
    return {"pk": f"M#{subject}", "sk": f"{kind}#{identity}"}


def case_key(case_id: str) -> Key:
    return {"pk": f"{CASE_PREFIX}{case_id}", "sk": "-"}


def stored_answer_key(portal: str, idempotency_key_hash: bytes) -> Key:
    return {"pk": f"I#{portal}#{idempotency_key_hash.hex()}", "sk": "-"}


def batch_key(batch_id: str) -> Key:
    return {"pk": f"{BATCH_PREFIX}{batch_id}", "sk": "-"}


def receipt_key(series: str, number: int) -> Key:
    return {"pk": f"R#{series}#{number:07d}", "sk": "-"}


def series_key(series: str) -> Key:
    return {"pk": f"S#{series}", "sk": "-"}


def file_key(key: str, version: str) -> Key:
    return {"pk": f"{FILE_PREFIX}{key}", "sk": version}


def run_key(channel: str, account: str, day: date, revision: int) -> Key:
    return {"pk": f"{RUN_PREFIX}{channel}#{account}#{day.isoformat()}", "sk": f"{revision:08d}"}


def catalogue_key(version: str) -> Key:
    return {"pk": f"{CATALOGUE_PREFIX}{version}", "sk": "-"}


def counter_key(counter: str) -> Key:
    return {"pk": f"COUNTER#{counter}", "sk": "-"}


def shift_key(shift: str) -> Key:
    return {"pk": f"SHIFT#{shift}", "sk": "-"}


def sale_key(shift: str, key_hash: bytes) -> Key:
    return {"pk": f"SHIFT#{shift}", "sk": f"{SALE_PREFIX}{key_hash.hex()}"}


def slip_key(account: str, number: str) -> Key:
    return {"pk": f"SLIP#{account}#{number}", "sk": "-"}


def offline_series_key(counter: str, year: int) -> Key:
    return {"pk": f"OFFLINE#{counter}#{year}", "sk": "-"}


def block_key(block: str) -> Key:
    return {"pk": f"BLOCK#{block}", "sk": "-"}


def offline_number_key(block: str, number: int) -> Key:
    return {"pk": f"BLOCK#{block}", "sk": f"{OFFLINE_NUMBER_PREFIX}{number:07d}"}


def current_province_key() -> Key:
    return {"pk": "PROVINCE", "sk": "current"}


def province_key(version: str) -> Key:
    return {"pk": f"PROVINCE#{version}", "sk": "-"}


def portal_key(portal: str) -> Key:
    return {"pk": f"PORTAL#{portal}", "sk": "-"}


def decoy_portal_key() -> Key:
    return {"pk": f"DECOY#{DECOY_PORTAL}", "sk": "-"}


def endpoint_key(portal: str, endpoint_id: str) -> Key:
    return {"pk": f"PORTAL#{portal}", "sk": f"{ENDPOINT_PREFIX}{endpoint_id}"}


def portal_holder(portal: str) -> str:
    return f"PORTAL#{portal}"


def person_holder(person: str) -> str:
    return f"PERSON#{person}"


def held_key_key(holder: str, key_hash: str) -> Key:
    return {"pk": holder, "sk": f"{HELD_KEY_PREFIX}{key_hash}"}


def principal_key(key_hash: str) -> Key:
    return {"pk": f"KEY#{key_hash}", "sk": "-"}


def current_data_key_key() -> Key:
    return {"pk": "DATAKEY", "sk": "current"}


def data_key_key(data_key_id: str) -> Key:
    return {"pk": "DATAKEY", "sk": f"ID#{data_key_id}"}


def search_key_key() -> Key:
    return {"pk": "DATAKEY", "sk": "search"}


def signing_key_key(purpose: str, mode: Mode, key_id: str) -> Key:
    return {"pk": f"SIGNING#{purpose}#{mode}", "sk": key_id}


class DuePurpose(StrEnum):
    """Why an order is in the index `due`; each purpose has shards of its own, so that a backlog of
    one never hides the other."""

    ASK = "ask"
    EFFECTS = "effects"


def due_shard(purpose: DuePurpose, payment_code: str) -> str:
    return f"{purpose}-{shard_of(payment_code, DUE_SHARDS)}"


def due_shards(purpose: DuePurpose) -> tuple[str, ...]:
    return tuple(f"{purpose}-{shard}" for shard in range(DUE_SHARDS))


def shard_of(text: str, shards: int) -> str:
    return str(int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % shards)
