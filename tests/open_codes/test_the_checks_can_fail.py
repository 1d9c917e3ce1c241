"""Each planted bug is found, by the invariant that is there for it."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from chalicelib.storage import open_codes as rows
from chalicelib.storage.expressions import Expressions
from chalicelib.storage.open_code_list import OpenCodeList
from chalicelib.storage.open_codes import OpenCodes
from tests.support.invariants import check_always
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.open_codes import bind, issued_codes, void_code
from tests.support.portal_client import start
from tests.support.portal_receiver import PortalReceiver
from tests.support.province_tables import read_tables
from tests.support.seeded import seed
from tests.support.settled_invariants import check_settled

Play = Callable[[LocalProvince], Any]


def binds_twice(province: LocalProvince) -> None:
    """Both requests read the code before either writes; no obligation is there to stop them."""
    (code,) = issued_codes(province, count=1, lines=[{"fee_item": "COPIES", "quantity": 1}])
    store = province.platform.ledger
    seen = store.read_order(code)
    bind(province, code)
    with mock.patch.object(type(store), "read_order", return_value=seen):
        bind(province, code, "b-2", reference="HS-2")


def binds_two_to_one_file(province: LocalProvince) -> None:
    for turn, code in enumerate(issued_codes(province, count=2)):
        bind(province, code, f"b-{turn}")


def pays(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    send_ipn(province, start(province, code).json["payment_no"])


def binds_after_payment(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    send_ipn(province, start(province, code).json["payment_no"])
    province.pump()
    bind(province, code)


def voids_a_bound_one(province: LocalProvince) -> None:
    (code,) = issued_codes(province, count=1)
    bind(province, code)
    void_code(province, code)


def no_guard(change: Expressions, path: Any) -> Expressions:
    return change


def no_action(table: str, order: Any) -> Any:
    """In place of one on the obligation's row."""
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": {"pk": {"S": "x"}, "sk": {"S": "-"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


PLANTS: tuple[tuple[str, Play, Any], ...] = (
    ("binding stays", binds_twice, mock.patch.object(Expressions, "require_absent", no_guard)),
    ("I3 obligation", binds_two_to_one_file, mock.patch.object(rows, "hold_action", no_action)),
    ("I3 batch", issued_codes, mock.patch.object(OpenCodes, "put", return_value={})),
    ("views: open codes", pays, mock.patch.object(OpenCodeList, "index")),
    ("views: batches", pays, mock.patch.object(OpenCodeList, "index_batch")),
    (
        "views: open codes",
        binds_after_payment,
        mock.patch("chalicelib.jobs.stream.FOLLOWED", ("status", "receipts", "bill_version")),
    ),
    (
        "I3 obligation",
        voids_a_bound_one,
        mock.patch("chalicelib.storage.ledger.release_action", no_action),
    ),
)


@pytest.mark.parametrize(("found_by", "play", "planted"), PLANTS)
def test_a_planted_bug_is_found(found_by: str, play: Play, planted: Any) -> None:
    with local_province(seed, PortalReceiver()) as province:
        play(province)
        province.pump()
        tables = read_tables(province)
        check_always(tables)
        check_settled(tables)
    with local_province(seed, PortalReceiver()) as province:
        with planted:
            play(province)
            province.pump()
        tables = read_tables(province)
        with pytest.raises(AssertionError, match=found_by):
            check_settled(tables)
