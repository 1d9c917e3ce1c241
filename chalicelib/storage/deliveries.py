"""Notices as they were first composed, and the log of their way to each endpoint."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.notices import (
    Delivery,
    DeliveryAttempt,
    DeliveryStatus,
    Notice,
    NoticeType,
)
from chalicelib.storage import view_keys
from chalicelib.storage.compression import compress, decompress
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item
from chalicelib.storage.keys import Key
from chalicelib.storage.sharded_lists import ShardedLists, Span

KEPT_FOR = timedelta(days=90)
# More attempts than that are counted and no longer shown.
MAX_SHOWN_ATTEMPTS = 30


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """`cursor`: as in RowPage."""

    deliveries: list[Delivery]
    cursor: str | None


class Deliveries:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table
        self._lists = ShardedLists(dynamo, table)

    def fix_notice(self, notice: Notice) -> Notice:
        """The notice that stands under this id: this one, or the one that was there first."""
        row = {
            **view_keys.notice_key(notice.notice_id),
            "type": notice.notice_type.value,
            "portal": notice.portal,
            "occurred_at": to_epoch_ms(notice.occurred_at),
            "body": compress(notice.body),
            "expires_at_epoch": _expiry(notice.occurred_at),
        }
        before = self._dynamo.put_if_absent(self._table, row)
        return notice if before is None else _notice_from_item(before)

    def read_notice(self, notice_id: str) -> Notice | None:
        item = self._dynamo.get(self._table, view_keys.notice_key(notice_id))
        return _notice_from_item(item) if item else None

    def read_delivery(
        self, endpoint_id: str, occurred_at: datetime, notice_id: str
    ) -> Delivery | None:
        """None before the first attempt."""
        key = view_keys.delivery_key(endpoint_id, occurred_at, notice_id)
        item = self._dynamo.get(self._table, key)
        return _delivery_from_item(endpoint_id, item) if item else None

    def record_attempt(self, after: Delivery, count_before: int) -> bool:
        """False when another attempt was recorded since `count_before` of them were."""
        change = Expressions()
        for name, value in _delivery_attributes(after).items():
            if value is None:
                change.remove(name)
            else:
                change.set(name, value)
        if count_before == 0:
            change.require_absent("pk")
        else:
            change.require_equal("attempt_count", count_before)
        return self._dynamo.update(self._table, _key_of(after), change).passed

    def list_deliveries(
        self, endpoint_id: str, status: DeliveryStatus | None, limit: int, cursor: str | None
    ) -> DeliveryPage:
        """Newest first; `status` None: all."""
        page = self._lists.read_page(
            view_keys.delivery_list_pks(endpoint_id),
            Span(high=cursor) if cursor else Span(),
            limit,
            lambda row: status in (None, row["status"]),
        )
        return DeliveryPage(
            [_delivery_from_item(endpoint_id, row) for row in page.rows], page.cursor
        )


def write_delivery_id(delivery: Delivery) -> str:
    """What the API calls it; within its endpoint."""
    text = view_keys.timed(delivery.occurred_at, delivery.notice_id)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_delivery_id(delivery_id: str) -> tuple[datetime, str] | None:
    """(occurred at, notice id); None when it is not one of ours."""
    try:
        padded = delivery_id + "=" * (-len(delivery_id) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        return view_keys.read_timed(text)
    except (binascii.Error, ValueError, OverflowError, OSError):
        return None


def _key_of(delivery: Delivery) -> Key:
    return view_keys.delivery_key(delivery.endpoint_id, delivery.occurred_at, delivery.notice_id)


def _expiry(instant: datetime) -> int:
    """Seconds, as DynamoDB's time to live wants them."""
    return int((instant + KEPT_FOR).timestamp())


def _notice_from_item(item: Mapping[str, Any]) -> Notice:
    return Notice(
        notice_id=item["pk"].removeprefix("NOTICE#"),
        notice_type=NoticeType(item["type"]),
        portal=item["portal"],
        occurred_at=from_epoch_ms(item["occurred_at"]),
        body=decompress(item["body"]),
    )


def _delivery_attributes(delivery: Delivery) -> Item:
    return {
        "type": delivery.notice_type.value,
        "status": delivery.status.value,
        "attempt_count": delivery.attempt_count,
        "attempts": [
            _attempt_to_map(attempt) for attempt in delivery.attempts[-MAX_SHOWN_ATTEMPTS:]
        ],
        "next_attempt_at": (
            to_epoch_ms(delivery.next_attempt_at) if delivery.next_attempt_at else None
        ),
        "series": delivery.series,
        "series_start": delivery.series_start,
        "expires_at_epoch": _expiry(delivery.occurred_at),
    }


def _delivery_from_item(endpoint_id: str, item: Mapping[str, Any]) -> Delivery:
    occurred_at, notice_id = view_keys.read_timed(item["sk"])
    next_attempt_at = item.get("next_attempt_at")
    return Delivery(
        endpoint_id=endpoint_id,
        notice_id=notice_id,
        notice_type=NoticeType(item["type"]),
        occurred_at=occurred_at,
        status=DeliveryStatus(item["status"]),
        attempt_count=item["attempt_count"],
        attempts=tuple(_attempt_from_map(value) for value in item["attempts"]),
        next_attempt_at=from_epoch_ms(next_attempt_at) if next_attempt_at else None,
        series=item["series"],
        series_start=item["series_start"],
    )


def _attempt_to_map(attempt: DeliveryAttempt) -> Item:
    return {
        "no": attempt.attempt_no,
        "at": to_epoch_ms(attempt.at),
        "status_code": attempt.status_code,
        "error": attempt.error,
        "excerpt": attempt.excerpt,
    }


def _attempt_from_map(value: Mapping[str, Any]) -> DeliveryAttempt:
    return DeliveryAttempt(
        attempt_no=value["no"],
        at=from_epoch_ms(value["at"]),
        status_code=value["status_code"],
        error=value["error"],
        excerpt=value["excerpt"],
    )
