"""HTTP out, to providers and portals: tells apart what was not sent and what may have been.

Every request has a connection of its own: what fails before `request` left nothing behind, and
the address that was checked is the address that is used (decision 0040).
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from chalicelib.domain.web_addresses import DEFAULT_PORTS, WebAddress, read_web_address
from chalicelib.errors import OutcomeUnknown, TryLater

MAX_ANSWER_BYTES = 64 * 1024
_GLOBAL_UNICAST_IPV6 = ipaddress.ip_network("2000::/3")

Resolver = Callable[[str, int], list[str]]
_Guarded = TypeVar("_Guarded", bound=socket.socket)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Http(Protocol):
    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        """Raises: OutcomeUnknown for every failure after the first byte may have left; TryLater
        before."""
        ...

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout_seconds: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Response:
        """Raises: as `post`; OutcomeUnknown also for an answer of more than `max_bytes`."""
        ...


class Reach(StrEnum):
    """Whose word the URL is. One that we configured may lie on a leased line with a private
    address; one that a portal registered must be public."""

    CONFIGURED = "configured"
    REGISTERED = "registered"


class UrlRefusal(StrEnum):
    """Why a URL may not be called; the values are error codes."""

    NOT_A_URL = "url_not_readable"
    NOT_HTTPS = "url_not_https"
    ADDRESS_NOT_PUBLIC = "address_not_public"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart. `path` includes the query."""

    is_https: bool
    host: str
    port: int
    path: str
    origin: str


def read_url(url: str, allowed_origins: frozenset[str]) -> Target | UrlRefusal:
    """`allowed_origins` may be plain http; they are written as `https://host` or
    `http://host:port`."""
    address = read_web_address(url)
    if address is None:
        return UrlRefusal.NOT_A_URL
    is_https = address.scheme == "https"
    parts = urlsplit(url)
    path = address.path + (f"?{parts.query}" if parts.query else "")
    origin = _write_origin(address)
    if not is_https and origin not in allowed_origins:
        return UrlRefusal.NOT_HTTPS
    return Target(is_https, address.host, address.port, path, origin)


def _write_origin(address: WebAddress) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    is_usual = address.port == DEFAULT_PORTS[address.scheme]
    return f"{address.scheme}://{host}" + ("" if is_usual else f":{address.port}")


def is_public(address: str) -> bool:
    """False also for IPv6 addresses that carry an IPv4 one inside: mapped, 6to4, NAT64, Teredo."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    return ip.version == 4 or (ip in _GLOBAL_UNICAST_IPV6 and ip.sixtofour is None)


def resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class OutboundHttp:
    """The one `Http` outside tests. `allowed_origins`: the province's `outbound_origins`, spared
    from the checks."""

    def __init__(
        self,
        reach: Reach,
        allowed_origins: frozenset[str] = frozenset(),
        *,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._reach = reach
        self._allowed_origins = allowed_origins
        self._resolver = resolver
        self._tls = tls

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        return self._send(url, _Sent("POST", body, headers, MAX_ANSWER_BYTES), timeout_seconds)

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout_seconds: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Response:
        return self._send(url, _Sent("GET", None, headers, max_bytes), timeout_seconds)

    def _send(self, url: str, sent: "_Sent", timeout_seconds: float) -> Response:
        target = read_url(url, self._allowed_origins)
        if isinstance(target, UrlRefusal):
            raise TryLater(target, "the URL may not be called")
        with _deadline(timeout_seconds) as deadline:
            connection = self._connect(target, deadline)
            try:
                response = _exchange(connection, target.path, sent)
            except (OSError, http.client.HTTPException) as error:
                came = error.partial if isinstance(error, http.client.IncompleteRead) else b""
                detail = f"sent: {type(error).__name__}"
                raise OutcomeUnknown("answer_lost", detail, answer=came) from error
            finally:
                connection.close()
            if deadline.is_over:
                # Where the answer's end is the connection's end, our own hanging up looks like one.
                raise OutcomeUnknown("answer_lost", "sent: the answer took too long")
        return response

    def _connect(self, target: Target, deadline: "_Deadline") -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(target.host, target.port)
        try:
            addresses = self._addresses(target)
            connection.sock = deadline.guard(_open(addresses, target.port, deadline))
            if target.is_https:
                connection.sock = deadline.guard(self._wrap(connection.sock, target.host))
                connection.sock.do_handshake()
        except (OSError, ValueError) as error:
            connection.close()
            raise TryLater("not_connected", f"nothing sent: {type(error).__name__}") from error
        return connection

    def _wrap(self, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """The handshake is a step of its own, so that the deadline guards it too."""
        context = self._tls or _known_authorities()
        return context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)

    def _addresses(self, target: Target) -> list[str]:
        addresses = self._resolver(target.host, target.port)
        is_checked = self._reach is Reach.REGISTERED and target.origin not in self._allowed_origins
        if is_checked and not all(is_public(address) for address in addresses):
            raise TryLater(UrlRefusal.ADDRESS_NOT_PUBLIC, "the host's address is not a public one")
        return addresses


@cache
def _known_authorities() -> ssl.SSLContext:
    """Reading the authorities' certificates takes longer than a request's own work."""
    return ssl.create_default_context()


class _Deadline:
    """Shuts the guarded socket when the time is over, whatever step is waiting for it: a peer
    that sends one byte a second never lets a socket's own timeout strike."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._ends_at = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._strike)
        self._timer.daemon = True
        self._timer.start()

    def remaining_seconds(self) -> float:
        """Raises: TimeoutError when nothing remains."""
        remaining = self._ends_at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the time is over")
        return remaining

    def guard(self, guarded: _Guarded) -> _Guarded:
        self._socket = guarded
        if self.is_over:
            self._strike()
        return guarded

    def end(self) -> None:
        self._timer.cancel()

    def _strike(self) -> None:
        self.is_over = True
        if self._socket is not None:
            with suppress(OSError):
                # Not `SSLSocket.shutdown`, which takes the TLS state away from the reading thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


@contextmanager
def _deadline(seconds: float) -> Iterator[_Deadline]:
    deadline = _Deadline(seconds)
    try:
        yield deadline
    finally:
        deadline.end()


def _open(addresses: list[str], port: int, deadline: _Deadline) -> socket.socket:
    """The first address that answers: IPv6 comes first and is absent from many networks."""
    failure = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), deadline.remaining_seconds())
        except OSError as error:
            failure = error
    raise failure


@dataclass(frozen=True, slots=True)
class _Sent:
    method: str
    body: bytes | None
    headers: Mapping[str, str]
    max_bytes: int


def _exchange(connection: http.client.HTTPConnection, path: str, sent: _Sent) -> Response:
    connection.request(sent.method, path, sent.body, {**sent.headers, "Connection": "close"})
    with connection.getresponse() as answer:
        content = answer.read(sent.max_bytes + 1)
        if len(content) > sent.max_bytes:
            detail = f"sent: more than {sent.max_bytes} bytes"
            raise OutcomeUnknown("answer_too_long", detail, answer=content[: MAX_ANSWER_BYTES + 1])
        if answer.length:
            # A bounded read does not itself complain about a body that ends early.
            raise http.client.IncompleteRead(content, answer.length)
        lowered = {name.lower(): value for name, value in answer.getheaders()}
    return Response(answer.status, lowered, content)
