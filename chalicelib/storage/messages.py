"""What providers told us and no transaction holds: words that moved no money, words about no
payment, answers to our questions, and repetitions in other bytes (decision 0104).

Nothing is decided from these rows. They are in the ledger so that its stream carries them into the
journal.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.identifiers import is_payment_code, split_payment_no
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.evidence import Evidence
from chalicelib.storage.expressions import Item
from chalicelib.storage.keys import Key, message_key

# A row of DynamoDB holds 400 KB. Our HTTP edges take no more than this, in or out.
MAX_KEPT_BYTES = 64 * 1024
MAX_CODE = 64


class MessageKind(StrEnum):
    NOTIFICATION = "notification"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """`payment_no`: the payment, or payment code, that it is about; "" where it names none of our
    form. `outcome`: what we concluded, in a word; `code`: the provider's own, or ours where nothing
    could be concluded. `request_id`: of the question that it answers, None for a notification."""

    channel: str
    account: str
    payment_no: str
    outcome: str
    code: str
    received_at: datetime
    raw: bytes = field(repr=False)
    request_id: str | None = None

    @property
    def kind(self) -> MessageKind:
        return MessageKind.NOTIFICATION if self.request_id is None else MessageKind.ANSWER

    @property
    def subject(self) -> str:
        """Under which it is found again."""
        number = self.payment_no
        is_ours = is_payment_code(number) or split_payment_no(number) is not None
        return number if is_ours else f"{self.channel}#{self.account}"


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """`message.raw`: as `Evidence` packs it, the first MAX_KEPT_BYTES. `length`: of all that came;
    `whole`: its fingerprint where it was cut, else None."""

    message: ProviderMessage
    kind: MessageKind
    length: int
    whole: str | None
    row: str


class Messages:
    def __init__(self, dynamo: Dynamo, table: str, evidence: Evidence) -> None:
        self._dynamo = dynamo
        self._table = table
        self._evidence = evidence

    def keep(self, message: ProviderMessage) -> bool:
        """False when it stood there already, or when there is nothing to keep.

        Raises: TryLater."""
        if not message.raw:
            return False
        return self._dynamo.put_if_absent(self._table, self._to_item(message)) is None

    def of(self, subject: str) -> Iterator[KeptMessage]:
        """`subject`: a payment's number, a payment code, or `<channel>#<account>`."""
        after: Item = {}
        while True:
            rows, last = self._dynamo.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": message_key(subject, "", "")["pk"]}},
                ConsistentRead=True,
                **after,
            )
            yield from map(_from_item, rows)
            if last is None:
                return
            after = {"ExclusiveStartKey": last}

    def _to_item(self, message: ProviderMessage) -> Item:
        raw, channel = message.raw, message.channel
        is_cut = len(raw) > MAX_KEPT_BYTES
        is_asked = message.request_id is not None
        whole = self._evidence.fingerprint(raw, channel) if is_cut or not is_asked else None
        key = message_key(message.subject, message.kind, message.request_id or str(whole))
        return {
            **key,
            "kind": message.kind.value,
            "channel": channel,
            "account": message.account,
            "outcome": message.outcome,
            "code": message.code[:MAX_CODE],
            "received_at": to_epoch_ms(message.received_at),
            "length": len(raw),
            "whole": whole if is_cut else None,
            "raw": self._evidence.pack(raw[:MAX_KEPT_BYTES], channel, _row(key)),
        }


def _row(key: Key) -> str:
    return f"{key['pk']}|{key['sk']}"


def _from_item(item: Item) -> KeptMessage:
    kind, _, identity = item["sk"].partition("#")
    subject = item["pk"].removeprefix(message_key("", "", "")["pk"])
    message = ProviderMessage(
        channel=item["channel"],
        account=item["account"],
        payment_no="" if "#" in subject else subject,
        outcome=item["outcome"],
        code=item["code"],
        received_at=from_epoch_ms(item["received_at"]),
        raw=item["raw"],
        request_id=identity if kind == MessageKind.ANSWER else None,
    )
    row = _row({"pk": item["pk"], "sk": item["sk"]})
    return KeptMessage(message, message.kind, item["length"], item.get("whole"), row)
