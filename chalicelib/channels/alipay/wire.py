"""How Alipay writes things: signed texts, yuan, Beijing time, forms, the members of an answer.

*Source*: opendocs.alipay.com, "自行实现签名" and "自行实现验签".
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from chalicelib.domain.money import Money, parse_decimal
from chalicelib.errors import ChannelRefused

BEIJING = timezone(timedelta(hours=8))
CURRENCY = "CNY"
MAX_FEN = 10_000_000_000  # 100,000,000.00 yuan
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?", re.ASCII)
AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,2})?", re.ASCII)
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
_BLANK = " \t\r\n"


def to_wire_amount(amount: Money) -> str:
    """Yuan with two decimals."""
    if amount.currency != CURRENCY or not 1 <= amount.amount_minor <= MAX_FEN:
        raise ChannelRefused("amount_not_payable", "Alipay takes 0.01 to 100,000,000.00 CNY")
    return amount.decimal_text()


def from_wire_amount(text: str) -> Money:
    if not AMOUNT.fullmatch(text):
        raise ValueError("an amount is not yuan with at most two decimals")
    amount = parse_decimal(text, CURRENCY)
    if not 1 <= amount.amount_minor <= MAX_FEN:
        raise ValueError("an amount is nothing or too much")
    return amount


def to_wire_time(instant: datetime) -> str:
    return instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def from_wire_time(text: str) -> datetime:
    if not TIME.fullmatch(text):
        raise ValueError("a time is not yyyy-MM-dd HH:mm:ss")
    return datetime.fromisoformat(text[:19]).replace(tzinfo=BEIJING).astimezone(UTC)


def encode(parameters: Mapping[str, str]) -> str:
    """As `encodeURIComponent` writes them, in their order."""
    return "&".join(f"{name}={quote(value, safe=_UNQUOTED)}" for name, value in parameters.items())


_UNQUOTED = "!*'()"


def request_text(parameters: Mapping[str, str]) -> bytes:
    """What a request's signature is over: `sign_type` stays in, empty values do not."""
    return join(
        (name.encode(), value.encode())
        for name, value in parameters.items()
        if value and name != "sign"
    )


def join(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"&".join(name + b"=" + value for name, value in sorted(pairs))


def read_form(raw: bytes) -> Mapping[bytes, bytes]:
    """Raises: ValueError for a name that comes twice: two readers could take different ones."""
    pairs = [each.partition(b"=") for each in raw.split(b"&") if each]
    fields = {_unquote(name): _unquote(value) for name, _, value in pairs}
    if len(fields) != len(pairs):
        raise ValueError("a name comes twice")
    return fields


def _unquote(raw: bytes) -> bytes:
    return unquote_to_bytes(raw.replace(b"+", b" "))


def cut_members(body: bytes) -> Mapping[str, str]:
    """The members of a JSON object, each value as the exact text that was sent.

    Raises: ValueError"""
    text = body.decode()
    place = _expect(text, _skip_blanks(text, 0), "{")
    members: dict[str, str] = {}
    while True:
        name, place = _scan(text, _skip_blanks(text, place))
        if not isinstance(name, str) or name in members:
            raise ValueError("a member's name is no text or comes twice")
        start = _skip_blanks(text, _expect(text, _skip_blanks(text, place), ":"))
        _, place = _scan(text, start)
        members[name] = text[start:place]
        place = _skip_blanks(text, place)
        if text[place : place + 1] != ",":
            break
        place += 1
    if _skip_blanks(text, _expect(text, place, "}")) != len(text):
        raise ValueError("something follows the object")
    return members


def read_object(text: str) -> Mapping[str, Any]:
    """Numbers become their own text.

    Raises: ValueError"""
    value, end = _scan(text, 0)
    if not isinstance(value, dict) or end != len(text):
        raise ValueError("not a JSON object")
    return value


def _scan(text: str, place: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, place)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _expect(text: str, place: int, mark: str) -> int:
    if text[place : place + 1] != mark:
        raise ValueError(f"{mark} is missing")
    return place + 1


def _skip_blanks(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in _BLANK:
        place += 1
    return place
