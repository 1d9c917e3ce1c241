"""The worked examples of the partners' guide, made with openssl: ours is the same to the byte."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.channels.biller.signature import SignedRequest, check_signature, sign_answer
from chalicelib.channels.contract import Credentials
from chalicelib.errors import SignatureRefused
from tests.channels.stand_ins import credentials_of

GUIDE = Path(__file__).parents[2] / "infra/guides/connect-a-bank.md"
MARK = "<!-- example: checked by tests/channels/test_biller_signature.py -->\n```\n"


@dataclass(frozen=True)
class Example:
    body: bytes
    lines: list[str]
    signature: str


def read_examples() -> tuple[str, Example, Example]:
    blocks = [text.partition("\n```")[0] for text in GUIDE.read_text().split(MARK)[1:]]
    request, answer = (read_example(block) for block in blocks)
    key = blocks[0].splitlines()[0].removeprefix("signing key").strip()
    return key, request, answer


def read_example(block: str) -> Example:
    head, lines, foot = block.split("\n\n")
    body = head.splitlines()[-1].removeprefix("body").strip().encode()
    return Example(body, lines.splitlines(), foot.removeprefix("signature").strip())


KEY, REQUEST, ANSWER = read_examples()


def bank() -> Credentials:
    return credentials_of("biller", {"partner_code": "VCB-QN"}, {"signing_key": KEY})


def signed_request() -> SignedRequest:
    _, partner, method, path, timestamp, nonce, _ = REQUEST.lines
    headers = {
        "x-biller-partner": partner,
        "x-biller-timestamp": timestamp,
        "x-biller-nonce": nonce,
        "x-biller-signature": REQUEST.signature,
    }
    return SignedRequest(method, path, headers, REQUEST.body)


@pytest.mark.parametrize("example", [REQUEST, ANSWER], ids=["request", "answer"])
def test_the_guides_examples_hold_by_the_standard_library_alone(example: Example) -> None:
    assert example.lines[-1] == hashlib.sha256(example.body).hexdigest()
    text = "\n".join(example.lines).encode()
    assert hmac.new(KEY.encode(), text, hashlib.sha256).hexdigest() == example.signature


def test_the_guides_request_is_believed_and_not_an_hour_later() -> None:
    signed_at = datetime.fromtimestamp(int(REQUEST.lines[4]), UTC)
    check_signature(bank(), signed_request(), signed_at)
    with pytest.raises(SignatureRefused) as refused:
        check_signature(bank(), signed_request(), signed_at + timedelta(hours=1))
    assert refused.value.code == "signature_expired"


def test_our_answer_is_signed_as_the_guide_says() -> None:
    _, partner, status, timestamp, nonce, _ = ANSWER.lines
    now = datetime.fromtimestamp(int(timestamp), UTC)
    assert sign_answer(bank(), nonce, int(status), ANSWER.body, now) == {
        "X-Biller-Partner": partner,
        "X-Biller-Timestamp": timestamp,
        "X-Biller-Nonce": nonce,
        "X-Biller-Signature": ANSWER.signature,
    }
