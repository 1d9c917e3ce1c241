"""A province and everybody around it, acting as the plan says."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from chalicelib.domain.identifiers import build_payment_code, build_payment_no
from tests.day.facts import DAYS, Fact, File, Plan, Told
from tests.day.oracle import Break
from tests.day.providers import Outside, bill_url, send, send_refusal
from tests.day.provinces import PORTALS, province_of
from tests.day.statements import write_file
from tests.reconciliation.statement_files import watched_calls
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.portal_client import call, order_body
from tests.support.seeded import OPERATOR_KEY

ACCEPTED = {"alipay": "success", "vietqr": "True"}
REFUSED = {"vnpay": "97", "alipay": "fail", "vietqr": "False"}
# What VNPAY alone is told apart.
DONE, UNKNOWN, REPEATED, WRONG_AMOUNT = "00", "01", "02", "04"
PORTAL_WITH_NOTICES = 8  # every so many orders
MOST_HOURS = 4
Advance = Callable[[str], None]


@dataclass
class World:
    """`codes`: payment codes by order. `payment_nos`: by the provider's number of the payment."""

    plan: Plan
    province: LocalProvince
    outside: Outside
    random: Random
    advance: Advance = lambda _: None
    codes: dict[int, str] = field(default_factory=dict)
    payment_nos: dict[str, str] = field(default_factory=dict)
    issued: dict[File, bytes] = field(default_factory=dict)

    def open_order(self, number: int) -> None:
        """A portal creates it, and its payer starts to pay: with every attempt that is planned."""
        facts = self.plan.orders[number]
        code = self._create(number, facts[0])
        self.codes[number] = code
        for fact in facts:
            if fact.told is Told.AFTER_A_REFUSAL:
                refused = self._start(fact, f"{fact.name}-refused")
                told = send_refusal(self.province, fact.account, refused, fact.due_minor)
                assert told == DONE
            payment_no = self._start(fact, fact.name)
            self.payment_nos[fact.name] = payment_no
            self.outside.paid[payment_no] = fact
        self.advance("orders opened")

    def tell(self, fact: Fact) -> None:
        """The provider's notification, where there is one."""
        if fact.told in (Told.NEVER, Told.WHEN_ASKED):
            return
        payment_no = self.payment_nos[fact.name]
        if fact.told is Told.AFTER_A_FORGERY:
            told = send(self.province, fact, payment_no, forged=True)
            assert told == REFUSED[fact.account.channel]
        assert send(self.province, fact, payment_no) in self._expected(fact)
        if fact.told in (Told.TWICE, Told.BY_TWO):
            turn = int(fact.told is Told.BY_TWO)
            again = send(self.province, fact, payment_no, turn=turn)
            assert again == ACCEPTED.get(fact.account.channel, REPEATED)
        self.advance("payments told")

    def issue(self, file: File) -> None:
        """It lies in the bucket, or with the channel; nobody was told yet."""
        self.issued[file] = write_file(self.plan, file, self.payment_nos)
        if file.is_fetched:
            self.outside.bills[bill_url(file.account, file.day)] = self.issued[file]
            return
        key, bucket = _key(file), self.province.settings.statements_bucket
        client("s3").put_object(Bucket=bucket, Key=key, Body=self.issued[file])

    def announce(self, file: File) -> None:
        if not file.is_fetched:
            self.province.tell_arrival(_key(file), len(self.issued[file]))
        self.advance("files announced")

    def carry(self) -> None:
        """What the stream and the queues hold; the journal's keeper at a pace of its own."""
        self.province.pump()
        if self.random.random() < 0.5:
            self.province.keep_journal(self.random.choice((20, 100, 500)))

    def settle(self) -> int:
        """Everything arrived; persons decide, the chaser asks once more, and hours strike until one
        changes nothing: a day's judgement hangs on its neighbours'. Returns how many did."""
        self.province.pump()
        self._give_back()
        self.province.clock.advance(minutes=30)
        self.province.chase()
        self.province.pump()
        for hour in range(MOST_HOURS):
            self.province.clock.advance(hours=1)
            with watched_calls() as calls:
                self.strike()
            if not calls.writes:
                self.province.keep_journal()
                return hour
        raise AssertionError("reconciliation never came to rest")

    def _give_back(self) -> None:
        numbers = {self.payment_nos[fact.name] for fact in self.plan.facts if fact.is_given_back}
        for case in self._listed("/v1/cases?"):
            if case["payment_no"] in numbers:
                target, body = f"/v1/cases/{case['case_id']}/refund", {"reason": "paid too late"}
                key = case["payment_no"]
                answer = call(
                    *(self.province, "POST", target, body), key=OPERATOR_KEY, idempotency_key=key
                )
                assert answer.status == 200, answer

    def strike(self) -> None:
        """The hour of reconciliation."""
        self.province.reconcile_due()
        self.province.pump()

    def breaks(self) -> Counter[Break]:
        """Open ones, as finance sees them."""
        return Counter(
            (
                *(each["channel"], each["account"], each["business_day"], each["kind"]),
                _providers_number(each),
            )
            for day in DAYS
            for each in self._listed(f"/v1/breaks?status=open&business_day={day}")
        )

    def reconciliations(self) -> list[dict[str, Any]]:
        return [
            each for day in DAYS for each in self._listed(f"/v1/reconciliations?business_day={day}")
        ]

    def _listed(self, target: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            more = f"&limit=100{f'&cursor={cursor}' if cursor else ''}"
            answer = call(self.province, "GET", target + more, key=OPERATOR_KEY)
            assert answer.status == 200, answer
            found += answer.json["items"]
            cursor = answer.json["next_cursor"]
        return found

    def _create(self, number: int, fact: Fact) -> str:
        portal = PORTALS[bool(number % PORTAL_WITH_NOTICES)][1]
        line = {
            "fee_item": "CHARGE" if number % 3 == 0 else "FEE",
            "amount_minor": fact.due_minor,
        }
        body = order_body(reference=f"HS-{number:05d}", payee_unit=fact.account.unit, lines=[line])
        answer = call(
            self.province, "POST", "/v1/orders", body, key=portal, idempotency_key=f"o-{number}"
        )
        assert answer.status == 201, answer
        return str(answer.json["payment_code"])

    def _start(self, fact: Fact, key: str) -> str:
        assert fact.order is not None
        body = {"channel": fact.account.channel, "client": "web"}
        target = f"/v1/orders/{self.codes[fact.order]}/payments"
        portal = PORTALS[bool(fact.order % PORTAL_WITH_NOTICES)][1]
        answer = call(self.province, "POST", target, body, key=portal, idempotency_key=key)
        assert answer.status == 201, answer
        return str(answer.json["payment_no"])

    def _expected(self, fact: Fact) -> tuple[str, ...]:
        if fact.account.channel != "vnpay":
            return (ACCEPTED[fact.account.channel],)
        if fact.order is None:
            return (UNKNOWN,)
        if fact.moved_minor != fact.due_minor:
            return (WRONG_AMOUNT,)
        return (DONE, REPEATED)  # the chaser may have asked in between


def _key(file: File) -> str:
    return f"statements/{file.account.channel}/{file.account.name}/{file.day}/{file.name}"


def _providers_number(found: dict[str, Any]) -> str:
    """The platform adds day and amount to a bank's reference."""
    number = str(found["provider_transaction"])
    return number.split("-")[1] if number.count("-") == 2 else number


def _made_up_numbers(plan: Plan, random: Random) -> dict[str, str]:
    """Of payments that name no order of ours, and of those that name nothing."""
    strangers = (fact for fact in plan.facts if fact.order is None)
    return {
        fact.name: build_payment_no(
            build_payment_code(plan.country.digits, random.randrange(10**14)), 1
        )
        if fact.is_named
        else ""
        for fact in strangers
    }


@contextmanager
def world_of(plan: Plan, seed: int, advance: Advance = lambda _: None) -> Iterator[World]:
    random = Random(seed)
    with province_of(plan.country) as (province, outside):
        numbers = _made_up_numbers(plan, random)
        yield World(plan, province, outside, random, advance, payment_nos=numbers)
