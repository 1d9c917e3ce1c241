"""A simulated bank takes its payment back: the call is signed, and its file of the day follows."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from infra.simulator import Simulator
from infra.simulator.biller import IN_CHINA, PARTNER
from infra.simulator.published import config_for
from infra.simulator.wire import Answered, Call
from tests.simulator.platform import NOW, fetch

BASE_URL = "https://pay.province.example"
PAYMENT_NO = "22541094922887078701"


class Bank:
    def __init__(self, simulator: Simulator, calls: list[Call], partner: str) -> None:
        self.simulator, self.calls, self.partner = simulator, calls, partner

    def post(self, path: str, **fields: object) -> dict[str, object]:
        body = urlencode({"partner_code": self.partner, **fields}).encode()
        answer = fetch(f"{self.simulator.url}{path}", body)
        assert answer.status == 201, answer.body
        made: dict[str, object] = json.loads(answer.body)
        return made

    def file(self, faults: str = "") -> list[str]:
        day = NOW.date().isoformat()
        url = f"{self.simulator.url}/biller/{self.partner}/statements/{day}.txt?faults={faults}"
        return fetch(url).body.decode().splitlines()[1:]


@pytest.fixture(params=[PARTNER, IN_CHINA[0]])
def bank(request: pytest.FixtureRequest) -> Iterator[Bank]:
    calls: list[Call] = []

    def deliver(call: Call) -> Answered:
        calls.append(call)
        return Answered(200, b"{}")

    met = {"channel": "biller", "account": "a", "partner_code": request.param}
    config = config_for(BASE_URL, [met])
    with Simulator(config, clock=lambda: NOW, send_call=deliver) as simulator:
        yield Bank(simulator, calls, request.param)


def test_a_payment_is_taken_back_by_a_signed_call_and_left_out_of_the_file(bank: Bank) -> None:
    number = bank.post("/biller/counter", payment_no=PAYMENT_NO, other_amount_minor=50_000)
    transaction_no = str(number["transaction_no"])
    amount = "500.00" if bank.partner in IN_CHINA else "50000"
    assert bank.file()[-1] == f"TOTAL|1|{amount}|"
    bank.post("/biller/reversal", transaction_no=transaction_no)
    _, call = bank.calls
    path = f"/biller/v1/payments/{transaction_no}/reversal"
    assert call.url == BASE_URL + path
    told = json.loads(call.body)
    currency = "CNY" if bank.partner in IN_CHINA else "VND"
    assert (told["amount_minor"], told["currency"]) == (50_000, currency)
    key = f"simulator-only-published-key-of-{bank.partner.lower()}".encode()
    headers = call.headers
    lines = ["ERRANDLESS-REQUEST-1", bank.partner, "POST", path]
    lines += [headers["X-Biller-Timestamp"], headers["X-Biller-Nonce"]]
    text = "\n".join((*lines, hashlib.sha256(call.body).hexdigest())).encode()
    assert headers["X-Biller-Signature"] == hmac.new(key, text, hashlib.sha256).hexdigest()
    nothing = "0.00" if bank.partner in IN_CHINA else "0"
    assert bank.file() == [f"TOTAL|0|{nothing}|"]
    assert bank.file("still_counted")[-1] == f"TOTAL|1|{amount}|"


def test_money_that_this_bank_never_took_is_not_taken_back(bank: Bank) -> None:
    body = urlencode({"partner_code": bank.partner, "transaction_no": "FT-9"}).encode()
    assert fetch(f"{bank.simulator.url}/biller/reversal", body).status == 404
    assert bank.calls == []
