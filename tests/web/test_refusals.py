"""Bad input: each fault its status, its stable code and its pointer, and nothing is written."""

from typing import Any

import pytest

from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import call, create, order_body, start
from tests.support.rows import ledger_rows
from tests.support.seeded import OPERATOR_KEY, PORTAL_KEY

LONG = "x" * 5000


def post(province: LocalProvince, raw: str | bytes, **headers: str) -> HttpAnswer:
    given = {
        "Authorization": f"Bearer {PORTAL_KEY}",
        "Idempotency-Key": "k-1",
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return province.http("POST", "/v1/orders", raw, given)


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{"fee_item": "FEE-1", **changes}]}


WRONG_BODIES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "float amount",
        line(fee_item="FINE", amount_minor=10.5),
        "/lines/0/amount_minor",
        "wrong_type",
    ),
    (
        "whole float",
        line(fee_item="FINE", amount_minor=10.0),
        "/lines/0/amount_minor",
        "wrong_type",
    ),
    (
        "text amount",
        line(fee_item="FINE", amount_minor="10"),
        "/lines/0/amount_minor",
        "wrong_type",
    ),
    (
        "boolean amount",
        line(fee_item="FINE", amount_minor=True),
        "/lines/0/amount_minor",
        "wrong_type",
    ),
    (
        "negative amount",
        line(fee_item="FINE", amount_minor=-1),
        "/lines/0/amount_minor",
        "out_of_range",
    ),
    ("zero amount", line(fee_item="FINE", amount_minor=0), "/lines/0/amount_minor", "out_of_range"),
    (
        "huge amount",
        line(fee_item="FINE", amount_minor=10**30),
        "/lines/0/amount_minor",
        "out_of_range",
    ),
    (
        "amount over tariff",
        line(fee_item="FINE", amount_minor=200_000_001),
        "/lines/0/amount_minor",
        "amount_out_of_range",
    ),
    ("amount missing", line(fee_item="FINE"), "/lines/0/amount_minor", "amount_required"),
    (
        "amount for a fixed tariff",
        line(amount_minor=50_001),
        "/lines/0/amount_minor",
        "amount_not_allowed",
    ),
    (
        "below the range",
        line(fee_item="RANGE", amount_minor=9_999),
        "/lines/0/amount_minor",
        "amount_out_of_range",
    ),
    (
        "above the range",
        line(fee_item="RANGE", amount_minor=90_001),
        "/lines/0/amount_minor",
        "amount_out_of_range",
    ),
    ("quantity for a fixed tariff", line(quantity=2), "/lines/0/quantity", "quantity_not_allowed"),
    (
        "too many units",
        line(fee_item="COPIES", quantity=101),
        "/lines/0/quantity",
        "quantity_out_of_range",
    ),
    ("no units", line(fee_item="COPIES", quantity=0), "/lines/0/quantity", "out_of_range"),
    ("unknown item", line(fee_item="NONE"), "/lines/0/fee_item", "fee_item_unknown"),
    ("expired item", line(fee_item="OLD"), "/lines/0/fee_item", "fee_item_unknown"),
    ("smuggled line field", line(price=1), "/lines/0/price", "unknown_field"),
    ("no lines", {"lines": []}, "/lines", "too_short"),
    ("lines not a list", {"lines": {"fee_item": "FEE-1"}}, "/lines", "wrong_type"),
    ("51 lines", {"lines": [{"fee_item": "FEE-1"}] * 51}, "/lines", "too_long"),
    ("unit of nobody", {"payee_unit": "NONE"}, "/payee_unit", "payee_unit_unknown"),
    ("unit of another portal", {"payee_unit": "UNITB"}, "/payee_unit", "payee_unit_unknown"),
    ("smuggled status", {"status": "paid"}, "/status", "unknown_field"),
    ("smuggled amount", {"amount_minor": 1}, "/amount_minor", "unknown_field"),
    ("long reference", {"reference": LONG}, "/reference", "too_long"),
    ("empty reference", {"reference": "  "}, "/reference", "too_short"),
    ("reference with a line break", {"reference": "a\nb"}, "/reference", "invalid_format"),
    ("reference of another type", {"reference": 7}, "/reference", "wrong_type"),
    ("no payer", {"payer": None}, "/payer", "wrong_type"),
    (
        "payer of an unknown kind",
        {"payer": {"kind": "robot", "name": "a"}},
        "/payer/kind",
        "unknown_value",
    ),
    ("long payer name", {"payer": {"kind": "individual", "name": LONG}}, "/payer/name", "too_long"),
    (
        "foreign return_url",
        {"return_url": "https://evil.example/"},
        "/return_url",
        "return_url_not_registered",
    ),
    (
        "look-alike return_url",
        {"return_url": "https://portal.example.evil.example/done"},
        "/return_url",
        "return_url_not_registered",
    ),
    (
        "script return_url",
        {"return_url": "javascript:alert(1)"},
        "/return_url",
        "return_url_not_registered",
    ),
    ("unknown language", {"language": "fr"}, "/language", "language_unknown"),
    ("short life", {"expires_in_seconds": 1}, "/expires_in_seconds", "expiry_out_of_range"),
    ("long life", {"expires_in_seconds": 10**9}, "/expires_in_seconds", "expiry_out_of_range"),
    ("unknown channel", {"channels": ["cash"]}, "/channels/0", "channel_unknown"),
    ("long metadata", {"metadata": {"note": "x" * 101}}, "/metadata/note", "too_long"),
    ("nested metadata", {"metadata": {"note": {}}}, "/metadata/note", "wrong_type"),
]


