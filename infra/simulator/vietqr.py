"""What a payer's banking app reads from a VietQR code, by NAPAS's and EMVCo's documents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.simulator.wire import Refused


@dataclass(frozen=True, slots=True)
class Scanned:
    """`amount_minor` 0: the payer names it."""

    bank: str
    account: str
    amount_minor: int
    memo: str
    holder: str


def scan(payload: str) -> Scanned:
    """Raises: Refused"""
    if len(payload) < 8 or payload[-8:-4] != "6304" or _crc(payload[:-4]) != payload[-4:].upper():
        raise Refused(400, "the code's CRC is wrong: a banking app says that it cannot read it")
    code = _objects(payload)
    napas = _objects(code.get("38", ""))
    if napas.get("00") != "A000000727" or napas.get("02") != "QRIBFTTA" or code["53"] != "704":
        raise Refused(400, "it is no code for a transfer to a bank account")
    to, more = _objects(napas.get("01", "")), _objects(code.get("62", ""))
    amount = code.get("54", "0").rstrip(".")
    if not amount.isdigit():
        raise Refused(400, "the amount is not in whole đồng")
    memo = more.get("08") or more.get("01", "")
    return Scanned(to["00"], to["01"], int(amount), memo, code.get("59", ""))


def _objects(text: str) -> Mapping[str, str]:
    found = {}
    while text:
        name, length, text = text[:2], text[2:4], text[4:]
        if not length.isdigit() or len(text) < int(length):
            raise Refused(400, f"object {name} is cut off")
        found[name], text = text[: int(length)], text[int(length) :]
    return found


def _crc(text: str) -> str:
    """CRC-16 with polynomial 1021, from FFFF, bit by bit."""
    register = 0xFFFF
    for byte in text.encode():
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return f"{register:04X}"


# What banks and payers make of a memo.
MEMO_FORMS: Mapping[str, Callable[[str], str]] = {
    "as_scanned": lambda memo: memo,
    "prefixed": lambda memo: f"MBVCB.3278907687.{memo}.CT tu 0071000987654 NGUYEN VAN A",
    "grouped": lambda memo: " ".join(memo[place : place + 3] for place in range(0, len(memo), 3)),
    "split": lambda memo: f"{memo[:12]} {memo[12:]}",
    "code_only": lambda memo: f"nop phi {memo[:18]}",
    "cut": lambda memo: memo[:16],
    "none": lambda _memo: "chuyen tien",
}
