"""Viettel Money (ViettelPay payment gateway 2.0): a redirect out; a check before the money moves
and a result after it, both posted to us as forms; a signed question.

    pay       browser → payment_url?version&command&merchant_code&order_id&billcode&trans_amount…
    check     Viettel → billcode, merchant_code, order_id; the amount is signed and not sent
    result    Viettel → also cust_msisdn, error_code, payment_status, trans_amount,
              vt_transaction_id
    question  we → api_url, cmd=TRANS_INQUIRY

Every check_sum is base64 HMAC-SHA1 over values written one behind the other, which do not tell
where one ends: so each has to be of its own form before it is believed (decision 0151).

*Source*: public code of integrators, who agree on the four texts above; no document of Viettel's is
public. Taken on trust until a contract says otherwise: the texts of our answer to the check and of
Viettel's to the question, which is read as a result, and that the browser comes back with the
fields of a result.
"""

import json
from collections.abc import Mapping
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
from chalicelib.channels.credentials import read_field
from chalicelib.channels.delimited_statement import read_delimited
from chalicelib.channels.viettelmoney.outcomes import DONE, REFUSED, TRY_AGAIN, read_outcome
from chalicelib.channels.viettelmoney.wire import (
    CHECK_ANSWER_TEXT,
    CHECK_TEXT,
    PAYMENT_TEXT,
    QUESTION_TEXT,
    RESULT_ANSWER_TEXT,
    RESULT_TEXT,
    is_signed,
    parse_answer,
    parse_form,
    sign,
    signed_text,
)
from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH, split_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Recorded
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement
from chalicelib.errors import BadRequest, ChannelRefused, OutcomeUnknown, SignatureRefused, TryLater
from chalicelib.outbound import Http

ACCOUNT_FIELDS: tuple[AccountField, ...] = (
    AccountField("merchant_code", "who we are to Viettel", pattern="[A-Za-z][A-Za-z0-9_]{1,31}"),
    AccountField("access_code", "stands first in every signed text", is_secret=True),
    AccountField("hash_key", "signs both ways", is_secret=True),
    AccountField("payment_url", "where the payer is sent (PaymentGateway/payment)"),
    AccountField("api_url", "where questions are asked (PaymentAPI/webresources/postData)"),
)

VERSION = "2.0"
QUERY_TIMEOUT_SECONDS = 10.0
FORM_TYPE = "application/x-www-form-urlencoded"
MAX_AMOUNT_MINOR = 999_999_999


