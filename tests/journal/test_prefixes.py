"""No kind of row in the views table is forgotten: each is rebuilt and compared, or a log."""

import re

import pytest

from chalicelib.storage import journal, reconciliation_keys, view_keys
from infra.errandless.derive import LOGS, is_log
from tests.journal.kept import replayed
from tests.support.clients import client
from tests.support.local_province import LocalProvince

DERIVED = {
    *("ORDERS", "REFERENCE", "BILLS", "DAY", "TOKEN", "CASES"),
    *("RECON", "BREAKS", "UNPLACED"),
    *("OPENCODES", "BATCHES"),
}


def documented() -> set[str]:
    """From the tables of rows at the top of the modules that make the keys."""
    found: set[str] = set()
    for module in (view_keys, reconciliation_keys, journal):
        for line in (module.__doc__ or "").splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) > 3 and (prefix := re.match(r"[A-Z]+", cells[2])):
                found.add(prefix[0])
    return found


def test_every_documented_row_is_derived_or_a_log() -> None:
    assert documented() == DERIVED | LOGS.keys()
    assert not DERIVED & LOGS.keys()


def test_a_log_says_why_it_is_none_that_is_derived() -> None:
    assert all(len(why) > 20 for why in LOGS.values())


@pytest.mark.parametrize("prefix", sorted({*DERIVED, "NEW"}))
def test_a_made_up_row_of_any_other_kind_is_a_difference(
    province: LocalProvince, prefix: str
) -> None:
    item = {"pk": {"S": f"{prefix}#made#up"}, "sk": {"S": "2026-03-02#vnpay#quangninh"}}
    assert not is_log(item)
    client("dynamodb").put_item(TableName=province.settings.views_table, Item=item)
    (difference,) = replayed(province).differences
    assert (difference.pk, difference.journal) == (item["pk"]["S"], None)
