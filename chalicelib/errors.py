"""The one error tree. The class says what the caller can do; `web/problem.py` alone chooses HTTP.

ErrandlessError
├── RequestRefused          change the request
│   ├── BadRequest              it is not readable: JSON, a header, a parameter
│   ├── Unauthorized            send a valid key
│   ├── Forbidden               ask for the right
│   ├── NotFound                look elsewhere: it does not exist, or not for you
│   ├── Conflict                look at the state first
│   ├── TooLarge                send less
│   ├── UnsupportedMediaType    send JSON
│   ├── InvalidRequest          mend the named fields
│   └── TooManyRequests         wait
├── TryLater                send the same again
├── ChannelError            a payment provider was the cause
│   ├── SignatureRefused        nothing was believed, nothing was written
│   ├── ChannelRefused          the provider said no; no money moved
│   └── OutcomeUnknown          ask the provider later; never treat as failed
└── DataFault               an operator must mend data (profile, catalogue, stored row)
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a request. `field` is a JSON pointer, "" for the whole body."""

    field: str
    code: str
    detail: str


class ErrandlessError(Exception):
    """`code` is stable and documented; `detail` is for a person and holds no personal data."""

    retryable = False

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        suggested_action: str | None = None,
        link: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = errors
        self.suggested_action = suggested_action
        self.link = link


class RequestRefused(ErrandlessError):
    pass


class BadRequest(RequestRefused):
    pass


class Unauthorized(RequestRefused):
    pass


class Forbidden(RequestRefused):
    pass


class NotFound(RequestRefused):
    pass


class Conflict(RequestRefused):
    pass


class TooLarge(RequestRefused):
    pass


class UnsupportedMediaType(RequestRefused):
    pass


class InvalidRequest(RequestRefused):
    pass


class TooManyRequests(RequestRefused):
    retryable = True


class TryLater(ErrandlessError):
    retryable = True


class ChannelError(ErrandlessError):
    pass


class SignatureRefused(ChannelError):
    pass


class ChannelRefused(ChannelError):
    pass


class OutcomeUnknown(ChannelError):
    """`answer`: what came back and did not tell, b"" where nothing came. It is evidence, kept with
    the payment and never shown: no text of this error holds it."""

    retryable = True

    def __init__(self, code: str, detail: str, *, answer: bytes = b"") -> None:
        super().__init__(code, detail)
        self.answer = answer


class DataFault(ErrandlessError):
    pass
