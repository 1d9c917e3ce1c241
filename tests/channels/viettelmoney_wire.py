"""Viettel's side, written for the tests from the texts in samples/viettel_money.json."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from chalicelib.channels.contract import Credentials, Message
from chalicelib.channels.viettelmoney.channel import Viettelmoney
from chalicelib.outbound import Response
from tests.channels.kit import Fields, Keys, Kit, Told, Word
from tests.channels.stand_ins import credentials_of

SECRET = {"access_code": "access-code-of-the-tests", "hash_key": "hash-key-of-the-tests"}
OTHER = {"access_code": "another-access-code-of-the-tests", "hash_key": "another-hash-key-here"}
STATUSES = {
    Word.PAID: ("1", "00"),
    Word.REFUSED: ("2", "21"),
    Word.WAITING: ("0", "00"),
    Word.UNMAPPED: ("9", "00"),
    Word.ABSENT: ("-1", "00"),
}
LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "order_id",
        "provider_transaction": "vt_transaction_id",
        "amount": "trans_amount",
        "paid_at": "trans_time",
        "status": "payment_status",
    },
    "amount": {"scale": "decimal"},
    "paid_at": {"format": "%d/%m/%Y %H:%M:%S", "zone": "UTC"},
    "status": {"accepted": ["1"]},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}


def viettel_credentials(merchant_code: str = "GOVQN") -> Credentials:
    fields = {
        "merchant_code": merchant_code,
        "payment_url": "http://127.0.0.1:8100/viettelmoney/pay",
        "api_url": "http://127.0.0.1:8100/viettelmoney/api",
    }
    return credentials_of("viettelmoney", fields, SECRET)


def check_sum(secret: Mapping[str, str], *values: str) -> str:
    text = secret["access_code"] + "".join(values)
    made = hmac.new(secret["hash_key"].encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(made.digest()).decode()


def result(fields: Fields, secret: Mapping[str, str], told: Told) -> dict[str, str]:
    status, error = STATUSES[told.word]
    said = {
        "billcode": told.payment_no[:18],
        "cust_msisdn": "84987000001",
        "error_code": error,
        "merchant_code": fields["merchant_code"],
        "order_id": told.payment_no,
        "payment_status": status,
        "trans_amount": str(told.amount.amount_minor),
        "vt_transaction_id": told.transaction,
    }
    return said | {"check_sum": check_sum(secret, *said.values())}


def posted(values: Mapping[str, str], told: Told) -> Message:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Message("POST", {}, headers, urlencode(values).encode(), told.at)


def notify(fields: Fields, secret: Mapping[str, str], told: Told) -> Message:
    return posted(result(fields, secret, told), told)


def answer(fields: Fields, secret: Mapping[str, str], told: Told, _question: bytes) -> Response:
    return Response(200, {}, json.dumps(result(fields, secret, told)).encode())


def statement(_: Fields, lines: Sequence[Told], wrong_by: int = 0) -> bytes:
    rows = ["order_id,vt_transaction_id,trans_amount,trans_time,payment_status"]
    rows += [
        f"{each.payment_no},{each.transaction},{each.amount.amount_minor},"
        f"{each.at:%d/%m/%Y %H:%M:%S},1"
        for each in lines
    ]
    total = sum(each.amount.amount_minor for each in lines) + wrong_by
    return "\r\n".join([*rows, f"TOTAL,{len(lines)},{total},,", ""]).encode()


KIT = Kit(
    channel=Viettelmoney,
    fields=viettel_credentials().account.fields,
    other_fields=viettel_credentials("GOVHL").account.fields,
    keys=Keys(SECRET, SECRET),
    other_keys=Keys(OTHER, OTHER),
    notify=notify,
    says=frozenset(STATUSES),
    answers={"query": answer},
    answers_with=frozenset(STATUSES),
    statement=statement,
    layout=LAYOUT,
    names_times=False,
)
