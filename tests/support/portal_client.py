"""A portal as the tests use it, and VNPAY's side signed by the simulator's own code."""

from typing import Any

from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.seeded import PORTAL_KEY


def order_body(**changes: Any) -> dict[str, Any]:
    return {
        "reference": "HS-2026-0001",
        "payee_unit": "UNITA",
        "lines": [{"fee_item": "FEE-1"}],
        "payer": {"kind": "individual", "name": "Nguyễn Văn An"},
        **changes,
    }


def call(
    province: LocalProvince,
    method: str,
    target: str,
    body: dict[str, Any] | None = None,
    *,
    key: str = PORTAL_KEY,
    idempotency_key: str | None = None,
) -> HttpAnswer:
    headers = {"Authorization": f"Bearer {key}"}
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    return province.http(method, target, body, headers)


def create(province: LocalProvince, idempotency_key: str = "k-1", **changes: Any) -> HttpAnswer:
    return call(
        province, "POST", "/v1/orders", order_body(**changes), idempotency_key=idempotency_key
    )


def start(
    province: LocalProvince, code: str, channel: str = "vnpay", idempotency_key: str = "p-1"
) -> HttpAnswer:
    body = {"channel": channel, "client": "web"}
    target = f"/v1/orders/{code}/payments"
    return call(province, "POST", target, body, idempotency_key=idempotency_key)