class Viettelmoney:
    code = "viettelmoney"
    account_fields = ACCOUNT_FIELDS
    tells_of_persons = True  # cust_msisdn

    def __init__(self, http: Http) -> None:
        self._http = http

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> Redirect:
        amount = request.amount
        if amount.currency != "VND" or not 0 < amount.amount_minor <= MAX_AMOUNT_MINOR:
            raise ChannelRefused("amount_not_payable", "Viettel takes 1 to 999,999,999 VND")
        fields = {
            "version": VERSION,
            "command": "PAYMENT",
            "merchant_code": read_field(credentials, "merchant_code"),
            "order_id": request.payment_no,
            "billcode": request.payment_no[:PAYMENT_CODE_LENGTH],
            "trans_amount": amount.decimal_text(),
            "desc": request.description,
            "locale": "Vi" if request.language == "vi" else "En",
            "return_url": request.return_url,
            "cancel_url": request.return_url,
        }
        fields["check_sum"] = sign(credentials, fields, PAYMENT_TEXT)
        return Redirect(f"{read_field(credentials, 'payment_url')}?{urlencode(fields)}")

    def query_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        question = {
            "cmd": "TRANS_INQUIRY",
            "merchant_code": read_field(credentials, "merchant_code"),
            "order_id": query.payment_no,
            "version": VERSION,
        }
        question["check_sum"] = sign(credentials, question, QUESTION_TEXT)
        raw = self._ask(read_field(credentials, "api_url"), urlencode(question).encode())
        with reading_answer(raw):
            answer = parse_answer(raw)
            if not is_signed(credentials, answer, RESULT_TEXT):
                raise OutcomeUnknown("channel_answer_signature", "the signature does not hold")
            told = (answer.get("merchant_code"), answer.get("order_id"))
            if told != (question["merchant_code"], query.payment_no):
                raise OutcomeUnknown("channel_answer_not_ours", "it is about another payment")
            return Answered(read_outcome(answer, query.asked_at), raw)

    def read_notification(self, credentials: Credentials, message: Message) -> Notification:
        is_return = message.method == "GET"
        fields = dict(message.query) if is_return else parse_form(message.raw_body)
        _check_ours(credentials, fields, RESULT_TEXT)
        try:
            outcome = read_outcome(fields, message.received_at)
        except ValueError as error:
            raise BadRequest("notification_unreadable", str(error)) from error
        raw = signed_text(fields)
        return Notification(fields["order_id"], outcome, raw, is_return=is_return)

    def answer(self, recorded: Recorded | None) -> Answer:
        return _to_answer({"error_code": REFUSED if recorded is None else DONE})

    def answer_failure(self) -> Answer:
        return _to_answer({"error_code": TRY_AGAIN})

    def sign_answer(self, credentials: Credentials, message: Message, answer: Answer) -> Answer:
        asked = parse_form(message.raw_body)
        said = {
            "error_code": json.loads(answer.body)["error_code"],
            "merchant_code": read_field(credentials, "merchant_code"),
            "order_id": asked.get("order_id", ""),
            "return_url": "",
            "return_bill_code": "",
            "return_other_info": "",
        }
        said["check_sum"] = sign(credentials, said, RESULT_ANSWER_TEXT)
        return _to_answer(said)

    def payment_checked(self, message: Message) -> str:
        return parse_form(message.raw_body).get("order_id", "")

    def answer_check(
        self, credentials: Credentials, message: Message, owed: Money | None, stands: bool
    ) -> Answer:
        if owed is None:
            return self.answer(None)
        asked = parse_form(message.raw_body) | {"trans_amount": owed.decimal_text()}
        try:
            _check_ours(credentials, asked, CHECK_TEXT)
        except (SignatureRefused, BadRequest):
            return self.answer(None)
        said = {
            "billcode": asked["billcode"],
            "merchant_code": asked["merchant_code"],
            "order_id": asked["order_id"],
            "trans_amount": asked["trans_amount"],
            "error_code": DONE if stands else REFUSED,
        }
        said["check_sum"] = sign(credentials, said, CHECK_ANSWER_TEXT)
        return _to_answer(said)

    def read_statement(
        self, account: ChannelAccount, business_day: date, zone: str, content: bytes
    ) -> Statement:
        layout = account.statement_layout or {}
        return read_delimited(layout, account, business_day, zone, content)

    def _ask(self, api_url: str, body: bytes) -> bytes:
        try:
            response = self._http.post(
                api_url, body, {"Content-Type": FORM_TYPE}, QUERY_TIMEOUT_SECONDS
            )
        except TryLater as error:
            raise OutcomeUnknown("channel_unreachable", "the question was not sent") from error
        if response.status != 200:
            detail = f"HTTP status {response.status}"
            raise OutcomeUnknown("channel_answer_unreadable", detail, answer=response.body)
        return response.body


def _to_answer(said: Mapping[str, str]) -> Answer:
    return Answer(200, json.dumps(said), "application/json")


def _check_ours(
    credentials: Credentials, fields: Mapping[str, str], names: tuple[str, ...]
) -> None:
    """Raises: SignatureRefused; BadRequest where order and bill are not numbers of ours."""
    if not is_signed(credentials, fields, names):
        raise SignatureRefused("notification_signature", "the signature does not hold")
    if fields.get("merchant_code") != read_field(credentials, "merchant_code"):
        raise SignatureRefused("notification_not_ours", "it is another merchant's")
    order_id = fields.get("order_id", "")
    split = split_payment_no(order_id)
    if split is None or fields.get("billcode") != split[0]:
        raise BadRequest("notification_unreadable", "order_id or billcode is no number of ours")
