"""What travels through the notices queue: first what to tell, then one task per endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.notices import NoticeType, notice_id_of


@dataclass(frozen=True, slots=True)
class Announcement:
    """A fact that the order's portal is to be told. `receipt_kind`: for a receipt, else None.
    `turn`: how many payments of the order were reversed before the one that it is about."""

    notice_type: NoticeType
    payment_code: str
    occurred_at: datetime
    receipt_kind: ReceiptKind | None = None
    turn: int = 0

    @property
    def notice_id(self) -> str:
        part = f"{self.receipt_kind or ''}{f'|{self.turn}' if self.turn else ''}"
        return notice_id_of(self.notice_type, self.payment_code, part)

    def message(self) -> dict[str, Any]:
        return {
            "task": "announce",
            "type": self.notice_type.value,
            "payment_code": self.payment_code,
            "occurred_at": to_epoch_ms(self.occurred_at),
            "receipt_kind": self.receipt_kind.value if self.receipt_kind else None,
            "turn": self.turn,
        }


@dataclass(frozen=True, slots=True)
class DeliveryTask:
    """Make the `attempt_no`-th attempt, not before `not_before`. `series`: 0, or the number of the
    replay that it belongs to."""

    notice_id: str
    occurred_at: datetime
    portal: str
    endpoint_id: str
    attempt_no: int
    not_before: datetime
    series: int = 0

    def message(self) -> dict[str, Any]:
        return {
            "task": "deliver",
            "notice_id": self.notice_id,
            "occurred_at": to_epoch_ms(self.occurred_at),
            "portal": self.portal,
            "endpoint_id": self.endpoint_id,
            "attempt_no": self.attempt_no,
            "not_before": to_epoch_ms(self.not_before),
            "series": self.series,
        }


def read_message(message: Mapping[str, Any]) -> Announcement | DeliveryTask:
    if message["task"] == "announce":
        kind = message["receipt_kind"]
        return Announcement(
            notice_type=NoticeType(message["type"]),
            payment_code=message["payment_code"],
            occurred_at=from_epoch_ms(message["occurred_at"]),
            receipt_kind=ReceiptKind(kind) if kind else None,
            turn=message.get("turn", 0),
        )
    return DeliveryTask(
        notice_id=message["notice_id"],
        occurred_at=from_epoch_ms(message["occurred_at"]),
        portal=message["portal"],
        endpoint_id=message["endpoint_id"],
        attempt_no=message["attempt_no"],
        not_before=from_epoch_ms(message["not_before"]),
        series=message["series"],
    )
