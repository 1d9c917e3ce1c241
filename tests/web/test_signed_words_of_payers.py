"""A payer's browser carries signed texts: VNPAY's return and our own payment address. Whoever has
one must not fill the ledger with it."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.support.local_province import LocalProvince
from tests.support.notifications import VNPAY_PATH, ipn_code, ipn_fields, send_ipn, sign_ipn
from tests.support.portal_client import create, start
from tests.support.rows import ledger_rows, message_rows


@pytest.fixture
def started(province: LocalProvince) -> dict[str, str]:
    """The payment's number and the address to which its payer was sent."""
    answer = start(province, create(province).json["payment_code"]).json
    return {"payment_no": answer["payment_no"], "url": answer["action"]["url"]}


@pytest.mark.parametrize("code", ["00", "24"])
def test_one_signed_text_is_kept_once_however_it_is_spelled(
    province: LocalProvince, started: dict[str, str], code: str
) -> None:
    failed = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02"}
    changes = failed if code == "24" else {}
    query = sign_ipn(ipn_fields(started["payment_no"], 50_000, **changes))
    province.http("GET", f"{VNPAY_PATH}?{query}")
    before = ledger_rows(province)
    pairs = parse_qsl(query)
    *signed, (_, signature) = pairs
    spellings = [
        [*pairs, ("x", "a" * 2000)],
        [*pairs, ("vnp_Nothing", "")],
        [*pairs, ("vnp_SecureHashType", "anything")],
        [*signed, ("vnp_SecureHash", signature.upper())],
        list(reversed(pairs)),
    ]
    for spelling in spellings:
        ipn_code(province.http("GET", f"{VNPAY_PATH}?{urlencode(spelling)}"))
    assert ledger_rows(province) == before


def test_our_own_payment_address_is_no_notification(
    province: LocalProvince, started: dict[str, str]
) -> None:
    before = ledger_rows(province)
    query = urlsplit(started["url"]).query
    for method, body in (("GET", b""), ("POST", b"x" * 60_000)):
        answer = province.http(method, f"{VNPAY_PATH}?{query}", body)
        assert ipn_code(answer) == "97"
    assert message_rows(province) == []
    assert ledger_rows(province) == before
    assert ipn_code(send_ipn(province, started["payment_no"])) == "00"


def test_who_comes_back_again_and_again_does_not_make_us_ask_without_end(
    province: LocalProvince, started: dict[str, str]
) -> None:
    """Each question is a call to the channel, and its answer a row that stays."""
    payment_no = started["payment_no"]
    query = sign_ipn(ipn_fields(payment_no, 50_000, vnp_TransactionStatus="01"))
    for _ in range(25):
        answer = province.http("GET", f"/channels/vnpay/quangninh/return?{query}")
        assert (answer.status, payment_no[:18] in answer.headers["Location"]) == (303, True)
    (order,) = ledger_rows(province, "O#")
    assert order["attempts"]["01"]["asks"] == 20