@pytest.mark.parametrize(("name", "changes", "field", "code"), WRONG_BODIES)
def test_a_wrong_body_is_refused(
    province: LocalProvince, name: str, changes: dict[str, Any], field: str, code: str
) -> None:
    answer = create(province, **changes)
    assert answer.status == 422, name
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [(each["field"], each["code"]) for each in answer.json["errors"]] == [(field, code)]
    assert answer.json["code"] == code
    assert ledger_rows(province) == []


@pytest.mark.parametrize("field", ["reference", "payee_unit", "lines", "payer"])
def test_a_missing_field_is_named(province: LocalProvince, field: str) -> None:
    body = order_body()
    del body[field]
    answer = call(province, "POST", "/v1/orders", body, idempotency_key="k-1")
    assert answer.status == 422
    assert [(each["field"], each["code"]) for each in answer.json["errors"]] == [
        (f"/{field}", "required")
    ]


def test_every_wrong_field_is_named_at_once(province: LocalProvince) -> None:
    answer = create(province, reference="", extra=1, lines=[{"fee_item": "FEE-1", "quantity": "2"}])
    assert answer.json["code"] == "invalid_request"
    assert {(each["field"], each["code"]) for each in answer.json["errors"]} == {
        ("/reference", "too_short"),
        ("/extra", "unknown_field"),
        ("/lines/0/quantity", "wrong_type"),
    }


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"reference": NaN}',
        '{"reference": "a", "reference": "b"}',
        b"\xff\xfe",
        '{"reference": "\\ud800"}',
        "[" * 30_000,
    ],
)
def test_a_body_that_is_not_json_is_refused(province: LocalProvince, raw: str | bytes) -> None:
    answer = post(province, raw)
    assert (answer.status, answer.json["code"]) == (400, "invalid_json")
    assert ledger_rows(province) == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(province: LocalProvince, content_type: str) -> None:
    answer = post(province, "{}", Content_Type=content_type)
    assert (answer.status, answer.json["code"]) == (415, "content_type_not_json")


def test_a_megabyte_is_refused(province: LocalProvince) -> None:
    answer = post(province, '{"reference": "' + "x" * 1_000_000 + '"}')
    assert (answer.status, answer.json["code"]) == (413, "body_too_large")
    assert ledger_rows(province) == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "idempotency_key_missing"),
        ("a b", "idempotency_key_invalid"),
        ("é", "idempotency_key_invalid"),
        ("x" * 256, "idempotency_key_invalid"),
    ],
)
def test_a_missing_or_wrong_idempotency_key_is_refused(
    province: LocalProvince, key: str, code: str
) -> None:
    answer = post(province, "{}", Idempotency_Key=key)
    assert (answer.status, answer.json["code"]) == (400, code)
    assert ledger_rows(province) == []


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer nonsense", f"Basic {PORTAL_KEY}", f"Bearer {PORTAL_KEY[:-1]}x"],
)
def test_without_a_known_key_nothing_is_told(province: LocalProvince, authorization: str) -> None:
    answer = post(province, "{}", Authorization=authorization)
    assert (answer.status, answer.json["code"]) == (401, "key_missing_or_unknown")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_operators_key_creates_no_order(province: LocalProvince) -> None:
    answer = call(province, "POST", "/v1/orders", order_body(), key=OPERATOR_KEY)
    assert (answer.status, answer.json["code"]) == (403, "scope_missing")


@pytest.mark.parametrize(
    "code", ["123", "220000000000012315", "%2e%2e", "2200000000000123140", "２２0000000000012314"]
)
def test_a_malformed_payment_code_is_not_found(province: LocalProvince, code: str) -> None:
    answer = call(province, "GET", f"/v1/orders/{code}")
    assert (answer.status, answer.json["code"]) == (404, "order_not_found")


def test_a_channel_that_cannot_take_the_order_is_refused(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    answer = start(province, code, channel="cash")
    assert (answer.status, answer.json["code"]) == (422, "channel_unavailable")
    assert answer.json["errors"][0]["field"] == "/channel"


def test_an_amount_over_a_channels_limit_is_shown_with_the_reason(province: LocalProvince) -> None:
    answer = call(province, "GET", "/v1/channels?amount_minor=600000000")
    assert [each["available"] for each in answer.json["items"]] == [False, False]
    assert answer.json["items"][0]["unavailable_reason"]["en"].startswith("The amount is outside")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "invalid_limit"),
        ("limit=101", "invalid_limit"),
        ("limit=x", "invalid_limit"),
        ("cursor=!!", "invalid_cursor"),
        ("nonsense=1", "unknown_parameter"),
        ("limit=1&limit=2", "repeated_parameter"),
    ],
)
def test_a_wrong_list_parameter_is_refused(province: LocalProvince, query: str, code: str) -> None:
    answer = call(province, "GET", f"/v1/fee-items?{query}")
    assert (answer.status, answer.json["code"]) == (400, code)


def test_pages_of_a_list_are_the_list(province: LocalProvince) -> None:
    whole = call(province, "GET", "/v1/fee-items").json["items"]
    assert [item["code"] for item in whole] == [
        "FEE-1", "FEE-2", "CHARGE", "COPIES", "RANGE", "FINE",
    ]  # fmt: skip
    pages: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        target = f"/v1/fee-items?limit=2{cursor and f'&cursor={cursor}'}"
        answer = call(province, "GET", target).json
        pages += answer["items"]
        cursor = answer["next_cursor"]
    assert pages == whole
