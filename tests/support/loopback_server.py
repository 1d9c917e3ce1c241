"""A real server on loopback that misbehaves in one way."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket, bytes], None]


class Server:
    """Answers each connection with `behave(connection, request)` and keeps what it was sent."""

    def __init__(self, behave: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.names: list[str | None] = []
        self._behave = behave
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                self._answer(connection)

    def _answer(self, plain: socket.socket) -> None:
        plain.settimeout(5)
        connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
        with suppress(OSError), connection:
            request = _read_request(connection)
            self.requests.append(request)
            self._behave(connection, request)

    def close(self) -> None:
        # A closed listener does not wake its accept; a shut one does.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(6)


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def sending(answer: bytes) -> Behaviour:
    return lambda connection, request: connection.sendall(answer)


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(behave, tls)
    try:
        yield server
    finally:
        server.close()


def dripping(start: bytes, piece: bytes) -> Behaviour:
    """One piece after the other, until the peer leaves."""

    def drip(connection: socket.socket, request: bytes) -> None:
        connection.sendall(start)
        connection.settimeout(0.02)
        while True:
            connection.sendall(piece)
            with suppress(TimeoutError):
                if not connection.recv(1):
                    return

    return drip
