"""What channels send: signed notifications, and the payer's browser on its way back.

A notification changes something only after its signature held on the raw bytes, with the keys of
the account in the path. The browser's return proves nothing: it only makes us ask.
"""

from chalice.app import Blueprint, Request, Response

from chalicelib.channels.contract import (
    Answer,
    Channel,
    Credentials,
    Message,
    Notification,
    TakesCodes,
)
from chalicelib.channels.signed_answers import ChecksPayments, SignsAnswers
from chalicelib.checkout.ask_channel import ask_about
from chalicelib.checkout.check_payment import check_payment
from chalicelib.checkout.name_attempt import name_attempt
from chalicelib.checkout.record_outcome import Report, record_outcome
from chalicelib.domain.identifiers import split_payment_no, verification_word
from chalicelib.domain.payments import Recorded
from chalicelib.domain.representation import pay_url
from chalicelib.errors import BadRequest, DataFault, NotFound, SignatureRefused, TryLater
from chalicelib.observability import Metric, alert, count, record_change, warn
from chalicelib.storage.messages import ProviderMessage
from chalicelib.web.operations import Operation, operation
from chalicelib.web.request_reading import raw_body
from chalicelib.wiring import platform

notifications = Blueprint(__name__)

PATH = "/channels/{channel}/{account}/notifications"
CHECK_PATH = "/channels/{channel}/{account}/checks"
RETURN_PATH = "/channels/{channel}/{account}/return"
# A payer may come back as often as he likes. After so many questions only the chaser asks on.
MAX_ASKS_ON_RETURN = 20


def _declare(method: str, path: str, summary: str, status: int = 200) -> Operation:
    return Operation(method, path, summary, status=status, errors=(404, 413), content_type="*/*")


@operation(notifications, _declare("POST", PATH, "A channel's notification"))
def receive(request: Request, channel: str, account: str) -> Response:
    return _receive(request, channel, account)


@operation(notifications, _declare("GET", PATH, "A channel's notification, where it uses GET"))
def receive_by_get(request: Request, channel: str, account: str) -> Response:
    return _receive(request, channel, account)


@operation(
    notifications, _declare("POST", CHECK_PATH, "A channel asks whether a payment still stands")
)
def check(request: Request, channel: str, account: str) -> Response:
    return _check(request, channel, account)


@operation(notifications, _declare("GET", RETURN_PATH, "The payer's browser comes back", 303))
def come_back(request: Request, channel: str, account: str) -> Response:
    return _come_back(request, channel, account)


@operation(notifications, _declare("POST", RETURN_PATH, "The payer's browser comes back", 303))
def come_back_by_post(request: Request, channel: str, account: str) -> Response:
    return _come_back(request, channel, account)


def _receive(request: Request, channel_code: str, account_code: str) -> Response:
    channel, credentials = _find_account(channel_code, account_code)
    message = read_message(request)
    try:
        notification = channel.read_notification(credentials, message)
    except SignatureRefused as refusal:
        count(Metric.SIGNATURES_REFUSED, channel=channel_code)
        warn("notification_refused", channel=channel_code, account=account_code, code=refusal.code)
        return _to_response(channel.answer(None))
    except BadRequest as unreadable:
        alert("notification_unreadable", unreadable, channel=channel_code, account=account_code)
        _keep(credentials, message, "unreadable", unreadable.code)
        return _to_response(channel.answer_failure())
    if notification is None:
        record_change("notification_without_payment", channel=channel_code, account=account_code)
        is_kept = _keep(credentials, message, "no_payment", "")
        answer = channel.answer(Recorded.REPEATED) if is_kept else channel.answer_failure()
        return _to_response(_signed(channel, credentials, message, answer))
    if notification.is_return:
        warn("return_as_notification", channel=channel_code, account=account_code)
        return _to_response(channel.answer(None))
    answer = _record(channel, credentials, notification)
    return _to_response(_signed(channel, credentials, message, answer))


def _signed(channel: Channel, credentials: Credentials, message: Message, answer: Answer) -> Answer:
    """`message`: one whose signature held."""
    if isinstance(channel, SignsAnswers):
        return channel.sign_answer(credentials, message, answer)
    return answer


