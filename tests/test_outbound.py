"""Against real servers on loopback, each of which misbehaves in one way."""

import datetime
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.outbound import (
    MAX_ANSWER_BYTES,
    OutboundHttp,
    Reach,
    Target,
    UrlRefusal,
    is_public,
    read_url,
)
from tests.support.loopback_server import Server, dripping, sending, serving

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Trace: 7\r\n\r\nok"


def _plain(server: Server) -> OutboundHttp:
    return OutboundHttp(Reach.CONFIGURED, frozenset({f"http://127.0.0.1:{server.port}"}))


def _post(server: Server, http: OutboundHttp | None = None, timeout: float = 5) -> int:
    url = f"http://127.0.0.1:{server.port}/hook?a=1"
    return (http or _plain(server)).post(url, b"{}", {}, timeout).status


def test_an_answer_comes_back_with_status_lower_case_headers_and_body() -> None:
    with serving(sending(ANSWER)) as server:
        response = _plain(server).post(
            f"http://127.0.0.1:{server.port}/hook?a=1", b'{"x":1}', {"webhook-id": "e1"}, 5
        )
    assert (response.status, response.headers["x-trace"], response.body) == (200, "7", b"ok")
    head, body = server.requests[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}".encode() in head
    assert b"webhook-id: e1" in head
    assert body == b'{"x":1}'


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with serving(sending(ANSWER)) as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.port}/".encode()
        answer = b"HTTP/1.1 302 Found\r\nLocation: " + there + b"\r\nContent-Length: 0\r\n\r\n"
        with serving(sending(answer)) as server:
            assert _post(server) == 302
        assert elsewhere.requests == []


def test_an_answer_of_64_kb_is_read_and_a_longer_one_is_no_answer() -> None:
    def answer(length: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length

    with serving(sending(answer(MAX_ANSWER_BYTES))) as server:
        assert _post(server) == 200
    too_long = sending(answer(MAX_ANSWER_BYTES + 1))
    with serving(too_long) as server, pytest.raises(OutcomeUnknown) as refused:
        _post(server)
    assert refused.value.code == "answer_too_long"
    assert refused.value.answer == b"x" * (MAX_ANSWER_BYTES + 1)


def test_a_get_has_no_body_and_tells_as_much_as_a_post() -> None:
    with serving(sending(ANSWER)) as server:
        url = f"http://127.0.0.1:{server.port}/file?a=1"
        response = _plain(server).get(url, {"Accept": "application/zip"}, 5)
    assert (response.status, response.headers["x-trace"], response.body) == (200, "7", b"ok")
    head, body = server.requests[0].split(b"\r\n\r\n")
    assert head.startswith(b"GET /file?a=1 HTTP/1.1\r\n")
    assert b"Accept: application/zip" in head
    assert b"content-length" not in head.lower()
    assert body == b""


@pytest.mark.parametrize("allowed", [1, 65_536, 1_000_000])
def test_a_get_reads_as_much_as_it_was_allowed_and_no_byte_more(allowed: int) -> None:
    def answer(length: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length

    with serving(sending(answer(allowed))) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert len(_plain(server).get(url, {}, 5, allowed).body) == allowed
    with serving(sending(answer(allowed + 1))) as server, pytest.raises(OutcomeUnknown) as refused:
        _plain(server).get(f"http://127.0.0.1:{server.port}/", {}, 5, allowed)
    assert refused.value.code == "answer_too_long"
    assert refused.value.answer == b"x" * min(allowed + 1, MAX_ANSWER_BYTES + 1)


def test_a_get_of_half_an_answer_leaves_it_unknown_and_of_nobody_was_not_sent() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort"
    with serving(sending(half)) as server, pytest.raises(OutcomeUnknown) as lost:
        _plain(server).get(f"http://127.0.0.1:{server.port}/", {}, 5)
    assert (lost.value.code, lost.value.answer) == ("answer_lost", b"short")
    with pytest.raises(TryLater) as refused:
        _plain(server).get(f"http://127.0.0.1:{server.port}/", {}, 5)
    assert refused.value.code == "not_connected"


def test_a_get_follows_no_redirect_and_goes_where_a_post_may_go() -> None:
    with serving(sending(ANSWER)) as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.port}/".encode()
        answer = b"HTTP/1.1 302 Found\r\nLocation: " + there + b"\r\nContent-Length: 0\r\n\r\n"
        with serving(sending(answer)) as server:
            assert _plain(server).get(f"http://127.0.0.1:{server.port}/", {}, 5).status == 302
            with pytest.raises(TryLater):
                _plain(server).get(there.decode(), {}, 5)
        assert elsewhere.requests == []


def test_an_endless_answer_is_cut_off() -> None:
    def flood(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with serving(flood) as server, pytest.raises(OutcomeUnknown) as refused:
        _post(server)
    assert refused.value.code == "answer_too_long"
    assert refused.value.answer == b"x" * (MAX_ANSWER_BYTES + 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    ],
    ids=["nothing", "half a body", "half a chunk", "not http", "500 headers"],
)
def test_a_connection_that_ends_mid_answer_leaves_the_outcome_unknown(answer: bytes) -> None:
    with serving(sending(answer)) as server, pytest.raises(OutcomeUnknown) as lost:
        _post(server)
    assert lost.value.code == "answer_lost"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["status line", "header", "body", "body without an end", "endless continue"],
)
def test_a_peer_that_drips_is_left_when_the_time_is_over(start: bytes, piece: bytes) -> None:
    with serving(dripping(start, piece)) as server, pytest.raises(OutcomeUnknown) as lost:
        _post(server, timeout=0.3)
    assert lost.value.code == "answer_lost"


