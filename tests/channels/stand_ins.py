"""What a channel is given in tests: credentials, requests and an HTTP side that answers as told."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.channels.contract import Credentials, PaymentQuery, PaymentRequest
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Client
from chalicelib.domain.province import ChannelAccount, Mode
from chalicelib.outbound import MAX_ANSWER_BYTES, Response

SAMPLES = Path(__file__).parent / "samples"

STARTED_AT = datetime(2026, 3, 1, 6, 5, 9, tzinfo=UTC)
ASKED_AT = datetime(2026, 3, 1, 6, 35, 9, tzinfo=UTC)
EXPIRES_AT = datetime(2026, 3, 1, 6, 20, 9, tzinfo=UTC)
PAYMENT_NO = "22000000000000019601"

REQUEST = PaymentRequest(
    payment_no=PAYMENT_NO,
    amount=Money(50_000, "VND"),
    description="Phi tham dinh HS 2026 001",
    language="vi",
    client=Client.WEB,
    client_ip="203.113.0.1",
    started_at=STARTED_AT,
    expires_at=EXPIRES_AT,
    return_url="https://pay.example/channels/x/test/return",
    notification_url="https://pay.example/channels/x/test/notifications",
)
QUERY = PaymentQuery(
    payment_no=PAYMENT_NO,
    amount=Money(50_000, "VND"),
    started_at=STARTED_AT,
    asked_at=ASKED_AT,
    request_id="q1",
)


def read_samples(name: str) -> Mapping[str, Any]:
    document = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    return {sample["id"]: sample for sample in document["vectors"]}


def credentials_of(
    channel: str,
    fields: Mapping[str, str],
    current: Mapping[str, str],
    previous: Mapping[str, str] | None = None,
    currency: str = "VND",
) -> Credentials:
    account = ChannelAccount(
        channel=channel,
        account="test",
        mode=Mode.TEST,
        names={"vi": "Thử", "en": "Test"},
        payee_units=None,
        currency=currency,
        min_minor=1,
        max_minor=9_999_999_999,
        fields=fields,
        secret_name=f"{channel}-test",
        statement_layout=None,
        closed_reason=None,
    )
    return Credentials(account, current, previous)


def with_field(credentials: Credentials, name: str, value: str) -> Credentials:
    fields = {**credentials.account.fields, name: value}
    return replace(credentials, account=replace(credentials.account, fields=fields))


class StandInHttp:
    """Answers with what `reply` makes of the body that was posted, or of the URL that was got; or
    raises what it raises."""

    def __init__(
        self,
        reply: Callable[[bytes], Response],
        reply_to_get: Callable[[str], Response] | None = None,
    ) -> None:
        self.reply = reply
        self.reply_to_get = reply_to_get
        self.posted: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.got: list[str] = []

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        self.posted.append((url, body, headers))
        return self.reply(body)

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout_seconds: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Response:
        assert self.reply_to_get is not None, "nothing may be got here"
        self.got.append(url)
        return self.reply_to_get(url)


def refuse_to_answer(_body: bytes) -> Response:
    raise AssertionError("nothing may be asked here")
