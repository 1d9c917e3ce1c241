"""The sandbox: a channel of our own for trying things out, spoken by the channel simulator.

Every signature is hex HMAC-SHA256 with the account's `signing_key`, over exact bytes.

    pay           browser → payment_url?merchant_id&payment_no&amount_minor&currency&description&
                  language&expires_at&return_url&notification_url&signature
                  signature over the query string in front of `&signature=`
    notification  provider → POST notification_url, JSON body below, header X-Sandbox-Signature
    return        browser → return_url?payload=<the same JSON>&signature=
    question      we → POST api_url {"merchant_id", "payment_no", "request_id", "asked_at"}, header
                  X-Sandbox-Signature; answered with the JSON below and its request_id, signed alike

    {"merchant_id": "…", "payment_no": "…", "status": "succeeded", "code": "ok",
     "transaction_no": "…", "amount_minor": 50000, "currency": "VND",
     "paid_at": "2026-03-01T02:30:00Z"}

Only `succeeded` needs the last four. The provider repeats a notification until it is answered 2xx.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from chalicelib.channels.answers import reading_answer
from chalicelib.channels.contract import (
    AccountField,
    Answer,
    Answered,
    Credentials,
    Message,
    Notification,
    PaymentQuery,
    PaymentRequest,
    Redirect,
)
from chalicelib.channels.credentials import accepted_keys, read_field, signing_key
from chalicelib.channels.delimited_statement import read_delimited
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Recorded, Succeeded
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement
from chalicelib.errors import BadRequest, OutcomeUnknown, SignatureRefused, TryLater
from chalicelib.outbound import Http


class Verdict(Enum):
    PAID = "money moved"
    REFUSED = "no money moved"
    WAITING = "not decided yet"
    HELD = "money moved and is held: a person must look"
    ABSENT = "never heard of it"


# A status that is not here is pending.
STATUSES: Mapping[str, Verdict] = {
    "succeeded": Verdict.PAID,
    "refused": Verdict.REFUSED,
    "pending": Verdict.WAITING,
    "not_found": Verdict.ABSENT,
    "held": Verdict.HELD,
}

ACCOUNT_FIELDS: tuple[AccountField, ...] = (
    AccountField("merchant_id", "who we are to the sandbox"),
    AccountField("signing_key", "signs both ways", is_secret=True),
    AccountField("payment_url", "where the payer is sent"),
    AccountField("api_url", "where questions are asked"),
)

QUERY_TIMEOUT_SECONDS = 10.0
SIGNATURE_HEADER = "X-Sandbox-Signature"


class Sandbox:
    code = "sandbox"
    account_fields = ACCOUNT_FIELDS
    tells_of_persons = False

    def __init__(self, http: Http) -> None:
        self._http = http

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> Redirect:
        query = urlencode(
            {
                "merchant_id": read_field(credentials, "merchant_id"),
                "payment_no": request.payment_no,
                "amount_minor": request.amount.amount_minor,
                "currency": request.amount.currency,
                "description": request.description,
                "language": request.language,
                "expires_at": to_rfc3339(request.expires_at),
                "return_url": request.return_url,
                "notification_url": request.notification_url,
            }
        )
        signature = _sign(signing_key(credentials, "signing_key"), query.encode())
        payment_url = read_field(credentials, "payment_url")
        return Redirect(f"{payment_url}?{query}&signature={signature}")

    def query_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        question = {
            "merchant_id": read_field(credentials, "merchant_id"),
            "payment_no": query.payment_no,
            "request_id": query.request_id,
            "asked_at": to_rfc3339(query.asked_at),
        }
        raw = self._ask(credentials, json.dumps(question).encode())
        with reading_answer(raw):
            answer = _parse(raw)
            identity = [answer.get(name) for name in ("merchant_id", "payment_no", "request_id")]
            if identity != [question[name] for name in ("merchant_id", "payment_no", "request_id")]:
                raise OutcomeUnknown("channel_answer_not_ours", "it is about another payment")
            return Answered(_read_outcome(answer), raw)

    def read_notification(self, credentials: Credentials, message: Message) -> Notification:
        if message.method == "GET":
            raw = message.query.get("payload", "").encode("utf-8", "surrogatepass")
            signature = message.query.get("signature", "")
        else:
            raw = message.raw_body
            signature = message.headers.get(SIGNATURE_HEADER.lower(), "")
        if not _is_signed(credentials, raw, signature):
            raise SignatureRefused("notification_signature", "the signature does not hold")
        try:
            fields = _parse(raw)
            if fields.get("merchant_id") != read_field(credentials, "merchant_id"):
                raise SignatureRefused("notification_not_ours", "it is another merchant's")
            return Notification(_text(fields, "payment_no"), _read_outcome(fields), raw)
        except ValueError as error:
            raise BadRequest("notification_unreadable", str(error)) from error

    def answer(self, recorded: Recorded | None) -> Answer:
        if recorded is None:
            return _to_answer(401, "refused")
        return _to_answer(200, recorded)

    def answer_failure(self) -> Answer:
        return _to_answer(503, "try_again")

    def read_statement(
        self, account: ChannelAccount, business_day: date, zone: str, content: bytes
    ) -> Statement:
        layout = account.statement_layout or {}
        return read_delimited(layout, account, business_day, zone, content)

    def _ask(self, credentials: Credentials, body: bytes) -> bytes:
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: _sign(signing_key(credentials, "signing_key"), body),
        }
        api_url = read_field(credentials, "api_url")
        try:
            response = self._http.post(api_url, body, headers, QUERY_TIMEOUT_SECONDS)
        except TryLater as error:
            raise OutcomeUnknown("channel_unreachable", "the question was not sent") from error
        with reading_answer(response.body):
            if response.status != 200:
                raise OutcomeUnknown("channel_answer_unreadable", f"HTTP status {response.status}")
            told = {name.lower(): value for name, value in response.headers.items()}
            if not _is_signed(credentials, response.body, told.get(SIGNATURE_HEADER.lower(), "")):
                raise OutcomeUnknown("channel_answer_signature", "the signature does not hold")
        return response.body


def _to_answer(status: int, result: str) -> Answer:
    return Answer(status, json.dumps({"result": result}), "application/json")


def _read_outcome(fields: Mapping[str, Any]) -> Outcome:
    """Raises: ValueError"""
    status = _text(fields, "status")
    code = _text(fields, "code") if "code" in fields else status
    match STATUSES.get(status):
        case Verdict.PAID:
            return _read_success(fields)
        case Verdict.REFUSED:
            return Failed(code)
        case Verdict.HELD:
            return Pending(code, needs_person=True)
        case Verdict.ABSENT:
            return Pending(code, is_absent=True)
        case Verdict.WAITING:
            return Pending(code)
        case None:
            return Pending(code, is_unmapped=True)


def _read_success(fields: Mapping[str, Any]) -> Succeeded:
    amount_minor = fields.get("amount_minor")
    if type(amount_minor) is not int:
        raise ValueError("amount_minor is not a whole number")
    paid_at = datetime.fromisoformat(_text(fields, "paid_at"))
    if paid_at.tzinfo is None:
        raise ValueError("paid_at has no zone")
    amount = Money(amount_minor, _text(fields, "currency"))
    return Succeeded(_text(fields, "transaction_no"), amount, paid_at.astimezone(UTC))


def _parse(raw: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(raw)
    except RecursionError:
        fields = None
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    return value


def _is_signed(credentials: Credentials, raw: bytes, signature: str) -> bool:
    given = signature.lower().encode("utf-8", "surrogatepass")
    return any(
        hmac.compare_digest(_sign(key, raw).encode(), given)
        for key in accepted_keys(credentials, "signing_key")
    )


def _sign(key: bytes, raw: bytes) -> str:
    return hmac.new(key, raw, hashlib.sha256).hexdigest()
