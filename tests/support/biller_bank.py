"""A bank at the biller interface of a local province; it checks the signature on all it gets."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.wiring import Platform
from tests.channels.biller_wire import KEY, LAYOUT, answer_signature, signed_headers
from tests.domain.province_documents import account, names
from tests.support.biller_answers import check_answer
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.seeded import province_document, seed

LOOKUP, LOCKS, PAYMENTS = "/biller/v1/bills/lookup", "/biller/v1/locks", "/biller/v1/payments"
OTHER_KEY = f"another-{KEY}"


@dataclass
class Bank:
    """Its calls are signed now, each with a nonce of its own, unless a test says otherwise."""

    province: LocalProvince
    partner: str = "BANK-A"
    key: str = KEY

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        at: datetime | None = None,
        nonce: str = "",
    ) -> HttpAnswer:
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        signed_at = at or self.province.clock.at
        headers = signed_headers(self.partner, self.key, method, path, raw, signed_at, nonce)
        answer = self.send(method, path, raw, headers)
        if answer.status not in (401, 500) or "X-Biller-Signature" in answer.headers:
            assert answer.headers["X-Biller-Nonce"] == headers["x-biller-nonce"]
            mine = answer_signature(
                self.partner, self.key, answer.status, answer.text.encode(), answer.headers
            )
            assert answer.headers["X-Biller-Signature"] == mine
        check_answer(method, path, answer.status, answer.headers, answer.json)
        return answer

    def send(self, method: str, path: str, raw: bytes, headers: dict[str, str]) -> HttpAnswer:
        return self.province.http(
            method, path, raw, {"Content-Type": "application/json", **headers}
        )

    def look_up(self, code: str) -> HttpAnswer:
        return self.call("POST", LOOKUP, {"payment_code": code})

    def lock(self, code: str, amount_minor: int = 50_000, **changes: Any) -> HttpAnswer:
        body = {"payment_code": code, "amount_minor": amount_minor, "currency": "VND"}
        return self.call("POST", LOCKS, body | {"request_no": "L-1"} | changes)

    def locked(self, code: str, **changes: Any) -> str:
        answer = self.lock(code, **changes)
        assert answer.status == 201, answer.text
        return str(answer.json["payment_no"])

    def payment(self, payment_no: str, transaction_no: str = "FT-1", **changes: Any) -> Any:
        return {
            "payment_no": payment_no,
            "transaction_no": transaction_no,
            "status": "paid",
            "amount_minor": 50_000,
            "currency": "VND",
            "paid_at": to_rfc3339(self.province.clock.at.replace(microsecond=0)),
            "business_day": "2026-03-02",
            **changes,
        }

    def pay(self, payment_no: str, transaction_no: str = "FT-1", **changes: Any) -> HttpAnswer:
        return self.call("POST", PAYMENTS, self.payment(payment_no, transaction_no, **changes))

    def reverse(self, transaction_no: str = "FT-1", **changes: Any) -> HttpAnswer:
        return self.call("POST", f"{PAYMENTS}/{transaction_no}/reversal", reversal(**changes))

    def status(self, transaction_no: str = "FT-1") -> HttpAnswer:
        return self.call("GET", f"{PAYMENTS}/{transaction_no}")


def reversal(**changes: Any) -> dict[str, Any]:
    """A field of None is left out."""
    body = {"amount_minor": 50_000, "currency": "VND", "reversal_no": "RV-1", "reason": "a slip"}
    return {name: value for name, value in (body | changes).items() if value is not None}


def biller_account(name: str, partner: str, **changes: Any) -> dict[str, Any]:
    return account(
        "biller",
        account=name,
        fields={"partner_code": partner},
        secret_name=f"biller/{name}",
        min_minor=1,
        statement_layout=dict(LAYOUT),
        acquirer={"code": partner, "names": names(f"Bank {name.upper()}")},
        **changes,
    )


def add_banks(platform: Platform) -> None:
    """Two banks at every unit, one of which is also at UNITB alone."""
    document = province_document()
    document["channel_accounts"] += [
        biller_account("a", "BANK-A"),
        biller_account("b", "BANK-B"),
        biller_account("c", "BANK-C", payee_units=["UNITB"]),
    ]
    platform.setup.write_province(document)
    for name, key in (("a", KEY), ("b", OTHER_KEY), ("c", f"third-{KEY}")):
        platform.secrets.write_secret(f"biller/{name}", {"signing_key": key})


def seed_with_banks(platform: Platform) -> None:
    seed(platform)
    add_banks(platform)
