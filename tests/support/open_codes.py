"""Open codes as a payee unit's portal asks for them."""

from typing import Any

from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import call
from tests.support.seeded import PORTAL_KEY

PATH = "/v1/open-code-batches"
PAYER = {
    "kind": "individual",
    "name": "Trần Thị Bình",
    "identity": {"kind": "citizen_id", "number": "022099001234"},
}


def batch_body(**changes: Any) -> dict[str, Any]:
    body = {
        "payee_unit": "UNITA",
        "lines": [{"fee_item": "FEE-1"}],
        "count": 3,
        "days": 30,
        "purpose": "Exam registration, cupboard of room 12",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def issue_codes(
    province: LocalProvince, key: str = "o-1", portal_key: str = PORTAL_KEY, **changes: Any
) -> HttpAnswer:
    body = batch_body(**changes)
    return call(province, "POST", PATH, body, key=portal_key, idempotency_key=key)


def issued_batch(province: LocalProvince, key: str = "o-1", **changes: Any) -> str:
    """Its id."""
    answer = issue_codes(province, key, **changes)
    assert answer.status == 201, answer
    batch: str = answer.json["batch"]
    return batch


def codes_of(province: LocalProvince, batch: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = call(province, "GET", f"{PATH}/{batch}/codes?limit=100{cursor}")
        assert answer.status == 200, answer
        items += answer.json["items"]
        if answer.json["next_cursor"] is None:
            return items
        cursor = f"&cursor={answer.json['next_cursor']}"


def issued_codes(province: LocalProvince, key: str = "o-1", **changes: Any) -> list[str]:
    """The payment codes of a new batch."""
    batch = issued_batch(province, key, **changes)
    return [each["payment_code"] for each in codes_of(province, batch)]


def bind(province: LocalProvince, code: str, key: str = "bind-1", **changes: Any) -> HttpAnswer:
    body = {"reference": "HS-2026-0001", "payer": PAYER, **changes}
    return call(province, "POST", f"/v1/open-codes/{code}/bind", body, idempotency_key=key)


def void_code(province: LocalProvince, code: str, key: str = "void-1") -> HttpAnswer:
    body = {"reason": "the sheet got wet"}
    return call(province, "POST", f"/v1/open-codes/{code}/void", body, idempotency_key=key)


def void_batch(province: LocalProvince, batch: str, key: str = "void-1") -> HttpAnswer:
    body = {"reason": "the exam is over"}
    return call(province, "POST", f"{PATH}/{batch}/void", body, idempotency_key=key)


def unbound(province: LocalProvince, **filters: str) -> list[str]:
    """Payment codes of the day-end list."""
    asked = "".join(f"&{name}={value}" for name, value in filters.items())
    answer = call(province, "GET", f"/v1/open-codes?payee_unit=UNITA{asked}")
    assert answer.status == 200, answer
    return [each["payment_code"] for each in answer.json["items"]]
