"""VNPAY's side, written for the tests with the standard library's own encoder."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from chalicelib.channels.contract import Credentials, Message
from chalicelib.channels.vnpay.channel import Vnpay
from chalicelib.outbound import Response
from tests.channels.kit import Fields, Keys, Kit, Told, Word
from tests.channels.stand_ins import credentials_of

TMN_CODE = "GOVTEST1"
SECRET = "GOVPAYTESTSECRET0123456789ABCDEF"

PAID = {
    "vnp_Amount": "5000000",
    "vnp_BankCode": "NCB",
    "vnp_BankTranNo": "VNP14500001",
    "vnp_CardType": "ATM",
    "vnp_OrderInfo": "Phi tham dinh HS 2026 001",
    "vnp_PayDate": "20260301133015",
    "vnp_ResponseCode": "00",
    "vnp_TmnCode": TMN_CODE,
    "vnp_TransactionNo": "14500001",
    "vnp_TransactionStatus": "00",
    "vnp_TxnRef": "22000000000000019601",
}
ANSWERED = {
    "vnp_ResponseId": "8e2f3c1b9a7d4c55",
    "vnp_Command": "querydr",
    "vnp_ResponseCode": "00",
    "vnp_Message": "QueryDR Success",
    "vnp_TmnCode": TMN_CODE,
    "vnp_TxnRef": "22000000000000019601",
    "vnp_Amount": "5000000",
    "vnp_OrderInfo": "Phi tham dinh HS 2026 001",
    "vnp_BankCode": "NCB",
    "vnp_PayDate": "20260301133015",
    "vnp_TransactionNo": "14500001",
    "vnp_TransactionType": "01",
    "vnp_TransactionStatus": "00",
}
ANSWER_ORDER = [
    "vnp_ResponseId",
    "vnp_Command",
    "vnp_ResponseCode",
    "vnp_Message",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_BankCode",
    "vnp_PayDate",
    "vnp_TransactionNo",
    "vnp_TransactionType",
    "vnp_TransactionStatus",
    "vnp_OrderInfo",
    "vnp_PromotionCode",
    "vnp_PromotionAmount",
]


def vnpay_credentials(tmn_code: str = TMN_CODE, secret: str = SECRET) -> Credentials:
    fields = {
        "tmn_code": tmn_code,
        "payment_url": "https://sandbox.vnpayment.vn/paymentv2/vpcpay.html",
        "api_url": "https://sandbox.vnpayment.vn/merchant_webapi/api/transaction",
    }
    return credentials_of("vnpay", fields, {"hash_secret": secret})


def hash_of(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def signed_query(
    values: Mapping[str, str],
    secret: str = SECRET,
    encode: Callable[[list[tuple[str, str]]], str] = urlencode,
) -> dict[str, str]:
    present = sorted((name, value) for name, value in values.items() if value)
    return {**values, "vnp_SecureHash": hash_of(encode(present), secret)}


def ipn(values: Mapping[str, str]) -> Message:
    return Message("GET", values, {}, b"")


def signed_answer(values: Mapping[str, Any], secret: str = SECRET) -> dict[str, Any]:
    text = "|".join(str(values.get(name, "")) for name in ANSWER_ORDER)
    return {**values, "vnp_SecureHash": hash_of(text, secret)}


def answering(values: Mapping[str, Any], status: int = 200) -> Callable[[bytes], Response]:
    body = json.dumps(values, ensure_ascii=False).encode()
    return lambda _question: Response(status, {"Content-Type": "application/json"}, body)


def percent_encode(safe: str) -> Callable[[list[tuple[str, str]]], str]:
    """A form encoder that leaves `safe` as it is; every other mark becomes %XX, a blank +."""

    def one(text: str) -> str:
        return "".join(
            character
            if character.isascii() and (character.isalnum() or character in safe)
            else "+"
            if character == " "
            else "".join(f"%{byte:02X}" for byte in character.encode())
            for character in text
        )

    return lambda pairs: "&".join(f"{one(name)}={one(value)}" for name, value in pairs)


HANOI = timezone(timedelta(hours=7))
# vnp_ResponseCode of an IPN, vnp_TransactionStatus of both.
CODES = {
    Word.PAID: ("00", "00"),
    Word.REFUSED: ("24", "02"),
    Word.WAITING: ("00", "01"),
    Word.UNMAPPED: ("88", "88"),
}
LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "TxnRef",
        "provider_transaction": "TransactionNo",
        "amount": "Amount",
        "paid_at": "PayDate",
    },
    "amount": {"scale": "minor"},
    "paid_at": {"format": "%Y%m%d%H%M%S", "zone": "Asia/Ho_Chi_Minh"},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}


def tell(fields: Fields, told: Told) -> dict[str, str]:
    return {
        "vnp_TmnCode": fields["tmn_code"],
        "vnp_TxnRef": told.payment_no,
        "vnp_Amount": str(told.amount.amount_minor * 100),
        "vnp_TransactionNo": told.transaction if told.word is Word.PAID else "0",
        "vnp_PayDate": f"{told.at.astimezone(HANOI):%Y%m%d%H%M%S}",
    }


def notify(fields: Fields, key: str, told: Told) -> Message:
    code, status = CODES[told.word]
    codes = {"vnp_ResponseCode": code, "vnp_TransactionStatus": status}
    return ipn(signed_query({**PAID, **tell(fields, told), **codes}, key))


def answer(fields: Fields, key: str, told: Told, _question: bytes) -> Response:
    if told.word is Word.ABSENT:
        codes = {"vnp_ResponseCode": "91", "vnp_TransactionStatus": ""}
    else:
        codes = {"vnp_ResponseCode": "00", "vnp_TransactionStatus": CODES[told.word][1]}
    return answering(signed_answer({**ANSWERED, **tell(fields, told), **codes}, key))(b"")


def statement(_: Fields, lines: Sequence[Told], wrong_by: int = 0) -> bytes:
    rows = ["TxnRef,TransactionNo,Amount,PayDate"]
    rows += [
        f"{each.payment_no},{each.transaction},{each.amount.amount_minor},"
        f"{each.at.astimezone(HANOI):%Y%m%d%H%M%S}"
        for each in lines
    ]
    total = sum(each.amount.amount_minor for each in lines) + wrong_by
    return "\r\n".join([*rows, f"TOTAL,{len(lines)},{total},", ""]).encode()


KIT = Kit(
    channel=Vnpay,
    fields=vnpay_credentials().account.fields,
    other_fields=vnpay_credentials("GOVTEST2").account.fields,
    keys=Keys({"hash_secret": SECRET}, SECRET),
    other_keys=Keys({"hash_secret": SECRET[::-1]}, SECRET[::-1]),
    notify=notify,
    says=frozenset(CODES),
    answers={"query": answer},
    answers_with=frozenset({*CODES, Word.ABSENT}),
    statement=statement,
    layout=LAYOUT,
)
