"""Viettel Money's side: the pay page's address, the result posted as a form, the inquiry.

Written from the signed texts in tests/channels/samples/viettel_money.json. It makes no check before
it takes the money; tests/channels does.
"""

import hashlib
import hmac
import json
import sys
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from infra.simulator.actions import Payment, PayRequest, Result
from infra.simulator.config import Account
from infra.simulator.core import QUESTION_FAULTS, Core, spoil_answer
from infra.simulator.sandbox import STATEMENT_LAYOUT
from infra.simulator.side import SIMULATOR_URL, Published, Side
from infra.simulator.statements import FAULTS
from infra.simulator.wire import Call, Refused, Reply, Request, json_reply

CHANNEL = "viettelmoney"
STATUSES: Mapping[Result, tuple[str, str]] = {
    Result.OPEN: ("0", "00"),
    Result.PAID: ("1", "00"),
    Result.REFUSED: ("2", "16"),
    Result.HELD: ("3", "00"),
    Result.UNKNOWN: ("9", "00"),
}
NEEDED = ("merchant_code", "order_id", "billcode", "trans_amount", "return_url")
PAYER_PHONE = "84987000001"


def merchant_of(query: str) -> str:
    return dict(parse_qsl(query)).get("merchant_code", "")


def read_pay_request(account: Account, query: str) -> PayRequest:
    fields = dict(parse_qsl(query, keep_blank_values=True))
    signed = ("billcode", "command", "merchant_code", "order_id", "trans_amount", "version")
    expected = sign(account, account.secret, *(fields.get(name, "") for name in signed))
    if not hmac.compare_digest(expected.encode(), fields.get("check_sum", "").encode()):
        raise Refused(400, "check_sum does not hold")
    missing = [name for name in NEEDED if not fields.get(name)]
    if missing or fields.get("command") != "PAYMENT" or fields.get("version") != "2.0":
        raise Refused(400, f"no payment of version 2.0; missing: {', '.join(missing) or 'nothing'}")
    if not fields["trans_amount"].isdigit():
        raise Refused(400, "trans_amount is whole đồng")
    return PayRequest(
        channel=CHANNEL,
        merchant=account.merchant,
        number=fields["order_id"],
        amount_minor=int(fields["trans_amount"]),
        currency="VND",
        description=fields.get("desc", ""),
        created="",
        expires_at=None,
        return_url=fields["return_url"],
        notification_url=account.notification_url,
    )


def notification(account: Account, payment: Payment, secret: str) -> Call:
    body = urlencode(_result(account, payment, secret)).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Call("POST", payment.request.notification_url, headers, body)


def return_url(account: Account, payment: Payment, secret: str) -> str:
    url = payment.request.return_url
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(_result(account, payment, secret))}"


def is_acknowledged(status: int, body: bytes) -> bool:
    try:
        return status == 200 and json.loads(body).get("error_code") == "00"
    except (ValueError, AttributeError):
        return False


def sign(account: Account, secret: str, *values: str) -> str:
    text = access_code(account.merchant) + "".join(values)
    digest = hmac.digest(secret.encode(), text.encode(), hashlib.sha1)
    return b64encode(digest).decode()


def answer_question(core: Core, request: Request) -> Reply:
    fields = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    account = core.account(CHANNEL, fields.get("merchant_code", ""))
    fault = core.question_fault(CHANNEL)
    signed = ("cmd", "merchant_code", "order_id", "version")
    expected = sign(account, account.secret, *(fields.get(name, "") for name in signed))
    if not hmac.compare_digest(expected.encode(), fields.get("check_sum", "").encode()):
        raise Refused(401, "check_sum does not hold")
    known = [
        payment
        for payment in core.payments(CHANNEL, account.merchant)
        if payment.request.number == fields["order_id"]
    ]
    payment = known[0] if known else None
    spoil_answer(fault or ("drop" if payment and payment.is_mute else None))
    answer = _result(account, payment, account.secret) if payment else _unknown(account, fields)
    if fault == "bad_signature":
        answer["check_sum"] = answer["check_sum"][::-1]
    return json_reply(answer)


def _result(account: Account, payment: Payment, secret: str) -> dict[str, Any]:
    status, error = STATUSES[payment.result]
    paid = payment.result is Result.PAID
    said = {
        "billcode": payment.request.number[:18],
        "cust_msisdn": PAYER_PHONE,
        "error_code": payment.code or error,
        "merchant_code": account.merchant,
        "order_id": payment.request.number,
        "payment_status": status,
        "trans_amount": str(payment.told_minor or payment.request.amount_minor),
        "vt_transaction_id": payment.transaction_no if paid else "",
    }
    return {**said, "check_sum": sign(account, secret, *said.values())}


def _unknown(account: Account, asked: Mapping[str, str]) -> dict[str, Any]:
    said = {
        "billcode": asked["order_id"][:18],
        "cust_msisdn": "",
        "error_code": "00",
        "merchant_code": account.merchant,
        "order_id": asked["order_id"],
        "payment_status": "-1",
        "trans_amount": "",
        "vt_transaction_id": "",
    }
    return {**said, "check_sum": sign(account, account.secret, *said.values())}


# These credentials are published: they guard nothing.
MERCHANTS = ("ERRLESSVT1", "ERRLESSVT2")


def access_code(merchant: str) -> str:
    return f"simulator-only-published-access-code-{merchant}"


def hash_key(merchant: str) -> str:
    return f"simulator-only-published-hash-key-{merchant}"


def _published(merchant: str) -> Published:
    fields = {
        "merchant_code": merchant,
        "payment_url": f"{SIMULATOR_URL}/{CHANNEL}/pay",
        "api_url": f"{SIMULATOR_URL}/{CHANNEL}/api",
    }
    secret = {"access_code": access_code(merchant), "hash_key": hash_key(merchant)}
    return Published(Account(CHANNEL, merchant, hash_key(merchant)), fields, secret)


SIDE = Side(
    channel=CHANNEL,
    published=tuple(_published(merchant) for merchant in MERCHANTS),
    protocol=sys.modules[__name__],
    routes=(("POST", f"/{CHANNEL}/api", answer_question),),
    statement_layout=STATEMENT_LAYOUT,
    faults=QUESTION_FAULTS,
    file_faults=FAULTS,
)
