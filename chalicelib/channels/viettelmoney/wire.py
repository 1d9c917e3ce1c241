"""How Viettel writes things: the signed texts, forms and answers.

*Source*: as `channel.py`.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from chalicelib.channels.contract import Credentials
from chalicelib.channels.credentials import signing_key
from chalicelib.errors import SignatureRefused

# The texts that are signed, in their order, behind the access code.
PAYMENT_TEXT = ("billcode", "command", "merchant_code", "order_id", "trans_amount", "version")
CHECK_TEXT = ("billcode", "merchant_code", "order_id", "trans_amount")
CHECK_ANSWER_TEXT = ("billcode", "error_code", "merchant_code", "order_id", "trans_amount")
RESULT_TEXT = (
    *("billcode", "cust_msisdn", "error_code", "merchant_code", "order_id"),
    *("payment_status", "trans_amount", "vt_transaction_id"),
)
RESULT_ANSWER_TEXT = ("error_code", "merchant_code", "order_id")
QUESTION_TEXT = ("cmd", "merchant_code", "order_id", "version")


def parse_form(body: bytes) -> dict[str, str]:
    """Raises: SignatureRefused for what cannot have been signed."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=40))
    except ValueError as error:
        raise SignatureRefused("notification_signature", "it is no form") from error


def parse_answer(body: bytes) -> Mapping[str, str]:
    """Raises: ValueError"""
    try:
        parsed = json.loads(body, parse_int=str, parse_float=str)
    except RecursionError:
        parsed = None
    if not isinstance(parsed, dict):
        raise ValueError("the answer is not a JSON object")
    values = {name: "" if value is None else value for name, value in parsed.items()}
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError("a value is neither text nor number")
    return values


def signed_text(fields: Mapping[str, str]) -> bytes:
    """What the signature covers, and the signature: whatever else is written around it is no word
    of Viettel's."""
    names = (*RESULT_TEXT, "check_sum")
    kept = [(name, fields.get(name, "")) for name in names]
    return urlencode(kept, errors="surrogatepass").encode()


def is_signed(credentials: Credentials, fields: Mapping[str, str], names: Iterable[str]) -> bool:
    """Every pair of code and key is tried: how long it takes tells nothing of them."""
    given = fields.get("check_sum", "").encode("utf-8", "surrogatepass")
    signing_key(credentials, "hash_key")
    held = [
        hmac.compare_digest(_hash(secrets, fields, names).encode(), given)
        for secrets in credentials.accepted
        if secrets.get("hash_key") and secrets.get("access_code")
    ]
    return any(held)


def sign(credentials: Credentials, fields: Mapping[str, str], names: Iterable[str]) -> str:
    for name in ("access_code", "hash_key"):
        signing_key(credentials, name)
    return _hash(credentials.current, fields, names)


def _hash(secrets: Mapping[str, str], fields: Mapping[str, str], names: Iterable[str]) -> str:
    text = secrets["access_code"] + "".join(fields.get(name, "") for name in names)
    key = secrets["hash_key"].encode()
    digest = hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return b64encode(digest).decode()
