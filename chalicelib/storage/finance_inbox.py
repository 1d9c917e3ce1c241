"""Messages of finance systems: each kept once, applied once, in the order of its sequence numbers.

Two rows are written together when a message comes: one makes its id, the other its number its own.
Whoever applied it writes the answer and moves the head in one transaction; of two who did the
other's is refused. What it says names persons, and is sealed until it is applied, then dropped.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.storage import finance_keys as keys
from chalicelib.storage.compression import compress, decompress
from chalicelib.storage.dynamo import MAX_KEYS, Dynamo
from chalicelib.storage.expressions import Expressions, Item, put_absent_action, update_action
from chalicelib.storage.keys import Key

WAITING, ACCEPTED, REFUSED = "waiting", "accepted", "refused"
HEAD_IN = "in"


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """`answer`: what came of it, None while it waits. `sealed`: what it says, while it waits.
    `fingerprint`: of all that it says."""

    sender: str
    message_id: str
    sequence_no: int
    kind: str
    fingerprint: bytes
    received_at: datetime
    state: str = WAITING
    answer: Mapping[str, Any] | None = None
    sealed: bytes = b""


@dataclass(frozen=True, slots=True)
class KeepRefused:
    """`known`: fingerprint of the message that has this id; `taken_by`: id of the one that has this
    sequence number. None: nobody."""

    known: bytes | None
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a finance system says of a unit or fee item, and how the catalogue stood to it then:
    `same`, `new` or `differs`."""

    sender: str
    kind: str
    code: str
    verdict: str
    fields: Mapping[str, str]
    sequence_no: int
    received_at: datetime


class FinanceInbox:
    """`seal` and `open_sealed`: bytes, for a context."""

    def __init__(
        self,
        dynamo: Dynamo,
        table: str,
        seal: Callable[[bytes, str], bytes],
        open_sealed: Callable[[bytes, str], bytes],
    ) -> None:
        self._dynamo = dynamo
        self._table = table
        self._seal = seal
        self._open = open_sealed

    def keep(self, message: KeptMessage, text: str) -> KeepRefused | None:
        """None when it was written. `text`: what it says."""
        key = keys.message_key(message.sender, message.sequence_no)
        row = {
            **key,
            "message_id": message.message_id,
            "kind": message.kind,
            "fingerprint": message.fingerprint,
            "received_at": to_epoch_ms(message.received_at),
            "state": WAITING,
            "body": self._seal(compress(text), _context(key)),
        }
        claim = {
            **keys.message_id_key(message.sender, message.message_id),
            "sequence_no": message.sequence_no,
            "fingerprint": message.fingerprint,
        }
        checks = self._dynamo.transact(
            [put_absent_action(self._table, claim), put_absent_action(self._table, row)]
        )
        if checks is None:
            return None
        claimed, taken = (check.image for check in checks)
        return KeepRefused(
            known=claimed["fingerprint"] if claimed else None,
            taken_by=taken["message_id"] if taken else None,
        )

    def next_no(self, sender: str) -> int:
        """The sequence number that is applied next."""
        row = self._dynamo.get(self._table, keys.head_key(sender, HEAD_IN))
        return row["next"] if row else 1

    def read(self, sender: str, sequence_no: int) -> KeptMessage | None:
        row = self._dynamo.get(self._table, keys.message_key(sender, sequence_no))
        return _message_of(sender, row) if row else None

    def find(self, sender: str, message_id: str) -> KeptMessage | None:
        claim = self._dynamo.get(self._table, keys.message_id_key(sender, message_id))
        return self.read(sender, claim["sequence_no"]) if claim else None

    def read_many(self, sender: str, numbers: Sequence[int]) -> list[KeptMessage]:
        """Those that there are, in any order."""
        wanted = [keys.message_key(sender, number) for number in numbers]
        return [
            _message_of(sender, row)
            for start in range(0, len(wanted), MAX_KEYS)
            for row in self._dynamo.get_many(self._table, wanted[start : start + MAX_KEYS])
        ]

    def text_of(self, message: KeptMessage) -> str:
        """What a waiting message says."""
        key = keys.message_key(message.sender, message.sequence_no)
        return decompress(self._open(message.sealed, _context(key)))

    def finish(
        self,
        message: KeptMessage,
        state: str,
        answer: Mapping[str, Any],
        proposal: Proposal | None = None,
    ) -> bool:
        """Keep what came of it and move the head beyond it; False when that was done before."""
        done = Expressions().set("state", state)
        done.set("answer", json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
        done.remove("body").require_equal("state", WAITING)
        head = Expressions().set("next", message.sequence_no + 1)
        if message.sequence_no == 1:
            head.require_absent("pk")
        else:
            head.require_equal("next", message.sequence_no)
        key = keys.message_key(message.sender, message.sequence_no)
        actions = [
            update_action(self._table, key, done),
            update_action(self._table, keys.head_key(message.sender, HEAD_IN), head),
        ]
        if proposal is not None:
            actions.append(self._propose_action(proposal))
        return self._dynamo.transact(actions) is None

    def list_proposals(self, sender: str) -> Iterator[Proposal]:
        """By kind and code."""
        start: Any = None
        while True:
            given = {"ExclusiveStartKey": start} if start else {}
            rows, start = self._dynamo.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": keys.proposals_pk(sender)}},
                ConsistentRead=True,
                **given,
            )
            yield from (_proposal_of(sender, row) for row in rows)
            if start is None:
                return

    def _propose_action(self, proposal: Proposal) -> Item:
        key = keys.proposal_key(proposal.sender, proposal.kind, proposal.code)
        change = Expressions()
        change.set("verdict", proposal.verdict)
        change.set("fields", dict(proposal.fields))
        change.set("sequence_no", proposal.sequence_no)
        change.set("received_at", to_epoch_ms(proposal.received_at))
        return _unconditional(update_action(self._table, key, change))


def _unconditional(action: Item) -> Item:
    del action["Update"]["ReturnValuesOnConditionCheckFailure"]
    return action


def _context(key: Key) -> str:
    return f"{key['pk']}|{key['sk']}"


def _message_of(sender: str, row: Item) -> KeptMessage:
    return KeptMessage(
        sender=sender,
        message_id=row["message_id"],
        sequence_no=int(row["sk"]),
        kind=row["kind"],
        fingerprint=row["fingerprint"],
        received_at=from_epoch_ms(row["received_at"]),
        state=row["state"],
        answer=json.loads(row["answer"]) if "answer" in row else None,
        sealed=row.get("body", b""),
    )


def _proposal_of(sender: str, row: Item) -> Proposal:
    kind, _, code = row["sk"].partition("#")
    return Proposal(
        sender=sender,
        kind=kind,
        code=code,
        verdict=row["verdict"],
        fields=row["fields"],
        sequence_no=row["sequence_no"],
        received_at=from_epoch_ms(row["received_at"]),
    )
