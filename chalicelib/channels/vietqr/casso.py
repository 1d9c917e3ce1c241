"""Casso's notice of a bank transaction, version 2.

    X-Casso-Signature: t=<milliseconds>,v1=<hex HMAC-SHA512 of "<t>." and the sorted, compact body>

*Source*: developer.casso.vn, "Webhook V2", and Casso's own samples of the signature.
"""

from chalicelib.channels.contract import Credentials, Message
from chalicelib.channels.credentials import accepted_keys
from chalicelib.channels.vietqr.credit import BankCredit, read_amount, read_time
from chalicelib.channels.vietqr.notice_json import (
    parse_object,
    read_object,
    read_text,
    write_sorted,
)
from chalicelib.channels.vietqr.notice_signature import require_signature
from chalicelib.domain.money import Money
from chalicelib.errors import BadRequest, SignatureRefused

HEADER = "x-casso-signature"
TEST_ID = "0"


def read_credit(credentials: Credentials, message: Message) -> BankCredit | None:
    """None: Casso's own test, or money that went out. There is no window of time: a repetition may
    carry the time of the first, and the same credit told again changes nothing.

    Raises: SignatureRefused, BadRequest, ValueError"""
    _check(credentials, message)
    fields = parse_object(message.raw_body)
    if read_text(fields, "error") not in ("", "0"):
        raise BadRequest("notification_unreadable", "Casso reports an error of its own")
    data = read_object(fields, "data")
    amount = read_amount(read_text(data, "amount"))
    if read_text(data, "id") == TEST_ID or amount <= 0:
        return None
    return BankCredit(
        notice=f"casso{read_text(data, 'id')}",
        reference=read_text(data, "reference"),
        amount=Money(amount, "VND"),
        memo=read_text(data, "description"),
        credited_at=read_time(read_text(data, "transactionDateTime")),
        account_number=read_text(data, "accountNumber"),
        virtual_account=read_text(data, "virtualAccountNumber"),
    )


def _check(credentials: Credentials, message: Message) -> None:
    parts = dict(part.strip().partition("=")[::2] for part in message.headers[HEADER].split(","))
    keys = accepted_keys(credentials, "casso_key")
    try:
        text = f"{parts.get('t', '')}.{write_sorted(parse_object(message.raw_body))}".encode()
    except ValueError as error:
        raise SignatureRefused("notification_signature", "the body cannot be signed") from error
    require_signature(keys, text, parts.get("v1", ""), "sha512")
