"""Asks a payee unit's own system for one bill. Its guide: infra/guides/answer-for-bills.md.

Request and answer are signed as on the biller interface (`channels/biller/signature.py`), with the
unit's code as the partner's: lower-case hex of HMAC-SHA256 over lines joined by a line feed.

    request   ERRANDLESS-REQUEST-1, unit, POST, the URL's path, timestamp, nonce, body's hash
    answer    ERRANDLESS-ANSWER-1, unit, HTTP status, timestamp, nonce, body's hash
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.domain.bill_sources import BillSource
from chalicelib.errors import DataFault, OutcomeUnknown, SignatureRefused
from chalicelib.outbound import Http, Response
from chalicelib.signing import hmac_hex, is_same, sha256_hex

UNIT_HEADER = "X-Errandless-Unit"
TIMESTAMP_HEADER = "X-Errandless-Timestamp"
NONCE_HEADER = "X-Errandless-Nonce"
SIGNATURE_HEADER = "X-Errandless-Signature"
WINDOW = timedelta(minutes=5)
OK = 200


@dataclass(frozen=True, slots=True)
class Question:
    """`second_fact`: what else the payer said, by which the unit knows that the bill is his. `now`:
    when it is signed."""

    source: BillSource
    reference: str
    second_fact: str = field(repr=False)
    nonce: str
    now: datetime


@dataclass(frozen=True, slots=True)
class UnitKeys:
    """`accepted`: the current key and, during a rotation, the one before."""

    current: bytes = field(repr=False)
    accepted: tuple[bytes, ...] = field(repr=False)


def read_keys(current: Mapping[str, str], previous: Mapping[str, str] | None) -> UnitKeys:
    """Raises: DataFault; an empty key would sign for everybody."""
    key = current.get("signing_key")
    if not key:
        raise DataFault("bill_source_incomplete", "a bill source's secret has no signing_key")
    before = (previous or {}).get("signing_key")
    accepted = (key.encode(), before.encode()) if before else (key.encode(),)
    return UnitKeys(key.encode(), accepted)


def ask_unit(http: Http, keys: UnitKeys, question: Question) -> Mapping[str, Any] | None:
    """The bill as `POST /v1/bills` takes it; None when the unit has no such bill.

    Raises: TryLater when nothing was sent; OutcomeUnknown when what came is no answer;
    SignatureRefused."""
    source = question.source
    body = json.dumps(
        {
            "payee_unit": source.payee_unit,
            "reference": question.reference,
            "second_fact": question.second_fact,
        },
        ensure_ascii=False,
    ).encode()
    headers = {"Content-Type": "application/json", **_sign(keys, question, body)}
    response = http.post(source.url, body, headers, source.timeout_seconds)
    _check(keys, question, response)
    return _read(response)


def _sign(keys: UnitKeys, question: Question, body: bytes) -> Mapping[str, str]:
    unit, timestamp = question.source.payee_unit, str(int(question.now.timestamp()))
    path = urlsplit(question.source.url).path
    lines = ("ERRANDLESS-REQUEST-1", unit, "POST", path, timestamp, question.nonce)
    text = "\n".join((*lines, sha256_hex(body))).encode()
    return {
        UNIT_HEADER: unit,
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: question.nonce,
        SIGNATURE_HEADER: hmac_hex(keys.current, text),
    }


def _check(keys: UnitKeys, question: Question, response: Response) -> None:
    """An answer repeats the question's nonce, so that no answer passes for another's."""
    if response.status != OK:
        raise OutcomeUnknown("answer_not_ok", f"the unit's system answered {response.status}")
    timestamp = response.headers.get(TIMESTAMP_HEADER.lower(), "")
    given = response.headers.get(SIGNATURE_HEADER.lower(), "")
    lines = ("ERRANDLESS-ANSWER-1", question.source.payee_unit, str(response.status), timestamp)
    text = "\n".join((*lines, question.nonce, sha256_hex(response.body))).encode()
    is_signed = [is_same(hmac_hex(key, text), given) for key in keys.accepted]
    if not any(is_signed):
        raise SignatureRefused("signature_wrong", "the unit's signature does not hold")
    is_number = timestamp.isascii() and timestamp.isdigit()
    if not is_number or abs(question.now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise SignatureRefused("signature_expired", "the unit's clock is far from ours")


def _read(response: Response) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        answer = None
    match answer:
        case {"result": "no_such_bill"}:
            return None
        case {"result": "bill", "bill": dict(bill)}:
            return bill
        case _:
            raise OutcomeUnknown("answer_unreadable", "neither a bill nor no_such_bill")
