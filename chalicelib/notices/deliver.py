"""One attempt to deliver one notice to one endpoint, recorded, and the next one planned.

A task is one link of a chain: it posts, records the attempt, then sends its successor. Dying
between any two of these only brings the same task again, which finds in the log what was done.
So a portal may get a notice twice, always under its one id, and never not at all.
"""

import math
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.notices import (
    DELIVERY_TIMEOUT_SECONDS,
    EXCERPT_LENGTH,
    TRANSITIONS,
    Delivery,
    DeliveryAttempt,
    DeliveryEvent,
    DeliveryStatus,
    Notice,
    retry_at,
)
from chalicelib.domain.portals import WebhookEndpoint
from chalicelib.errors import DataFault, OutcomeUnknown, TryLater
from chalicelib.notices.desk import NoticeDesk
from chalicelib.notices.messages import DeliveryTask
from chalicelib.observability import Metric, count, record_change, warn
from chalicelib.signing import sign_webhook
from chalicelib.storage.queues import MAX_DELAY_SECONDS

USER_AGENT = "Errandless-Webhooks/1"
ENDPOINT_CLOSED = "endpoint_closed"


def deliver(desk: NoticeDesk, task: DeliveryTask, now: datetime) -> None:
    """Raises: DataFault when the notice is gone; TryLater."""
    if now < task.not_before:
        _send(desk, task, now)
        return
    notice = desk.deliveries.read_notice(task.notice_id)
    if notice is None:
        raise DataFault("notice_missing", f"no notice {task.notice_id} to deliver")
    delivery = _read_delivery(desk, task, notice)
    if task.series > delivery.series:
        _attempt(desk, task, notice, _begin_series(delivery, task), now)
    elif task.series < delivery.series or delivery.status is not DeliveryStatus.PENDING:
        return
    elif task.attempt_no <= delivery.attempt_count:
        # Its attempt is recorded; whether its successor was sent, nobody knows.
        _send_successor(desk, task, delivery, now)
    else:
        _attempt(desk, task, notice, delivery, now)


def _attempt(
    desk: NoticeDesk, task: DeliveryTask, notice: Notice, delivery: Delivery, now: datetime
) -> None:
    endpoint = _open_endpoint(desk, task)
    attempt = _post(desk, endpoint, notice, delivery.attempt_count + 1, now)
    if endpoint is not None and attempt.is_gone:
        desk.setup.disable_endpoint(task.portal, task.endpoint_id, now)
        warn("endpoint_disabled", portal=task.portal, endpoint_id=task.endpoint_id)
    after = _judge(delivery, attempt, is_open=endpoint is not None and not attempt.is_gone)
    if desk.deliveries.record_attempt(after, delivery.attempt_count):
        _tell(after, attempt)
    else:
        # Recorded by the same task run twice at once, or by this very call, whose answer was lost
        # so that the SDK sent it again: either way the log says how to go on.
        after = _read_delivery(desk, task, notice)
    _send_successor(desk, task, after, now)


def _read_delivery(desk: NoticeDesk, task: DeliveryTask, notice: Notice) -> Delivery:
    found = desk.deliveries.read_delivery(task.endpoint_id, notice.occurred_at, notice.notice_id)
    return found or Delivery(
        task.endpoint_id, notice.notice_id, notice.notice_type, notice.occurred_at
    )


def _begin_series(delivery: Delivery, task: DeliveryTask) -> Delivery:
    return replace(
        delivery,
        status=DeliveryStatus.PENDING,
        series=task.series,
        series_start=delivery.attempt_count,
    )


def _open_endpoint(desk: NoticeDesk, task: DeliveryTask) -> WebhookEndpoint | None:
    """None when it was removed or disabled meanwhile."""
    for endpoint in desk.setup.list_endpoints(task.portal):
        if endpoint.endpoint_id == task.endpoint_id and endpoint.disabled_at is None:
            return endpoint
    return None


def _post(
    desk: NoticeDesk,
    endpoint: WebhookEndpoint | None,
    notice: Notice,
    attempt_no: int,
    now: datetime,
) -> DeliveryAttempt:
    if endpoint is None:
        return DeliveryAttempt(attempt_no, now, None, ENDPOINT_CLOSED, "")
    body = notice.body.encode()
    signed = sign_webhook(endpoint.secrets, notice.notice_id, to_epoch_ms(now) // 1000, body)
    headers = {"content-type": "application/json", "user-agent": USER_AGENT, **signed}
    try:
        answer = desk.http.post(endpoint.url, body, headers, DELIVERY_TIMEOUT_SECONDS)
    except (TryLater, OutcomeUnknown) as error:
        return DeliveryAttempt(attempt_no, now, None, error.code, "")
    excerpt = answer.body.decode("utf-8", "replace")[:EXCERPT_LENGTH]
    return DeliveryAttempt(attempt_no, now, answer.status, None, excerpt)


def _judge(delivery: Delivery, attempt: DeliveryAttempt, *, is_open: bool) -> Delivery:
    next_at = retry_at(attempt.attempt_no - delivery.series_start, attempt.at) if is_open else None
    if attempt.is_accepted:
        event, next_at = DeliveryEvent.ACCEPTED, None
    else:
        event = DeliveryEvent.NOT_ACCEPTED if next_at else DeliveryEvent.GIVEN_UP
    return replace(
        delivery,
        status=TRANSITIONS[delivery.status, event],
        attempt_count=attempt.attempt_no,
        attempts=(*delivery.attempts, attempt),
        next_attempt_at=next_at,
    )


def _send_successor(
    desk: NoticeDesk, task: DeliveryTask, delivery: Delivery, now: datetime
) -> None:
    if delivery.next_attempt_at is not None:
        attempt_no = delivery.attempt_count + 1
        following = replace(task, attempt_no=attempt_no, not_before=delivery.next_attempt_at)
        _send(desk, following, now)


def _send(desk: NoticeDesk, task: DeliveryTask, now: datetime) -> None:
    """A queue holds a message back for a quarter of an hour at most: longer waits go in hops."""
    wait_seconds = math.ceil((task.not_before - now).total_seconds())
    desk.queue.send(task.message(), min(max(wait_seconds, 0), MAX_DELAY_SECONDS))


def _tell(delivery: Delivery, attempt: DeliveryAttempt) -> None:
    facts = {
        "notice_id": delivery.notice_id,
        "endpoint_id": delivery.endpoint_id,
        "attempt_no": attempt.attempt_no,
        "status_code": attempt.status_code,
        "error_code": attempt.error,
    }
    match delivery.status:
        case DeliveryStatus.DELIVERED:
            record_change("notice_delivered", **facts)
        case DeliveryStatus.PENDING:
            warn("notice_not_accepted", **facts)
        case DeliveryStatus.DEAD:
            warn("notice_dead", **facts)
    count(Metric.NOTICE_ATTEMPTS, outcome=delivery.status.value)
