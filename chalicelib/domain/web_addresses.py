"""Web addresses from others, read strictly: what a browser might read otherwise is refused."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_URL_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class WebAddress:
    """`host` is lower case; `path` begins with "/" and has no dot segments."""

    scheme: str
    host: str
    port: int
    path: str
    has_query: bool

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def read_web_address(url: str) -> WebAddress | None:
    """None for all but a plain absolute http(s) address: no user, fragment or odd character."""
    if len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable():
        return None
    if any(character in ' \\"<>^`{|}#' for character in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in DEFAULT_PORTS or not _is_host(host, parts.netloc) or port == 0:
        return None
    path = parts.path or "/"
    if not _is_plain_path(path):
        return None
    return WebAddress(
        scheme=parts.scheme,
        host=host,
        port=DEFAULT_PORTS[parts.scheme] if port is None else port,
        path=path,
        has_query=bool(parts.query),
    )


def _is_host(host: str, netloc: str) -> bool:
    if not host or "@" in netloc or "%" in netloc or netloc.endswith(":"):
        return False
    if ":" in host:
        return netloc.startswith("[")
    labels = host.split(".")
    return all(label and label.replace("-", "").isalnum() for label in labels)


def _is_plain_path(path: str) -> bool:
    """Neither dot segments nor slashes may hide behind percent signs, however often encoded."""
    plain = path
    for _ in range(3):
        plain = unquote(plain)
    if "\\" in plain or plain.count("/") != path.count("/") or not plain.isprintable():
        return False
    return path.startswith("/") and not any(segment in (".", "..") for segment in plain.split("/"))
