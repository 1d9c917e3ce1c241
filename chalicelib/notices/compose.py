"""The body of a notice: `{id, type, occurred_at, data}`, where data is the order as GET shows it.

| type              | told when                                  | data beside the order |
|-------------------|--------------------------------------------|-----------------------|
| `order.paid`      | money for the order was confirmed          |                       |
| `order.cancelled` | the portal cancelled it                    |                       |
| `order.expired`   | it was not paid in time, the channel agrees|                       |
| `receipt.issued`  | one of its e-receipts has its number       | `receipt`             |
"""

import json
from typing import Any

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.identifiers import verification_word
from chalicelib.domain.notices import Notice
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal
from chalicelib.domain.representation import describe_order, describe_progress, describe_receipt
from chalicelib.notices.messages import Announcement


def compose_notice(
    announcement: Announcement, order: Order, portal: Portal, base_url: str
) -> Notice:
    body = {
        "id": announcement.notice_id,
        "type": announcement.notice_type.value,
        "occurred_at": to_rfc3339(announcement.occurred_at),
        "data": _data(announcement, order, portal, base_url),
    }
    return Notice(
        notice_id=announcement.notice_id,
        notice_type=announcement.notice_type,
        portal=order.portal,
        occurred_at=announcement.occurred_at,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    )


def _data(
    announcement: Announcement, order: Order, portal: Portal, base_url: str
) -> dict[str, Any]:
    word = verification_word(portal.code_secret, order.payment_code)
    data = describe_order(order, word, base_url) | describe_progress(order, base_url)
    for receipt in order.receipts:
        if receipt.kind is announcement.receipt_kind:
            data["receipt"] = describe_receipt(receipt, base_url)
    return data
