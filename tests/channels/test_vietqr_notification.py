"""Credit notices: who is believed, what is read, what is acknowledged and forgotten."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.contract import Credentials, Message, Notification
from chalicelib.channels.vietqr.channel import Vietqr
from chalicelib.channels.vietqr.payos import signed_text
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Pending, Recorded, Succeeded
from chalicelib.errors import BadRequest, SignatureRefused
from tests.channels.stand_ins import read_samples
from tests.channels.vietqr_wire import (
    ACCOUNT_NUMBER,
    CASSO_CREDIT,
    CODE,
    PAYMENT_NO,
    PAYOS_CREDIT,
    PAYOS_KEY,
    SECRETS,
    SEPAY_CREDIT,
    casso,
    payos,
    payos_signature,
    posted,
    sepay,
    sepay_keyed,
    vietqr_credentials,
    with_prefix,
)

BANK = read_samples("bank_transfer.json")
PAYOS = read_samples("payos.json")
ALL_PAID = [
    casso(CASSO_CREDIT),
    sepay(SEPAY_CREDIT),
    sepay_keyed(SEPAY_CREDIT),
    payos(PAYOS_CREDIT),
]


def read(message: Message, credentials: Credentials | None = None) -> Notification:
    notification = Vietqr().read_notification(credentials or vietqr_credentials(), message)
    assert notification is not None
    return notification


def is_forgotten(message: Message) -> bool:
    return Vietqr().read_notification(vietqr_credentials(), message) is None


def refusal(message: Message, credentials: Credentials | None = None) -> str:
    with pytest.raises(SignatureRefused) as refused:
        Vietqr().read_notification(credentials or vietqr_credentials(), message)
    return refused.value.code


def account_with(account_number: str, **secrets: str) -> Credentials:
    return replace(vietqr_credentials(account_number), current={**SECRETS, **secrets})


@pytest.mark.parametrize("message", ALL_PAID, ids=["casso", "sepay", "sepay-key", "payos"])
def test_one_credit_is_one_transaction_whoever_tells_of_it(message: Message) -> None:
    notification = read(message)
    assert notification.payment_no == PAYMENT_NO
    assert notification.outcome == Succeeded(
        "20260301-FT26060000017-50000",
        Money(50_000, "VND"),
        datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC),
    )
    assert notification.raw == message.raw_body


@pytest.mark.parametrize(
    "reference", ["FT26060000017", "ft26060000017", "FT26060.000017 ", "FT-26060000017"]
)
def test_the_banks_reference_is_the_same_however_it_is_written(reference: str) -> None:
    outcome = read(casso({**CASSO_CREDIT, "reference": reference})).outcome
    assert isinstance(outcome, Succeeded)
    assert outcome.provider_transaction == "20260301-FT26060000017-50000"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 50_001},
        {"reference": "FT26060000018"},
        {"transactionDateTime": "2026-03-02 00:00:00"},
    ],
)
def test_another_amount_reference_or_bank_date_is_another_credit(changes: dict[str, Any]) -> None:
    outcome = read(casso({**CASSO_CREDIT, **changes})).outcome
    assert isinstance(outcome, Succeeded)
    assert outcome.provider_transaction != "20260301-FT26060000017-50000"


def test_a_credit_without_a_reference_has_the_aggregators_number() -> None:
    outcome = read(sepay({**SEPAY_CREDIT, "referenceCode": None})).outcome
    assert isinstance(outcome, Succeeded)
    assert outcome.provider_transaction == "20260301-SEPAY92704-50000"
    outcome = read(payos({**PAYOS_CREDIT, "reference": ""})).outcome
    assert isinstance(outcome, Succeeded)
    link = "124C33293C43417AB7879E14C8D9EB19"
    assert outcome.provider_transaction == f"20260301-PAYOS{link}-50000"


def test_the_documented_casso_sample_is_signed_well_and_is_a_test() -> None:
    sample = BANK["casso-webhook-v2-documented"]
    credentials = account_with("88888888", casso_key=sample["checksum_key"])
    headers = {name.lower(): value for name, value in sample["header"].items()}
    for raw in (json.dumps(sample["body"]), json.dumps(sample["body"], ensure_ascii=False)):
        message = posted(raw.encode(), headers)
        assert Vietqr().read_notification(credentials, message) is None
        assert refusal(message) == "notification_signature"
        altered = raw.replace("599000", "599001")
        assert refusal(posted(altered.encode(), headers), credentials) == "notification_signature"


def test_casso_signs_slashes_accents_and_numbers_as_they_were_sent() -> None:
    raw = (
        b'{"error":0,"data":{"id":7,"amount":50000.0,"accountNumber":"SIMULATEDVCB1",'
        b'"transactionDateTime":"2026-03-01T13:30:15+07:00","description":"phi\\/l\\u1ec7 \\u007f",'
        b'"rate":1e3,"big":12345678901234567890,"no":null,"list":[{"b":true,"a":-0.10}]}}'
    )
    signed = (
        '1.{"data":{"accountNumber":"SIMULATEDVCB1","amount":50000.0,"big":12345678901234567890,'
        '"description":"phi/lệ \x7f","id":7,"list":[{"a":-0.10,"b":true}],"no":null,"rate":1e3,'
        '"transactionDateTime":"2026-03-01T13:30:15+07:00"},"error":0}'
    )
    key = SECRETS["casso_key"].encode()
    signature = hmac.new(key, signed.encode(), hashlib.sha512).hexdigest()
    outcome = read(posted(raw, {"x-casso-signature": f"t=1,v1={signature}"})).outcome
    assert isinstance(outcome, Succeeded)
    assert outcome.provider_transaction == "20260301-CASSO7-50000"


def test_the_documented_sepay_notice_is_read_with_its_key() -> None:
    sample = BANK["sepay-webhook-apikey"]
    credentials = account_with("0011001234567", sepay_api_key="GOVPAYTESTSEPAY")
    headers = {name.lower(): value for name, value in sample["header"].items()}
    notification = read(posted(sample["raw_body"].encode(), headers), credentials)
    assert notification.payment_no == "", "its memo holds no number of ours"
    assert notification.outcome == Succeeded(
        "20240521-MBVCB3278907687-125000",
        Money(125_000, "VND"),
        datetime(2024, 5, 21, 3, 2, 30, tzinfo=UTC),
    )
    assert json.loads(Vietqr().answer(Recorded.NO_ORDER).body) == sample["reply"]["body"]


def test_the_payos_webhook_of_the_sdk_is_accepted() -> None:
    sample = PAYOS["webhook-gen"]
    credentials = account_with("12345678", payos_checksum_key=sample["checksum_key"])
    message = posted(json.dumps(sample["body"]).encode(), {})
    assert signed_text(sample["body"]["data"]) == sample["string_to_sign"].replace(
        "20240521001", "20240521001"
    )
    assert isinstance(read(message, credentials).outcome, Succeeded)
    assert refusal(message) == "notification_signature"


@pytest.mark.parametrize(
    "sample",
    [each for each in PAYOS.values() if each.get("type") == "body"],
    ids=lambda sample: sample["id"],
)
def test_payos_signs_as_its_sdks_tests_say(sample: dict[str, Any]) -> None:
    text = signed_text(json.loads(json.dumps(sample["payload"]), parse_int=_digits))
    assert text == sample["string_to_sign"]
    key = sample["checksum_key"].encode()
    assert hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == sample["signature"]


def _digits(text: str) -> Any:
    from chalicelib.channels.vietqr.notice_json import Literal

    return Literal(text)


@pytest.mark.parametrize("nothing", ["null", "undefined", None, ""])
def test_payos_signs_nothing_for_the_words_that_javascript_has_for_it(nothing: str | None) -> None:
    signature = payos_signature({**PAYOS_CREDIT, "counterAccountName": ""})
    body = {"data": {**PAYOS_CREDIT, "counterAccountName": nothing}, "signature": signature}
    assert read(posted(json.dumps(body).encode(), {})).payment_no == PAYMENT_NO


def test_payos_confirms_an_address_with_the_sample_of_its_documents() -> None:
    sample = {
        **PAYOS_CREDIT,
        "orderCode": 123,
        "amount": 3000,
        "description": "VQRIO123",
        "accountNumber": "12345678",
        "reference": "TF230204212323",
        "transactionDateTime": "2023-02-04 18:25:00",
    }
    assert is_forgotten(payos(sample))
    assert refusal(payos(sample, "another key")) == "notification_signature"
    assert refusal(payos({**sample, "orderCode": 124})) == "notification_not_ours"


@pytest.mark.parametrize(
    "message",
    [
        casso({**CASSO_CREDIT, "id": 0}),
        casso({**CASSO_CREDIT, "amount": -50_000}),
        sepay({**SEPAY_CREDIT, "transferType": "out"}),
        sepay_keyed({**SEPAY_CREDIT, "id": 0}),
    ],
)
def test_tests_and_money_that_goes_out_are_forgotten(message: Message) -> None:
    assert is_forgotten(message)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"code": "01"}, "01"), ({"code": ""}, "none"), ({"code": None}, "none")],
)
def test_what_payos_does_not_call_paid_is_pending(changes: dict[str, Any], code: str) -> None:
    assert read(payos({**PAYOS_CREDIT, **changes})).outcome == Pending(code, is_unmapped=True)


def test_a_success_outside_the_signed_part_of_payos_says_nothing() -> None:
    message = payos({**PAYOS_CREDIT, "code": "01"})
    body = {**json.loads(message.raw_body), "code": "00", "success": True}
    assert isinstance(read(posted(json.dumps(body).encode(), {})).outcome, Pending)


@pytest.mark.parametrize(
    ("age", "is_taken"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_sepays_signature_holds_for_five_minutes(age: int, is_taken: bool) -> None:
    message = sepay(SEPAY_CREDIT, age=timedelta(seconds=age))
    if is_taken:
        assert read(message).payment_no == PAYMENT_NO
    else:
        assert refusal(message) == "notification_time"
    assert refusal(replace(message, received_at=datetime.min.replace(tzinfo=UTC)))


@pytest.mark.parametrize(
    "message",
    [
        casso(CASSO_CREDIT, "another key"),
        sepay(SEPAY_CREDIT, "another key"),
        sepay_keyed(SEPAY_CREDIT, "another key"),
        sepay_keyed(SEPAY_CREDIT, ""),
        payos(PAYOS_CREDIT, "another key"),
        posted(b"", {}),
        posted(b"{}", {"authorization": "Bearer x"}),
        posted(b"[]", {"x-casso-signature": "t=1,v1=00"}),
        posted(b"{" * 100_000, {"x-casso-signature": "t=1,v1=00"}),
        posted(b'{"a":' * 100_000, {}),
        posted(b'{"data":{},"signature":"\xc3"}', {}),
        posted(b'{"data":{"a":"\\ud800"},"signature":"\\ud800"}', {}),
        posted(ALL_PAID[0].raw_body, {"x-casso-signature": ""}),
        posted(ALL_PAID[1].raw_body, {"x-sepay-signature": "sha256="}),
        posted(ALL_PAID[1].raw_body, {**ALL_PAID[1].headers, "x-sepay-timestamp": "soon"}),
        posted(ALL_PAID[1].raw_body + b" ", dict(ALL_PAID[1].headers)),
    ],
)
def test_what_is_not_signed_with_our_keys_is_refused(message: Message) -> None:
    assert refusal(message).startswith("notification_")


@pytest.mark.parametrize("message", ALL_PAID, ids=["casso", "sepay", "sepay-key", "payos"])
def test_the_key_before_is_accepted_during_a_rotation(message: Message) -> None:
    new = dict.fromkeys(SECRETS, "the new key")
    rotated = replace(vietqr_credentials(), current=new, previous=SECRETS)
    assert read(message, rotated).payment_no == PAYMENT_NO
    assert refusal(message, replace(rotated, previous=None)).startswith("notification_")


@pytest.mark.parametrize(
    ("name", "place"), [("casso", 0), ("sepay", 1), ("sepay-key", 2), ("payos", 3)]
)
def test_only_the_accounts_own_protocols_are_believed(name: str, place: int) -> None:
    others = " ".join({"casso", "sepay", "sepay-key", "payos"} - {name})
    assert read(ALL_PAID[place], vietqr_credentials(notices=name)).payment_no == PAYMENT_NO
    refused = refusal(ALL_PAID[place], vietqr_credentials(notices=others))
    assert refused == "notification_protocol"


@pytest.mark.parametrize("message", ALL_PAID, ids=["casso", "sepay", "sepay-key", "payos"])
def test_a_credit_to_another_account_of_ours_is_refused_here(message: Message) -> None:
    assert refusal(message, vietqr_credentials("SIMULATEDVCB9")) == "notification_not_ours"


def altered(data: dict[str, Any]) -> list[dict[str, Any]]:
    dropped = [{name: data[name] for name in data if name != gone} for gone in data]
    changed = [{**data, name: f"{data[name]}9"} for name in data]
    return [*dropped, *changed, {**data, "extra": "1"}]


def test_every_altered_or_dropped_field_breaks_every_signature() -> None:
    for sign, data in ((casso, CASSO_CREDIT), (sepay, SEPAY_CREDIT), (payos, PAYOS_CREDIT)):
        good = sign(data)
        for other in altered(data):
            body = json.loads(good.raw_body)
            body = other if sign is sepay else {**body, "data": other}
            if other.get("extra") is None and all(value in (None, "") for value in other.values()):
                continue
            message = replace(good, raw_body=json.dumps(body).encode())
            assert refusal(message) == "notification_signature", other


@pytest.mark.parametrize(
    "message",
    [
        casso(CASSO_CREDIT, error=1),
        casso([CASSO_CREDIT]),
        casso({**CASSO_CREDIT, "amount": "much"}),
        casso({**CASSO_CREDIT, "amount": 50_000.5}),
        casso({**CASSO_CREDIT, "amount": 10**30}),
        casso({**CASSO_CREDIT, "amount": None}),
        casso({**CASSO_CREDIT, "description": ["a"]}),
        casso({**CASSO_CREDIT, "transactionDateTime": "yesterday"}),
        sepay({**SEPAY_CREDIT, "transferType": "sideways"}),
        sepay({**SEPAY_CREDIT, "transactionDate": None}),
        sepay_keyed({"id": 1}),
        payos({**PAYOS_CREDIT, "currency": "USD"}),
        payos({**PAYOS_CREDIT, "amount": 0}),
    ],
)
def test_what_is_signed_and_unreadable_is_asked_for_again(message: Message) -> None:
    with pytest.raises(BadRequest) as unreadable:
        Vietqr().read_notification(vietqr_credentials(), message)
    assert unreadable.value.code == "notification_unreadable"


def test_a_keyed_notice_whose_body_is_no_json_is_unreadable() -> None:
    message = replace(sepay_keyed(SEPAY_CREDIT), raw_body=b"<html>")
    with pytest.raises(BadRequest):
        Vietqr().read_notification(vietqr_credentials(), message)


@pytest.mark.parametrize(
    ("memo", "payment_no"),
    [
        ("220 000 000 000 000 189 01", PAYMENT_NO),
        (f"NOP PHI {CODE}", CODE),
        (PAYMENT_NO[:17], ""),
        (f"{PAYMENT_NO} 22000000000000775501", ""),
        ("chuyen tien", ""),
        ("", ""),
    ],
)
def test_the_payment_is_the_one_that_the_memo_names(memo: str, payment_no: str) -> None:
    for message in (
        casso({**CASSO_CREDIT, "description": memo}),
        sepay({**SEPAY_CREDIT, "content": memo}),
        payos({**PAYOS_CREDIT, "description": memo}),
    ):
        assert read(message).payment_no == payment_no


@pytest.mark.parametrize(
    ("memo", "payment_no"),
    [
        (PAYMENT_NO, PAYMENT_NO),
        ("chuyen tien", CODE),
        ("22000000000000775501", ""),
    ],
)
def test_a_virtual_account_names_the_payment(memo: str, payment_no: str) -> None:
    credentials = with_prefix(vietqr_credentials("0099"), "V3C")
    told = {**CASSO_CREDIT, "virtualAccountNumber": f"V3C{CODE[:16]}", "description": memo}
    assert read(casso(told), credentials).payment_no == payment_no
    told = {**SEPAY_CREDIT, "subAccount": f"V3C{CODE[:16]}", "content": memo}
    assert read(sepay(told), credentials).payment_no == payment_no
    told = {**PAYOS_CREDIT, "virtualAccountNumber": f"V3C{CODE[:16]}", "description": memo}
    assert read(payos(told), credentials).payment_no == payment_no


@pytest.mark.parametrize(
    "virtual", ["", "V3C", "V3C2200", f"V3D{CODE[:16]}", f"V3C{'0' * 16}", CODE[:16]]
)
def test_a_virtual_account_that_we_never_gave_out_is_not_ours(virtual: str) -> None:
    credentials = with_prefix(vietqr_credentials("0099"), "V3C")
    told = {**CASSO_CREDIT, "virtualAccountNumber": virtual}
    assert refusal(casso(told), credentials) == "notification_not_ours"


def test_a_virtual_account_that_stays_is_ours_beside_the_real_one() -> None:
    told = {**SEPAY_CREDIT, "accountNumber": "0099", "subAccount": ACCOUNT_NUMBER}
    assert read(sepay(told)).payment_no == PAYMENT_NO


@given(st.binary(max_size=200), st.sampled_from(["x-casso-signature", "x-sepay-signature", "x"]))
def test_any_bytes_are_refused_and_nothing_else_happens(raw: bytes, header: str) -> None:
    assert refusal(posted(raw, {header: raw.decode("latin-1")}))


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.floats(allow_nan=False)),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
        max_leaves=8,
    )
)
def test_a_signed_object_of_any_shape_is_read_or_named_unreadable(value: Any) -> None:
    for message in (
        sepay_keyed({**SEPAY_CREDIT, "content": value}),
        sepay_keyed({**SEPAY_CREDIT, "transferAmount": value}),
        sepay_keyed({**SEPAY_CREDIT, "transactionDate": value}),
    ):
        try:
            Vietqr().read_notification(vietqr_credentials(), message)
        except BadRequest as unreadable:
            assert unreadable.code == "notification_unreadable"  # noqa: PT017


def test_another_scheme_of_signature_is_refused_though_its_digits_are_right() -> None:
    good = sepay(SEPAY_CREDIT)
    signature = good.headers["x-sepay-signature"].replace("sha256=", "sha1=")
    message = replace(good, headers={**good.headers, "x-sepay-signature": signature})
    assert refusal(message) == "notification_signature"


def test_half_a_surrogate_pair_in_a_header_is_refused() -> None:
    half = "\ud800"
    time = {"x-sepay-timestamp": half, "x-sepay-signature": f"sha256={half}"}
    assert refusal(posted(b"{}", time)) == "notification_signature"
    assert refusal(posted(b"{}", {"authorization": f"Apikey {half}"})) == "notification_key"
    casso_header = {"x-casso-signature": f"t={half},v1={half}"}
    assert refusal(posted(b"{}", casso_header)) == "notification_signature"


def test_no_money_is_no_credit_and_one_dong_is() -> None:
    for nothing in (
        sepay({**SEPAY_CREDIT, "transferAmount": 0}),
        casso({**CASSO_CREDIT, "amount": 0}),
    ):
        assert is_forgotten(nothing)
    for least in (
        sepay({**SEPAY_CREDIT, "transferAmount": 1}),
        casso({**CASSO_CREDIT, "amount": 1}),
        payos({**PAYOS_CREDIT, "amount": 1}),
    ):
        outcome = read(least).outcome
        assert isinstance(outcome, Succeeded)
        assert outcome.amount == Money(1, "VND")


def test_a_reference_of_any_length_makes_a_key_of_bounded_length() -> None:
    outcome = read(casso({**CASSO_CREDIT, "reference": "A" * 500})).outcome
    assert isinstance(outcome, Succeeded)
    assert outcome.provider_transaction == f"20260301-{'A' * 60}-50000"


def test_every_record_is_acknowledged_and_a_refusal_is_401() -> None:
    for recorded in Recorded:
        assert (Vietqr().answer(recorded).status, Vietqr().answer(recorded).body) == (
            200,
            '{"success": true}',
        )
    assert Vietqr().answer(None).status == 401
    assert Vietqr().answer_failure().status == 503
    assert PAYOS_KEY not in repr(vietqr_credentials())
