"""Orders on their way to being paid, through the front door."""

from tests.support.local_province import LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.portal_client import create, start


def created(
    province: LocalProvince, number: int = 1, fee_items: tuple[str, ...] = ("FEE-1",)
) -> str:
    lines = [{"fee_item": code} for code in fee_items]
    answer = create(province, f"k-{number}", reference=f"HS-{number:04d}", lines=lines)
    assert answer.status == 201, answer
    code: str = answer.json["payment_code"]
    return code


def paid(
    province: LocalProvince,
    number: int = 1,
    fee_items: tuple[str, ...] = ("FEE-1",),
    pay_date: str = "20260302090130",
) -> str:
    """The payment code; nothing is pumped."""
    code = created(province, number, fee_items)
    payment_no = start(province, code, idempotency_key=f"p-{number}").json["payment_no"]
    amount = province.platform.ledger.read_order(code)
    assert amount is not None
    answer = send_ipn(
        province,
        payment_no,
        amount.amount.amount_minor,
        vnp_TransactionNo=f"{14000000 + number}",
        vnp_PayDate=pay_date,
    )
    assert ipn_code(answer) == "00"
    return code
