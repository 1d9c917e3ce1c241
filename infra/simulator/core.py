"""The simulator's state, and what changes it. HTTP is in `server.py`."""

import base64
import hashlib
import itertools
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from infra.simulator.actions import (
    ACTIONS,
    Payment,
    PayRequest,
    Result,
    decide,
    magic_action,
    pretend_paid,
)
from infra.simulator.config import Account, Config
from infra.simulator.credit_notices import Credit
from infra.simulator.sender import FIRST_CALL_SECONDS, Delivery, Send, Sender
from infra.simulator.side import Side
from infra.simulator.unit_system import UnitSystems
from infra.simulator.wire import Dropped, Refused, Request

FORGERS_KEY = "a key that is not the account's"
QUESTION_FAULTS = ("drop", "html", "http_500", "bad_signature")


@dataclass(frozen=True, slots=True)
class Done:
    """What an action did, for a person; and where the payer's browser goes."""

    text: str
    return_url: str


class Core:
    def __init__(
        self,
        config: Config,
        clock: Callable[[], datetime],
        send_call: Send | None,
        sides: Mapping[str, Side],
    ) -> None:
        self.config = config
        self.sender = Sender(config, send_call)
        self._clock = clock
        self.units = UnitSystems(clock)
        self._lock = threading.RLock()
        self._transaction_nos = itertools.count(round(clock().timestamp() * 1000))
        self._payments: dict[tuple[str, str, str], Payment] = {}
        self._asked: set[tuple[str, str]] = set()
        self._kept: dict[str, str] = {}
        self._credits: list[Credit] = []
        self._taken_back: set[str] = set()
        self._protocols = {
            side.channel: side.protocol for side in sides.values() if side.protocol is not None
        }
        self._faults: dict[str, deque[str]] = {channel: deque() for channel in self._protocols}
        self._notices: list[dict[str, Any]] = []
        self._notices_to_fail = 0

    def account(self, channel: str, merchant: str) -> Account:
        account = self.config.account(channel, merchant)
        if account is None:
            raise Refused(404, f"no {channel} account {merchant!r} here")
        return account

    def open_payment(self, channel: str, query: str) -> Payment:
        """The payment that a pay URL is for; the same URL again is the same payment."""
        protocol = self._protocols[channel]
        account = self.account(channel, protocol.merchant_of(query))
        request: PayRequest = protocol.read_pay_request(account, query)
        key = (channel, request.merchant, request.number)
        with self._lock:
            known = self._payments.setdefault(key, Payment(request))
            if known.request != request:
                raise Refused(409, f"{request.number} was used for another payment")
            return known

    def find(self, number: str) -> Payment:
        with self._lock:
            found = [known for key, known in self._payments.items() if key[2] == number]
        if not found:
            raise Refused(404, f"no payment {number} here: open its pay URL first")
        return found[-1]

    def payments(self, channel: str | None = None, merchant: str | None = None) -> list[Payment]:
        with self._lock:
            return [
                payment
                for (known_channel, known_merchant, _), payment in self._payments.items()
                if channel in (None, known_channel) and merchant in (None, known_merchant)
            ]

    def act(self, payment: Payment, name: str, options: Mapping[str, str]) -> Done:
        """Does the action and waits for the first answer to its notification."""
        request = payment.request
        if name == "pay" and request.channel == "sandbox":
            name = magic_action(request.amount_minor)
        if name not in ACTIONS:
            raise Refused(404, f"no action {name!r}; there are {', '.join(ACTIONS)}")
        action = ACTIONS[name]
        account = self.account(request.channel, request.merchant)
        seconds = read_seconds(options, self.config.late_seconds)
        after = told = self._decide(request, name, options)
        secret = account.secret
        if action.is_forged:
            secret = FORGERS_KEY
            told = pretend_paid(after, str(next(self._transaction_nos)), self._clock())
        answers = self._notify(told, secret, action.calls, seconds if action.is_late else 0.0)
        lines = [
            f"{name}: {action.meaning}",
            f"payment {request.number} is {after.result}",
            *answers,
        ]
        return Done(
            "\n".join(lines), self._protocols[request.channel].return_url(account, told, secret)
        )

    def change(self, payment: Payment, change: Callable[[Payment], Payment]) -> Payment:
        """What a merchant's own request does, in one step."""
        request = payment.request
        key = (request.channel, request.merchant, request.number)
        with self._lock:
            self._payments[key] = change(self._payments[key])
            return self._payments[key]

    def tell(self, payment: Payment) -> None:
        """A notification that no action of a payer's caused."""
        account = self.account(payment.request.channel, payment.request.merchant)
        self._notify(payment, account.secret, 1, 0.0)

    def credit(self, account: Account, amount_minor: int, memo: str, *, is_real: bool) -> Credit:
        """Money that arrives at the bank; one that is not real is only claimed."""
        number = next(self._transaction_nos)
        reference = f"FT{number}"
        arrived = Credit(number, reference, amount_minor, memo, self._clock(), account.merchant)
        with self._lock:
            if is_real:
                self._credits.append(arrived)
        return arrived

    def credits(self, account: Account) -> list[Credit]:
        with self._lock:
            return [each for each in self._credits if each.account == account.merchant]

    def take_back(self, credit: Credit) -> None:
        with self._lock:
            self._taken_back.add(credit.reference)

    def is_taken_back(self, credit: Credit) -> bool:
        with self._lock:
            return credit.reference in self._taken_back

    def now(self) -> datetime:
        return self._clock()

    def keep(self, text: str) -> str:
        """A short key for a text that a code is to lead to."""
        key = hashlib.sha256(text.encode()).hexdigest()[:24]
        with self._lock:
            self._kept[key] = text
        return key

    def kept(self, key: str) -> str:
        with self._lock:
            if key not in self._kept:
                raise Refused(404, "no such code here")
            return self._kept[key]

    def question_fault(self, channel: str) -> str | None:
        with self._lock:
            return self._faults[channel].popleft() if self._faults[channel] else None

    def is_new_question(self, merchant: str, request_id: str) -> bool:
        with self._lock:
            is_new = (merchant, request_id) not in self._asked
            self._asked.add((merchant, request_id))
            return is_new

    def add_faults(self, channel: str, kind: str, times: int) -> None:
        if channel not in self._faults or kind not in QUESTION_FAULTS or times < 0:
            channels, kinds = ", ".join(self._faults), ", ".join(QUESTION_FAULTS)
            raise Refused(400, f"channel: {channels}; kind: {kinds}")
        with self._lock:
            self._faults[channel].extend([kind] * times)

    def fail_notices(self, count: int) -> None:
        with self._lock:
            self._notices_to_fail = count

    def keep_notice(self, request: Request) -> bool:
        """False when this one is to fail; it is kept all the same."""
        with self._lock:
            is_failing = self._notices_to_fail > 0
            self._notices_to_fail -= is_failing
            self._notices.append(
                {
                    "received_at": self._clock().isoformat(timespec="milliseconds"),
                    "path": request.path,
                    "answered": 500 if is_failing else 200,
                    "headers": dict(request.headers),
                    "body": request.body.decode("utf-8", "replace"),
                    "body_base64": base64.b64encode(request.body).decode(),
                }
            )
            return not is_failing

    def notices(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._notices)

    def reset(self) -> None:
        with self._lock:
            self.units.reset()
            self._payments.clear()
            self._asked.clear()
            self._kept.clear()
            self._credits.clear()
            self._taken_back.clear()
            self._notices.clear()
            self._notices_to_fail = 0
            for faults in self._faults.values():
                faults.clear()
            self.sender.forget()

    def _decide(self, request: PayRequest, name: str, options: Mapping[str, str]) -> Payment:
        key, now = (request.channel, request.merchant, request.number), self._clock()
        with self._lock:
            payment = self._payments[key]
            if payment.result not in ACTIONS[name].allowed_after:
                raise Refused(
                    409, f"payment {request.number} is {payment.result}: {name} is too late"
                )
            is_over = request.expires_at is not None and now > request.expires_at
            if is_over and payment.result is Result.OPEN:
                raise Refused(
                    409, f"the time to pay {request.number} was over at {request.expires_at}"
                )
            after = decide(payment, name, options, str(next(self._transaction_nos)), now)
            self._payments[key] = after
            return after

    def _notify(self, payment: Payment, secret: str, calls: int, delay: float) -> list[str]:
        request = payment.request
        if not request.notification_url:
            return ["no notification URL is configured"]
        protocol = self._protocols[request.channel]
        call = protocol.notification(
            self.account(request.channel, request.merchant), payment, secret
        )
        subject = {"channel": request.channel, "payment": request.number}
        deliveries = [Delivery(call, subject, protocol.is_acknowledged) for _ in range(calls)]
        for delivery in deliveries:
            self.sender.deliver(delivery, delay)
        if delay:
            return [f"notification in {delay:g} seconds"]
        for delivery in deliveries:
            delivery.first_call.wait(FIRST_CALL_SECONDS)
        return [f"notified, answered: {delivery.first_answer}" for delivery in deliveries]


def spoil_answer(fault: str | None) -> None:
    """Raises: Dropped, Refused"""
    if fault == "drop":
        raise Dropped
    if fault == "html":
        raise Refused(200, "<html><body>Service temporarily unavailable</body></html>")
    if fault == "http_500":
        raise Refused(500, "internal error")


def read_seconds(options: Mapping[str, str], otherwise: float) -> float:
    """Raises: Refused"""
    text = options.get("seconds", "")
    if text and not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text, re.ASCII):
        raise Refused(400, "seconds is not a number")
    return float(text) if text else otherwise


def describe(payment: Payment) -> dict[str, Any]:
    record = asdict(payment)
    request: dict[str, Any] = record.pop("request")
    for fields in (record, request):
        for name, value in fields.items():
            fields[name] = (
                value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
            )
    return request | record
