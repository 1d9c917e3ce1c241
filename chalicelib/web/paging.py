"""Lists in pages: a limit of at most 100 and an opaque cursor."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from chalicelib.errors import BadRequest

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
PAGE_PARAMETERS = ("limit", "cursor")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page:
    """`after`: what the cursor said, "" for the first page."""

    limit: int
    after: str


def read_page(parameters: Mapping[str, str]) -> Page:
    """Raises: BadRequest (`invalid_limit`, `invalid_cursor`)."""
    limit = parameters.get("limit", str(DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:6]) <= MAX_LIMIT):
        raise BadRequest("invalid_limit", f"limit is 1 to {MAX_LIMIT}")
    return Page(int(limit), read_cursor(parameters.get("cursor", "")))


def write_cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadRequest("invalid_cursor", "use a cursor as it was given") from error


def cut_page(rows: Sequence[Row], page: Page) -> tuple[Sequence[Row], str | None]:
    """One page of a list that is all here, and the cursor of the next."""
    if page.after and not (page.after.isascii() and page.after.isdigit()):
        raise BadRequest("invalid_cursor", "use a cursor as it was given")
    start = int(page.after or 0)
    stop = start + page.limit
    return rows[start:stop], write_cursor(str(stop)) if stop < len(rows) else None
