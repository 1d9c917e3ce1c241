"""What a bank took at the biller interface, by its own books, and its file of a day."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.stack.portal import Answer

REVERSAL = re.compile(r"/biller/v1/payments/([^/]+)/reversal")
HEADER = "payment_no|transaction_no|amount|paid_at"


@dataclass
class Takings:
    """`payments`: what it said of each, by its own transaction number."""

    account: str
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def write_down(self, path: str, body: dict[str, Any] | None, answer: Answer) -> None:
        if answer.status != 200 or body is None:
            return
        if path == "/biller/v1/payments":
            self.payments[body["transaction_no"]] = body
        if (taken_back := REVERSAL.fullmatch(path)) and answer.json["reversal"] == "done":
            self.payments.pop(taken_back[1], None)

    def key(self, day: date) -> str:
        return f"statements/biller/{self.account}/{day}/takings.txt"

    def file(self, day: date) -> bytes:
        own = [each for each in self.payments.values() if each["business_day"] == day.isoformat()]
        lines = [
            "|".join((each["payment_no"], each["transaction_no"], _decimal(each), each["paid_at"]))
            for each in own
        ]
        currency = own[0]["currency"] if own else "VND"
        total = {"amount_minor": sum(each["amount_minor"] for each in own), "currency": currency}
        return "\r\n".join((HEADER, *lines, f"TOTAL|{len(own)}|{_decimal(total)}|", "")).encode()


def _decimal(money: dict[str, Any]) -> str:
    amount = int(money["amount_minor"])
    return str(amount) if money["currency"] == "VND" else f"{amount // 100}.{amount % 100:02d}"
