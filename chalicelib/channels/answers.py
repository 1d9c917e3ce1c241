"""What a provider's answer leaves open carries that answer: somebody will have to look at it."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.errors import OutcomeUnknown


@contextmanager
def reading_answer(raw: bytes) -> Iterator[None]:
    """An answer that cannot be read (ValueError), or that is not to be believed, is unknown, and
    `raw` goes with it."""
    try:
        yield
    except ValueError as error:
        raise OutcomeUnknown("channel_answer_unreadable", str(error), answer=raw) from error
    except OutcomeUnknown as unknown:
        unknown.answer = unknown.answer or raw
        raise
