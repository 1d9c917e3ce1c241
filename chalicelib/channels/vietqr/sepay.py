"""SePay's notice of a bank transaction, signed or with a key in a header.

    X-SePay-Timestamp: <seconds>   X-SePay-Signature: sha256=<hex HMAC-SHA256 of "<seconds>.<body>">
    Authorization: Apikey <key>

*Source*: developer.sepay.vn, "SePay Webhooks": authentication, security (five minutes), payload.
"""

import hmac
from datetime import UTC, datetime, timedelta

from chalicelib.channels.contract import Credentials, Message
from chalicelib.channels.credentials import accepted_keys
from chalicelib.channels.vietqr.credit import BankCredit, read_amount, read_time
from chalicelib.channels.vietqr.notice_json import parse_object, read_text
from chalicelib.channels.vietqr.notice_signature import require_signature
from chalicelib.domain.money import Money
from chalicelib.errors import BadRequest, SignatureRefused

SIGNATURE_HEADER = "x-sepay-signature"
TIME_HEADER = "x-sepay-timestamp"
KEY_HEADER = "authorization"
KEY_SCHEME = "apikey "
WINDOW = timedelta(minutes=5)
TEST_ID = "0"


def read_signed_credit(credentials: Credentials, message: Message) -> BankCredit | None:
    """Raises: SignatureRefused, BadRequest, ValueError"""
    told = message.headers.get(TIME_HEADER, "")
    text = told.encode("utf-8", "surrogatepass") + b"." + message.raw_body
    scheme, _, signature = message.headers[SIGNATURE_HEADER].partition("=")
    if scheme != "sha256":
        raise SignatureRefused("notification_signature", "it is not HMAC-SHA256")
    require_signature(accepted_keys(credentials, "sepay_secret"), text, signature, "sha256")
    if not told.isdecimal() or abs(message.received_at - _instant(told)) > WINDOW:
        raise SignatureRefused("notification_time", "it was signed more than five minutes ago")
    return _read(message)


def read_keyed_credit(credentials: Credentials, message: Message) -> BankCredit | None:
    """Raises: SignatureRefused, BadRequest, ValueError"""
    given = message.headers[KEY_HEADER][len(KEY_SCHEME) :].encode("utf-8", "surrogatepass")
    keys = accepted_keys(credentials, "sepay_api_key")
    held = [hmac.compare_digest(key, given) for key in keys]
    if not any(held):
        raise SignatureRefused("notification_key", "the key is not ours")
    return _read(message)


def _read(message: Message) -> BankCredit | None:
    fields = parse_object(message.raw_body)
    direction = read_text(fields, "transferType")
    if direction not in ("in", "out"):
        raise BadRequest("notification_unreadable", "transferType is neither in nor out")
    amount = read_amount(read_text(fields, "transferAmount"))
    if direction == "out" or amount <= 0 or read_text(fields, "id") == TEST_ID:
        return None
    return BankCredit(
        notice=f"sepay{read_text(fields, 'id')}",
        reference=read_text(fields, "referenceCode"),
        amount=Money(amount, "VND"),
        memo=read_text(fields, "content"),
        credited_at=read_time(read_text(fields, "transactionDate")),
        account_number=read_text(fields, "accountNumber"),
        virtual_account=read_text(fields, "subAccount"),
    )


def _instant(seconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.min.replace(tzinfo=UTC)
