"""The key formats of what is exchanged with finance systems, in the ledger table.

| row          | pk                           | sk                | read by                       |
|--------------|------------------------------|-------------------|-------------------------------|
| message      | FINM#<sender>#<thousand>     | <sequence number> | sequence number               |
| message's id | FINI#<sender>#<message id>   | -                 | message id                    |
| heads        | FINH#<sender>                | in, out, read,    | whoever moves them, in its    |
|              |                              | files             | own transaction               |
| proposal     | FINP#<sender>                | <kind>#<code>     | an operator                   |
| result       | FINR#<sender>#<thousand>     | <number>          | number                        |
| fact         | FINE#<sender>#<day>#<shard>  | <what happened>   | numbering, in its own         |
|              |                              |                   | transaction; a day's list     |
| day's file   | FIND#<sender>#<day>          | <revision>        | revision                      |

`in` is the next sequence number that is applied, `out` the next number of a result, `read` the last
result that the sender said it has, `files` how far a run found all days written. Numbers in keys
have twelve digits: they sort as they count.
"""

from datetime import date

from chalicelib.storage.keys import Key, shard_of

FACT_SHARDS = 8
BLOCK = 1000


def message_key(sender: str, sequence_no: int) -> Key:
    return {"pk": f"FINM#{sender}#{sequence_no // BLOCK}", "sk": number_text(sequence_no)}


def message_id_key(sender: str, message_id: str) -> Key:
    return {"pk": f"FINI#{sender}#{message_id}", "sk": "-"}


def head_key(sender: str, head: str) -> Key:
    return {"pk": f"FINH#{sender}", "sk": head}


def proposals_pk(sender: str) -> str:
    return f"FINP#{sender}"


def proposal_key(sender: str, kind: str, code: str) -> Key:
    return {"pk": proposals_pk(sender), "sk": f"{kind}#{code}"}


def result_key(sender: str, number: int) -> Key:
    return {"pk": f"FINR#{sender}#{number // BLOCK}", "sk": number_text(number)}


def fact_key(sender: str, day: date, fact: str) -> Key:
    return {"pk": _fact_pk(sender, day, shard_of(fact, FACT_SHARDS)), "sk": fact}


def fact_pks(sender: str, day: date) -> tuple[str, ...]:
    return tuple(_fact_pk(sender, day, str(shard)) for shard in range(FACT_SHARDS))


def day_file_key(sender: str, day: date, revision: int) -> Key:
    return {"pk": f"FIND#{sender}#{day.isoformat()}", "sk": f"{revision:08d}"}


def number_text(number: int) -> str:
    return f"{number:012d}"


def _fact_pk(sender: str, day: date, shard: str) -> str:
    return f"FINE#{sender}#{day.isoformat()}#{shard}"
