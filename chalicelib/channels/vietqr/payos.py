"""payOS's notice of a bank transaction.

    {"code", "desc", "success", "data": {…}, "signature"}
    signature = hex HMAC-SHA256 of data as key=value by key, joined with &, null as nothing

Only `data` is signed, so only `data` is read.

*Source*: payos.vn/docs, "Kiểm tra dữ liệu với signature" and "Webhook".
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.channels.contract import Credentials, Message
from chalicelib.channels.credentials import accepted_keys
from chalicelib.channels.vietqr.credit import BankCredit, read_amount, read_time
from chalicelib.channels.vietqr.notice_json import parse_object, read_text, write_sorted
from chalicelib.channels.vietqr.notice_signature import require_signature
from chalicelib.domain.money import Money
from chalicelib.errors import BadRequest, SignatureRefused

PAID = "00"
# What payOS sends to an address that is being registered: the sample of its documentation.
CONFIRMATION = {
    "orderCode": "123",
    "accountNumber": "12345678",
    "reference": "TF230204212323",
    "description": "VQRIO123",
}


def is_payos(message: Message) -> bool:
    try:
        fields = parse_object(message.raw_body)
    except ValueError:
        return False
    return isinstance(fields.get("data"), dict) and isinstance(fields.get("signature"), str)


def read_credit(credentials: Credentials, message: Message) -> BankCredit | None:
    """None: the address is being registered.

    Raises: SignatureRefused, BadRequest, ValueError"""
    fields = parse_object(message.raw_body)
    data: Mapping[str, Any] = fields["data"]
    _check(credentials, data, fields["signature"])
    if all(read_text(data, name) == value for name, value in CONFIRMATION.items()):
        return None
    amount = read_amount(read_text(data, "amount"))
    if read_text(data, "currency") != "VND" or amount <= 0:
        raise BadRequest("notification_unreadable", "it is no amount in đồng")
    code = read_text(data, "code")
    return BankCredit(
        notice=f"payos{read_text(data, 'paymentLinkId')}",
        reference=read_text(data, "reference"),
        amount=Money(amount, "VND"),
        memo=read_text(data, "description"),
        credited_at=read_time(read_text(data, "transactionDateTime")),
        account_number=read_text(data, "accountNumber"),
        virtual_account=read_text(data, "virtualAccountNumber"),
        doubt="" if code == PAID else code or "none",
    )


def signed_text(data: Mapping[str, Any]) -> str:
    """Raises: ValueError"""
    return "&".join(f"{name}={_written(data[name])}" for name in sorted(data))


def _written(value: Any) -> str:
    if value in (None, "null", "undefined"):
        return ""
    return value if isinstance(value, str) else write_sorted(value)


def _check(credentials: Credentials, data: Mapping[str, Any], signature: str) -> None:
    keys = accepted_keys(credentials, "payos_checksum_key")
    try:
        text = signed_text(data).encode()
    except ValueError as error:
        raise SignatureRefused("notification_signature", "the body cannot be signed") from error
    require_signature(keys, text, signature, "sha256")
