"""A bank in another language beside real functions, held to their policies."""

import shutil
import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.conformance.__main__ import SAMPLE
from infra.conformance.adapter import Adapter
from infra.conformance.cases import Kit
from tests.stack.portal import PortalClient

Province = dict[str, Any]


@pytest.mark.skipif(shutil.which("node") is None, reason="the sample client needs Node")
def test_the_sample_client_conforms_to_the_deployed_province(
    local_province: Province, portal: PortalClient
) -> None:
    bank = local_province["channels"]["biller"]
    adapter = Adapter(
        SAMPLE, local_province["base_url"], bank["partner_code"], bank["signing_key"], time.time
    )
    first, second = (str(portal.new_order().json["payment_code"]) for _ in range(2))
    now = datetime.now(UTC).replace(microsecond=0)
    day = now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date().isoformat()
    paid_at = now.isoformat().replace("+00:00", "Z")
    results = list(Kit(adapter.speak, (first, second), paid_at, day).run())
    assert [(each.name, each.faults) for each in results if each.faults] == []

    paid = portal.wait_for_order(first, lambda each: bool(each["receipts"]))
    assert (paid["status"], len(paid["receipts"])) == ("paid", 1)
