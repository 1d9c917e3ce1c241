"""A day with every kind of trouble, in three orders of arrival, beside an oracle that knows only
what was planted; then told again, and rebuilt from the journal. Each country has other orders of
arrival: the rest is left to `make day`."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

from tests.day.arrivals import ARRIVALS, in_any_order
from tests.day.checks import (
    check_breaks,
    check_by_verifier,
    check_files,
    check_invariants,
    check_replay,
    check_rerun,
)
from tests.day.facts import CHINA, DAY, VIETNAM, Country
from tests.day.oracle import judge
from tests.day.troubles import WHERE, plan_day
from tests.day.world import World, world_of
from tests.support.clients import client
from tests.support.rows import scan

SEED = 2026
PAYMENTS = {"quangninh": 50, "zhejiang": 30}


@pytest.fixture(autouse=True)
def few_shards() -> Iterator[None]:
    """More of the same reads would show nothing more."""
    with (
        mock.patch("chalicelib.storage.keys.DUE_SHARDS", 2),
        mock.patch("chalicelib.storage.view_keys.LIST_SHARDS", 2),
    ):
        yield


@pytest.mark.parametrize(
    ("country", "arrive"),
    [(VIETNAM, in_any_order), *((CHINA, each) for each in ARRIVALS if each is not in_any_order)],
    ids=lambda each: getattr(each, "code", None) or each.__name__,
)
def test_the_breaks_are_those_that_were_planted(
    country: Country, arrive: Callable[[World], int], tmp_path: Path
) -> None:
    with world_of(plan_day(country, SEED, PAYMENTS[country.code]), SEED) as world:
        assert arrive(world) <= 3
        verdict = check_breaks(world)
        assert check_files(world, verdict) > 40
        check_rerun(world)
        check_invariants(world)
        report = check_replay(world)
        assert report.rows["views"] > len(world.plan.facts)
        assert check_by_verifier(world, tmp_path, most=20) > 15
        check_that_a_lost_break_is_seen(world)


def check_that_a_lost_break_is_seen(world: World) -> None:
    """A day that is always right would prove nothing."""
    table = world.province.settings.views_table
    rows = [row for row in scan(table, "BREAKS") if row["status"] == "open"]
    row = next(row for row in rows if row["business_day"] == DAY.isoformat())
    key = {name: {"S": row[name]} for name in ("pk", "sk")}
    client("dynamodb").delete_item(TableName=table, Key=key)
    for check in (check_breaks, check_invariants, check_replay):
        with pytest.raises(AssertionError):
            check(world)


@pytest.mark.parametrize("country", [VIETNAM, CHINA], ids=lambda country: country.code)
def test_every_account_has_every_trouble_that_its_channel_can_have(country: Country) -> None:
    plan = plan_day(country, SEED, 0)
    planted = Counter((fact.account, fact.trouble) for fact in plan.facts)
    for account in country.accounts:
        for trouble in WHERE[account.channel]:
            assert planted[account, trouble.__name__] > 0, (account, trouble)


def test_the_oracle_tells_every_kind_that_reconciliation_has() -> None:
    kinds = {
        kind
        for country in (VIETNAM, CHINA)
        for (_, _, _, kind, _) in judge(plan_day(country, SEED, 0)).breaks
    }
    assert kinds == {
        "statement_missing",
        "bad_row",
        "control_total_mismatch",
        "double_payment",
        "state_mismatch",
        "missing_in_platform",
        "unidentified_credit",
        "amount_mismatch",
        "reference_mismatch",
        "duplicate_in_channel",
        "refund_unmatched",
        "missing_in_channel",
        "wrong_day",
        "late_cutoff",
    }
