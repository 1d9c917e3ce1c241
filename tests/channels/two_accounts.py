"""A province with two accounts of one channel, "a" and "b", whose provider a test speaks for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Attempt
from chalicelib.outbound import Response
from chalicelib.wiring import Platform
from tests.channels.kit import Fields, Keys, Kit, Told
from tests.channels.stand_ins import StandInHttp, refuse_to_answer
from tests.domain.province_documents import account, names
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.portal_client import call, create
from tests.support.rows import money_rows
from tests.support.seeded import province_document, seed

Rows = list[dict[str, Any]]


@dataclass
class TwoAccounts:
    code: str
    kit: Kit
    province: LocalProvince
    http: StandInHttp
    orders: int = 0
    transactions: int = field(default=14_500_000)

    def fields_of(self, name: str) -> Fields:
        return self.kit.fields if name == "a" else self.kit.other_fields

    def keys_of(self, name: str) -> Keys:
        return self.kit.keys if name == "a" else self.kit.other_keys

    def reply(self, reply: Callable[[bytes], Response]) -> None:
        """So the provider's questions are answered from now on."""
        self.http.reply = reply

    def answers(self, told: Told, call_name: str = "query", name: str = "a") -> None:
        answer, fields, theirs = (
            self.kit.answers[call_name],
            self.fields_of(name),
            self.keys_of(name),
        )
        self.reply(lambda question: answer(fields, theirs.theirs, told, question))

    def new_order(self) -> str:
        self.orders += 1
        number = f"{self.code}-{self.orders}"
        created = create(self.province, f"o-{number}", reference=f"HS-{number}")
        assert created.status == 201, created.text
        return str(created.json["payment_code"])

    def start(
        self, payment_code: str, name: str | None = "a", client: str = "web", key: str = "p"
    ) -> HttpAnswer:
        body = {"channel": self.code, "client": client}
        chosen = body if name is None else body | {"account": name}
        target = f"/v1/orders/{payment_code}/payments"
        return call(self.province, "POST", target, chosen, idempotency_key=f"{key}-{payment_code}")

    def new_payment(self, name: str | None = "a") -> Told:
        """Of a new order; what its provider would say when it is paid."""
        started = self.start(self.new_order(), name)
        assert started.status == 201, started.text
        return self.told(started.json["payment_no"])

    def told(self, payment_no: str, **changes: Any) -> Told:
        self.transactions += 1
        base = Told(
            payment_no,
            self.kit.amount,
            transaction=str(self.transactions),
            at=self.province.clock.at.replace(microsecond=0),
        )
        return replace(base, **changes)

    def notify(
        self, told: Told, *, path: str = "a", fields: str = "a", keys: str = "a"
    ) -> HttpAnswer:
        """`path`: the account that it is sent to; `fields`: the one that it names; `keys`: the one
        whose provider signs."""
        sent = self.kit.notify(self.fields_of(fields), self.keys_of(keys).theirs, told)
        return self.send(sent.method, dict(sent.query), dict(sent.headers), sent.raw_body, path)

    def send(
        self,
        method: str,
        query: dict[str, str],
        headers: dict[str, str],
        body: bytes,
        path: str = "a",
    ) -> HttpAnswer:
        target = f"/channels/{self.code}/{path}/notifications"
        target += f"?{urlencode(query)}" if query else ""
        return self.province.http(method, target, body, headers)

    def order_of(self, told: Told) -> Order:
        order = self.province.platform.ledger.read_order(told.payment_no[:18])
        assert order is not None
        return order

    def attempt_of(self, told: Told) -> Attempt:
        attempt = self.order_of(told).attempt(int(told.payment_no[18:]))
        assert attempt is not None
        return attempt

    def money_of(self, told: Told) -> Rows:
        rows = money_rows(self.province)
        return [
            row
            for row in rows
            if row["pk"].startswith("T#") and row["payment_no"] == told.payment_no
        ]

    def money_rows(self) -> Rows:
        return money_rows(self.province)


@contextmanager
def two_accounts(code: str, kit: Kit) -> Iterator[TwoAccounts]:
    http = StandInHttp(refuse_to_answer)

    def seed_both(platform: Platform) -> None:
        seed(platform)
        platform.setup.write_province(_document(code, kit))
        for name, keys in (("a", kit.keys), ("b", kit.other_keys)):
            platform.secrets.write_secret(f"{code}/{name}", dict(keys.ours))

    with local_province(seed_both, http) as province:
        yield TwoAccounts(code, kit, province, http)


def _document(code: str, kit: Kit) -> dict[str, Any]:
    document = province_document()
    document["profile"] |= {"currency": kit.currency, "payers_choose": [code]}
    document["channel_accounts"] = [
        account(
            code,
            account=name,
            currency=kit.currency,
            fields=dict(fields),
            secret_name=f"{code}/{name}",
            min_minor=1,
            max_minor=499_999_999,
            statement_layout=dict(kit.layout) if kit.layout else None,
            acquirer={"code": f"BANK-{name.upper()}", "names": names(f"Bank {name.upper()}")},
        )
        for name, fields in (("a", kit.fields), ("b", kit.other_fields))
    ]
    return document
