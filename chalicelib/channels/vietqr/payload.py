"""The text of a VietQR code: EMVCo objects with NAPAS's template 38.

    01  11 for many payments, 12 for one     54  amount, digits only
    38  00 NAPAS, 01 (00 bank, 01 account),  58  VN
        02 the service                       59  account holder, at most 25 plain characters
    52  merchant category                    60  city, at most 15 plain characters
    53  704, the đồng                        62  01 bill number, 08 purpose: what the memo holds

*Source*: NAPAS, "QR Code specification for NAPAS 247 by VietQR", 1.0, September 2021. Its printed
sample 6.1.1 counts an account number of 13 digits as 12, and the first of 6.1.4 carries the CRC of
another code; both are refused here.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.channels.vietqr.banks import BANKS
from chalicelib.domain.emv_qr import read_objects, read_payload, write_objects, write_payload
from chalicelib.domain.money import Money, parse_decimal

NAPAS = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
GOVERNMENT_SERVICES = "9399"  # ISO 18245
DONG = "704"  # ISO 4217
MAX_NAME = 25
MAX_CITY = 15
_BIN = re.compile("[0-9]{6}", re.ASCII)
_ACCOUNT = re.compile("[A-Z0-9]{1,19}", re.ASCII)
_MEMO = re.compile("[A-Za-z0-9 ]{1,25}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VietQr:
    """`amount` None: the payer names it. `memo` "": the payer writes it. `is_for_one`: the code is
    for one payment."""

    bank_bin: str
    account_number: str
    account_name: str = ""
    city: str = ""
    amount: Money | None = None
    memo: str = ""
    is_for_one: bool = True


class NotVietQr(ValueError):
    """A good EMVCo payload that is no transfer to a bank account in đồng."""


def write_vietqr(code: VietQr) -> str:
    """Raises: ValueError for what no bank would take."""
    _check(code)
    bank = write_objects({"00": code.bank_bin, "01": code.account_number})
    memo = {"01": code.memo, "08": code.memo} if code.memo else {}
    objects = {
        "01": "12" if code.is_for_one else "11",
        "38": write_objects({"00": NAPAS, "01": bank, "02": TO_ACCOUNT}),
        "52": GOVERNMENT_SERVICES,
        "53": DONG,
        "54": code.amount.decimal_text() if code.amount else "",
        "58": "VN",
        "59": plain_text(code.account_name, MAX_NAME),
        "60": plain_text(code.city, MAX_CITY),
        "62": write_objects(memo),
    }
    return write_payload({name: value for name, value in objects.items() if value})


def read_vietqr(payload: str) -> VietQr:
    """Raises: QrUnreadable, NotVietQr"""
    objects = read_payload(payload)
    merchant = read_objects(objects.get("38", ""), "38")
    bank = read_objects(merchant.get("01", ""), "38.01")
    told = (merchant.get("00"), merchant.get("02"), objects.get("53"), objects.get("58"))
    if told != (NAPAS, TO_ACCOUNT, DONG, "VN") or objects.get("01") not in ("11", "12"):
        raise NotVietQr("it is no transfer to a bank account in Vietnam")
    additional = read_objects(objects["62"], "62") if "62" in objects else {}
    code = VietQr(
        bank_bin=bank.get("00", ""),
        account_number=bank.get("01", ""),
        account_name=objects.get("59", ""),
        city=objects.get("60", ""),
        amount=_read_amount(objects),
        memo=additional.get("08") or additional.get("01", ""),
        is_for_one=objects["01"] == "12",
    )
    if not _BIN.fullmatch(code.bank_bin) or not code.account_number:
        raise NotVietQr("it names no bank account")
    return code


def plain_text(text: str, limit: int) -> str:
    """Without diacritics, in ASCII, cut where it is too long."""
    bare = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    ascii_only = bare.encode("ascii", "ignore").decode()
    return " ".join(ascii_only.split())[:limit].rstrip()


def _check(code: VietQr) -> None:
    if code.bank_bin not in BANKS:
        raise ValueError(f"no bank that we know has {code.bank_bin!r}")
    if not _ACCOUNT.fullmatch(code.account_number):
        raise ValueError(f"not an account number: {code.account_number!r}")
    if code.memo and not _MEMO.fullmatch(code.memo):
        raise ValueError(f"not a memo that every bank carries: {code.memo!r}")
    amount = code.amount
    if amount is not None and (amount.currency != "VND" or amount.amount_minor < 1):
        raise ValueError("the amount is not one in đồng")


def _read_amount(objects: Mapping[str, str]) -> Money | None:
    text = objects.get("54")
    if text is None:
        return None
    try:
        return parse_decimal(text.removesuffix("."), "VND")
    except ValueError as error:
        raise NotVietQr("54 is not an amount in whole đồng") from error
