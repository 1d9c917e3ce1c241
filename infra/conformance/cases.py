"""What a bank's adapter must be able to do with a running province, and what it must be told.

Each case makes one call and says what has to come back. Two unpaid test bills are used up.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.errandless.failures import OperatorError

LOOKUP, LOCKS, PAYMENTS = "/biller/v1/bills/lookup", "/biller/v1/locks", "/biller/v1/payments"
EARLIER_DAY = "2020-01-01"
UNKNOWN_TRANSACTION = "CONFORMANCE-NEVER-TOLD"

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """`nonce` None: a new one. `seconds`: how far the clock of the adapter is off.
    `is_forged`: signed with another key."""

    method: str
    path: str
    body: Body | None = None
    nonce: str | None = None
    seconds: int = 0
    is_forged: bool = False


@dataclass(frozen=True)
class Answer:
    status: int
    body: Body
    answer_is_signed: bool


@dataclass(frozen=True)
class Result:
    name: str
    call: Call
    answer: Answer
    faults: tuple[str, ...]


@dataclass
class Kit:
    """`speak`: has the adapter make a call. `paid_at`, `business_day`: of the payments it tells."""

    speak: Callable[[Call], Answer]
    codes: tuple[str, str]
    paid_at: str
    business_day: str
    prefix: str = field(default_factory=lambda: secrets.token_hex(6))
    owed: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Iterator[Result]:
        first, second = self.codes
        yield from self._look_up(first)
        yield from self._be_refused(first)
        yield from self._pay(first)
        yield from self._take_back(first)
        yield from self._too_late()
        yield from self._out_of_order(second)

    def _look_up(self, code: str) -> Iterator[Result]:
        asked = self._lookup(code)
        shown = self.speak(asked)
        if shown.body.get("code") == "bill_not_found":
            raise OperatorError(
                f"The account serves no bill {code}: give unpaid ones of its units."
            )
        self.owed = _owed(shown)
        yield judge("look a bill up", asked, shown, 200, payable=True)
        groups = " ".join(code[start : start + 3] for start in range(0, len(code), 3))
        yield self._case(
            "look it up as it is printed", self._lookup(groups), 200, payment_code=code
        )
        slip = code[:9] + str((int(code[9]) + 1) % 10) + code[10:]
        mistyped = self._lookup(slip)
        yield self._case("a wrong digit", mistyped, 422, code="payment_code_mistyped")

    def _be_refused(self, code: str) -> Iterator[Result]:
        forged = self._lookup(code, is_forged=True)
        yield self._case("a forged call", forged, 401, code="signature_wrong")
        for name, seconds in (("an expired call", -600), ("a call ahead of time", 600)):
            late = self._lookup(code, seconds=seconds)
            yield self._case(name, late, 401, code="signature_expired")
        once = self._lookup(code, nonce=f"conformance-{self.prefix}-1")
        yield self._case("a call with a nonce of its own", once, 200)
        yield self._case("the same call replayed", once, 401, is_signed=True, code="nonce_used")

    def _pay(self, code: str) -> Iterator[Result]:
        wrong = {**self._lock_body(code), "amount_minor": self.owed["amount_minor"] + 1}
        asked = Call("POST", LOCKS, wrong)
        yield self._case("a wrong amount, before the money", asked, 409, code="amount_differs")
        lock = Call("POST", LOCKS, self._lock_body(code))
        held = self.speak(lock)
        yield judge("lock", lock, held, 201, payment_code=code)
        payment_no = str(held.body.get("payment_no"))
        yield self._case("the same lock again", lock, 201, payment_no=payment_no)
        other = Call("POST", LOCKS, {**self._lock_body(code), "request_no": f"{self.prefix}-L2"})
        yield self._case("a second teller", other, 409, code="payment_locked")
        pay = Call("POST", PAYMENTS, self._payment(payment_no, "P1"))
        yield self._case("pay", pay, 200, result="paid")
        yield self._case("the same payment again", pay, 200, result="paid")
        changed = {**self._payment(payment_no, "P1"), "paid_at": f"{EARLIER_DAY}T00:00:00Z"}
        changed["business_day"] = EARLIER_DAY
        reused = Call("POST", PAYMENTS, changed)
        name = "the same number with other content"
        yield self._case(name, reused, 409, code="transaction_no_reused")
        status = Call("GET", f"{PAYMENTS}/{self.prefix}-P1")
        yield self._case("ask after the line broke", status, 200, result="paid")
        never = Call("GET", f"{PAYMENTS}/{UNKNOWN_TRANSACTION}")
        yield self._case("ask for what was never told", never, 404, code="payment_not_found")
        again = Call("POST", LOCKS, {**self._lock_body(code), "request_no": f"{self.prefix}-L3"})
        yield self._case("lock what is paid", again, 409, code="order_paid")
        lookup = self._lookup(code)
        yield self._case("look up what is paid", lookup, 200, refused_because="order_paid")

    def _take_back(self, code: str) -> Iterator[Result]:
        """The payment of the day, with the line broken after it; then the bill is paid again."""
        less = self._reversal("P1", "R1", amount_minor=self.owed["amount_minor"] - 1)
        yield self._case("take back another amount", less, 409, code="reversal_amount_differs")
        never = self._reversal("P0", "R0")
        yield self._case("take back what was never told", never, 404, code="payment_not_found")
        back = self._reversal("P1", "R1")
        yield self._case("take the payment back", back, 200, result="reversed", reversal="done")
        yield self._case("take it back again", back, 200, result="reversed", reversal="done")
        other = self._reversal("P1", "R2")
        name = "take it back under another number"
        yield self._case(name, other, 409, code="payment_reversed")
        status = Call("GET", f"{PAYMENTS}/{self.prefix}-P1")
        name = "ask after the line broke on the reversal"
        yield self._case(name, status, 200, result="reversed", reversal="done", receipts=[])
        yield self._case("look it up: owed again", self._lookup(code), 200, payable=True)
        lock = Call("POST", LOCKS, {**self._lock_body(code), "request_no": f"{self.prefix}-L4"})
        held = self.speak(lock)
        yield judge("lock it again", lock, held, 201, payment_code=code)
        pay = Call("POST", PAYMENTS, self._payment(str(held.body.get("payment_no")), "P3"))
        yield self._case("pay it again", pay, 200, result="paid")
        taken = self._reversal("P3", "R1")
        name = "a reversal's number for another payment"
        yield self._case(name, taken, 409, code="reversal_no_reused")

    def _too_late(self) -> Iterator[Result]:
        """Money of an earlier day, whose books are closed."""
        old = {**self._payment("9" * 20, "P4"), "paid_at": f"{EARLIER_DAY}T00:00:00Z"}
        told = Call("POST", PAYMENTS, {**old, "business_day": EARLIER_DAY})
        yield self._case("money of an earlier day", told, 200, result="in_review")
        late = self._reversal("P4", "R4")
        name = "take back after the cut-off"
        yield self._case(name, late, 409, code="reversal_too_late")

    def _reversal(self, payment: str, number: str, **changes: Any) -> Call:
        body = {"reversal_no": f"{self.prefix}-{number}", "reason": "conformance", **self.owed}
        path = f"{PAYMENTS}/{self.prefix}-{payment}/reversal"
        return Call("POST", path, {**body, **changes})

    def _out_of_order(self, code: str) -> Iterator[Result]:
        self.owed = _owed(self.speak(self._lookup(code)))
        lock = Call("POST", LOCKS, self._lock_body(code))
        held = self.speak(lock)
        yield judge("lock another bill", lock, held, 201, payment_code=code)
        release = Call("POST", f"{LOCKS}/{held.body.get('payment_no')}/release")
        yield self._case("release it", release, 200, released=True)
        yield self._case("release it again", release, 200, released=True)
        yield self._case("a lock that is over", lock, 409, code="lock_over")
        nobody = Call("POST", PAYMENTS, self._payment("9" * 20, "P2"))
        yield self._case("money for no bill", nobody, 200, result="in_review", reason="suspense")

    def _case(self, name: str, call: Call, status: int, **expected: Any) -> Result:
        return judge(name, call, self.speak(call), status, **expected)

    def _lookup(self, code: str, **how: Any) -> Call:
        return Call("POST", LOOKUP, {"payment_code": code}, **how)

    def _lock_body(self, code: str) -> dict[str, Any]:
        return {"payment_code": code, "request_no": f"{self.prefix}-L1", **self.owed}

    def _payment(self, payment_no: str, number: str) -> dict[str, Any]:
        return {
            "payment_no": payment_no,
            "transaction_no": f"{self.prefix}-{number}",
            "status": "paid",
            "paid_at": self.paid_at,
            "business_day": self.business_day,
            **self.owed,
        }


def _owed(shown: Answer) -> dict[str, Any]:
    return {
        "amount_minor": shown.body.get("amount_minor", 0),
        "currency": shown.body.get("currency", ""),
    }


def judge(
    name: str,
    call: Call,
    answer: Answer,
    status: int,
    *,
    is_signed: bool | None = None,
    **expected: Any,
) -> Result:
    """`is_signed` None: every answer but a 401 has to be."""
    wanted = (status != 401) if is_signed is None else is_signed
    faults = []
    if answer.status != status:
        faults.append(f"HTTP {answer.status} instead of {status}")
    if answer.answer_is_signed is not wanted:
        faults.append(f"the adapter says answer_is_signed: {answer.answer_is_signed}")
    faults += [
        f"{field_name}: {answer.body.get(field_name)!r} instead of {value!r}"
        for field_name, value in expected.items()
        if answer.body.get(field_name) != value
    ]
    return Result(name, call, answer, tuple(faults))
