"""Fetches a statement from the link that Alipay gives for it, which lives for 30 seconds."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chalicelib.channels.alipay.outcomes import SUCCESS, codes_of, read_text
from chalicelib.channels.answers import reading_answer
from chalicelib.channels.contract import Credentials
from chalicelib.channels.credentials import read_field
from chalicelib.domain.web_addresses import read_web_address
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.outbound import Http

TIMEOUT_SECONDS = 25.0
MAX_BYTES = 100_000_000
USUAL_DOMAIN = "alipay.com"


def download(http: Http, credentials: Credentials, answer: Mapping[str, Any], raw: bytes) -> bytes:
    """`answer`: the signed one to a question for the link, which came as `raw`.

    Raises: OutcomeUnknown, also for a link that leads elsewhere: then nothing was fetched."""
    code, sub_code = codes_of(answer)
    if code != SUCCESS:
        raise OutcomeUnknown("statement_refused", f"Alipay says {sub_code}")
    with reading_answer(raw):
        told = read_text(answer, "bill_download_url")
    url = _trusted(credentials, told)
    try:
        response = http.get(url, {}, TIMEOUT_SECONDS, MAX_BYTES)
    except TryLater as error:
        raise OutcomeUnknown("channel_unreachable", "the statement was not asked for") from error
    if response.status != 200 or not response.body:
        raise OutcomeUnknown("statement_not_fetched", f"HTTP status {response.status}")
    return response.body


def _trusted(credentials: Credentials, url: str) -> str:
    """The link over TLS, on a host of Alipay's domain. Alipay writes `http:` in its documents and
    serves both. A simulator's gateway and files are on one origin of its own."""
    link, gateway = read_web_address(url), read_web_address(read_field(credentials, "gateway_url"))
    if link is not None and gateway is not None and link.origin == gateway.origin:
        return url
    domain = credentials.account.fields.get("bill_domain", USUAL_DOMAIN)
    if link is None or not f".{link.host}".endswith(f".{domain}"):
        raise OutcomeUnknown("statement_elsewhere", f"the link does not lead to {domain}")
    return urlsplit(url)._replace(scheme="https", netloc=link.host).geturl()
