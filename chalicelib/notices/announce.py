"""Fix a notice's body and give every endpoint of the portal its own delivery task.

Repeated after a crash it composes nothing new: the first body stands, and a task that comes twice
is seen by the sender in its log.
"""

from datetime import datetime

from chalicelib.errors import DataFault
from chalicelib.notices.compose import compose_notice
from chalicelib.notices.desk import NoticeDesk
from chalicelib.notices.messages import Announcement, DeliveryTask
from chalicelib.storage.queues import Queue


def request_notice(queue: Queue, announcement: Announcement) -> None:
    queue.send(announcement.message())


def announce(desk: NoticeDesk, announcement: Announcement, now: datetime) -> None:
    """Raises: DataFault when the order or its portal is gone; TryLater."""
    order = desk.ledger.read_order(announcement.payment_code)
    if order is None:
        raise DataFault("order_missing", f"no order {announcement.payment_code} to tell of")
    portal = desk.setup.read_portal(order.portal)
    if portal is None:
        raise DataFault("portal_missing", f"no portal {order.portal} to tell")
    endpoints = [
        endpoint
        for endpoint in desk.setup.list_endpoints(order.portal)
        if endpoint.wants(announcement.notice_type)
    ]
    if not endpoints:
        return
    composed = compose_notice(announcement, order, portal, desk.public_base_url)
    notice = desk.deliveries.fix_notice(composed)
    for endpoint in endpoints:
        task = DeliveryTask(
            notice_id=notice.notice_id,
            occurred_at=notice.occurred_at,
            portal=notice.portal,
            endpoint_id=endpoint.endpoint_id,
            attempt_no=1,
            not_before=now,
        )
        desk.queue.send(task.message())
