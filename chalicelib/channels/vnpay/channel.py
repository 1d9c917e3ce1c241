"""VNPAY 2.1.0: a redirect out, a signed GET back (IPN), and a signed question (querydr).

The tables of codes are in `outcomes.py`.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import date
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
from chalicelib.channels.vnpay.outcomes import (
    ANSWERS,
    FAILURE_ANSWER,
    REFUSED_ANSWER,
    read_answer,
    read_outcome,
)
from chalicelib.channels.vnpay.wire import (
    ANSWER_FIELDS,
    ENCODERS,
    QUESTION_FIELDS,
    encode_as_javascript,
    join,
    parse_answer,
    sign,
    to_wire_amount,
    to_wire_time,
)
from chalicelib.domain.payments import Client, Recorded
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement
from chalicelib.errors import BadRequest, OutcomeUnknown, SignatureRefused, TryLater
from chalicelib.outbound import Http

ACCOUNT_FIELDS: tuple[AccountField, ...] = (
    AccountField("tmn_code", "the terminal code that VNPAY issued (vnp_TmnCode)"),
    AccountField("hash_secret", "the secret of that code (vnp_HashSecret)", is_secret=True),
    AccountField("payment_url", "where the payer is sent (vpcpay.html)"),
    AccountField("api_url", "where querydr is asked (merchant_webapi/api/transaction)"),
    AccountField("order_type", "VNPAY's goods category, else `other`", is_required=False),
    AccountField("server_ip", "our address in questions, else 127.0.0.1", is_required=False),
    *(
        AccountField(
            f"bank_code_{client}", f"vnp_BankCode for payers on {client}", is_required=False
        )
        for client in Client
    ),
)

VERSION = "2.1.0"
QUERY_TIMEOUT_SECONDS = 10.0
UNSIGNED = frozenset({"vnp_SecureHash", "vnp_SecureHashType"})


class Vnpay:
    code = "vnpay"
    account_fields = ACCOUNT_FIELDS
    tells_of_persons = False

    def __init__(self, http: Http) -> None:
        self._http = http

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> Redirect:
        fields = credentials.account.fields
        query = encode_as_javascript(
            {
                "vnp_Version": VERSION,
                "vnp_Command": "pay",
                "vnp_TmnCode": read_field(credentials, "tmn_code"),
                "vnp_Amount": to_wire_amount(request.amount),
                "vnp_BankCode": fields.get(f"bank_code_{request.client}", ""),
                "vnp_CreateDate": to_wire_time(request.started_at),
                "vnp_CurrCode": "VND",
                "vnp_ExpireDate": to_wire_time(request.expires_at),
                "vnp_IpAddr": request.client_ip,
                "vnp_Locale": "vn" if request.language == "vi" else "en",
                "vnp_OrderInfo": request.description,
                "vnp_OrderType": fields.get("order_type", "other"),
                "vnp_ReturnUrl": request.return_url,
                "vnp_TxnRef": request.payment_no,
            }
        )
        signature = sign(signing_key(credentials, "hash_secret"), query)
        payment_url = read_field(credentials, "payment_url")
        return Redirect(f"{payment_url}?{query}&vnp_SecureHash={signature}")

    def query_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        question = {
            "vnp_RequestId": query.request_id,
            "vnp_Version": VERSION,
            "vnp_Command": "querydr",
            "vnp_TmnCode": read_field(credentials, "tmn_code"),
            "vnp_TxnRef": query.payment_no,
            "vnp_TransactionDate": to_wire_time(query.started_at),
            "vnp_CreateDate": to_wire_time(query.asked_at),
            "vnp_IpAddr": credentials.account.fields.get("server_ip", "127.0.0.1"),
            "vnp_OrderInfo": f"Query {query.payment_no}",
        }
        key = signing_key(credentials, "hash_secret")
        question["vnp_SecureHash"] = sign(key, join(question, QUESTION_FIELDS))
        raw = self._ask(read_field(credentials, "api_url"), question)
        with reading_answer(raw):
            answer = parse_answer(raw)
            _check_answer(credentials, query.payment_no, answer)
            return Answered(read_answer(answer, query.asked_at), raw)

    def read_notification(self, credentials: Credentials, message: Message) -> Notification:
        fields = {name: value for name, value in message.query.items() if name[:4] == "vnp_"}
        _check_notification(credentials, fields)
        if fields.get("vnp_Command") and not fields.get("vnp_ResponseCode"):
            # What we sent the payer away with has a signature of the same key.
            raise SignatureRefused("notification_not_ours", "the message is a request of our own")
        if not fields.get("vnp_TxnRef") or not fields.get("vnp_ResponseCode"):
            raise BadRequest("notification_incomplete", "vnp_TxnRef or vnp_ResponseCode is missing")
        try:
            outcome = read_outcome(fields)
        except ValueError as error:
            raise BadRequest("notification_unreadable", str(error)) from error
        return Notification(fields["vnp_TxnRef"], outcome, _signed_text(fields))

    def answer(self, recorded: Recorded | None) -> Answer:
        return _to_answer(*(REFUSED_ANSWER if recorded is None else ANSWERS[recorded]))

    def answer_failure(self) -> Answer:
        return _to_answer(*FAILURE_ANSWER)

    def read_statement(
        self, account: ChannelAccount, business_day: date, zone: str, content: bytes
    ) -> Statement:
        layout = account.statement_layout or {}
        return read_delimited(layout, account, business_day, zone, content)

    def _ask(self, api_url: str, question: Mapping[str, str]) -> bytes:
        body = json.dumps(question).encode()
        headers = {"Content-Type": "application/json"}
        try:
            response = self._http.post(api_url, body, headers, QUERY_TIMEOUT_SECONDS)
        except TryLater as error:
            raise OutcomeUnknown("channel_unreachable", "the question was not sent") from error
        if response.status != 200:
            detail = f"HTTP status {response.status}"
            raise OutcomeUnknown("channel_answer_unreadable", detail, answer=response.body)
        return response.body


def _to_answer(code: str, message: str) -> Answer:
    return Answer(200, json.dumps({"RspCode": code, "Message": message}), "application/json")


def _check_notification(credentials: Credentials, fields: Mapping[str, str]) -> None:
    signed = {name: value for name, value in fields.items() if name not in UNSIGNED}
    texts = [encode(signed) for encode in ENCODERS]
    if not _is_signed(credentials, texts, fields.get("vnp_SecureHash", "")):
        raise SignatureRefused("notification_signature", "the signature does not hold")
    if fields.get("vnp_TmnCode") != read_field(credentials, "tmn_code"):
        raise SignatureRefused("notification_not_ours", "the message is another merchant's")


def _signed_text(fields: Mapping[str, str]) -> bytes:
    """What the signature covers, and the signature: payers have it too, and whatever else they
    write around it is no word of VNPAY's."""
    signed = sorted((n, v) for n, v in fields.items() if v and n not in UNSIGNED)
    signature = fields["vnp_SecureHash"].lower()
    pairs = [*signed, ("vnp_SecureHash", signature)]
    return urlencode(pairs, errors="surrogatepass").encode()


def _check_answer(credentials: Credentials, payment_no: str, answer: Mapping[str, str]) -> None:
    if any("|" in value for value in answer.values()):
        raise OutcomeUnknown("channel_answer_unreadable", "a value holds the separator")
    text = join(answer, ANSWER_FIELDS)
    if not _is_signed(credentials, [text], answer.get("vnp_SecureHash", "")):
        raise OutcomeUnknown("channel_answer_signature", "the answer's signature does not hold")
    told = tuple(answer.get(name) for name in ("vnp_Command", "vnp_TmnCode", "vnp_TxnRef"))
    if told != ("querydr", read_field(credentials, "tmn_code"), payment_no):
        raise OutcomeUnknown("channel_answer_not_ours", "the answer is about another payment")


def _is_signed(credentials: Credentials, texts: Iterable[str], signature: str) -> bool:
    """Every key and text is tried: how long it takes tells nothing about a key."""
    given = signature.lower().encode("utf-8", "surrogatepass")
    held = [
        hmac.compare_digest(sign(key, text).encode(), given)
        for key in accepted_keys(credentials, "hash_secret")
        for text in texts
    ]
    return any(held)
