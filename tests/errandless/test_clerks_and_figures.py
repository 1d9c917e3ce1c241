"""A clerk's key from the command line, and the share of a day that he sold in."""

import pytest

from tests.errandless.conftest import Typed
from tests.support.counters import (
    add_counters,
    look,
    new_order,
    opened,
    record_slip,
    take_cash,
)
from tests.support.local_province import LocalProvince

CLERK = ("keys", "issue", "quangninh", "--person", "Đỗ Thị Quầy", "--role", "clerk", "--local")


@pytest.fixture
def there(here: LocalProvince) -> LocalProvince:
    add_counters(here.platform)
    return here


def test_a_clerk_s_key_is_good_at_its_counters_alone(there: LocalProvince, typed: Typed) -> None:
    issued = typed(*CLERK, "--counter", "a-2", "--json")
    assert issued.code == 0, issued.err
    told = issued.json
    assert (told["counters"], told["rights"]) == (["a-2"], "clerk at a-2")
    items = look(there, "counters", told["key"]).json["items"]
    assert [each["counter"] for each in items] == ["a-2"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (CLERK, "A clerk's key, and no other, names its counters"),
        ((*CLERK, "--counter", "b-1"), "There is no counter 'b-1'; there are: a-1, a-2."),
        (
            (*CLERK[:6], "finance", "--counter", "a-1", "--local"),
            "A clerk's key, and no other, names its counters",
        ),
    ],
)
def test_a_key_without_its_counters_is_refused(
    there: LocalProvince, typed: Typed, arguments: tuple[str, ...], sentence: str
) -> None:
    done = typed(*arguments)
    assert done.code == 1
    assert sentence in done.err


def test_the_share_of_a_day_beside_that_of_another(there: LocalProvince, typed: Typed) -> None:
    """A quarter on the first day, the half on the second."""
    shift = opened(there)
    for no in range(3):
        take_cash(there, shift, new_order(there, f"c-{no}"), f"c-{no}")
    record_slip(there, shift, new_order(there, "p-1"))
    there.clock.advance(days=1)
    take_cash(there, shift, new_order(there, "c-4"), "c-4")
    record_slip(there, shift, new_order(there, "p-2"), "p-2", trace="102")
    there.pump()
    command = ("figures", "electronic-share", "quangninh", "--mode", "test", "--local")
    told = typed(*command, "--day", "2026-03-03", "--against", "2026-03-02", "--json").json
    every, unit = told["units"]
    assert (every["payee_unit"], unit["payee_unit"]) == (None, "UNITA")
    wanted = {"of_payments": "50.00", "before_of_payments": "25.00", "times": "2.00"}
    assert {name: every[name] for name in wanted} == wanted
    both = typed(*command, "--day", "2026-03-02", "--until", "2026-03-03", "--json").json
    assert both["units"][0]["of_payments"] == "33.33"
    assert "33.33" in typed(*command, "--day", "2026-03-02", "--until", "2026-03-03").out
