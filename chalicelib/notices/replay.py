"""Deliver a notice again, under the same id, by a new series of attempts."""

from datetime import datetime

from chalicelib.domain.notices import Delivery
from chalicelib.notices.messages import DeliveryTask
from chalicelib.storage.queues import Queue


def replay_delivery(queue: Queue, portal: str, delivery: Delivery, now: datetime) -> None:
    """One message, nothing else: the sender finds that its series is new and begins it."""
    task = DeliveryTask(
        notice_id=delivery.notice_id,
        occurred_at=delivery.occurred_at,
        portal=portal,
        endpoint_id=delivery.endpoint_id,
        attempt_no=delivery.attempt_count + 1,
        not_before=now,
        series=delivery.series + 1,
    )
    queue.send(task.message())
