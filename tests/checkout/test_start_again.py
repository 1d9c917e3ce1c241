"""The same Idempotency-Key again, after a start whose answer was never kept."""

from typing import Any

import pytest

from chalicelib.storage.ledger import Ledger
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.open_cases import FAILURE
from tests.support.portal_client import call, create, start
from tests.support.rows import ledger_rows


class Death(BaseException):
    """Not an Exception: nothing catches it."""


@pytest.fixture
def code(province: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of an order whose first payment was started by somebody who died before answering."""

    def die(*_: Any) -> None:
        raise Death

    payment_code: str = create(province).json["payment_code"]
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "keep_answer", die)
        with pytest.raises(Death):
            start(province, payment_code)
    return payment_code


def test_a_payment_under_way_goes_on(province: LocalProvince, code: str) -> None:
    assert start(province, code).json["payment_no"] == f"{code}01"


def test_nobody_is_sent_to_pay_a_cancelled_order(province: LocalProvince, code: str) -> None:
    send_ipn(province, f"{code}01", **FAILURE)
    call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key="c-1")
    assert refused(province, code) == (409, "order_cancelled")


def test_nobody_is_sent_to_pay_a_paid_order(province: LocalProvince, code: str) -> None:
    second = start(province, code, idempotency_key="p-2").json["payment_no"]
    send_ipn(province, second)
    assert refused(province, code) == (409, "order_paid")


def test_nobody_is_sent_to_a_payment_that_is_over(province: LocalProvince, code: str) -> None:
    """Nobody would ask about it, and what is owed may change meanwhile."""
    send_ipn(province, f"{code}01", **FAILURE)
    assert refused(province, code) == (409, "payment_over")
    assert start(province, code, idempotency_key="p-2").json["payment_no"] == f"{code}02"


def refused(province: LocalProvince, code: str) -> tuple[int, str]:
    before = ledger_rows(province)
    answer = start(province, code)
    assert ledger_rows(province) == before
    return answer.status, answer.json["code"]
