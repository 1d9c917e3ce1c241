"""What a channel does besides the contract where its provider wants more than a word back."""

from typing import Protocol, runtime_checkable

from chalicelib.channels.contract import Answer, Credentials, Message
from chalicelib.domain.money import Money


@runtime_checkable
class SignsAnswers(Protocol):
    """A channel whose provider wants our answer to name its message, signed."""

    def sign_answer(self, credentials: Credentials, message: Message, answer: Answer) -> Answer:
        """`answer` completed; only for a message whose signature held."""
        ...


@runtime_checkable
class ChecksPayments(Protocol):
    """A channel whose provider asks, before it takes money, whether the payment still stands."""

    def payment_checked(self, message: Message) -> str:
        """The payment's number as the message has it. Its signature was not looked at yet: it may
        cover the amount, which the message need not name.

        Raises: BadRequest."""
        ...

    def answer_check(
        self, credentials: Credentials, message: Message, owed: Money | None, stands: bool
    ) -> Answer:
        """`owed`: of the payment's order, None where this account has no such payment; `stands`:
        it may be taken now. What is not signed well is refused like what nobody knows."""
        ...
