import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.domain.portals import (
    KeyPrefix,
    Portal,
    WebhookEndpoint,
    hash_key,
    is_registered_return_url,
    is_well_formed_key,
    new_key,
    portal_key_prefix,
)
from chalicelib.domain.province import Mode

PORTAL = Portal(
    portal_id="dvc",
    names={"vi": "Cổng dịch vụ công"},
    mode=Mode.LIVE,
    payee_units=frozenset({"UNITA"}),
    return_urls=("https://dvc.example/thanh-toan/ket-qua", "https://app.example:8443"),
    code_secret=b"s" * 32,
)
TEST_PORTAL = replace(PORTAL, mode=Mode.TEST, return_urls=("http://127.0.0.1:3000/back",))


def base62_value(digits: str) -> int:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    value = 0
    for digit in digits:
        value = value * 62 + alphabet.index(digit)
    return value


@pytest.mark.parametrize("random_bytes", [bytes(16), b"\xff" * 16, bytes(range(16))])
def test_a_key_carries_all_its_random_bits(random_bytes: bytes) -> None:
    key = new_key(KeyPrefix.PORTAL_LIVE, random_bytes)
    assert key.startswith("ek_live_")
    assert len(key) == len("ek_live_") + 22
    assert base62_value(key.removeprefix("ek_live_")) == int.from_bytes(random_bytes, "big")
    assert is_well_formed_key(key)


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_key_of_too_few_or_too_many_bits_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        new_key(KeyPrefix.OPERATOR, bytes(length))


def test_the_prefix_says_whose_key_it_is() -> None:
    assert new_key(KeyPrefix.OPERATOR, bytes(16)) == "ok_" + "0" * 22
    assert new_key(portal_key_prefix(Mode.TEST), bytes(16)) == "ek_test_" + "0" * 22
    assert new_key(portal_key_prefix(Mode.LIVE), bytes(16)) == "ek_live_" + "0" * 22


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ek_test_",
        "ek_test_" + "a" * 21,
        "ek_demo_" + "a" * 22,
        "ek_test_" + "a" * 65,
        "ek_test_" + "a" * 21 + "-",
        "ek_test_" + "a" * 22 + "\n",
        "ek_test_" + "٣" * 22,
        "Bearer ek_test_" + "a" * 22,
    ],
)
def test_what_cannot_be_a_key_is_not_looked_up(text: str) -> None:
    assert not is_well_formed_key(text)


def test_a_key_is_stored_as_its_sha_256() -> None:
    key = new_key(KeyPrefix.PORTAL_TEST, bytes(range(16)))
    assert hash_key(key) == hashlib.sha256(key.encode()).hexdigest()


def test_a_portal_may_use_only_its_units_or_all() -> None:
    assert PORTAL.may_use("UNITA")
    assert not PORTAL.may_use("UNITB")
    assert replace(PORTAL, payee_units=None).may_use("UNITB")


@pytest.mark.parametrize(
    "url",
    [
        "https://dvc.example/thanh-toan/ket-qua",
        "https://dvc.example/thanh-toan/ket-qua/",
        "https://dvc.example/thanh-toan/ket-qua/123?ma=22&x=%C3%A1",
        "https://dvc.example:443/thanh-toan/ket-qua",
        "https://DVC.example/thanh-toan/ket-qua",
        "https://app.example:8443",
        "https://app.example:8443/",
        "https://app.example:8443/anything?at=all",
    ],
)
def test_a_registered_address_and_what_lies_below_it_is_allowed(url: str) -> None:
    assert is_registered_return_url(PORTAL, url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "dvc.example/thanh-toan/ket-qua",
        "//dvc.example/thanh-toan/ket-qua",
        "https:/dvc.example/thanh-toan/ket-qua",
        "http://dvc.example/thanh-toan/ket-qua",
        "javascript://dvc.example/thanh-toan/ket-qua",
        "https://dvc.example/",
        "https://dvc.example/thanh-toan/ket-qua-khac",
        "https://dvc.example/THANH-TOAN/ket-qua",
        "https://dvc.example/thanh-toan/ket-qua/../../evil",
        "https://dvc.example/thanh-toan/ket-qua/%2e%2e/evil",
        "https://dvc.example/thanh-toan/ket-qua/%252e%252e/evil",
        "https://dvc.example/thanh-toan/ket-qua/..%2fevil",
        "https://dvc.example/thanh-toan/ket-qua/%5c..%5cevil",
        "https://dvc.example/thanh-toan/./ket-qua",
        "https://dvc.example/thanh-toan/ket-qua#@evil.example",
        "https://dvc.example\\@evil.example/thanh-toan/ket-qua",
        "https://dvc.example@evil.example/thanh-toan/ket-qua",
        "https://user:pass@dvc.example/thanh-toan/ket-qua",
        "https://dvc.example.evil.example/thanh-toan/ket-qua",
        "https://evil.example/?https://dvc.example/thanh-toan/ket-qua",
        "https://dvc.example:8443/thanh-toan/ket-qua",
        "https://dvc.example:/thanh-toan/ket-qua",
        "https://dvc.example:0443443/thanh-toan/ket-qua",
        "https://dvc.example:x/thanh-toan/ket-qua",
        "https://dvc.example./thanh-toan/ket-qua",
        "https://dvc%2eexample/thanh-toan/ket-qua",
        "https://[dvc.example]/thanh-toan/ket-qua",
        " https://dvc.example/thanh-toan/ket-qua",
        "https://dvc.example/thanh-toan/ket-qua\n",
        "https://dvc.example/thanh-toan/ket-qua?a=b c",
        "https://dvc.example/thanh-toan/ket-qua?a=\r\nSet-Cookie:x",
        "https://dvc.example/thanh-toan/ket-qua?<script>",
        "https://dvc。example/thanh-toan/ket-qua",
        "https://app.example/",
        "https://dvc.example/thanh-toan/ket-qua?" + "a" * 2000,
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    assert not is_registered_return_url(PORTAL, url)


def test_plain_http_is_for_a_test_portal_s_own_machine_only() -> None:
    url = "http://127.0.0.1:3000/back/1"
    assert is_registered_return_url(TEST_PORTAL, url)
    assert not is_registered_return_url(replace(TEST_PORTAL, mode=Mode.LIVE), url)
    elsewhere = replace(TEST_PORTAL, return_urls=("http://10.0.0.1:3000/back",))
    assert not is_registered_return_url(elsewhere, "http://10.0.0.1:3000/back")
    assert not is_registered_return_url(TEST_PORTAL, "http://127.0.0.1:3001/back")


@pytest.mark.parametrize("host", ["localhost", "[::1]", "127.0.0.53"])
def test_each_name_of_this_machine_counts_as_such(host: str) -> None:
    portal = replace(TEST_PORTAL, return_urls=(f"http://{host}/",))
    assert is_registered_return_url(portal, f"http://{host}/back")


def test_an_endpoint_wants_its_event_types_until_it_is_disabled() -> None:
    endpoint = WebhookEndpoint(
        endpoint_id="we1",
        portal="dvc",
        url="https://dvc.example/notices",
        secrets=("whsec_x",),
        event_types=frozenset({"order.paid"}),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert endpoint.wants("order.paid")
    assert not endpoint.wants("order.expired")
    assert replace(endpoint, event_types=None).wants("order.expired")
    disabled = replace(endpoint, disabled_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert not disabled.wants("order.paid")


def test_secrets_do_not_show_in_a_repr() -> None:
    assert "ssss" not in repr(PORTAL)