def _check(request: Request, channel_code: str, account_code: str) -> Response:
    """Nothing is written: the money has not moved."""
    channel, credentials = _find_account(channel_code, account_code)
    if not isinstance(channel, ChecksPayments):
        raise NotFound("channel_account_not_found", "this channel has no such question")
    message, parts = read_message(request), platform()
    try:
        payment_no = channel.payment_checked(message)
    except SignatureRefused:
        return _to_response(channel.answer(None))
    found = check_payment(parts.ledger, credentials.account, payment_no, parts.now())
    return _to_response(channel.answer_check(credentials, message, found.owed, found.stands))


def _keep(credentials: Credentials, message: Message, outcome: str, code: str) -> bool:
    """What is about no payment that we know; False when the store was busy."""
    account = credentials.account
    words = ProviderMessage(
        channel=account.channel,
        account=account.account,
        payment_no="",
        outcome=outcome,
        code=code,
        received_at=message.received_at,
        raw=message.raw,
    )
    try:
        platform().ledger.messages.keep(words)
    except TryLater as later:
        warn("message_postponed", channel=account.channel, code=later.code)
        return False
    return True


def _record(channel: Channel, credentials: Credentials, notification: Notification) -> Answer:
    parts, account = platform(), credentials.account
    report = Report(
        channel=account.channel,
        account=account.account,
        payment_no=notification.payment_no,
        outcome=notification.outcome,
        raw=notification.raw,
    )
    try:
        if isinstance(channel, TakesCodes):
            report = name_attempt(
                parts.ledger, parts.counters.late_attempts, account, report, parts.now()
            )
        recorded = record_outcome(parts.ledger, report, parts.now())
    except TryLater as later:
        warn("notification_postponed", payment_no=notification.payment_no, code=later.code)
        return channel.answer_failure()
    log_recorded(report, recorded)
    return channel.answer(recorded)


def log_recorded(report: Report, recorded: Recorded) -> None:
    """One line and one count for what a provider's word did."""
    record_change(
        f"outcome_{recorded}",
        payment_no=report.payment_no,
        channel=report.channel,
        account=report.account,
    )
    count(Metric.PAYMENT_OUTCOMES, channel=report.channel, outcome=recorded.value)


def _come_back(request: Request, channel_code: str, account_code: str) -> Response:
    channel, credentials = _find_account(channel_code, account_code)
    try:
        notification = channel.read_notification(credentials, read_message(request))
    except (SignatureRefused, BadRequest):
        return _redirect(f"{platform().settings.public_base_url}/")
    return _redirect(_page_after_return(notification.payment_no if notification else ""))


def _page_after_return(payment_no: str) -> str:
    """The payer's page; where the payment is still open, the channel is asked about it first."""
    parts = platform()
    base_url = parts.settings.public_base_url
    split = split_payment_no(payment_no)
    order = parts.ledger.read_order(split[0]) if split else None
    portal = parts.setup.read_portal(order.portal) if order else None
    if split is None or order is None or portal is None:
        return f"{base_url}/"
    attempt = order.attempt(split[1])
    if attempt is not None and attempt.is_in_flight and attempt.asks < MAX_ASKS_ON_RETURN:
        try:
            ask_about(parts.desk(), order, attempt, parts.now(), parts.new_id())
        except (TryLater, DataFault) as error:
            warn("ask_on_return_failed", payment_no=payment_no, code=error.code)
    word = verification_word(portal.code_secret, order.payment_code)
    return pay_url(base_url, order.payment_code, word)


def _find_account(channel_code: str, account_code: str) -> tuple[Channel, Credentials]:
    parts = platform()
    account = parts.setup.read_province().account_of(channel_code, account_code)
    channel = parts.channels.get(channel_code)
    if account is None or channel is None:
        raise NotFound("channel_account_not_found", "no such channel account")
    return channel, parts.credentials_of(account)


def read_message(request: Request) -> Message:
    """Raises: TooLarge."""
    return Message(
        method=request.method,
        query=dict(request.query_params or {}),
        headers={str(name).lower(): value for name, value in request.headers.items()},
        raw_body=raw_body(request),
        received_at=platform().now(),
    )


def _to_response(answer: Answer) -> Response:
    return Response(
        body=answer.body,
        status_code=answer.status,
        headers={"Content-Type": answer.content_type, "Cache-Control": "no-store"},
    )


def _redirect(url: str) -> Response:
    return Response(
        body="", status_code=303, headers={"Location": url, "Cache-Control": "no-store"}
    )
