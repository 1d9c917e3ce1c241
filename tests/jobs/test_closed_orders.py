"""What follows a cancelled or expired order survives a lost stream."""

import pytest

from tests.support.local_province import LocalProvince
from tests.support.portal_client import call, create
from tests.support.rows import ledger_rows, scan


@pytest.fixture
def code(province: LocalProvince) -> str:
    found: str = create(province).json["payment_code"]
    return found


def close(province: LocalProvince, code: str, how: str) -> None:
    if how == "cancelled":
        call(province, "POST", f"/v1/orders/{code}/cancel", {}, idempotency_key="c-1")
    else:
        province.clock.advance(minutes=16)
        province.chase()


def is_due(province: LocalProvince) -> bool:
    (row,) = ledger_rows(province, "O#")
    return "due_at" in row or "due_shard" in row


def notice_types(province: LocalProvince) -> list[str]:
    rows = scan(province.settings.views_table, "NOTICE#")
    return [row["type"] for row in rows]


@pytest.mark.parametrize("how", ["cancelled", "expired"])
def test_the_stream_tells_the_portal_and_ends_the_orders_time(
    province: LocalProvince, code: str, how: str
) -> None:
    close(province, code, how)
    assert is_due(province)
    province.pump()
    assert not is_due(province)
    assert notice_types(province) == [f"order.{how}"]


@pytest.mark.parametrize("how", ["cancelled", "expired"])
def test_the_sweeper_tells_the_portal_when_the_stream_lost_it(
    province: LocalProvince, code: str, how: str
) -> None:
    close(province, code, how)
    province.lose_stream()
    province.clock.advance(minutes=1)
    province.sweep()
    assert is_due(province), "its two minutes are not over"
    province.clock.advance(minutes=2)
    province.sweep()
    province.pump()
    assert not is_due(province)
    assert notice_types(province) == [f"order.{how}"]
    listed = call(province, "GET", f"/v1/orders?status={how}").json["items"]
    assert [each["payment_code"] for each in listed] == [code]
