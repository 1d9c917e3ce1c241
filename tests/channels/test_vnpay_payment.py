from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.channels.contract import PaymentRequest, Redirect
from chalicelib.channels.vnpay.channel import Vnpay
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client
from chalicelib.errors import ChannelRefused, DataFault
from tests.channels.stand_ins import (
    REQUEST,
    StandInHttp,
    read_samples,
    refuse_to_answer,
    with_field,
)
from tests.channels.vnpay_wire import SECRET, hash_of, vnpay_credentials

VNPAY = Vnpay(StandInHttp(refuse_to_answer))


def start(request: PaymentRequest = REQUEST, **fields: str) -> dict[str, str]:
    credentials = vnpay_credentials()
    for name, value in fields.items():
        credentials = with_field(credentials, name, value)
    action = VNPAY.start_payment(credentials, request)
    assert isinstance(action, Redirect)
    query = parse_qs(urlsplit(action.url).query, strict_parsing=True, keep_blank_values=True)
    return {name: value for name, [value] in query.items()}


def test_the_pay_url_equals_the_one_that_an_independent_sdk_built() -> None:
    sample = read_samples("vnpay.json")["pay-url-gen"]
    request = replace(
        REQUEST,
        payment_no="QN20240521000001",
        amount=Money(125_000, "VND"),
        description="Nop phi ho so QN-2024/001 & le phi",
        started_at=datetime(2024, 5, 21, 3, 0, 0, tzinfo=UTC),
        expires_at=datetime(2024, 5, 21, 3, 15, 0, tzinfo=UTC),
        return_url="https://pay.example.gov/return/vnpay?x=1",
    )
    assert VNPAY.start_payment(vnpay_credentials(), request) == Redirect(sample["url"])


def test_every_parameter_is_the_one_that_the_document_asks_for() -> None:
    query = start()
    signature = query.pop("vnp_SecureHash")
    assert query == {
        "vnp_Version": "2.1.0",
        "vnp_Command": "pay",
        "vnp_TmnCode": "GOVTEST1",
        "vnp_Amount": "5000000",
        "vnp_CreateDate": "20260301130509",
        "vnp_CurrCode": "VND",
        "vnp_ExpireDate": "20260301132009",
        "vnp_IpAddr": "203.113.0.1",
        "vnp_Locale": "vn",
        "vnp_OrderInfo": "Phi tham dinh HS 2026 001",
        "vnp_OrderType": "other",
        "vnp_ReturnUrl": "https://pay.example/channels/x/test/return",
        "vnp_TxnRef": "22000000000000019601",
    }
    assert len(signature) == 128


def test_the_signature_is_over_the_query_in_front_of_it() -> None:
    action = VNPAY.start_payment(vnpay_credentials(), REQUEST)
    assert isinstance(action, Redirect)
    query, _, signature = urlsplit(action.url).query.partition("&vnp_SecureHash=")
    assert signature == hash_of(query)


def test_the_same_request_gives_the_same_url() -> None:
    first = VNPAY.start_payment(vnpay_credentials(), REQUEST)
    assert VNPAY.start_payment(vnpay_credentials(), REQUEST) == first


def test_times_are_written_in_vietnam_on_a_24_hour_clock() -> None:
    late = replace(REQUEST, started_at=datetime(2026, 12, 31, 17, 0, 0, tzinfo=UTC))
    assert start(late)["vnp_CreateDate"] == "20270101000000"
    noon = replace(REQUEST, started_at=datetime(2026, 3, 1, 5, 0, 0, tzinfo=UTC))
    assert start(noon)["vnp_CreateDate"] == "20260301120000"


@pytest.mark.parametrize(("language", "locale"), [("vi", "vn"), ("en", "en"), ("zh", "en")])
def test_the_page_is_in_vietnamese_or_else_in_english(language: str, locale: str) -> None:
    assert start(replace(REQUEST, language=language))["vnp_Locale"] == locale


def test_a_bank_code_is_sent_only_for_the_client_that_has_one() -> None:
    mobile = replace(REQUEST, client=Client.MOBILE)
    assert start(mobile, bank_code_mobile="VNPAYQR")["vnp_BankCode"] == "VNPAYQR"
    assert "vnp_BankCode" not in start(REQUEST, bank_code_mobile="VNPAYQR")


def test_endpoints_and_goods_category_come_from_the_account() -> None:
    credentials = with_field(vnpay_credentials(), "payment_url", "http://127.0.0.1:8100/vnpay/pay")
    action = VNPAY.start_payment(credentials, REQUEST)
    assert isinstance(action, Redirect)
    assert action.url.startswith("http://127.0.0.1:8100/vnpay/pay?vnp_Amount=")
    assert start(order_type="250000")["vnp_OrderType"] == "250000"


def test_the_greatest_amount_of_twelve_digits_is_sent_exactly() -> None:
    greatest = replace(REQUEST, amount=Money(9_999_999_999, "VND"))
    assert start(greatest)["vnp_Amount"] == "999999999900"


@pytest.mark.parametrize(
    "amount",
    [Money(10_000_000_000, "VND"), Money(0, "VND"), Money(-1, "VND"), Money(50_000, "CNY")],
)
def test_an_amount_that_vnpay_cannot_take_is_refused(amount: Money) -> None:
    with pytest.raises(ChannelRefused) as refusal:
        VNPAY.start_payment(vnpay_credentials(), replace(REQUEST, amount=amount))
    assert refusal.value.code == "amount_not_payable"


@pytest.mark.parametrize("name", ["tmn_code", "payment_url"])
def test_an_account_without_a_field_is_a_fault_that_names_it(name: str) -> None:
    with pytest.raises(DataFault, match=f"vnpay account test has no {name}"):
        VNPAY.start_payment(with_field(vnpay_credentials(), name, ""), REQUEST)


def test_an_empty_secret_never_signs() -> None:
    with pytest.raises(DataFault, match="vnpay account test has no hash_secret"):
        VNPAY.start_payment(vnpay_credentials(secret=""), REQUEST)


def test_the_key_in_use_before_is_never_used_to_sign() -> None:
    rotating = replace(vnpay_credentials(secret="THENEWSECRET"), previous={"hash_secret": SECRET})
    action = VNPAY.start_payment(rotating, REQUEST)
    assert isinstance(action, Redirect)
    query, _, signature = urlsplit(action.url).query.partition("&vnp_SecureHash=")
    assert signature == hash_of(query, "THENEWSECRET")
