"""Keeps what a provider said, where no transaction holds it (decision 0104)."""

from chalicelib.domain.payments import Failed, Outcome, Pending, Succeeded, Transaction
from chalicelib.errors import DataFault
from chalicelib.observability import Metric, count, warn
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.messages import MAX_CODE, ProviderMessage


def keep_other_words(ledger: Ledger, message: ProviderMessage, recorded: Transaction) -> None:
    """Of money that is recorded: what is not, to the byte, what it was recorded with.

    Raises: TryLater."""
    try:
        is_known = ledger.evidence.open(recorded.raw, recorded.key) == message.raw
    except DataFault:
        is_known = False  # those words cannot be opened any more
    if not is_known:
        ledger.messages.keep(message)


def tell_unmapped(message: ProviderMessage) -> None:
    """Somebody must learn what this code means; until then it only makes us ask again."""
    warn("code_unmapped", channel=message.channel, code=message.code[:MAX_CODE])
    count(Metric.CODES_UNMAPPED, channel=message.channel)
    count(Metric.CODES_UNMAPPED)  # of all channels: an alarm watches one series


def in_a_word(outcome: Outcome) -> tuple[str, str]:
    """What it is, and the provider's own number or code for it."""
    match outcome:
        case Succeeded(provider_transaction):
            return "succeeded", provider_transaction
        case Failed(code):
            return "failed", code
        case Pending(code):
            return "pending", code
