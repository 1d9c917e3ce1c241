"""A counter in the tests' province, and its clerks."""

import hashlib
import hmac
import json
from typing import Any

from chalicelib.domain.portals import (
    CLERK_SCOPES,
    KeyPrefix,
    OperatorKey,
    Scope,
    hash_key,
    new_key,
)
from chalicelib.wiring import Platform
from tests.channels.pos_wire import LAYOUT
from tests.domain.province_documents import account, names
from tests.support import seeded
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import call, create, order_body

CLERK_KEY = new_key(KeyPrefix.OPERATOR, b"clerk-of-16bytes")
SECOND_CLERK_KEY = new_key(KeyPrefix.OPERATOR, b"clerk-2-16-bytes")
STRANGER_KEY = new_key(KeyPrefix.OPERATOR, b"clerk-3-16-bytes")
SLIP = {
    "terminal": "TID00001",
    "batch": "7",
    "trace": "101",
    "reference": "606012345678",
    "masked_pan": "970436******1234",
    "brand": "NAPAS",
}


def counter_document(document: dict[str, Any]) -> dict[str, Any]:
    """With counters a-1 and a-2 of UNITA; a-2 takes no cards."""
    document["channel_accounts"] += [
        *(
            account("cash", account=name, fields={"drawer": name}, secret_name="-")
            for name in ("a-1", "a-2")
        ),
        account(
            "pos",
            account="a",
            fields={"terminals": "TID00001 TID00002"},
            secret_name="-",
            statement_layout=dict(LAYOUT),
        ),
    ]
    document["profile"]["counters"] = [
        {
            "counter": name,
            "payee_unit": "UNITA",
            "portal": "portal-a",
            "names": names(f"Counter {name}"),
            "cash_account": name,
            "pos_account": pos,
        }
        for name, pos in (("a-1", "a"), ("a-2", None))
    ]
    return document


def seed(platform: Platform) -> None:
    seeded.seed(platform)
    add_counters(platform)


def add_counters(platform: Platform) -> None:
    platform.setup.write_province(counter_document(seeded.province_document()))
    for key, person, counters in (
        (CLERK_KEY, "Lê Thị Thu", {"a-1", "a-2"}),
        (SECOND_CLERK_KEY, "Vũ Văn Ngân", {"a-1"}),
        (STRANGER_KEY, "Hồ Quầy Khác", {"a-2"}),
    ):
        platform.setup.write_key(
            OperatorKey(
                hash_key(key), person, CLERK_SCOPES, platform.now(), counters=frozenset(counters)
            )
        )
    assert {Scope.COUNTER_WRITE} == CLERK_SCOPES


def post(
    province: LocalProvince, path: str, body: dict[str, Any], key: str, clerk: str = CLERK_KEY
) -> HttpAnswer:
    return call(province, "POST", f"/v1/counter/{path}", body, key=clerk, idempotency_key=key)


def look(province: LocalProvince, path: str, clerk: str = CLERK_KEY) -> HttpAnswer:
    return call(province, "GET", f"/v1/counter/{path}", key=clerk)


def opened(
    province: LocalProvince, float_minor: int = 500_000, key: str = "s-1", counter: str = "a-1"
) -> str:
    body = {"counter": counter, "float_minor": float_minor}
    answer = post(province, "shifts", body, key)
    assert answer.status == 201, answer
    shift: str = answer.json["shift"]
    return shift


def new_order(province: LocalProvince, key: str = "k-1", **changes: Any) -> str:
    """Of a portal, of 50,000 đồng."""
    answer = create(province, key, reference=f"HS-{key}", **changes)
    assert answer.status == 201, answer
    code: str = answer.json["payment_code"]
    return code


def issue(province: LocalProvince, key: str = "o-1", **changes: Any) -> HttpAnswer:
    body = order_body(reference=f"Q-{key}", **changes)
    return post(province, "counters/a-1/orders", body, key)


def take_cash(
    province: LocalProvince,
    shift: str,
    code: str,
    key: str = "c-1",
    *,
    amount_minor: int = 50_000,
    received_minor: int = 100_000,
    clerk: str = CLERK_KEY,
) -> HttpAnswer:
    body = {
        "payment_code": code,
        "amount_minor": amount_minor,
        "received_minor": received_minor,
    }
    return post(province, f"shifts/{shift}/cash", body, key, clerk)


def record_slip(
    province: LocalProvince, shift: str, code: str, key: str = "p-1", **changes: Any
) -> HttpAnswer:
    body = {"payment_code": code, "amount_minor": 50_000, **SLIP, **changes}
    return post(province, f"shifts/{shift}/slips", body, key)


def close(
    province: LocalProvince, shift: str, counted_minor: int, key: str = "z-1", **changes: Any
) -> HttpAnswer:
    body = {"counted_minor": counted_minor, **changes}
    return post(province, f"shifts/{shift}/close", body, key)


def block_of(province: LocalProvince, size: int = 5, key: str = "n-1") -> dict[str, Any]:
    answer = post(province, "receipt-blocks", {"counter": "a-1", "size": size}, key)
    assert answer.status == 201, answer
    block: dict[str, Any] = answer.json
    return block


def upload(
    province: LocalProvince, shift: str, block: str, lines: list[str], key: str = "u-1"
) -> HttpAnswer:
    body = {"shift": shift, "block": block, "lines": lines}
    return post(province, "offline-journals", body, key)


def offline_lines(block: dict[str, Any], codes: list[str], number: int | None = None) -> list[str]:
    """As a counter's own machine writes them, from the block's first number on or from `number`."""
    previous, lines = block["block"].encode(), []
    for no, code in enumerate(codes, number or block["first"]):
        lines.append(signed_line(block, no, code, previous=hashlib.sha256(previous).hexdigest()))
        previous = lines[-1].encode()
    return lines


def signed_line(block: dict[str, Any], number: int, code: str, **changes: Any) -> str:
    """The first of a chain, if `previous` is not among the changes."""
    fields = {
        "amount_minor": 50_000,
        "at": "2026-03-02T02:30:00Z",
        "block": block["block"],
        "clerk": "Lê Thị Thu",
        "code": code,
        "currency": "VND",
        "means": "cash",
        "number": number,
        "previous": hashlib.sha256(block["block"].encode()).hexdigest(),
        "received_minor": 50_000,
        **changes,
    }
    fields = {name: value for name, value in fields.items() if value is not None}
    signature = hmac.new(block["key"].encode(), _compact(fields), hashlib.sha256).hexdigest()
    return _compact({**fields, "signature": signature}).decode()


def _compact(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()
