"""Cards at a counter's POS terminal. A slip is known by terminal, batch and trace; the acquirer's
file names the same three, so that every slip is found in it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import Enum
from typing import Any

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
from chalicelib.channels.counter.invitations import invite
from chalicelib.channels.counter.told import (
    DEVICE_KEY,
    failure_answer,
    read_amount,
    read_signed,
    read_taken_at,
    read_text,
    to_answer,
)
from chalicelib.channels.credentials import read_field
from chalicelib.channels.delimited_statement import read_delimited
from chalicelib.domain.payments import Failed, Outcome, Pending, Recorded, Succeeded
from chalicelib.domain.pos_slips import SEPARATOR, is_masked, mask, slip_number
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.statements import Statement, StatementLine
from chalicelib.errors import SignatureRefused
from chalicelib.outbound import Http


class Verdict(Enum):
    PAID = "the card was charged"
    REFUSED = "it was not"


# A status that is not here is pending.
STATUSES: Mapping[str, Verdict] = {"approved": Verdict.PAID, "declined": Verdict.REFUSED}

AWAITING_SLIP = "awaiting_slip"
LOCK_LIFE = timedelta(minutes=5)

ACCOUNT_FIELDS: tuple[AccountField, ...] = (
    AccountField(
        "terminals",
        "the terminals of this contract as their slips name them, with blanks between",
        pattern="[A-Z0-9]{1,16}( [A-Z0-9]{1,16})*",
    ),
    AccountField(
        DEVICE_KEY,
        "of terminals that tell by themselves, where there are any",
        is_secret=True,
        is_required=False,
    ),
)

INVITATIONS: Mapping[str, str] = {
    "vi": "Thanh toán bằng thẻ tại {place}. Đọc mã thanh toán {code}.",
    "zh": "请到{place}刷卡缴款，并报出缴款码 {code}。",
    "en": "Pay by card at {place}. Tell the clerk the payment code {code}.",
}


class Pos:
    code = "pos"
    account_fields = ACCOUNT_FIELDS
    tells_of_persons = False

    def __init__(self, _http: Http | None = None) -> None:
        """Nobody is asked, so there is no way out to keep."""

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> Instructions:
        return invite(credentials, request, INVITATIONS)

    def query_payment(self, _credentials: Credentials, _query: PaymentQuery) -> Answered:
        return Answered(Pending(AWAITING_SLIP), b"")

    def lock_life(self, _account: ChannelAccount) -> timedelta:
        return LOCK_LIFE

    def read_notification(self, credentials: Credentials, message: Message) -> Notification:
        """A terminal that sends a whole card number is not believed to have asked first: it is cut
        before anything is kept."""
        fields = read_signed(credentials, message)
        terminal = fields.get("terminal")
        if terminal not in read_field(credentials, "terminals").split():
            raise SignatureRefused("notification_not_ours", "it is another merchant's terminal")
        pan = fields.get("masked_pan", "")
        kept = message.raw_body
        if pan and not (isinstance(pan, str) and is_masked(pan)):
            kept = json.dumps({**fields, "masked_pan": mask(str(pan))}).encode()
        return Notification(read_text(fields, "payment_no"), _to_outcome(fields), kept)

    def answer(self, recorded: Recorded | None) -> Answer:
        return to_answer(recorded)

    def answer_failure(self) -> Answer:
        return failure_answer()

    def read_statement(
        self, account: ChannelAccount, business_day: date, zone: str, content: bytes
    ) -> Statement:
        layout = account.statement_layout or {}
        return read_delimited(layout, account, business_day, zone, content, finish=_with_number)


def _to_outcome(fields: Mapping[str, Any]) -> Outcome:
    status = read_text(fields, "status")
    match STATUSES.get(status):
        case Verdict.PAID:
            parts = (read_text(fields, name) for name in ("terminal", "batch", "trace"))
            return Succeeded(slip_number(*parts), read_amount(fields), read_taken_at(fields))
        case Verdict.REFUSED:
            return Failed(status)
        case None:
            return Pending(status, is_unmapped=True)


def _with_number(line: StatementLine) -> StatementLine:
    parts = line.provider_transaction.split(SEPARATOR)
    return replace(line, provider_transaction=slip_number(*parts)) if len(parts) == 3 else line