def test_a_peer_that_takes_the_connection_and_is_silent_in_the_handshake_was_sent_nothing(
    tls_of: Callable[[str], "Tls"],
) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    http = OutboundHttp(Reach.CONFIGURED, tls=tls_of("portal.test").client)
    with silent, pytest.raises(TryLater) as refused:
        http.post(f"https://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {}, 0.2)
    assert refused.value.code == "not_connected"


def test_a_refused_connection_was_sent_nothing() -> None:
    with serving(sending(ANSWER)) as server:
        http = _plain(server)
    with pytest.raises(TryLater) as refused:
        _post(server, http)
    assert refused.value.code == "not_connected"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example"])
def test_a_name_that_does_not_resolve_was_sent_nothing(host: str) -> None:
    def fails(name: str, port: int) -> list[str]:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(name, port)]

    http = OutboundHttp(Reach.REGISTERED, resolver=fails)
    with pytest.raises(TryLater) as refused:
        http.post(f"https://{host}/", b"{}", {}, 5)
    assert refused.value.code == "not_connected"


class Tls:
    """A certificate for one name from an authority of its own, and both ends' contexts."""

    def __init__(self, name: str, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=36500))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = folder / f"{name}.pem"
        path.write_bytes(private + pem)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(path)
        self.client = ssl.create_default_context(cadata=pem.decode())


@pytest.fixture
def tls_of(tmp_path: Path) -> Callable[[str], Tls]:
    return lambda name: Tls(name, tmp_path)


