"""A portal's webhook endpoint: keeps what it was sent and answers as it is told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from chalicelib.outbound import Response
from tests.support.seeded import WEBHOOK_SECRET


@dataclass
class Received:
    url: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def notice_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        text: str = self.json["type"]
        return text

    def signed_by(self, secret: str = WEBHOOK_SECRET) -> Any:
        """What the independent library reads. The tests' clock is not the machine's, so the
        timestamp's window is not what is judged here."""
        verifier = Webhook(secret)
        verifier._Webhook__verify_timestamp = _any_time  # type: ignore[attr-defined]
        return verifier.verify(self.body, dict(self.headers))


def _any_time(text: str) -> Any:
    return datetime.fromtimestamp(float(text), UTC)


@dataclass
class PortalReceiver:
    """`answers`: taken one after another, then 200. An exception is raised."""

    answers: list[int | Exception] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    text: str = "ok"

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        self.received.append(Received(url, body, dict(headers)))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return Response(answer, {}, self.text.encode())

    def get(
        self, url: str, headers: Mapping[str, str], timeout_seconds: float, max_bytes: int = 0
    ) -> Response:
        raise AssertionError("notices are posted")

    def types(self) -> list[str]:
        return [each.type for each in self.received]
