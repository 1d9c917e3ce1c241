"""Casso's, SePay's and payOS's side, written for the tests with the standard library alone."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from chalicelib.channels.contract import Credentials, Message
from chalicelib.channels.vietqr.channel import Vietqr
from tests.channels.kit import Fields, Keys, Kit, Told, Word
from tests.channels.stand_ins import credentials_of

CODE = "220000000000000189"
PAYMENT_NO = f"{CODE}01"
ACCOUNT_NUMBER = "SIMULATEDVCB1"
CASSO_KEY = "casso-key-for-tests"
SEPAY_SECRET = "sepay-secret-for-tests"
SEPAY_API_KEY = "sepay-api-key-for-tests"
PAYOS_KEY = "payos-key-for-tests"
RECEIVED_AT = datetime(2026, 3, 1, 6, 31, 0, tzinfo=UTC)
SECRETS = {
    "casso_key": CASSO_KEY,
    "sepay_secret": SEPAY_SECRET,
    "sepay_api_key": SEPAY_API_KEY,
    "payos_checksum_key": PAYOS_KEY,
}

CASSO_CREDIT: dict[str, Any] = {
    "id": 2_811_723,
    "reference": "FT26060000017",
    "description": f"MBVCB.3278907687.{PAYMENT_NO}.CT tu NGUYỄN VĂN A/0071000",
    "amount": 50_000,
    "runningBalance": 25_000_000,
    "transactionDateTime": "2026-03-01 13:30:15",
    "accountNumber": ACCOUNT_NUMBER,
    "bankName": "Vietcombank",
    "bankAbbreviation": "VCB",
    "virtualAccountNumber": "",
    "virtualAccountName": "",
    "counterAccountName": "NGUYEN VAN A",
    "counterAccountNumber": "0071000987654",
    "counterAccountBankId": "970436",
    "counterAccountBankName": "Vietcombank",
}
SEPAY_CREDIT: dict[str, Any] = {
    "id": 92704,
    "gateway": "Vietcombank",
    "transactionDate": "2026-03-01 13:30:15",
    "accountNumber": ACCOUNT_NUMBER,
    "code": None,
    "content": f"{PAYMENT_NO} NOP PHI",
    "transferType": "in",
    "transferAmount": 50_000,
    "accumulated": 25_000_000,
    "subAccount": None,
    "referenceCode": "FT26060000017",
    "description": "",
}
PAYOS_CREDIT: dict[str, Any] = {
    "orderCode": 20260301001,
    "amount": 50_000,
    "description": PAYMENT_NO,
    "accountNumber": ACCOUNT_NUMBER,
    "reference": "FT26060000017",
    "transactionDateTime": "2026-03-01 13:30:15",
    "currency": "VND",
    "paymentLinkId": "124c33293c43417ab7879e14c8d9eb19",
    "code": "00",
    "desc": "Thành công",
    "counterAccountBankId": "",
    "counterAccountBankName": None,
    "counterAccountName": None,
    "counterAccountNumber": None,
    "virtualAccountName": "",
    "virtualAccountNumber": "",
}


def vietqr_credentials(
    account_number: str = ACCOUNT_NUMBER, notices: str = "casso sepay sepay-key payos"
) -> Credentials:
    fields = {
        "bank_bin": "970436",
        "account_number": account_number,
        "account_name": "SỞ TÀI CHÍNH QUẢNG NINH",
        "city": "HẠ LONG",
        "notices": notices,
    }
    return credentials_of("vietqr", fields, SECRETS)


def with_prefix(credentials: Credentials, prefix: str) -> Credentials:
    fields = {**credentials.account.fields, "virtual_account_prefix": prefix}
    return replace(credentials, account=replace(credentials.account, fields=fields))


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def casso(data: Any, key: str = CASSO_KEY, error: int = 0) -> Message:
    sent_at, body = "1772346615000", {"error": error, "data": data}
    text = f"{sent_at}.{compact(body)}".encode()
    signature = hmac.new(key.encode(), text, hashlib.sha512).hexdigest()
    raw = json.dumps(body, ensure_ascii=False, indent=1).encode()
    return posted(raw, {"x-casso-signature": f"t={sent_at},v1={signature}"})


def sepay(body: dict[str, Any], key: str = SEPAY_SECRET, age: timedelta = timedelta(0)) -> Message:
    raw = json.dumps(body).encode()
    sent_at = str(round((RECEIVED_AT - age).timestamp()))
    signature = hmac.new(key.encode(), f"{sent_at}.".encode() + raw, hashlib.sha256).hexdigest()
    headers = {"x-sepay-timestamp": sent_at, "x-sepay-signature": f"sha256={signature}"}
    return posted(raw, headers)


def sepay_keyed(body: dict[str, Any], key: str = SEPAY_API_KEY) -> Message:
    return posted(json.dumps(body).encode(), {"authorization": f"Apikey {key}"})


def payos(data: dict[str, Any], key: str = PAYOS_KEY) -> Message:
    body = {
        "code": "00",
        "desc": "success",
        "success": True,
        "data": data,
        "signature": payos_signature(data, key),
    }
    return posted(json.dumps(body).encode(), {})


def payos_signature(data: dict[str, Any], key: str = PAYOS_KEY) -> str:
    pairs = (f"{name}={'' if data[name] is None else data[name]}" for name in sorted(data))
    return hmac.new(key.encode(), "&".join(pairs).encode(), hashlib.sha256).hexdigest()


def posted(raw: bytes, headers: dict[str, str]) -> Message:
    return Message("POST", {}, headers, raw, RECEIVED_AT)


HANOI = timezone(timedelta(hours=7))
LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "memo": "Content",
        "provider_transaction": "Reference",
        "amount": "Credit",
        "paid_at": "Date",
    },
    "amount": {"scale": "decimal", "may_be_empty": True},
    "paid_at": {"format": "%d/%m/%Y %H:%M:%S", "zone": "Asia/Ho_Chi_Minh"},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 4},
}


def notify(fields: Fields, key: str, told: Told) -> Message:
    """Casso's; only payOS has a code, so a word that is in no table is payOS's."""
    credit = {
        "accountNumber": fields["account_number"],
        "amount": told.amount.amount_minor,
        "description": told.payment_no,
        "reference": f"FT{told.transaction}",
        "transactionDateTime": f"{told.at.astimezone(HANOI):%Y-%m-%d %H:%M:%S}",
    }
    if told.word is Word.UNMAPPED:
        return payos({**PAYOS_CREDIT, **credit, "code": "88"}, key)
    return casso({**CASSO_CREDIT, **credit, "id": int(told.transaction)}, key)


def statement(_: Fields, lines: Sequence[Told], wrong_by: int = 0) -> bytes:
    rows = ["Date,Reference,Debit,Credit,Content"]
    rows += [
        f"{each.at.astimezone(HANOI):%d/%m/%Y %H:%M:%S},FT{each.transaction},,"
        f"{each.amount.amount_minor},{each.payment_no}"
        for each in lines
    ]
    total = sum(each.amount.amount_minor for each in lines) + wrong_by
    return "\r\n".join([*rows, f"TOTAL,{len(lines)},,{total},", ""]).encode()


def one_key(key: str) -> Keys:
    """The same for every aggregator."""
    return Keys(dict.fromkeys(SECRETS, key), key)


KIT = Kit(
    channel=Vietqr,
    fields=vietqr_credentials().account.fields,
    other_fields=vietqr_credentials("SIMULATEDVCB9").account.fields,
    keys=one_key("bank-key-for-tests"),
    other_keys=one_key("another-bank-key-for-tests"),
    notify=notify,
    says=frozenset({Word.PAID, Word.UNMAPPED}),
    statement=statement,
    layout=LAYOUT,
    chosen=frozenset(SECRETS),
)
