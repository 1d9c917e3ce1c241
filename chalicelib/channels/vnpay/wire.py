"""How VNPAY writes things: signed texts, hundredths of a đồng, local times.

*Source*: as `outcomes.py`.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote_plus

from chalicelib.domain.money import Money
from chalicelib.errors import ChannelRefused

GMT_7 = timezone(timedelta(hours=7))
MAX_AMOUNT_DIGITS = 12

# querydr, "checksum" of the request and of the answer: these values in this order.
QUESTION_FIELDS = (
    *("vnp_RequestId", "vnp_Version", "vnp_Command", "vnp_TmnCode", "vnp_TxnRef"),
    *("vnp_TransactionDate", "vnp_CreateDate", "vnp_IpAddr", "vnp_OrderInfo"),
)
ANSWER_FIELDS = (
    *("vnp_ResponseId", "vnp_Command", "vnp_ResponseCode", "vnp_Message", "vnp_TmnCode"),
    *("vnp_TxnRef", "vnp_Amount", "vnp_BankCode", "vnp_PayDate", "vnp_TransactionNo"),
    *("vnp_TransactionType", "vnp_TransactionStatus", "vnp_OrderInfo"),
    *("vnp_PromotionCode", "vnp_PromotionAmount"),
)


def sign(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha512).hexdigest()


def join(values: Mapping[str, str], names: Iterable[str]) -> str:
    return "|".join(values.get(name, "") for name in names)


# Form encoders differ, and the gateway in front of us gives decoded values only. Each of these
# encodings decodes to the same values, so accepting any of them lets no other message in.
def _form_encoder(safe: str, keeps_tilde: bool) -> Callable[[Mapping[str, str]], str]:
    def quote(text: str) -> str:
        quoted = quote_plus(text, safe=safe, errors="surrogatepass")
        return quoted if keeps_tilde else quoted.replace("~", "%7E")

    def encode(values: Mapping[str, str]) -> str:
        present = sorted((name, value) for name, value in values.items() if value)
        return "&".join(f"{quote(name)}={quote(value)}" for name, value in present)

    return encode


encode_as_javascript = _form_encoder(safe="*", keeps_tilde=False)  # and Java
ENCODERS = (
    encode_as_javascript,
    _form_encoder(safe="", keeps_tilde=False),  # PHP
    _form_encoder(safe="", keeps_tilde=True),  # Python
    _form_encoder(safe="!*()", keeps_tilde=False),  # .NET
)


def to_wire_amount(amount: Money) -> str:
    """PAY, vnp_Amount: hundredths of a đồng, at most 12 digits."""
    text = str(amount.amount_minor * 100)
    if amount.currency != "VND" or amount.amount_minor <= 0 or len(text) > MAX_AMOUNT_DIGITS:
        raise ChannelRefused("amount_not_payable", "VNPAY takes 1 to 9,999,999,999 VND")
    return text


def from_wire_amount(text: str) -> Money:
    if not re.fullmatch("[0-9]{1,12}", text) or not text.endswith("00"):
        raise ValueError("vnp_Amount is not hundredths of whole đồng")
    return Money(int(text) // 100, "VND")


def to_wire_time(instant: datetime) -> str:
    return instant.astimezone(GMT_7).strftime("%Y%m%d%H%M%S")


def from_wire_time(text: str) -> datetime:
    if not re.fullmatch("[0-9]{14}", text):
        raise ValueError("vnp_PayDate is not yyyyMMddHHmmss")
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=GMT_7).astimezone(UTC)


def parse_answer(body: bytes) -> Mapping[str, str]:
    """A flat JSON object; numbers become their own text, null becomes empty.

    Raises: ValueError"""
    try:
        parsed = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise ValueError("the answer is not a JSON object")
    values = {name: "" if value is None else value for name, value in parsed.items()}
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError("a value is neither text nor number")
    return values
