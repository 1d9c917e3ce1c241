"""The notices queue: facts to announce, and deliveries to make."""

from typing import Any

from chalicelib.jobs.queue_messages import handle_each
from chalicelib.notices.announce import announce
from chalicelib.notices.deliver import deliver
from chalicelib.notices.desk import NoticeDesk
from chalicelib.notices.messages import Announcement, read_message
from chalicelib.wiring import platform

JOB = "notice_sender"


def handle_messages(event: dict[str, Any]) -> dict[str, Any]:
    return handle_each(event, JOB, _handle)


def _handle(body: Any) -> None:
    parts = platform()
    desk = NoticeDesk(
        ledger=parts.ledger,
        setup=parts.setup,
        deliveries=parts.deliveries,
        queue=parts.notices_queue,
        http=parts.portal_http,
        public_base_url=parts.settings.public_base_url,
    )
    task = read_message(body)
    if isinstance(task, Announcement):
        announce(desk, task, parts.now())
    else:
        deliver(desk, task, parts.now())
