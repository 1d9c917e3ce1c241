"""A new data key seals what comes; what the old one sealed still opens."""

from typing import Any

from chalicelib.wiring import use_platform
from tests.errandless.conftest import Typed
from tests.support.clients import SharingPlatform
from tests.support.local_province import LocalProvince
from tests.support.paid_orders import created

ROTATE = ("data-key", "rotate", "quangninh", "--local", "--json")


def sealed_by(province: LocalProvince, code: str) -> str:
    """The id of the data key that the order's payer is sealed with."""
    order = province.platform.ledger.read_order(code)
    assert order is not None
    return order.sealed_payer[1:9].hex()


def replaced(province: LocalProvince) -> None:
    """As Lambda replaces a process: nothing of the old one's memory is left."""
    province.platform = SharingPlatform(province.settings, now=province.clock)
    use_platform(province.platform)


def test_old_rows_open_and_new_ones_use_the_new_key(here: LocalProvince, typed: Typed) -> None:
    old = created(here, 1)
    done = typed(*ROTATE)
    assert done.code == 0, done.err
    told: dict[str, Any] = done.json
    assert told["replaced"] == sealed_by(here, old)
    assert told["kept"] == 1
    replaced(here)
    new = created(here, 2)
    assert sealed_by(here, new) == told["data_key_id"] != sealed_by(here, old)
    for code in (old, new):
        shown = typed("orders", "show", "quangninh", code, "--payer", "--local", "--json")
        assert shown.json["payer"]["name"] == "Nguyễn Văn An", code


def test_every_rotation_keeps_the_keys_before(here: LocalProvince, typed: Typed) -> None:
    codes, ids = [created(here, 1)], []
    for turn in (2, 3):
        ids.append(typed(*ROTATE).json["data_key_id"])
        replaced(here)
        codes.append(created(here, turn))
    assert [sealed_by(here, code) for code in codes[1:]] == ids
    assert len({sealed_by(here, code) for code in codes}) == 3
    for code in codes:
        assert typed("orders", "show", "quangninh", code, "--local").code == 0
