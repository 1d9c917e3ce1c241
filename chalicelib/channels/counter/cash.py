"""Cash in a counter's drawer. Nobody sends a file of it: the drawer is counted at the end of each
shift, so it is not reconciled with a statement (decision 0146)."""

from collections.abc import Mapping
from datetime import timedelta

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
from chalicelib.domain.payments import Outcome, Pending, Recorded, Succeeded
from chalicelib.domain.province import ChannelAccount
from chalicelib.errors import SignatureRefused
from chalicelib.outbound import Http

# Nobody is asked: a clerk tells, and takes no money when the lock is over.
AWAITING_CLERK = "awaiting_clerk"
LOCK_LIFE = timedelta(minutes=5)

ACCOUNT_FIELDS: tuple[AccountField, ...] = (
    AccountField("drawer", "which drawer it is: the counter's code", pattern="[a-z0-9-]{2,41}"),
    AccountField(
        DEVICE_KEY,
        "of a machine that takes the cash by itself, where there is one",
        is_secret=True,
        is_required=False,
    ),
)

INVITATIONS: Mapping[str, str] = {
    "vi": "Nộp tiền mặt tại {place}. Đọc mã thanh toán {code}.",
    "zh": "请到{place}用现金缴款，并报出缴款码 {code}。",
    "en": "Pay in cash at {place}. Tell the clerk the payment code {code}.",
}


class Cash:
    code = "cash"
    account_fields = ACCOUNT_FIELDS
    tells_of_persons = False

    def __init__(self, _http: Http | None = None) -> None:
        """Nobody is asked, so there is no way out to keep."""

    def start_payment(self, credentials: Credentials, request: PaymentRequest) -> Instructions:
        return invite(credentials, request, INVITATIONS)

    def query_payment(self, _credentials: Credentials, _query: PaymentQuery) -> Answered:
        return Answered(Pending(AWAITING_CLERK), b"")

    def lock_life(self, _account: ChannelAccount) -> timedelta:
        return LOCK_LIFE

    def read_notification(self, credentials: Credentials, message: Message) -> Notification:
        fields = read_signed(credentials, message)
        if fields.get("drawer") != read_field(credentials, "drawer"):
            raise SignatureRefused("notification_not_ours", "it is another drawer's")
        outcome: Outcome
        if (status := read_text(fields, "status")) == "taken":
            number, taken_at = read_text(fields, "transaction_no"), read_taken_at(fields)
            outcome = Succeeded(number, read_amount(fields), taken_at)
        else:
            outcome = Pending(status, is_unmapped=True)
        return Notification(read_text(fields, "payment_no"), outcome, message.raw_body)

    def answer(self, recorded: Recorded | None) -> Answer:
        return to_answer(recorded)

    def answer_failure(self) -> Answer:
        return failure_answer()
