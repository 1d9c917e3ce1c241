"""Alipay: a page, an app's order or a QR code out; signed notifications and answers back.

The tables of codes are in `outcomes.py`.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from chalicelib.channels.alipay.download import download
from chalicelib.channels.alipay.gateway import ask, sign_request
from chalicelib.channels.alipay.notification import read_message
from chalicelib.channels.alipay.outcomes import (
    NO_STATEMENT,
    OTHER_STATE,
    REFUND_REFUSALS,
    START_REFUSALS,
    SUCCESS,
    codes_of,
    read_payment,
    read_refund,
    read_refund_state,
    read_text,
    unsettled,
)
from chalicelib.channels.alipay.wire import encode, to_wire_amount, to_wire_time
from chalicelib.channels.answers import reading_answer
from chalicelib.channels.contract import (
    AccountField,
    Answer,
    Answered,
    AppParams,
    Credentials,
    Message,
    Notification,
    PayerAction,
    PaymentQuery,
    PaymentRequest,
    QrCode,
    Redirect,
    RefundRequest,
)
from chalicelib.channels.credentials import read_field
from chalicelib.domain.payments import Client, Failed, Outcome, Recorded
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement
from chalicelib.errors import ChannelRefused, OutcomeUnknown
from chalicelib.outbound import Http

ACCOUNT_FIELDS: tuple[AccountField, ...] = (
    AccountField("app_id", "the application's number at the open platform"),
    AccountField("seller_id", "the partner's number (PID, 2088…) that receives the money"),
    AccountField("gateway_url", "the gateway (https://openapi.alipay.com/gateway.do)"),
    AccountField("bill_domain", "where statements lie, else alipay.com", is_required=False),
    AccountField("private_key", "the application's own RSA key", is_secret=True),
    AccountField("alipay_public_key", "Alipay's key, or its certificate", is_secret=True),
    AccountField("app_certificate", "ours, in certificate mode", is_secret=True, is_required=False),
    AccountField(
        "alipay_root_certificates", "in certificate mode", is_secret=True, is_required=False
    ),
)

# By where the payer is: the method, and the product that the contract with Alipay names.
METHODS: Mapping[Client, tuple[str, str]] = {
    Client.WEB: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    Client.MOBILE: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    Client.APP: ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
    Client.WECHAT: ("alipay.trade.precreate", "FACE_TO_FACE_PAYMENT"),
    Client.COUNTER: ("alipay.trade.precreate", "FACE_TO_FACE_PAYMENT"),
}
BROWSERS = frozenset({Client.WEB, Client.MOBILE})

# A day's bill is made by nine or ten o'clock of the next; before, it "does not exist".
STATEMENT_READY_FROM = time(10)

# "异步通知说明": these seven characters end the sending, anything else makes it come again.
ACCEPTED = Answer(200, "success", "text/plain")
REFUSED = Answer(200, "fail", "text/plain")


class Alipay:
    code = "alipay"
    account_fields = ACCOUNT_FIELDS
    tells_of_persons = True
    statement_ready_from = STATEMENT_READY_FROM
    statement_suffix = ".zip"

    def __init__(self, http: Http) -> None:
        self._http = http

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> PayerAction:
        method, product = METHODS[request.client]
        content = {
            "out_trade_no": request.payment_no,
            "total_amount": to_wire_amount(request.amount),
            "subject": request.description,
            "product_code": product,
            "time_expire": to_wire_time(request.expires_at),
        }
        addresses = {"notify_url": request.notification_url}
        if request.client in BROWSERS:
            addresses["return_url"] = request.return_url
        if request.client is Client.MOBILE:
            content["quit_url"] = request.return_url
        signed = sign_request(credentials, method, content, request.started_at, addresses)
        if request.client in BROWSERS:
            return Redirect(f"{read_field(credentials, 'gateway_url')}?{encode(signed)}")
        if request.client is Client.APP:
            return AppParams({"order_string": encode(signed)})
        return _read_code(*ask(self._http, credentials, signed), request.payment_no)

    def query_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        about = {"out_trade_no": query.payment_no}
        answer, raw = self._ask(credentials, "alipay.trade.query", about, query.asked_at)
        with reading_answer(raw):
            return Answered(read_payment(answer, query.asked_at), raw)

    def close_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        about = {"out_trade_no": query.payment_no}
        answer, raw = self._ask(credentials, "alipay.trade.close", about, query.asked_at)
        code, sub_code = codes_of(answer)
        if code == SUCCESS:
            return Answered(Failed("TRADE_CLOSED"), raw)
        if sub_code in OTHER_STATE:
            return self.query_payment(credentials, query)
        # A QR code that nobody has scanned has no trade to close, and can still be scanned.
        return Answered(unsettled(sub_code), raw)

    def refund_payment(self, credentials: Credentials, request: RefundRequest) -> Outcome:
        about = {
            "out_trade_no": request.payment_no,
            "trade_no": request.provider_transaction,
            "refund_amount": to_wire_amount(request.amount),
            "refund_reason": request.reason,
            "out_request_no": request.refund_no,
        }
        answer, raw = self._ask(credentials, "alipay.trade.refund", about, request.asked_at)
        code, sub_code = codes_of(answer)
        if sub_code in REFUND_REFUSALS:
            raise ChannelRefused("refund_refused", f"Alipay says {sub_code}")
        if code != SUCCESS:
            raise OutcomeUnknown("channel_unsettled", f"Alipay says {sub_code}")
        with reading_answer(raw):
            refunded = read_refund(answer, request)
        return refunded or self.query_refund(credentials, request)

    def query_refund(self, credentials: Credentials, request: RefundRequest) -> Outcome:
        about = {
            "out_trade_no": request.payment_no,
            "out_request_no": request.refund_no,
            "query_options": ["gmt_refund_pay"],
        }
        answer, raw = self._ask(
            credentials, "alipay.trade.fastpay.refund.query", about, request.asked_at
        )
        with reading_answer(raw):
            return read_refund_state(answer, request)

    def fetch_statement(
        self, credentials: Credentials, business_day: date, asked_at: datetime
    ) -> bytes | None:
        about = {"bill_type": "trade", "bill_date": business_day.isoformat()}
        method = "alipay.data.dataservice.bill.downloadurl.query"
        answer, raw = ask(
            self._http, credentials, sign_request(credentials, method, about, asked_at, {})
        )
        if codes_of(answer)[1] in NO_STATEMENT:
            return None
        return download(self._http, credentials, answer, raw)

    def read_statement(
        self, account: ChannelAccount, business_day: date, zone: str, content: bytes
    ) -> Statement:
        from chalicelib.channels.alipay.statement import read_trade_bill

        del zone  # the file is of Beijing's day, and writes Beijing's time
        return read_trade_bill(account, business_day, content)

    def read_notification(self, credentials: Credentials, message: Message) -> Notification:
        return read_message(credentials, message)

    def answer(self, recorded: Recorded | None) -> Answer:
        """Whatever was recorded is durable; only then does Alipay stop sending."""
        return REFUSED if recorded is None else ACCEPTED

    def answer_failure(self) -> Answer:
        return REFUSED

    def _ask(
        self, credentials: Credentials, method: str, about: Mapping[str, Any], at: datetime
    ) -> tuple[Mapping[str, Any], bytes]:
        """The answer about this very payment, and its bytes."""
        answer, raw = ask(self._http, credentials, sign_request(credentials, method, about, at, {}))
        with reading_answer(raw):
            _require_about(answer, about["out_trade_no"])
        return answer, raw


def _read_code(answer: Mapping[str, Any], raw: bytes, payment_no: str) -> QrCode:
    _, sub_code = codes_of(answer)
    if sub_code in START_REFUSALS:
        raise ChannelRefused("payment_refused", f"Alipay says {sub_code}")
    with reading_answer(raw):
        _require_about(answer, payment_no)
        payload = read_text(answer, "qr_code")
        if not payload:
            raise OutcomeUnknown("channel_unsettled", f"Alipay gives no code and says {sub_code}")
    return QrCode(payload)


def _require_about(answer: Mapping[str, Any], payment_no: str) -> None:
    """An answer that names no payment could be one recorded for another."""
    if answer.get("out_trade_no") != payment_no:
        raise OutcomeUnknown("channel_answer_not_ours", "the answer names another payment or none")