@contextmanager
def _treated_as_public(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Loopback stands in for the one public address; every other keeps its true nature."""
    with monkeypatch.context() as patch:
        patch.setattr(
            "chalicelib.outbound.is_public", lambda given: given == address or is_public(given)
        )
        yield


def test_the_connection_goes_to_the_checked_address_with_the_name_in_sni_host_and_certificate(
    tls_of: Callable[[str], Tls], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, asked = tls_of("portal.test"), []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    with (
        serving(sending(ANSWER), tls.server) as server,
        _treated_as_public("127.0.0.1", monkeypatch),
    ):
        http = OutboundHttp(Reach.REGISTERED, resolver=resolver, tls=tls.client)
        response = http.post(f"https://portal.test:{server.port}/hook", b"{}", {}, 5)
    assert response.status == 200
    assert server.names == ["portal.test"]
    assert f"Host: portal.test:{server.port}\r\n".encode() in server.requests[0]
    assert asked == [("portal.test", server.port)]


def test_a_certificate_for_another_name_is_refused_before_anything_is_sent(
    tls_of: Callable[[str], Tls], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = tls_of("other.test")
    with (
        serving(sending(ANSWER), tls.server) as server,
        _treated_as_public("127.0.0.1", monkeypatch),
    ):
        http = OutboundHttp(Reach.REGISTERED, resolver=lambda *_: ["127.0.0.1"], tls=tls.client)
        with pytest.raises(TryLater) as refused:
            http.post(f"https://portal.test:{server.port}/", b"{}", {}, 5)
    assert refused.value.code == "not_connected"
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
    assert server.requests == []


def test_without_a_context_given_only_known_authorities_are_trusted(
    tls_of: Callable[[str], Tls],
) -> None:
    tls = tls_of("localhost").server
    with serving(sending(ANSWER), tls) as server, pytest.raises(TryLater) as refused:
        OutboundHttp(Reach.CONFIGURED).post(f"https://localhost:{server.port}/", b"{}", {}, 5)
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
    assert server.requests == []


def test_a_name_that_is_public_when_checked_and_private_later_is_resolved_once_only(
    tls_of: Callable[[str], Tls], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = tls_of("portal.test")
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    with (
        serving(sending(ANSWER), tls.server) as server,
        _treated_as_public("127.0.0.1", monkeypatch),
    ):
        http = OutboundHttp(Reach.REGISTERED, resolver=lambda *_: answers.pop(0), tls=tls.client)
        assert http.post(f"https://portal.test:{server.port}/", b"{}", {}, 5).status == 200
        with pytest.raises(TryLater) as refused:
            http.post(f"https://portal.test:{server.port}/", b"{}", {}, 5)
    assert refused.value.code == UrlRefusal.ADDRESS_NOT_PUBLIC
    assert len(server.requests) == 1


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    http = OutboundHttp(Reach.REGISTERED, resolver=lambda *_: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(TryLater) as refused:
        http.post("https://portal.test/", b"{}", {}, 5)
    assert refused.value.code == UrlRefusal.ADDRESS_NOT_PUBLIC


def test_an_address_that_does_not_answer_is_passed_over_for_the_next() -> None:
    with serving(sending(ANSWER)) as server:
        origin = f"http://portal.test:{server.port}"
        http = OutboundHttp(
            Reach.REGISTERED, frozenset({origin}), resolver=lambda *_: ["::1", "127.0.0.1"]
        )
        assert http.post(f"{origin}/", b"{}", {}, 5).status == 200


@pytest.mark.parametrize(
    "address",
    [
        *[
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "100.64.0.1",
        ],
        *["169.254.169.254", "169.254.170.2", "224.0.0.1", "239.255.255.250", "240.0.0.1"],
        *["255.255.255.255", "192.0.2.1", "198.18.0.1", "203.0.113.7", "::", "::1", "fe80::1"],
        *["fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1"],
        *["::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::"],
        *["2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fec0::1"],
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "113.160.92.202", "2606:4700:4700::1111"])
def test_a_public_address_is_not_refused(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "localhost"])
def test_a_registered_url_that_names_loopback_in_any_spelling_is_refused(address: str) -> None:
    http = OutboundHttp(Reach.REGISTERED)
    with pytest.raises(TryLater):
        http.post(f"https://{address}/", b"{}", {}, 1)


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("http://portal.test/hook", UrlRefusal.NOT_HTTPS),
        ("http://127.0.0.1:9001/", UrlRefusal.NOT_HTTPS),
        ("ftp://portal.test/", UrlRefusal.NOT_A_URL),
        ("file:///etc/passwd", UrlRefusal.NOT_A_URL),
        ("https://user:word@portal.test/", UrlRefusal.NOT_A_URL),
        ("https://portal.test/#part", UrlRefusal.NOT_A_URL),
        ("https:///hook", UrlRefusal.NOT_A_URL),
        ("https://portal.test:99999/", UrlRefusal.NOT_A_URL),
        ("https://portal.test/a b", UrlRefusal.NOT_A_URL),
        ("https://portal.test/\r\nX: y", UrlRefusal.NOT_A_URL),
        ("https://pörtal.test/", UrlRefusal.NOT_A_URL),
        ("https://portal.test/" + "a" * 2000, UrlRefusal.NOT_A_URL),
        ("", UrlRefusal.NOT_A_URL),
    ],
)
def test_a_url_that_may_not_be_called_is_refused(url: str, refusal: UrlRefusal) -> None:
    assert read_url(url, frozenset({"http://127.0.0.1:9000"})) is refusal
    with pytest.raises(TryLater) as refused:
        OutboundHttp(Reach.REGISTERED).post(url, b"{}", {}, 1)
    assert refused.value.code == refusal


def test_a_url_is_taken_apart() -> None:
    allowed = frozenset({"http://127.0.0.1:9000"})
    assert read_url("https://Portal.test/hook?a=b", allowed) == Target(
        True, "portal.test", 443, "/hook?a=b", "https://portal.test"
    )
    assert read_url("http://127.0.0.1:9000/x", allowed) == Target(
        False, "127.0.0.1", 9000, "/x", "http://127.0.0.1:9000"
    )


def test_only_the_exact_allowed_origin_is_spared_the_checks() -> None:
    with serving(sending(ANSWER)) as server, serving(sending(ANSWER)) as neighbour:
        http = OutboundHttp(Reach.REGISTERED, frozenset({f"http://127.0.0.1:{server.port}"}))
        assert http.post(f"http://127.0.0.1:{server.port}/", b"{}", {}, 5).status == 200
        for url in (
            f"http://127.0.0.1:{neighbour.port}/",
            f"http://localhost:{server.port}/",
            f"https://127.0.0.1:{server.port}/",
        ):
            with pytest.raises(TryLater):
                http.post(url, b"{}", {}, 5)
    assert (len(server.requests), neighbour.requests) == (1, [])
