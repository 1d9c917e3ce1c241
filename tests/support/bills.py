"""Bills as a payee unit's portal sends them."""

from typing import Any

from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import call
from tests.support.seeded import PORTAL_KEY

# 0.05 % a day, at most the principal.
SURCHARGE = {
    "daily_rate": {"parts": 5, "per": 10_000},
    "cap_rate": {"parts": 1, "per": 1},
    "legal_basis": "Law 15/2012, article 78",
}


def bill_body(**changes: Any) -> dict[str, Any]:
    body = {
        "reference": "TB-2026-0001",
        "payee_unit": "UNITA",
        "fee_item": "FINE",
        "principal_minor": 1_000_000,
        "payer": {"kind": "individual", "name": "Nguyễn Văn An"},
        "due_date": "2026-03-31",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def issue(
    province: LocalProvince, key: str = "b-1", portal_key: str = PORTAL_KEY, **changes: Any
) -> HttpAnswer:
    body = bill_body(**changes)
    return call(province, "POST", "/v1/bills", body, key=portal_key, idempotency_key=key)


def issue_many(province: LocalProvince, *bodies: dict[str, Any], key: str = "b-1") -> HttpAnswer:
    return call(province, "POST", "/v1/bills", {"bills": list(bodies)}, idempotency_key=key)


def issued(province: LocalProvince, key: str = "b-1", **changes: Any) -> str:
    """The payment code."""
    answer = issue(province, key, **changes)
    assert answer.status == 201, answer
    code: str = answer.json["payment_code"]
    return code


def amend(province: LocalProvince, code: str, key: str = "a-1", **changes: Any) -> HttpAnswer:
    body = {"reason": "recalculated", **changes}
    return call(province, "POST", f"/v1/bills/{code}/amend", body, idempotency_key=key)


def cancel_bill(province: LocalProvince, code: str, key: str = "c-1") -> HttpAnswer:
    body = {"reason": "withdrawn by decision 7"}
    return call(province, "POST", f"/v1/bills/{code}/cancel", body, idempotency_key=key)


def look(province: LocalProvince, code: str) -> Any:
    answer = call(province, "GET", f"/v1/orders/{code}")
    assert answer.status == 200, answer
    return answer.json
