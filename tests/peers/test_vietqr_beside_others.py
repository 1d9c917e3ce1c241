"""VietQR's codes beside npm vietnam-qr-pay and @walletfactory/emvqr, payOS's signatures beside npm
@payos/node and PyPI payos: none of them knows the others' code."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.channels.vietqr.banks import BANKS
from chalicelib.channels.vietqr.channel import Vietqr
from chalicelib.channels.vietqr.payload import VietQr, read_vietqr, write_vietqr
from chalicelib.domain.emv_qr import QrUnreadable, read_payload
from chalicelib.domain.identifiers import build_payment_code, build_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Succeeded
from chalicelib.errors import SignatureRefused
from tests.channels.stand_ins import REQUEST, with_field
from tests.channels.vietqr_wire import (
    PAYOS_CREDIT,
    PAYOS_KEY,
    payos_signature,
    posted,
    vietqr_credentials,
)
from tests.peers.peer import ask_npm, ask_pypi

SEED = 20260301
NPM = "vietqr_peer.mjs"
PYPI = "payos_peer.py"
AWKWARD = "ạảấầẩẫậắằẳẵặđêôơưĐỲ中文🙂&=?%+\"'\\/<>\t\n"
PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 "


def random_no(dice: random.Random) -> str:
    return build_payment_no(build_payment_code("22", dice.randrange(10**14)), dice.randint(1, 99))


def started(dice: random.Random) -> tuple[str, dict[str, str]]:
    """A code as the payer gets it, and what it must say."""
    told = {
        "bank": dice.choice(sorted(BANKS)),
        "account": "".join(dice.choices("0123456789", k=dice.randint(6, 19))),
        "amount": str(dice.randint(1_000, 499_999_999)),
        "number": random_no(dice),
    }
    credentials = with_field(vietqr_credentials(told["account"]), "bank_bin", told["bank"])
    amount = Money(int(told["amount"]), "VND")
    request = replace(REQUEST, payment_no=told["number"], amount=amount)
    return Vietqr().start_payment(credentials, request).payload, told


def test_both_readers_see_account_exact_amount_and_number() -> None:
    dice = random.Random(SEED)
    codes = [started(dice) for _ in range(300)]
    read = ask_npm([{"do": "readVietQr", "payload": payload} for payload, _ in codes], NPM)
    objects = ask_npm([{"do": "readEmv", "payload": payload} for payload, _ in codes], NPM)
    for (payload, told), seen, emv in zip(codes, read, objects, strict=True):
        assert seen == {
            "isValid": True,
            "provider": "VIETQR",
            "service": "QRIBFTTA",
            "bank": told["bank"],
            "account": told["account"],
            "amount": told["amount"],
            "currency": "704",
            "nation": "VN",
            "category": "9399",
            "merchant": "SO TAI CHINH QUANG NINH",
            "city": "HA LONG",
            "billNumber": told["number"],
            "purpose": told["number"],
            "point": "12",
        }
        if payload[-4:-2] == "00":  # which @walletfactory/emvqr leaves out of a CRC
            assert emv == "refused: Checksum validation failed."
            continue
        assert emv["54"] == told["amount"]
        assert emv["62"] == f"0120{told['number']}0820{told['number']}"
        assert emv["38"]["01"] == f"0006{told['bank']}01{len(told['account']):02d}{told['account']}"
        assert {*emv} - {"00", "63"} == {*read_payload(payload)}


def altered(dice: random.Random, payload: str) -> str:
    place = dice.randrange(len(payload))
    letter = dice.choice([each for each in "0123456789AZ" if each != payload[place].upper()])
    return dice.choice(
        [
            payload[:place] + letter + payload[place + 1 :],
            payload[:place] + payload[place + 1 :],
            payload[:place] + letter + payload[place:],
        ]
    )


def test_whatever_is_altered_is_refused_by_all_three() -> None:
    dice = random.Random(SEED)
    payloads = [altered(dice, started(dice)[0]) for _ in range(500)]
    for payload in payloads:
        with pytest.raises(QrUnreadable):
            read_vietqr(payload)
    seen = ask_npm([{"do": "readVietQr", "payload": payload} for payload in payloads], NPM)
    assert [each["isValid"] for each in seen] == [False] * len(payloads)
    emv = ask_npm([{"do": "readEmv", "payload": payload} for payload in payloads], NPM)
    assert {str(each) for each in emv} == {"refused: Checksum validation failed."}


def test_codes_that_npm_builds_are_read_here() -> None:
    dice = random.Random(SEED)
    options = [
        {
            "bankBin": dice.choice(sorted(BANKS)),
            "bankNumber": "".join(dice.choices("0123456789", k=dice.randint(6, 19))),
            "amount": str(dice.randint(1, 499_999_999)),
            "purpose": "".join(dice.choices("ABCabc019", k=dice.randint(1, 25))),
        }
        for _ in range(300)
    ]
    built = ask_npm([{"do": "buildVietQr", "options": each} for each in options], NPM)
    for each, payload in zip(options, built, strict=True):
        assert read_vietqr(payload) == VietQr(
            bank_bin=each["bankBin"],
            account_number=each["bankNumber"],
            amount=Money(int(each["amount"]), "VND"),
            memo=each["purpose"],
        )


def test_a_static_code_is_read_by_npm_too() -> None:
    payload = write_vietqr(VietQr("970415", "113366668888", "KHO BẠC", "HÀ NỘI", is_for_one=False))
    [seen] = ask_npm([{"do": "readVietQr", "payload": payload}], NPM)
    assert (seen["isValid"], seen["point"], seen.get("amount")) == (True, "11", None)
    assert (seen["bank"], seen["account"]) == ("970415", "113366668888")


def random_credits(dice: random.Random) -> list[dict[str, Any]]:
    def text() -> str:
        return "".join(dice.choices(PLAIN + AWKWARD, k=dice.randint(0, 30)))

    return [
        {
            **PAYOS_CREDIT,
            "orderCode": dice.randrange(1, 2**53 - 1),
            "amount": dice.randint(1, 499_999_999),
            "description": f"{text()} {random_no(dice)}",
            "reference": f"FT{dice.randrange(10**12)}",
            "desc": text(),
            "counterAccountName": dice.choice([None, "", text(), "null", "undefined"]),
        }
        for _ in range(200)
    ]


def is_believed(body: dict[str, Any], raw: bytes | None = None) -> bool:
    message = posted(raw or json.dumps(body).encode(), {})
    try:
        notification = Vietqr().read_notification(vietqr_credentials(), message)
    except SignatureRefused:
        return False
    return notification is not None and isinstance(notification.outcome, Succeeded)


def signed(data: dict[str, Any], signature: str) -> dict[str, Any]:
    return {"code": "00", "desc": "success", "success": True, "data": data, "signature": signature}


def test_webhooks_that_payos_sdks_sign_are_believed_here() -> None:
    made = random_credits(random.Random(SEED))
    tasks = [{"do": "signPayos", "data": data, "key": PAYOS_KEY} for data in made]
    node = ask_npm(tasks, NPM)
    python = ask_pypi([{**task, "do": "sign"} for task in tasks], PYPI)
    assert node == python
    for data, signature in zip(made, node, strict=True):
        body = signed(data, signature)
        assert is_believed(body)
        assert is_believed(body, json.dumps(body, ensure_ascii=False, indent=2).encode())
        assert not is_believed(signed({**data, "amount": data["amount"] + 1}, signature))


def test_webhooks_that_are_signed_as_we_read_them_are_believed_by_payos_sdks() -> None:
    plain = [each for each in random_credits(random.Random(7)) if not odd(each)]
    assert len(plain) > 80
    bodies = [signed(data, payos_signature(data)) for data in plain]
    wrong = [signed({**each["data"], "amount": 1}, each["signature"]) for each in bodies]
    asked = [{"do": "verifyPayos", "body": body, "key": PAYOS_KEY} for body in bodies + wrong]
    node = ["refused" not in answer for answer in ask_npm(asked, NPM)]
    python = ask_pypi([{**task, "do": "verify"} for task in asked], PYPI)
    expected = [True] * len(bodies) + [False] * len(wrong)
    assert node == expected
    assert [answer == "accepted" for answer in python] == expected
    assert [is_believed(body) for body in bodies + wrong] == expected


def odd(data: dict[str, Any]) -> bool:
    return data["counterAccountName"] in ("null", "undefined")
