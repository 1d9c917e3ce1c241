"""The body of a notice: `{id, type, occurred_at, data}`, where data is the order as GET shows it.

| type              | told when                                  | data beside the order |
|-------------------|--------------------------------------------|-----------------------|
| `order.paid`      | money for the order was confirmed          |                       |
| `order.cancelled` | the portal cancelled it                    |                       |
| `order.expired`   | it was not paid in time, the channel agrees|                       |
| `receipt.issued`  | one of its e-receipts has its number       | `receipt`             |
| `order.reversed`  | the bank took the payment back: owed again |                       |
| `receipt.voided`  | a receipt of that payment is void          | `receipt`             |

The order is shown as it is when the notice is composed: `status` says what holds, the type what
happened.
"""

import json
from typing import Any

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.identifiers import verification_word
from chalicelib.domain.notices import Notice
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal
from chalicelib.domain.representation import (
    describe_order,
    describe_progress,
    describe_receipt,
    describe_voided_receipt,
)
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
    if announcement.receipt_kind is not None:
        data |= _receipt(announcement, order, base_url)
    return data


def _receipt(announcement: Announcement, order: Order, base_url: str) -> dict[str, Any]:
    """Of that turn, void or not."""
    for voided in order.voided_receipts:
        if (voided.issued.kind, voided.turn) == (announcement.receipt_kind, announcement.turn):
            return {"receipt": describe_voided_receipt(voided, base_url)}
    for receipt in order.receipts:
        if (receipt.kind, order.turn) == (announcement.receipt_kind, announcement.turn):
            return {"receipt": describe_receipt(receipt, base_url)}
    return {}
