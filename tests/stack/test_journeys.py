"""The first journeys on the local AWS: the walks of moto, through the packaged functions."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys import test_j01_a_driver_pays_a_fine as j1
from tests.journeys import test_j02_an_exam_s_opening_hour as j2
from tests.journeys import test_j04_one_code_on_a_dossier_receipt as j4
from tests.journeys.place import Place
from tests.stack.portal import wait_until
from tests.stack.test_journal import replayed


@pytest.mark.parametrize("walk", [j1.walk, j2.walk, j4.walk], ids=["J1", "J2", "J4"])
def test_a_journey_on_the_local_aws(
    place: Place, local_province: dict[str, Any], walk: Callable[[Place], None]
) -> None:
    """The journal's keeper reads the stream at a pace of its own: what it has not kept comes."""
    walk(place)
    report = wait_until(
        lambda: replayed(local_province), lambda seen: not seen.faults and not seen.left
    )
    assert report.differences == []
