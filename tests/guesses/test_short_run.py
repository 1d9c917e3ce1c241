"""A short run of `make guesses`, which does 100,000."""

from tests.guesses.attack import attack, check
from tests.support.local_province import LocalProvince

GUESSES = 2_000


def test_two_thousand_guesses_find_nothing_and_are_stopped(province: LocalProvince) -> None:
    outcome = attack(province, GUESSES, seed=1)
    check(outcome)
    assert sum(outcome.statuses.values()) == GUESSES
