"""What providers said, in a payment's story."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from chalicelib.domain.identifiers import build_payment_no
from chalicelib.domain.orders import Order
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.messages import KeptMessage, MessageKind

Said = tuple[datetime, str, str]  # when, what and which


def subjects_of(order: Order) -> list[str]:
    """Under which a provider's words about it are kept."""
    code = order.payment_code
    return [code, *(build_payment_no(code, attempt.attempt_no) for attempt in order.attempts)]


def messages_of(ledger: Ledger, subject: str, *, with_words: bool) -> Iterator[Said]:
    """`with_words`: what was said itself, as it came; it may name persons."""
    asked = 0
    for kept in in_time(ledger.messages.of(subject)):
        message, code = kept.message, f" {kept.message.code}" if kept.message.code else ""
        if kept.kind is MessageKind.ANSWER:
            asked += 1
            what = f"{message.channel} answered question {asked}: {message.outcome}{code}"
        else:
            what = f"{message.channel} said: {message.outcome}{code}"
        cut = f", cut; {kept.whole} in all" if kept.whole else ""
        which = f"{message.payment_no or message.account}, {kept.length} bytes{cut}"
        if with_words:
            which += "\n" + in_words(ledger, message.raw, kept.row)
        yield message.received_at, what, which


def in_words(ledger: Ledger, packed: bytes, row: str) -> str:
    return ledger.evidence.open(packed, row).decode("utf-8", "backslashreplace")


def in_time(messages: Iterable[KeptMessage]) -> list[KeptMessage]:
    return sorted(messages, key=lambda kept: kept.message.received_at)
