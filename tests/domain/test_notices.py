"""What portals rely on: ids that never change, the published schedule, the edges of a delivery."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from chalicelib.domain.notices import (
    MAX_ATTEMPTS,
    RETRY_AFTER_SECONDS,
    TRANSITIONS,
    DeliveryAttempt,
    DeliveryEvent,
    DeliveryStatus,
    NoticeType,
    notice_id_of,
    retry_at,
)

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CODE = "220000000000000101"


def test_the_published_schedule_is_ten_attempts_in_46_hours() -> None:
    assert RETRY_AFTER_SECONDS == (5, 60, 300, 900, 3600, 10800, 21600, 43200, 86400)
    assert MAX_ATTEMPTS == 10
    assert timedelta(seconds=sum(RETRY_AFTER_SECONDS)) == timedelta(days=1, hours=22, seconds=1265)


def test_after_each_attempt_comes_its_own_pause_and_after_the_last_none() -> None:
    pauses = [retry_at(count, NOW) for count in range(1, MAX_ATTEMPTS)]
    assert pauses == [NOW + timedelta(seconds=seconds) for seconds in RETRY_AFTER_SECONDS]
    assert retry_at(MAX_ATTEMPTS, NOW) is None


def test_a_notice_id_is_fixed_for_ever() -> None:
    assert notice_id_of(NoticeType.ORDER_PAID, CODE) == "evt_c65d3cf8f7f645132d14a93505b01056"


def test_every_fact_of_an_order_has_an_id_of_its_own() -> None:
    parts = ("", "phi", "lephi", "general")
    ids = {
        notice_id_of(notice_type, code, part)
        for notice_type, code, part in product(NoticeType, (CODE, "220000000000000202"), parts)
    }
    assert len(ids) == len(NoticeType) * 2 * len(parts)


def test_only_a_pending_delivery_moves() -> None:
    allowed = {
        (DeliveryStatus.PENDING, DeliveryEvent.ACCEPTED): DeliveryStatus.DELIVERED,
        (DeliveryStatus.PENDING, DeliveryEvent.NOT_ACCEPTED): DeliveryStatus.PENDING,
        (DeliveryStatus.PENDING, DeliveryEvent.GIVEN_UP): DeliveryStatus.DEAD,
    }
    for edge in product(DeliveryStatus, DeliveryEvent):
        assert TRANSITIONS.get(edge) == allowed.get(edge), edge


@pytest.mark.parametrize(
    ("status_code", "accepted", "gone"),
    [
        (200, True, False),
        (204, True, False),
        (299, True, False),
        (199, False, False),
        (300, False, False),
        (302, False, False),
        (404, False, False),
        (410, False, True),
        (500, False, False),
        (None, False, False),
    ],
)
def test_only_2xx_accepts_and_only_410_asks_for_silence(
    status_code: int | None, accepted: bool, gone: bool
) -> None:
    attempt = DeliveryAttempt(1, NOW, status_code, None, "")
    assert (attempt.is_accepted, attempt.is_gone) == (accepted, gone)
