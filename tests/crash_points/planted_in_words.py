"""Bugs to plant where a provider's words are kept."""

from contextlib import ExitStack
from typing import Any
from unittest import mock

from chalicelib.storage.ledger import Ledger
from chalicelib.storage.messages import Messages, ProviderMessage


def words_forgotten() -> Any:
    return mock.patch.object(Messages, "keep", return_value=False)


def words_kept_after_the_move() -> Any:
    keep, move = Messages.keep, Ledger.move_attempt
    waiting: list[tuple[Messages, ProviderMessage]] = []

    def put_off(messages: Messages, message: ProviderMessage) -> bool:
        waiting.append((messages, message))
        return True

    def move_first(ledger: Ledger, *given: Any, **named: Any) -> bool:
        moved = move(ledger, *given, **named)
        while waiting:
            keep(*waiting.pop())
        return moved

    stack = ExitStack()
    stack.enter_context(mock.patch.object(Messages, "keep", put_off))
    stack.enter_context(mock.patch.object(Ledger, "move_attempt", move_first))
    return stack
