"""The own systems of payee units: each knows its bills, and answers for one that it is asked for.

Request and answer are signed after `infra/guides/answer-for-bills.md`; nothing of the platform's
code is used.
"""

import hashlib
import hmac
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

from infra.simulator.pages import form_page
from infra.simulator.wire import Dropped, Refused, Reply, Request, json_reply

if TYPE_CHECKING:
    from infra.simulator.core import Core

FAULTS = ("slow", "down", "drop", "wrong_signature", "garbage", "other_number")
DAYS_TO_PAY = timedelta(days=15)
SLOW_SECONDS = 8.0
WINDOW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class UnitBill:
    unit: str
    reference: str
    second_fact: str
    fee_item: str
    amount_minor: int
    payer: str


# These are published, as the keys are: they guard nothing.
BILLS = (
    UnitBill(
        "QNCSGT", "QD-2026-000123", "14A12345", "PHAT-GIAOTHONG", 4_000_000, "Nguyễn Văn Bình"
    ),
    UnitBill("QNCSGT", "QD-2026-000124", "14B67890", "PHAT-GIAOTHONG", 1_000_000, "Trần Thị Cúc"),
    UnitBill("QNBVDK", "VP-2026-0456", "01021960", "VIENPHI", 2_350_000, "Lê Văn Dũng"),
    UnitBill("HCMCSGT", "QD-2026-000321", "61A12345", "PHAT-GIAOTHONG", 2_000_000, "Phạm Văn Em"),
    UnitBill("HZJJ", "3301092026000123", "浙A12345", "JIAOTONG-FAKUAN", 20_000, "张伟"),
)


def key_of(unit: str) -> str:
    return f"simulator-only-published-key-of-{unit.lower()}"


class UnitSystems:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._due = (self._clock() + DAYS_TO_PAY).date().isoformat()
            self._bills = {(bill.unit, _plain(bill.reference)): bill for bill in BILLS}
            self._faults: dict[str, deque[tuple[str, float]]] = {}
            self._asked: list[dict[str, str]] = []

    def keep(self, bill: UnitBill) -> None:
        with self._lock:
            self._bills[bill.unit, _plain(bill.reference)] = bill

    def add_faults(self, unit: str, kind: str, times: int, seconds: float) -> None:
        if kind not in FAULTS:
            raise Refused(400, f"kind: {', '.join(FAULTS)}")
        with self._lock:
            self._faults.setdefault(unit, deque()).extend([(kind, seconds)] * times)

    def bills(self) -> list[UnitBill]:
        with self._lock:
            return list(self._bills.values())

    def asked(self) -> list[dict[str, str]]:
        with self._lock:
            return list(self._asked)

    def next_fault(self, unit: str) -> tuple[str, float] | None:
        with self._lock:
            waiting = self._faults.get(unit)
            return waiting.popleft() if waiting else None

    def find(self, unit: str, reference: str, second_fact: str) -> UnitBill | None:
        """None also for a wrong second fact: it is not this payer's."""
        with self._lock:
            self._asked.append({"unit": unit, "reference": reference})
            bill = self._bills.get((unit, _plain(reference)))
        is_his = bill is not None and _plain(bill.second_fact) == _plain(second_fact)
        return bill if is_his else None

    def describe(self, bill: UnitBill) -> dict[str, object]:
        return {
            "reference": bill.reference,
            "payee_unit": bill.unit,
            "fee_item": bill.fee_item,
            "principal_minor": bill.amount_minor,
            "payer": {"kind": "individual", "name": bill.payer},
            "due_date": self._due,
        }

    def now(self) -> datetime:
        return self._clock()


def answer_question(core: "Core", request: Request, unit: str) -> Reply:
    """Raises: Dropped, Refused"""
    units = core.units
    fault, seconds = units.next_fault(unit) or ("", 0.0)
    if fault == "slow":
        time.sleep(seconds or SLOW_SECONDS)
    if fault == "drop":
        raise Dropped
    if fault == "down":
        raise Refused(503, "the unit's system is down")
    _check(request, unit, units.now())
    asked = {name: str(value) for name, value in request.fields.items()}
    bill = units.find(unit, asked.get("reference", ""), asked.get("second_fact", ""))
    if bill is not None and fault == "other_number":
        bill = replace(bill, reference=f"{bill.reference}-9")
    answer: dict[str, object] = {"result": "no_such_bill"}
    if bill is not None:
        answer = {"result": "bill", "bill": units.describe(bill)}
    reply = json_reply(answer)
    if fault == "garbage":
        reply = Reply(200, b"<html>Welcome</html>", "text/html")
    key = "a key that is not the unit's" if fault == "wrong_signature" else key_of(unit)
    return _signed(reply, request, unit, key, units.now())


