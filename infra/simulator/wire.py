"""What goes over the wire, both ways."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Refused(Exception):
    """The answer is no, for a reason that a person can read."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Dropped(Exception):
    """The connection is closed without an answer."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def options(self) -> Mapping[str, str]:
        """The query's values, then the body's: a form or a JSON object."""
        return {**dict(parse_qsl(self.query, keep_blank_values=True)), **self._sent()}

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The body's JSON object.

        Raises: Refused"""
        try:
            fields = json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refused(400, "the body is not JSON") from error
        if not isinstance(fields, dict):
            raise Refused(400, "the body is not a JSON object")
        return fields

    def _sent(self) -> Mapping[str, str]:
        if self.body[:1] == b"{":
            return {name: str(value) for name, value in self.fields.items()}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def text_reply(text: str, status: int = 200, **headers: str) -> Reply:
    return Reply(status, f"{text.rstrip()}\n".encode(), headers=headers)


def json_reply(value: object, status: int = 200) -> Reply:
    body = json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"
    return Reply(status, body, "application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request of ours."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes


def send(call: Call, timeout_seconds: float) -> Answered:
    """No redirect is followed and no proxy is asked.

    Raises: OSError, http.client.HTTPException"""
    parts = urlsplit(call.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=timeout_seconds)
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request(call.method, target, call.body or None, dict(call.headers))
        response = connection.getresponse()
        return Answered(response.status, response.read())
    finally:
        connection.close()
