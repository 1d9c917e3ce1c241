"""The platform's side of a simulated payment: the real channels over real HTTP on loopback, and a
merchant that keeps what it is told."""

import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.channels.contract import (
    Channel,
    Credentials,
    Message,
    Notification,
    PayerAction,
    Redirect,
)
from chalicelib.channels.registry import build_channels
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client, Outcome, Recorded, Succeeded
from chalicelib.errors import OutcomeUnknown, SignatureRefused
from chalicelib.outbound import MAX_ANSWER_BYTES, Response
from infra.simulator import STATEMENT_LAYOUTS, channel_fields
from infra.simulator.wire import Answered, Call
from tests.channels.stand_ins import QUERY, REQUEST, credentials_of

NOW = datetime(2026, 3, 1, 6, 10, 0, tzinfo=UTC)
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None


BROWSER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def fetch(
    url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    request = urllib.request.Request(url, body, dict(headers or {}))
    try:
        with BROWSER.open(request, timeout=20) as answer:
            return Response(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, dict(error.headers), error.read())


class LoopbackHttp:
    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        return self._send(urllib.request.Request(url, body, dict(headers)), timeout_seconds)

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout_seconds: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Response:
        return self._send(urllib.request.Request(url, None, dict(headers)), timeout_seconds)

    def _send(self, request: urllib.request.Request, timeout_seconds: float) -> Response:
        try:
            with DIRECT.open(request, timeout=timeout_seconds) as answer:
                return Response(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Response(error.code, dict(error.headers), error.read())
        except OSError as error:
            raise OutcomeUnknown("no_answer", "nobody knows") from error


def currency_of(code: str) -> str:
    return "CNY" if code == "alipay" else "VND"


class Platform:
    """Answers notifications as a platform would that has exactly one order for each payment number:
    first PAID (or WRONG_AMOUNT), then REPEATED."""

    def __init__(self) -> None:
        self.channels: Mapping[str, Channel] = build_channels(LoopbackHttp())
        self.told: list[tuple[Notification | None, Recorded | None]] = []
        self.failures = 0
        self._credentials: dict[str, Credentials] = {}
        self._lock = threading.Lock()

    def use(self, simulator_url: str) -> None:
        for code, parts in channel_fields(simulator_url).items():
            credentials = credentials_of(code, parts["fields"], parts["secret"])
            layout = STATEMENT_LAYOUTS.get(code)
            account = replace(
                credentials.account, statement_layout=layout, currency=currency_of(code)
            )
            self._credentials[code] = replace(credentials, account=account)

    def pay_url(self, code: str, amount_minor: int = 50_000, payment_no: str = "") -> str:
        action = self.start(code, amount_minor, payment_no)
        assert isinstance(action, Redirect)
        return action.url

    def start(
        self,
        code: str,
        amount_minor: int = 50_000,
        payment_no: str = "",
        client: Client = Client.WEB,
    ) -> PayerAction:
        request = replace(
            REQUEST,
            client=client,
            amount=Money(amount_minor, currency_of(code)),
            payment_no=payment_no or REQUEST.payment_no,
            started_at=NOW,
            expires_at=NOW + timedelta(minutes=15),
            notification_url=f"http://platform.example/channels/{code}/x/notifications",
        )
        return self.channels[code].start_payment(self._credentials[code], request)

    def credentials(self, code: str) -> Credentials:
        return self._credentials[code]

    def ask(self, code: str, request_id: str, payment_no: str = "") -> Outcome:
        query = replace(
            QUERY,
            payment_no=payment_no or QUERY.payment_no,
            started_at=NOW,
            asked_at=NOW,
            request_id=request_id,
        )
        return self.channels[code].query_payment(self._credentials[code], query).outcome

    def read_return(self, code: str, url: str) -> Notification:
        query = dict(parse_qsl(urlsplit(url).query))
        return self._read(code, Message("GET", query, {}, b""))

    def read_statement(self, code: str, content: bytes) -> Any:
        channel: Any = self.channels[code]
        account = self._credentials[code].account
        return channel.read_statement(account, NOW.date(), "Asia/Ho_Chi_Minh", content)

    def receive(self, call: Call) -> Answered:
        """What the simulator's notifications meet instead of the network."""
        code = urlsplit(call.url).path.split("/")[2]
        channel = self.channels[code]
        headers = {name.lower(): value for name, value in call.headers.items()}
        query = dict(parse_qsl(urlsplit(call.url).query))
        message = Message(call.method, query, headers, call.body, NOW)
        with self._lock:
            if self.failures:
                self.failures -= 1
                return _to_answered(channel.answer_failure())
            notification, recorded = self._record(code, message)
            self.told.append((notification, recorded))
        return _to_answered(channel.answer(recorded))

    def _read(self, code: str, message: Message) -> Notification:
        read = self.channels[code].read_notification(self._credentials[code], message)
        assert read is not None
        return read

    def _record(self, code: str, message: Message) -> tuple[Notification | None, Recorded | None]:
        try:
            read = self.channels[code].read_notification(self._credentials[code], message)
        except SignatureRefused:
            return None, None
        if read is None:
            return None, Recorded.REPEATED
        if not isinstance(read.outcome, Succeeded):
            return read, Recorded.PENDING
        if any(known is not None and known.raw == read.raw for known, _ in self.told):
            return read, Recorded.REPEATED
        expected = Money(50_000, currency_of(code))
        return read, Recorded.PAID if read.outcome.amount == expected else Recorded.WRONG_AMOUNT


def _to_answered(answer: Any) -> Answered:
    return Answered(answer.status, answer.body.encode())