def _check(request: Request, unit: str, now: datetime) -> None:
    stamp, nonce = (
        request.headers.get(f"x-errandless-{name}", "") for name in ("timestamp", "nonce")
    )
    lines = ["ERRANDLESS-REQUEST-1", unit, "POST", request.path, stamp, nonce]
    lines.append(hashlib.sha256(request.body).hexdigest())
    expected = hmac.new(key_of(unit).encode(), "\n".join(lines).encode(), hashlib.sha256)
    given = request.headers.get("x-errandless-signature", "")
    if not hmac.compare_digest(expected.hexdigest(), given):
        raise Refused(401, "the signature does not hold")
    if not stamp.isdigit() or abs(now.timestamp() - int(stamp)) > WINDOW_SECONDS:
        raise Refused(401, "signed too long ago")


def _signed(reply: Reply, request: Request, unit: str, key: str, now: datetime) -> Reply:
    stamp, nonce = str(int(now.timestamp())), request.headers.get("x-errandless-nonce", "")
    lines = ["ERRANDLESS-ANSWER-1", unit, str(reply.status), stamp, nonce]
    lines.append(hashlib.sha256(reply.body).hexdigest())
    signature = hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    headers = {"X-Errandless-Timestamp": stamp, "X-Errandless-Signature": signature}
    return replace(reply, headers=headers)


def show_units(core: "Core", _request: Request) -> Reply:
    rows = "".join(
        f"<tr><td>{escape(bill.unit)}<td>{escape(bill.reference)}<td>{escape(bill.second_fact)}"
        f"<td>{bill.amount_minor}<td>{escape(bill.payer)}</tr>"
        for bill in core.units.bills()
    )
    content = (
        "<p>What the units' own systems know. Look a number up at the platform's /find.</p>"
        "<table><tr><th>Unit<th>Number<th>Second fact<th>Amount (minor units)<th>Payer</tr>"
        f"{rows}</table><h2>Spoil the next answers</h2>"
        '<form method="post" action="/control/units/faults"><p><label>Unit '
        '<input name="unit" value="QNCSGT"></label> <label>How <select name="kind">'
        + "".join(f"<option>{kind}</option>" for kind in FAULTS)
        + '</select></label> <label>Times <input name="times" value="1"></label></p>'
        "<p><button>Spoil</button></p></form><h2>Change a bill, or add one</h2>"
        '<form method="post" action="/control/units"><p>'
        + " ".join(
            f'<label>{name} <input name="{name}"></label>'
            for name in ("unit", "reference", "second_fact", "fee_item", "amount_minor", "payer")
        )
        + "</p><p><button>Keep</button></p></form>"
    )
    page = form_page("Units' own systems", content)
    return Reply(200, page.encode(), "text/html; charset=utf-8")


def keep_bill(core: "Core", request: Request) -> Reply:
    given = request.options
    amount = given.get("amount_minor", "")
    if not amount.isdigit() or not given.get("unit") or not given.get("reference"):
        raise Refused(400, "give unit, reference, second_fact, fee_item, amount_minor, payer")
    bill = UnitBill(
        unit=given["unit"],
        reference=given["reference"],
        second_fact=given.get("second_fact", ""),
        fee_item=given.get("fee_item", ""),
        amount_minor=int(amount),
        payer=given.get("payer") or "Nguyễn Văn A",
    )
    core.units.keep(bill)
    return json_reply({"accepted": True})


def add_faults(core: "Core", request: Request) -> Reply:
    given = request.options
    times, seconds = given.get("times", "1"), given.get("seconds", "0")
    if not (times.isdigit() and seconds.replace(".", "", 1).isdigit()):
        raise Refused(400, "a count is wanted")
    core.units.add_faults(given.get("unit", ""), given.get("kind", ""), int(times), float(seconds))
    return json_reply({"accepted": True})


def list_asked(core: "Core", _request: Request) -> Reply:
    return json_reply({"items": core.units.asked()})


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


ROUTES = (
    ("GET", "/units/", show_units),
    ("POST", "/units/([A-Z0-9]+)/bills", answer_question),
    ("POST", "/control/units", keep_bill),
    ("POST", "/control/units/faults", add_faults),
    ("GET", "/control/units/asked", list_asked),
)
