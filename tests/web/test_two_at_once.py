"""Two calls at once under one Idempotency-Key: whoever comes second gets the first one's answer,
never a refusal of what it asked for itself."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.storage.ledger import Ledger
from tests.support.bills import amend, cancel_bill, issued
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.open_codes import bind, issued_codes, void_code
from tests.support.portal_client import call, create

Call = Callable[[], HttpAnswer]


def both(monkeypatch: pytest.MonkeyPatch, ask: Call) -> tuple[HttpAnswer, HttpAnswer]:
    """The first one's answer and the second one's: the second has looked for an answer, and found
    none, when the first one does all that it does."""
    firsts: list[HttpAnswer] = []
    real = Ledger.read_answer

    def read(*asked: Any) -> Any:
        found = real(*asked)
        monkeypatch.setattr(Ledger, "read_answer", real)
        firsts.append(ask())
        return found

    monkeypatch.setattr(Ledger, "read_answer", read)
    second = ask()
    return firsts[0], second


def require_replayed(first: HttpAnswer, second: HttpAnswer) -> None:
    assert (first.status, second.status) == (200, 200), second
    assert second.text == first.text
    assert second.headers["Idempotent-Replayed"] == "true"


def test_an_amendment(province: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> None:
    code = issued(province)
    require_replayed(*both(monkeypatch, lambda: amend(province, code, due_date="2026-04-15")))


def test_a_bill_s_cancellation(province: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> None:
    code = issued(province)
    require_replayed(*both(monkeypatch, lambda: cancel_bill(province, code)))


def test_an_order_s_cancellation(province: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> None:
    code = create(province).json["payment_code"]
    path = f"/v1/orders/{code}/cancel"
    require_replayed(
        *both(monkeypatch, lambda: call(province, "POST", path, {}, idempotency_key="x-1"))
    )


def test_what_becomes_of_an_open_code(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound, void = issued_codes(province)[:2]
    first, second = both(monkeypatch, lambda: bind(province, bound))
    assert (first.status, second.status, second.text) == (200, 200, first.text)
    require_replayed(*both(monkeypatch, lambda: void_code(province, void)))


def test_what_another_key_did_is_a_refusal(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = issued(province)
    keys = iter(("c-2", "c-1"))
    second, first = both(monkeypatch, lambda: cancel_bill(province, code, next(keys)))
    assert {first.status, second.status} == {200, 503}
    assert cancel_bill(province, code, "c-3").json["code"] == "order_cancelled"
