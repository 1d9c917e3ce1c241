"""The biller interface as a channel: a bank locks an order, takes the money and tells us.

The HTTP of it is `web/biller.py`. A payment that is told at the channel's notification address
instead is signed and read alike, for `POST /biller/v1/payments`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.channels.biller.signature import SignedRequest, check_signature
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
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Outcome, Pending, Recorded, Succeeded
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement
from chalicelib.errors import BadRequest
from chalicelib.outbound import Http

PAYMENTS_PATH = "/biller/v1/payments"
PAID = "paid"
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
            return Notification(_text(fields, "payment_no"), read_told(fields), message.raw_body)
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


def read_told(fields: Mapping[str, Any]) -> Outcome:
    """What a bank tells of a payment. Raises: ValueError"""
    status = _text(fields, "status")
    if status != PAID:
        return Pending(status, is_unmapped=True)
    amount_minor = fields.get("amount_minor")
    if type(amount_minor) is not int:
        raise ValueError("amount_minor is not a whole number")
    paid_at = datetime.fromisoformat(_text(fields, "paid_at"))
    if paid_at.tzinfo is None:
        raise ValueError("paid_at has no zone")
    return Succeeded(
        provider_transaction=_text(fields, "transaction_no"),
        amount=Money(amount_minor, _text(fields, "currency")),
        paid_at=paid_at.astimezone(UTC),
        business_day=date.fromisoformat(_text(fields, "business_day")),
    )


def _to_answer(status: int, result: str) -> Answer:
    return Answer(status, json.dumps({"result": result}), "application/json")


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    return value
