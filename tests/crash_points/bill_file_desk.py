"""A file of bills, worked off in two parts: by messages of its event and of what is left."""

from datetime import timedelta
from unittest import mock

import app as table_of_contents
from tests.crash_points.back_rooms import VISIBILITY, consumes
from tests.crash_points.plays import Handler, Invoke
from tests.crash_points.world import World

HEADING = "reference,payee_unit,fee_item,amount_minor,payer_kind,payer_name,due_date"
ROW = "TB-{},UNITA,{},{},individual,Lan,2026-03-31"
FILE = "\n".join(
    [
        HEADING,
        ROW.format(1, "FEE-1", "50000"),
        ROW.format(1, "CHARGE", "30000"),
        ROW.format(2, "NONE", "1"),
        ROW.format(3, "FINE", "70000"),
    ]
).encode()


def prepare_first_part(world: World) -> Invoke:
    """A worker whose time is over after it hands the rest to the next."""
    for name, value in (("BILLS_OF_A_PART", 2), ("WORKING_TIME", timedelta(0))):
        world.patches.enter_context(mock.patch(f"chalicelib.jobs.bill_files.{name}", value))
    world.province.put_bill_file("portal-a/tuition.csv", FILE)
    url = world.province.settings.bill_files_queue_url
    return consumes(world, url, table_of_contents.bill_file_worker)


def prepare_last_part(world: World) -> Invoke:
    first = prepare_first_part(world)
    assert first()
    return first


def prepare_end(world: World) -> Invoke:
    last = prepare_last_part(world)
    assert last()
    return last


HANDLERS = (
    Handler("bill file: its first part", prepare_first_part, VISIBILITY),
    Handler("bill file: its last part", prepare_last_part, VISIBILITY, is_warm=True),
    Handler("bill file: its results", prepare_end, VISIBILITY, is_warm=True),
)
