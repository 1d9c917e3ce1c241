"""A provider says "held" and "paid" of one payment at the same moment."""

from typing import Any

import pytest

from chalicelib.storage.ledger import Ledger
from tests.support.local_province import LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.open_cases import FAILURE, send_held, started
from tests.support.portal_client import call
from tests.support.rows import ledger_rows


@pytest.mark.parametrize(("said", "status"), [({}, "paid"), (FAILURE, "pending")])
def test_a_payment_that_has_ended_is_held_no_more(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], status: str
) -> None:
    payment_no = started(province, "k-1")
    open_case, ends = Ledger.open_case, [said]

    def late(ledger: Ledger, *given: Any, **named: Any) -> bool:
        while ends:
            assert ipn_code(send_ipn(province, payment_no, 50_000, **ends.pop())) == "00"
        return open_case(ledger, *given, **named)

    monkeypatch.setattr(Ledger, "open_case", late)
    assert ipn_code(send_held(province, payment_no)) == "00"
    assert ends == []
    assert call(province, "GET", f"/v1/orders/{payment_no[:18]}").json["status"] == status
    assert ledger_rows(province, "CASE#") == []
