"""Who may speak at the biller interface: forged, altered, expired and replayed calls get their
codes and do nothing; keys are rotated without a gap."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.outbound import Response
from chalicelib.storage.nonces import KEPT
from tests.channels.biller_wire import KEY, signed_headers
from tests.channels.stand_ins import StandInHttp
from tests.support.biller_bank import (
    LOCKS,
    LOOKUP,
    OTHER_KEY,
    PAYMENTS,
    Bank,
    add_banks,
    biller_account,
    seed_with_banks,
)
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import create
from tests.support.rows import ledger_rows, scan
from tests.support.seeded import province_document

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks, StandInHttp(lambda _: Response(200, {}, b""))) as running:
        create(running, expires_in_seconds=86_400)
        yield running


@pytest.fixture
def bank(province: LocalProvince) -> Bank:
    return Bank(province)


@pytest.fixture(scope="module")
def code(province: LocalProvince) -> str:
    return str(create(province, expires_in_seconds=86_400).json["payment_code"])


def signed(bank: Bank, path: str, raw: bytes, **changes: str) -> dict[str, str]:
    headers = signed_headers(bank.partner, bank.key, "POST", path, raw, bank.province.clock.at)
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


@pytest.mark.parametrize(
    ("partner", "key"),
    [("BANK-A", OTHER_KEY), ("BANK-B", KEY), ("BANK-X", KEY), ("BANK-A", KEY + "x")],
)
def test_a_forged_call_and_an_unknown_partner_are_not_told_apart(
    province: LocalProvince, code: str, partner: str, key: str, capsys: Captured
) -> None:
    before = ledger_rows(province)
    refused = Bank(province, partner, key).lock(code)
    assert (refused.status, refused.json["code"]) == (401, "signature_wrong")
    assert refused.json["detail"] == "the signature does not hold, or nobody has this partner code"
    assert "X-Biller-Signature" not in refused.headers
    assert ledger_rows(province) == before
    assert '"signatures_refused":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize("altered", ["body", "path", "method", "nonce", "timestamp"])
def test_whatever_is_altered_breaks_the_signature(bank: Bank, code: str, altered: str) -> None:
    raw = json.dumps({"payment_code": code}).encode()
    headers = signed(bank, LOOKUP, raw)
    method, path = "POST", LOOKUP
    match altered:
        case "body":
            raw = raw.replace(b"payment_code", b"payment_c0de")
        case "path":
            path = LOCKS
        case "method":
            headers = signed_headers(
                bank.partner, bank.key, "GET", LOOKUP, raw, bank.province.clock.at
            )
        case "nonce":
            headers["x-biller-nonce"] += "x"
        case "timestamp":
            headers["x-biller-timestamp"] = str(int(headers["x-biller-timestamp"]) + 1)
    refused = bank.send(method, path, raw, headers)
    assert (refused.status, refused.json["code"]) == (401, "signature_wrong")


@pytest.mark.parametrize(
    "changes",
    [
        {"x_biller_timestamp": ""},
        {"x_biller_timestamp": "1772416800.5"},
        {"x_biller_timestamp": "１７７２４１６８００"},
        {"x_biller_nonce": "short"},
        {"x_biller_nonce": "with#a#hash#and#more"},
        {"x_biller_nonce": "x" * 65},
    ],
    ids=str,
)
def test_a_header_that_is_not_well_formed_is_told(
    bank: Bank, code: str, changes: dict[str, str]
) -> None:
    raw = json.dumps({"payment_code": code}).encode()
    refused = bank.send("POST", LOOKUP, raw, signed(bank, LOOKUP, raw, **changes))
    assert (refused.status, refused.json["code"]) == (401, "signature_missing")


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-300, 200), (300, 200), (301, 401)])
def test_a_signature_is_believed_for_five_minutes(
    bank: Bank, code: str, seconds: int, status: int
) -> None:
    at = bank.province.clock.at + timedelta(seconds=seconds)
    answer = bank.call("POST", LOOKUP, {"payment_code": code}, at=at)
    assert answer.status == status
    assert status == 200 or answer.json["code"] == "signature_expired"


def test_an_old_forgery_is_a_forgery_and_not_expired(bank: Bank, code: str) -> None:
    at = bank.province.clock.at - timedelta(days=1)
    forged = Bank(bank.province, key=OTHER_KEY).call("POST", LOOKUP, {"payment_code": code}, at=at)
    assert forged.json["code"] == "signature_wrong"


def test_a_replayed_call_is_refused_with_its_own_code(bank: Bank, code: str) -> None:
    raw = json.dumps({"payment_code": code}).encode()
    headers = signed(bank, LOOKUP, raw)
    assert bank.send("POST", LOOKUP, raw, headers).status == 200
    replayed = bank.send("POST", LOOKUP, raw, headers)
    assert (replayed.status, replayed.json["code"]) == (401, "nonce_used")
    assert replayed.headers["X-Biller-Nonce"] == headers["x-biller-nonce"]


def test_only_the_very_same_payment_may_use_its_nonce_again(bank: Bank) -> None:
    made = create(bank.province, "k-3", reference="HS-3", expires_in_seconds=86_400)
    payment_no = bank.locked(made.json["payment_code"])
    body, nonce = bank.payment(payment_no, "FT-31"), "the-nonce-of-one-payment"
    first = bank.call("POST", PAYMENTS, body, nonce=nonce)
    again = bank.call("POST", PAYMENTS, body, nonce=nonce)
    assert (first.status, first.text) == (again.status, again.text)
    other = bank.call("POST", PAYMENTS, body | {"transaction_no": "FT-32"}, nonce=nonce)
    assert (other.status, other.json["code"]) == (401, "nonce_used")
    assert bank.status("FT-32").status == 404


def test_two_banks_may_use_the_same_nonce(bank: Bank, code: str) -> None:
    other, nonce = Bank(bank.province, "BANK-B", OTHER_KEY), "a-nonce-of-two-banks"
    for each in (bank, other):
        answer = each.call("POST", LOOKUP, {"payment_code": code}, nonce=nonce)
        assert answer.status == 200


def test_a_nonce_is_kept_longer_than_its_signature_is_believed(bank: Bank, code: str) -> None:
    bank.call("POST", LOOKUP, {"payment_code": code}, nonce="kept-for-long-enough")
    (row,) = scan(bank.province.settings.views_table, "NONCE#a#kept-for-long-enough")
    kept = row["expires_at_epoch"] - int(bank.province.clock.at.timestamp())
    assert kept == KEPT.total_seconds() > 2 * 300


def test_the_key_before_is_believed_during_a_rotation_and_the_new_one_signs(
    bank: Bank, code: str
) -> None:
    secrets, new = bank.province.platform.secrets, f"the-new-{KEY}"
    try:
        secrets.write_secret("biller/a", {"signing_key": new}, {"signing_key": KEY})
        raw = json.dumps({"payment_code": code}).encode()
        by_old = bank.send("POST", LOOKUP, raw, signed(bank, LOOKUP, raw))
        assert by_old.status == 200
        assert Bank(bank.province, key=new).look_up(code).status == 200
        secrets.write_secret("biller/a", {"signing_key": new})
        assert bank.look_up(code).json["code"] == "signature_wrong"
    finally:
        secrets.write_secret("biller/a", {"signing_key": KEY})


def test_a_bank_may_not_use_a_portals_or_operators_door_nor_they_its(
    province: LocalProvince, bank: Bank
) -> None:
    bare = province.http("POST", LOOKUP, {"payment_code": "1"}, {"Authorization": "Bearer x"})
    assert (bare.status, bare.json["code"]) == (401, "signature_wrong")
    headers = signed_headers(bank.partner, bank.key, "GET", "/v1/orders", b"", province.clock.at)
    assert province.http("GET", "/v1/orders", None, headers).status == 401


def test_two_accounts_of_one_partner_code_are_an_operators_fault(
    province: LocalProvince, bank: Bank, code: str
) -> None:
    document = province_document()
    two = [biller_account("a", "BANK-A"), biller_account("b", "BANK-A")]
    platform = province.platform
    try:
        platform.setup.write_province(
            document | {"channel_accounts": [*document["channel_accounts"], *two]}
        )
        province.clock.advance(minutes=2)
        assert bank.look_up(code).status == 500
    finally:
        add_banks(platform)
        province.clock.advance(minutes=2)
