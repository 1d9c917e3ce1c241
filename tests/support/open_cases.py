"""Cases as channels bring them about, and operators who decide them."""

from typing import Any

from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_rows
from tests.support.seeded import OPERATOR_KEY

STRANGER = "220000000000012314" + "01"
MONEY = "T#vnpay#quangninh#777"
FAILURE: Any = {
    "vnp_ResponseCode": "24",
    "vnp_TransactionStatus": "02",
    "vnp_TransactionNo": "0",
}


def suspense(province: LocalProvince, amount: int = 50_000) -> str:
    """Money that names no order of ours. Returns the case's public id, as all here do."""
    send_ipn(province, STRANGER, amount, vnp_TransactionNo="777")
    return only_case(province)


def wrong_amount(province: LocalProvince, key: str = "k-1", amount: int = 49_999) -> str:
    send_ipn(province, started(province, key), amount, vnp_TransactionNo="777")
    return only_case(province)


def double_payment(province: LocalProvince) -> str:
    first = started(province, "k-1")
    second = start(province, first[:18], idempotency_key="p-2").json["payment_no"]
    send_ipn(province, first)
    send_ipn(province, second, vnp_TransactionNo="777")
    return only_case(province)


def late_success(province: LocalProvince) -> str:
    payment_no = started(province, "k-1")
    send_ipn(province, payment_no, **FAILURE)
    call(province, "POST", f"/v1/orders/{payment_no[:18]}/cancel", {}, idempotency_key="c-1")
    send_ipn(province, payment_no, vnp_TransactionNo="777")
    return only_case(province)


def transaction_reused(province: LocalProvince) -> str:
    send_ipn(province, started(province, "k-1"), vnp_TransactionNo="777")
    send_ipn(province, started(province, "k-2", "HS-2"), vnp_TransactionNo="777")
    return only_case(province)


def held(province: LocalProvince, key: str = "k-1") -> str:
    send_held(province, started(province, key))
    return only_case(province)


def send_held(province: LocalProvince, payment_no: str) -> HttpAnswer:
    return send_ipn(province, payment_no, vnp_ResponseCode="07", vnp_TransactionStatus="07")


def started(province: LocalProvince, key: str, reference: str = "HS-1") -> str:
    code = create(province, key, reference=reference).json["payment_code"]
    payment_no: str = start(province, code, idempotency_key=f"p-{key}").json["payment_no"]
    return payment_no


def new_order(province: LocalProvince, key: str = "k-9", **changes: Any) -> str:
    answer = create(province, key, **{"reference": f"HS-{key}", **changes})
    assert answer.status == 201, answer
    code: str = answer.json["payment_code"]
    return code


def only_case(province: LocalProvince) -> str:
    """After the stream has listed it."""
    province.pump()
    (case,) = call(province, "GET", "/v1/cases", key=OPERATOR_KEY).json["items"]
    case_id: str = case["case_id"]
    return case_id


def decide(
    province: LocalProvince,
    case_id: str,
    verb: str,
    *,
    key: str = OPERATOR_KEY,
    idempotency_key: str = "d-1",
    **body: Any,
) -> HttpAnswer:
    target = f"/v1/cases/{case_id}/{verb}"
    return call(province, "POST", target, body, key=key, idempotency_key=idempotency_key)


def look(province: LocalProvince, case_id: str) -> Any:
    answer = call(province, "GET", f"/v1/cases/{case_id}", key=OPERATOR_KEY)
    assert answer.status == 200, answer
    return answer.json


def money(province: LocalProvince) -> dict[str, Any]:
    (row,) = ledger_rows(province, MONEY)
    return row
