"""Whatever is done with a bill, in any order and on any day: what is asked is what the model says,
and the invariants of the tables hold."""

import io
import random
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date

from chalicelib.domain.business_day import business_day_of
from tests.support.bill_invariants import bills_are_listed
from tests.support.bills import amend, cancel_bill, issue, look
from tests.support.invariants import check_always
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import start
from tests.support.province_tables import read_tables
from tests.support.seeded import seed

ZONE = "Asia/Ho_Chi_Minh"
REFUSED = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}
# 1 % a day, at most a fifth.
RULE = {
    "daily_rate": {"parts": 1, "per": 100},
    "cap_rate": {"parts": 1, "per": 5},
    "legal_basis": "law",
}
WALKS, STEPS = 12, 30
# A walk that meets none of these would show nothing.
SITUATIONS = (
    *("dearer than before", "in flight over midnight", "amended", "not amended", "paid"),
    *("success for another amount", "success after the end", "cancelled"),
)


@dataclass
class Modelled:
    """`asked`: for how much the payment in flight is, None when there is none."""

    principal: int
    due: date
    rule: bool
    status: str = "created"
    owed: int = 0
    asked: int | None = None
    started: list[tuple[str, int]] = field(default_factory=list)
    in_review: bool = False
    version: int = 1

    def price(self, today: date) -> int:
        days = (today - self.due).days
        if not self.rule or days <= 0:
            return self.principal
        late = (2 * self.principal * days + 100) // 200
        return self.principal + min(late, (2 * self.principal + 5) // 10)

    @property
    def is_open(self) -> bool:
        return self.status in ("created", "pending")


class Walk:
    """`met`: situations that the walk came through."""

    def __init__(self, province: LocalProvince, chance: random.Random, met: Counter[str]) -> None:
        self.province, self.chance, self.met = province, chance, met
        self.turn = 0
        self.bill = Modelled(self.principal(), date(2026, 3, 3), chance.random() < 0.8)
        answer = issue(
            province,
            principal_minor=self.bill.principal,
            due_date="2026-03-03",
            surcharge=RULE if self.bill.rule else None,
        )
        assert answer.status == 201, answer
        self.code: str = answer.json["payment_code"]
        self.bill.owed = self.bill.principal

    def principal(self) -> int:
        return self.chance.randint(10_000, 90_000_000)

    @property
    def today(self) -> date:
        return business_day_of(self.province.clock.at, ZONE)

    def key(self) -> str:
        self.turn += 1
        return f"k-{self.turn}"

    def see(self) -> None:
        """As a portal looks: the amount of today, unless a payment or a case stands against it."""
        bill = self.bill
        if bill.is_open and bill.asked is None and not bill.in_review:
            self.met["dearer than before"] += bill.owed < bill.price(self.today)
            bill.owed = bill.price(self.today)
        order = look(self.province, self.code)
        assert (order["status"], order["amount_minor"]) == (bill.status, bill.owed)
        assert order["bill"]["version"] == bill.version
        assert order["needs_review"] == bill.in_review

    def pass_time(self) -> None:
        """A payment in flight is not left for days: its channel has said what it will."""
        days = 0 if self.bill.asked is not None else self.chance.choice((0, 0, 1, 5, 30))
        self.province.clock.advance(days=days, hours=self.chance.choice((1, 4, 20)))
        if self.bill.asked is not None and self.bill.asked != self.bill.price(self.today):
            self.met["in flight over midnight"] += 1
        self.see()

    def amend(self) -> None:
        bill, principal = self.bill, self.principal()
        lines = [{"fee_item": "FINE", "amount_minor": principal}]
        answer = amend(self.province, self.code, self.key(), lines=lines)
        if bill.is_open and bill.asked is None and not bill.in_review:
            assert answer.status == 200, answer
            bill.principal, bill.version = principal, bill.version + 1
            self.met["amended"] += 1
        else:
            assert answer.status == 409, answer
            self.met["not amended"] += 1
        self.see()

    def start(self) -> None:
        bill = self.bill
        answer = start(self.province, self.code, idempotency_key=self.key())
        price = bill.price(self.today)
        may_start = bill.is_open and not bill.in_review and bill.asked in (None, price)
        assert answer.status == (201 if may_start else 409), answer
        if may_start:
            bill.status, bill.owed, bill.asked = "pending", price, price
            bill.started.append((answer.json["payment_no"], price))
            assert f"vnp_Amount={price * 100}&" in answer.json["action"]["url"]
        self.see()

    def fail(self) -> None:
        for payment_no, amount in self.bill.started:
            send_ipn(self.province, payment_no, amount, **REFUSED)
        self.bill.asked = None
        self.see()

    def succeed(self) -> None:
        """For what was asked when it started, also long after it was said to have failed."""
        bill = self.bill
        if not bill.started:
            return
        number = self.chance.randrange(len(bill.started))
        payment_no, amount = bill.started[number]
        transaction = f"{14_000_000 + number}"
        answer = send_ipn(self.province, payment_no, amount, vnp_TransactionNo=transaction)
        told = answer.json["RspCode"]
        if bill.is_open and bill.owed == amount:
            assert told == "00", answer
            bill.status, bill.asked = "paid", None
            self.met["paid"] += 1
        elif bill.is_open:
            assert told == "04", answer
            bill.in_review = True
            self.met["success for another amount"] += 1
        else:
            assert told in ("00", "02", "04"), answer
            bill.in_review = look(self.province, self.code)["needs_review"]
            self.met["success after the end"] += 1
        self.see()

    def cancel(self) -> None:
        bill = self.bill
        answer = cancel_bill(self.province, self.code, self.key())
        if bill.is_open and bill.asked is None:
            assert answer.status == 200, answer
            bill.status, bill.version = "cancelled", bill.version + 1
            self.met["cancelled"] += 1
        else:
            assert answer.status == 409, answer
        self.see()

    def step(self) -> None:
        weights = {
            self.pass_time: 4,
            self.amend: 3,
            self.start: 4,
            self.fail: 4,
            self.succeed: 1,
            self.cancel: 0.3,
        }
        (act,) = self.chance.choices(list(weights), list(weights.values()))
        act()


def walk(number: int, met: Counter[str]) -> None:
    with redirect_stdout(io.StringIO()), local_province(seed) as province:
        walked = Walk(province, random.Random(number), met)
        for _ in range(STEPS):
            walked.step()
        check_always(read_tables(province))
        province.pump()
        tables = read_tables(province)
        check_always(tables)
        bills_are_listed(tables)


def test_bills_in_any_order_do_what_the_model_does() -> None:
    met: Counter[str] = Counter()
    for number in range(WALKS):
        try:
            walk(number, met)
        except AssertionError as error:
            error.add_note(f"walk {number}")
            raise
    assert all(met[situation] for situation in SITUATIONS), met
