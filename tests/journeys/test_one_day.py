"""Journeys of one day in one province, one after the other, and the morning after: every account
is reconciled with its own file, the journal makes the same tables again, the invariants hold, and
an auditor finds nothing wrong."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from unittest import mock

import pytest

from tests.journeys import test_j01_a_driver_pays_a_fine as j01
from tests.journeys import test_j02_an_exam_s_opening_hour as j02
from tests.journeys import test_j04_one_code_on_a_dossier_receipt as j04
from tests.journeys import test_j07_an_enterprise_pays_fifty_bills as j07
from tests.journeys import test_j08_a_bank_takes_the_money as j08
from tests.journeys import test_j14_cash_and_cards_at_a_counter as j14
from tests.journeys.day_files import files_of
from tests.journeys.operations import Operations
from tests.journeys.place import Object, Place
from tests.support.clients import client
from tests.support.province_tables import Row, Tables
from tests.support.rows import scan

Account = tuple[str, str]


@pytest.fixture(autouse=True)
def few_shards() -> Iterator[None]:
    """More of the same reads would show nothing more."""
    with (
        mock.patch("chalicelib.storage.keys.DUE_SHARDS", 2),
        mock.patch("chalicelib.storage.view_keys.LIST_SHARDS", 2),
    ):
        yield


def morning_after(place: Place, day: date, slips: list[Object]) -> tuple[Operations, Tables]:
    operations = place.operations
    assert operations is not None
    place.settle()
    operations.next_day(files_of(place, day, slips))
    assert place.replay() == []
    return operations, operations.check_tables()


def breaks_of(place: Place, day: date) -> dict[Account, Object]:
    """By account, of those that took money; each one's file has all that is counted."""
    path = f"/v1/reconciliations?business_day={day}&limit=100"
    answer = place.operator.get(path)
    assert answer.status == 200, answer.body
    items = [each for each in answer.json["items"] if each["ours"]["count"]]
    days = {(each["channel"], each["account"]): each for each in items}
    assert {of: each["ours"] for of, each in days.items()} == {
        of: each["theirs"] for of, each in days.items()
    }
    return {of: each["breaks_by_kind"] for of, each in days.items() if each["break_count"]}


def check_by_auditor(
    operations: Operations, tables: Tables, kinds: dict[str, Callable[[Row], Any]]
) -> None:
    """One paid order of each kind."""
    paid = [each for each in tables.orders.values() if each["status"] == "paid"]
    sample = {name: next(each for each in paid if is_one(each)) for name, is_one in kinds.items()}
    codes = {name: order["pk"].removeprefix("O#") for name, order in sample.items()}
    found = operations.verify(codes.values())
    assert {name: found[code] for name, code in codes.items()} == dict.fromkeys(kinds, (0, []))


def test_a_day_in_quang_ninh(walk_in: Callable[[str], Place]) -> None:
    place = walk_in("quangninh")
    day = place.today
    slip = j14.walk(place)
    j01.walk(place)
    j02.walk(place)
    j04.walk(place)
    operations, tables = morning_after(place, day, [slip])
    assert breaks_of(place, day) == {
        # The bank's money came after the phone's (J1), and for a code that was taken back (J2).
        ("biller", "quangninh"): {"double_payment": 1, "state_mismatch": 1},
    }
    check_by_auditor(
        operations,
        tables,
        {
            "open code": lambda order: "open_code" in order,
            "cash": lambda order: order["paid_by"].startswith("T#cash#"),
            "card": lambda order: order["paid_by"].startswith("T#pos#"),
            "transfer": lambda order: order["paid_by"].startswith("T#vietqr#"),
            "phone": lambda order: order["paid_by"].startswith("T#vnpay#"),
        },
    )


def test_a_day_in_zhejiang(walk_in: Callable[[str], Place]) -> None:
    place = walk_in("zhejiang")
    day = place.today
    j07.walk(place, 9)
    j08.the_teller_takes_it_back(place)
    operations, tables = morning_after(place, day, [])
    assert breaks_of(place, day) == {}
    check_by_auditor(
        operations,
        tables,
        {
            "basket": lambda order: "covers" in order,
            "in a basket": lambda order: "paid_in" in order,
            "reversed": lambda order: order.get("reversals"),
        },
    )
    check_that_a_lost_row_is_seen(place, operations)


def check_that_a_lost_row_is_seen(place: Place, operations: Operations) -> None:
    """A day that is always right would prove nothing."""
    table = operations.province.settings.views_table
    row = scan(table, "TOKEN#")[0]
    key = {name: {"S": row[name]} for name in ("pk", "sk")}
    client("dynamodb").delete_item(TableName=table, Key=key)
    assert place.replay() != []
    with pytest.raises(AssertionError, match="views: tokens"):
        operations.check_tables()
