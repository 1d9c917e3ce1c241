"""The biller interface as a channel: a bank locks an order, takes the money and tells us.

The HTTP of it is `web/biller.py`. A payment that is told at the channel's notification address
instead is signed and read alike, for `POST /biller/v1/payments`.
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta

from chalicelib.channels.biller.signature import SignedRequest, check_signature
from chalicelib.channels.biller.told import read_text, read_told
from chalicelib.channels.contract import (
    AccountField,
    Answer,
    Answered,
    Credentials,
    Instructions,
    Message,
    Notification,
    PaymentQuery,
    PaymentRequest,
)
from chalicelib.channels.delimited_statement import read_delimited
from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH, group_payment_code
from chalicelib.domain.payments import Pending, Recorded
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement
from chalicelib.errors import BadRequest
from chalicelib.outbound import Http

PAYMENTS_PATH = "/biller/v1/payments"
# Nobody is asked: the bank tells, and by contract takes no money when its lock is over.
AWAITING_BANK = "awaiting_bank"
LOCK_MINUTES = 10

ACCOUNT_FIELDS: tuple[AccountField, ...] = (
    AccountField("partner_code", "who the bank is to us", pattern="[A-Za-z0-9-]{3,32}"),
    AccountField("signing_key", "signs both ways, at least 32 characters", is_secret=True),
    AccountField(
        "lock_minutes",
        f"how long an order is held for a teller, {LOCK_MINUTES} where it is not said",
        is_required=False,
        pattern="[1-9]|[1-5][0-9]|60",
    ),
    AccountField(
        "reversal_until",
        "by the province's clock, until when a payment of the day may be asked back, as 16:30; to"
        " the day's end where it is not said",
        is_required=False,
        pattern="([01][0-9]|2[0-3]):[0-5][0-9]",
    ),
)

INVITATIONS: Mapping[str, str] = {
    "vi": "Nộp tại quầy, máy tự phục vụ hoặc đại lý của {bank}. Đọc mã thanh toán {code}.",
    "zh": "请到{bank}的柜台、自助终端或代理点缴款，并报出缴款码 {code}。",
    "en": "Pay at a counter, terminal or agent of {bank}. Tell them the payment code {code}.",
}


class Biller:
    code = "biller"
    account_fields = ACCOUNT_FIELDS
    tells_of_persons = False

    def __init__(self, _http: Http | None = None) -> None:
        """Nobody is asked, so there is no way out to keep."""

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> Instructions:
        account = credentials.account
        names = account.acquirer.names if account.acquirer else account.names
        language = request.language if request.language in INVITATIONS else "en"
        bank = names.get(language) or next(iter(names.values()))
        code = group_payment_code(request.payment_no[:PAYMENT_CODE_LENGTH])
        return Instructions(INVITATIONS[language].format(bank=bank, code=code))

    def query_payment(self, _credentials: Credentials, _query: PaymentQuery) -> Answered:
        return Answered(Pending(AWAITING_BANK), b"")

    def lock_life(self, account: ChannelAccount) -> timedelta:
        return timedelta(minutes=int(account.fields.get("lock_minutes", LOCK_MINUTES)))

    def read_notification(self, credentials: Credentials, message: Message) -> Notification:
        signed = SignedRequest(message.method, PAYMENTS_PATH, message.headers, message.raw_body)
        check_signature(credentials, signed, message.received_at)
        try:
            fields = json.loads(message.raw_body)
            if not isinstance(fields, dict):
                raise ValueError("not a JSON object")
            return Notification(
                read_text(fields, "payment_no"), read_told(fields), message.raw_body
            )
        except (ValueError, RecursionError) as error:
            raise BadRequest("notification_unreadable", str(error)) from error

    def answer(self, recorded: Recorded | None) -> Answer:
        return _to_answer(401, "refused") if recorded is None else _to_answer(200, recorded)

    def answer_failure(self) -> Answer:
        return _to_answer(503, "try_again")

    def read_statement(
        self, account: ChannelAccount, business_day: date, zone: str, content: bytes
    ) -> Statement:
        layout = account.statement_layout or {}
        return read_delimited(layout, account, business_day, zone, content)


def _to_answer(status: int, result: str) -> Answer:
    return Answer(status, json.dumps({"result": result}), "application/json")
