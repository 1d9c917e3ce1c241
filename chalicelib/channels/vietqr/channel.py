"""VietQR: a transfer to our bank account, told by an aggregator that sees the account.

The code on the screen proves nothing, and nobody can be asked: only a credit notice pays. Casso,
SePay and payOS each have a file; what they say is one `BankCredit`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from chalicelib.channels.contract import (
    AccountField,
    Answer,
    Answered,
    Credentials,
    Message,
    Notification,
    PaymentQuery,
    PaymentRequest,
    QrCode,
)
from chalicelib.channels.credentials import read_field
from chalicelib.channels.delimited_statement import read_delimited
from chalicelib.channels.vietqr import casso, payos, sepay
from chalicelib.channels.vietqr.banks import BANKS
from chalicelib.channels.vietqr.credit import (
    VIETNAM,
    BankCredit,
    credit_key,
    is_ours,
    payment_no_of,
    virtual_account_of,
)
from chalicelib.channels.vietqr.payload import VietQr, write_vietqr
from chalicelib.domain.payments import Outcome, Pending, Recorded, Succeeded
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement, StatementLine
from chalicelib.errors import BadRequest, DataFault, SignatureRefused
from chalicelib.outbound import Http

NOTICES: Mapping[str, Callable[[Credentials, Message], BankCredit | None]] = {
    "casso": casso.read_credit,
    "sepay": sepay.read_signed_credit,
    "sepay-key": sepay.read_keyed_credit,
    "payos": payos.read_credit,
}

# Which secret an aggregator's notices are checked with.
NOTICE_SECRETS: Mapping[str, str] = {
    "casso": "casso_key",
    "sepay": "sepay_secret",
    "sepay-key": "sepay_api_key",
    "payos": "payos_checksum_key",
}

ACCOUNT_FIELDS: tuple[AccountField, ...] = (
    AccountField("bank_bin", "the bank's six digits: banks.py", choices=dict.fromkeys(BANKS, "")),
    AccountField(
        "account_number",
        "where the money goes, also a virtual account that stays",
        pattern="[A-Z0-9]{4,19}",
    ),
    AccountField("account_name", "the account's holder, shown by the payer's bank"),
    AccountField("city", "the holder's city"),
    AccountField(
        "notices",
        f"who tells of credits, with blanks between: {', '.join(NOTICES)}",
        choices=NOTICE_SECRETS,
        is_list=True,
    ),
    AccountField(
        "virtual_account_prefix",
        "at most 3 characters, where the bank opens an account for every order behind them",
        is_required=False,
        pattern="[A-Z0-9]{1,3}",
    ),
    AccountField("casso_key", "Casso's checksum key", is_secret=True, is_required=False),
    AccountField("sepay_secret", "SePay's HMAC secret", is_secret=True, is_required=False),
    AccountField("sepay_api_key", "SePay's API key", is_secret=True, is_required=False),
    AccountField("payos_checksum_key", "payOS's checksum key", is_secret=True, is_required=False),
)

# There is no question that a bank would answer: the credit notice is the only source.
AWAITING_CREDIT = "awaiting_credit"


class Vietqr:
    code = "vietqr"
    account_fields = ACCOUNT_FIELDS
    tells_of_persons = True
    takes_codes = True

    def __init__(self, _http: Http | None = None) -> None:
        """Nobody is asked, so there is no way out to keep."""

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> QrCode:
        prefix = credentials.account.fields.get("virtual_account_prefix", "")
        number = read_field(credentials, "account_number")
        code = VietQr(
            bank_bin=read_field(credentials, "bank_bin"),
            account_number=virtual_account_of(prefix, request.payment_no) if prefix else number,
            account_name=read_field(credentials, "account_name"),
            city=read_field(credentials, "city"),
            amount=request.amount,
            memo=request.payment_no,
        )
        try:
            return QrCode(write_vietqr(code))
        except ValueError as error:
            raise DataFault("channel_account_wrong", f"no code for it: {error}") from error

    def query_payment(self, _credentials: Credentials, _query: PaymentQuery) -> Answered:
        return Answered(Pending(AWAITING_CREDIT), b"")

    def read_notification(self, credentials: Credentials, message: Message) -> Notification | None:
        protocol = _protocol_of(message)
        if protocol not in read_field(credentials, "notices").split():
            raise SignatureRefused("notification_protocol", "this account has no such notices")
        try:
            credit = NOTICES[protocol](credentials, message)
        except ValueError as error:
            raise BadRequest("notification_unreadable", str(error)) from error
        if credit is None:
            return None
        if not is_ours(credentials.account, credit):
            raise SignatureRefused("notification_not_ours", "it is about another bank account")
        payment_no = payment_no_of(credentials.account, credit)
        return Notification(payment_no, _to_outcome(credit), message.raw_body)

    def answer(self, recorded: Recorded | None) -> Answer:
        """Whatever became of the money, the notice arrived."""
        return _to_answer(401, is_success=False) if recorded is None else _to_answer(200)

    def answer_failure(self) -> Answer:
        return _to_answer(503, is_success=False)

    def read_statement(
        self, account: ChannelAccount, business_day: date, zone: str, content: bytes
    ) -> Statement:
        """A bank's listing of the account; its references become the keys of our transactions."""
        layout = account.statement_layout or {}

        def finish(line: StatementLine) -> StatementLine:
            return _with_credit_key(line, business_day)

        return read_delimited(layout, account, business_day, zone, content, finish=finish)


def _protocol_of(message: Message) -> str:
    if casso.HEADER in message.headers:
        return "casso"
    if sepay.SIGNATURE_HEADER in message.headers:
        return "sepay"
    if message.headers.get(sepay.KEY_HEADER, "").lower().startswith(sepay.KEY_SCHEME):
        return "sepay-key"
    return "payos" if payos.is_payos(message) else ""


def _to_outcome(credit: BankCredit) -> Outcome:
    if credit.doubt:
        return Pending(credit.doubt, is_unmapped=True)
    return Succeeded(credit.provider_transaction, credit.amount, credit.credited_at)


def _to_answer(status: int, *, is_success: bool = True) -> Answer:
    return Answer(status, json.dumps({"success": is_success}), "application/json")


def _with_credit_key(line: StatementLine, business_day: date) -> StatementLine:
    if not line.provider_transaction:
        return line
    bank_date = line.paid_at.astimezone(VIETNAM).date() if line.paid_at else business_day
    key = credit_key(line.provider_transaction, line.amount, bank_date)
    return replace(line, provider_transaction=key)
