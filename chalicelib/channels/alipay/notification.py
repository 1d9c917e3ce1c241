"""What Alipay sends: signed forms about a trade, and the payer's browser on its way back.

*Source*: opendocs.alipay.com, "异步通知说明", "自行实现验签" (asynchronous), "消息服务".
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from chalicelib.channels.alipay.keys import is_signed
from chalicelib.channels.alipay.outcomes import decide, read_refunded
from chalicelib.channels.alipay.wire import from_wire_time, join, read_form
from chalicelib.channels.contract import Credentials, Message, Notification
from chalicelib.channels.credentials import read_field
from chalicelib.domain.payments import Pending
from chalicelib.errors import BadRequest, SignatureRefused

CHARSETS = {"utf-8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}
ALWAYS_UNSIGNED = frozenset({b"sign"})
USUALLY_UNSIGNED = frozenset({b"sign", b"sign_type"})


def read_message(credentials: Credentials, message: Message) -> Notification:
    is_return = message.method == "GET"
    pairs = _pairs_of_query(message.query) if is_return else _pairs_of_form(message.raw_body)
    # A message of the open platform names its method and signs `sign_type` too; a trade's
    # notification names none, and the browser's return names one and yet does not.
    is_platform_message = not is_return and b"method" in pairs
    unsigned = ALWAYS_UNSIGNED if is_platform_message else USUALLY_UNSIGNED
    _require_signed(credentials, pairs, unsigned)
    try:
        fields = _decode(pairs.items(), pairs.get(b"charset", b"utf-8"))
        _require_ours(credentials, fields)
        if is_return:
            return _read_return(fields, urlencode(message.query, errors="surrogatepass").encode())
        return _read_trade(fields, message.raw_body)
    except ValueError as error:
        raise BadRequest("notification_unreadable", str(error)) from error


def _pairs_of_query(query: Mapping[str, str]) -> Mapping[bytes, bytes]:
    return {
        name.encode("utf-8", "surrogatepass"): value.encode("utf-8", "surrogatepass")
        for name, value in query.items()
    }


def _pairs_of_form(raw: bytes) -> Mapping[bytes, bytes]:
    try:
        return read_form(raw)
    except ValueError as error:
        raise SignatureRefused("notification_signature", str(error)) from error


def _require_signed(
    credentials: Credentials, pairs: Mapping[bytes, bytes], unsigned: frozenset[bytes]
) -> None:
    """On the bytes as they came: no decoding stands between a text and its signature."""
    text = join(pair for pair in pairs.items() if pair[0] not in unsigned)
    signature = pairs.get(b"sign", b"").decode("ascii", "replace")
    is_held = is_signed(credentials, text, signature)
    if not is_held or pairs.get(b"sign_type") != b"RSA2":
        raise SignatureRefused("notification_signature", "the signature does not hold")


def _require_ours(credentials: Credentials, fields: Mapping[str, str]) -> None:
    for name in ("app_id", "seller_id"):
        if fields.get(name) != read_field(credentials, name):
            raise SignatureRefused("notification_not_ours", f"its {name} is another one")


def _decode(pairs: Iterable[tuple[bytes, bytes]], named: bytes) -> Mapping[str, str]:
    charset = CHARSETS.get(named.decode("ascii", "replace").lower())
    if charset is None:
        raise ValueError("its charset is none that we know")
    return {name.decode(charset): value.decode(charset) for name, value in pairs}


def _read_return(fields: Mapping[str, str], raw: bytes) -> Notification:
    """For display only: it comes through the payer's hands and says nothing of a status."""
    return Notification(_payment_no(fields), Pending("RETURNED"), raw, is_return=True)


def _read_trade(fields: Mapping[str, str], raw: bytes) -> Notification:
    if not fields.get("trade_status"):
        raise ValueError("it is about no trade: trade_status is missing")
    paid_at = from_wire_time(fields["gmt_payment"]) if fields.get("gmt_payment") else None
    return Notification(_payment_no(fields), decide(fields, paid_at), raw, read_refunded(fields))


def _payment_no(fields: Mapping[str, str]) -> str:
    number = fields.get("out_trade_no")
    if not number:
        raise ValueError("out_trade_no is missing")
    return number
