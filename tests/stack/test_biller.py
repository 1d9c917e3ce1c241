"""A bank in another language beside real functions, held to their policies."""

import json
import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from infra.conformance.adapter import Adapter
from infra.conformance.cases import Kit
from infra.conformance.run import SAMPLE
from tests.channels.biller_wire import signed_headers
from tests.stack.portal import Answer, PortalClient, ask
from tests.stack.test_races import ipn_url

Province = dict[str, Any]

RACES = 200
AT_ONCE = 8


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


def call(province: Province, path: str, body: dict[str, Any]) -> Answer:
    bank, raw = province["channels"]["biller"], json.dumps(body).encode()
    now = datetime.now(UTC)
    headers = signed_headers(
        bank["partner_code"], bank["signing_key"], "POST", path, raw, now, str(uuid4())
    )
    headers["Content-Type"] = "application/json"
    return ask("POST", province["base_url"] + path, raw, headers)


def prepare(province: Province, portal: PortalClient) -> dict[str, Any]:
    """An order that a phone has begun to pay and a bank has locked."""
    order = portal.new_order().json
    phone = portal.start_payment(order["payment_code"], "vnpay")["payment_no"]
    wanted = {name: order[name] for name in ("payment_code", "amount_minor", "currency")}
    held = call(province, "/biller/v1/locks", wanted | {"request_no": "L-1"})
    assert held.status == 201, held.body
    assert held.json["other_payment_in_flight"] is True
    return {**wanted, "phone": phone, "bank": held.json["payment_no"]}


def race(province: Province, order: dict[str, Any]) -> tuple[str, str]:
    """What the bank and VNPAY were told of money that both took at the same moment."""
    now = datetime.now(UTC).replace(microsecond=0)
    told = {
        "payment_no": order["bank"],
        "transaction_no": f"FT-{order['bank']}",
        "status": "paid",
        "amount_minor": order["amount_minor"],
        "currency": order["currency"],
        "paid_at": now.isoformat().replace("+00:00", "Z"),
        "business_day": now.date().isoformat(),
    }
    url = ipn_url(province, order["phone"], order["amount_minor"], order["phone"][2:])
    with ThreadPoolExecutor(2) as pool:
        bank = pool.submit(call, province, "/biller/v1/payments", told)
        phone = pool.submit(ask, "GET", url)
        paid, noticed = bank.result(), phone.result()
    assert (paid.status, noticed.status) == (200, 200), (paid.body, noticed.body)
    return str(paid.json["result"]), str(noticed.json["RspCode"])


def test_bank_and_phone_pay_the_same_order_at_once_and_one_payment_stands(
    local_province: Province, portal: PortalClient
) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        orders = list(pool.map(lambda _: prepare(local_province, portal), range(RACES)))
        ends = Counter(pool.map(lambda order: race(local_province, order), orders))
        codes = [order["payment_code"] for order in orders]
        after = list(pool.map(lambda code: portal.get(f"/v1/orders/{code}").json, codes))
    # VNPAY is told 00 of a payment that is a surplus too: the money is taken.
    assert set(ends) <= {("paid", "00"), ("in_review", "00")}
    assert sum(ends.values()) == RACES
    for order in after:
        assert order["status"] == "paid"
        assert [each["kind"] for each in order["cases"]] == ["double_payment"]
        assert [each["status"] for each in order["payments"]] == ["succeeded", "succeeded"]
