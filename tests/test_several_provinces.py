"""Two provinces and more on one cloud: each complete, nothing shared, money in its own currency."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.province import Mode
from chalicelib.storage.envelope import Envelope
from tests.support.clients import client
from tests.support.local_province import Clock, local_cloud
from tests.support.notifications import send_sandbox
from tests.support.rows import ledger_rows, scan
from tests.support.seeded_province import SeededProvince, bring_up
from tests.web.pages.page_reader import read_page

DAY = date(2026, 3, 2)
PAYER = {"kind": "individual", "name": "王小明"}


@dataclass
class World:
    clock: Clock
    zhejiang: SeededProvince
    binhduong: SeededProvince


@pytest.fixture
def world() -> Iterator[World]:
    with local_cloud() as clock:
        yield World(clock, bring_up("zhejiang", clock), bring_up("binhduong", clock))


def order(province: SeededProvince, unit: str, item: str, **line: Any) -> dict[str, Any]:
    body = {
        "reference": "BDC-2026-1",
        "payee_unit": unit,
        "lines": [{"fee_item": item, **line}],
        "payer": PAYER,
    }
    answer = province.call("POST", "/v1/orders", body, idempotency_key=f"{unit}-{item}")
    assert answer.status == 201, answer.text
    created: dict[str, Any] = answer.json
    return created


def house(province: SeededProvince) -> dict[str, Any]:
    """80.50 yuan."""
    return order(province, "HZGHZY", "BUDONGCHAN-DENGJI", amount_minor=8_050)


def start(province: SeededProvince, code: str) -> str:
    body = {"channel": "sandbox", "client": "web"}
    target = f"/v1/orders/{code}/payments"
    answer = province.call("POST", target, body, idempotency_key="pay")
    assert answer.status == 201, answer.text
    payment_no: str = answer.json["payment_no"]
    return payment_no


def notify(province: SeededProvince, account: str, payment_no: str, **message: Any) -> str:
    path = f"/channels/sandbox/{account}/notifications"
    with province.serving() as local:
        answer = send_sandbox(local, payment_no, path=path, **message)
        local.pump()
    result: str = answer.json["result"]
    return result


def pay(province: SeededProvince, created: dict[str, Any], account: str, **message: Any) -> str:
    payment_no = start(province, created["payment_code"])
    amount = {"amount_minor": created["amount_minor"], "currency": created["currency"]}
    assert notify(province, account, payment_no, **amount, **message) == "paid"
    return payment_no


def read_order(province: SeededProvince, code: str) -> dict[str, Any]:
    found: dict[str, Any] = province.call("GET", f"/v1/orders/{code}").json
    return found


def test_yuan_are_paid_receipted_and_shown_with_two_decimals(world: World) -> None:
    created = house(world.zhejiang)
    assert (created["amount_minor"], created["currency"], created["language"]) == (
        8050,
        "CNY",
        "zh",
    )
    path = urlsplit(created["pay_url"]).path
    assert "应缴金额 80.50 元" in read_page(world.zhejiang.open_page(path).text).text
    pay(world.zhejiang, created, "bank-of-hangzhou")
    paid = read_order(world.zhejiang, created["payment_code"])
    assert (paid["status"], len(paid["receipts"])) == ("paid", 1)
    shown = read_page(world.zhejiang.open_page(path).text)
    assert shown.values("html", "lang") == ["zh"]
    assert "缴费成功 我们已于 2026年3月2日 10:01 通过" in shown.text
    assert "合计 80.50 元" in shown.text
    receipt = urlsplit(paid["receipts"][0]["url"]).path
    assert "80.50 CNY" in read_page(world.zhejiang.open_page(f"{receipt}?lang=en").text).text
    assert "票据代码 33010126" in read_page(world.zhejiang.open_page(receipt).text).text


def test_an_amount_of_another_currency_pays_nothing(world: World) -> None:
    created = house(world.zhejiang)
    payment_no = start(world.zhejiang, created["payment_code"])
    notify(world.zhejiang, "bank-of-hangzhou", payment_no, amount_minor=8_050, currency="VND")
    assert read_order(world.zhejiang, created["payment_code"])["status"] == "pending"


def test_each_province_counts_days_by_its_own_clock(world: World) -> None:
    """16:30 UTC is past midnight in Hangzhou and not in Bình Dương."""
    late = "2026-03-02T16:30:00Z"
    world.clock.advance(hours=14, minutes=31)
    pay(world.zhejiang, house(world.zhejiang), "bank-of-hangzhou", paid_at=late)
    copy = order(world.binhduong, "HCMPTDM", "PHI-TRICHLUC-HOTICH")
    pay(world.binhduong, copy, "binhduong", paid_at=late)
    paid_on = {
        code: {row["paid_on"] for row in ledger_rows(province.local, "R#") if "paid_on" in row}
        for code, province in (("zhejiang", world.zhejiang), ("binhduong", world.binhduong))
    }
    assert paid_on == {"zhejiang": {"2026-03-03"}, "binhduong": {"2026-03-02"}}


def test_a_statement_in_yuan_agrees_and_its_report_is_in_chinese(world: World) -> None:
    payment_no = pay(world.zhejiang, house(world.zhejiang), "bank-of-hangzhou")
    body = statement((payment_no, "SB-1", "80.50"), total="80.50")
    world.clock.advance(days=1)
    with world.zhejiang.serving() as local:
        local.put_statement("sandbox", "bank-of-hangzhou", DAY.isoformat(), "day.csv", body)
        of = AccountDay("sandbox", "bank-of-hangzhou", DAY)
        summary = local.platform.reconciliations.read_summary(of)
    assert summary is not None
    assert summary.status == "matched"
    assert dict(summary.theirs.amounts) == {"CNY": 8050}
    assert set(summary.reports) == {"html_zh", "html_en", "csv_zh", "csv_en"}
    page = client("s3").get_object(
        Bucket=world.zhejiang.local.settings.reports_bucket, Key=summary.reports["html_zh"]
    )
    text = page["Body"].read().decode()
    assert "全部一致" in text
    assert "80.50\u00a0CNY" in text


def statement(*rows: tuple[str, str, str], total: str) -> bytes:
    lines = ["payment_no,transaction_no,amount,currency,paid_at,kind"]
    lines += [f"{no},{own},{amount},CNY,2026-03-02T02:01:30Z,payment" for no, own, amount in rows]
    return "\r\n".join([*lines, f"TOTAL,{len(rows)},{total}", ""]).encode()


def test_payment_codes_begin_with_the_provinces_own_digits(world: World) -> None:
    copy = order(world.binhduong, "HCMPTDM", "PHI-TRICHLUC-HOTICH")
    assert house(world.zhejiang)["payment_code"][:2] == "33"
    assert copy["payment_code"][:2] == "74"


def test_a_key_of_one_province_is_unknown_in_the_other(world: World) -> None:
    for one, other in ((world.zhejiang, world.binhduong), (world.binhduong, world.zhejiang)):
        assert one.call("GET", "/v1/orders").status == 200
        for key in (one.seeded.portal_key, one.seeded.operator_key):
            answer = other.call("GET", "/v1/orders", key=key)
            assert (answer.status, answer.json["code"]) == (401, "key_missing_or_unknown")


def test_an_order_of_one_province_is_unknown_in_the_other(world: World) -> None:
    created = house(world.zhejiang)
    answer = world.binhduong.call("GET", f"/v1/orders/{created['payment_code']}")
    assert (answer.status, answer.json["code"]) == (404, "order_not_found")
    assert world.binhduong.open_page(urlsplit(created["pay_url"]).path).status == 404
    assert ledger_rows(world.binhduong.local) == []


def test_a_receipt_of_one_province_is_not_genuine_in_the_other(world: World) -> None:
    created = house(world.zhejiang)
    pay(world.zhejiang, created, "bank-of-hangzhou")
    receipt = read_order(world.zhejiang, created["payment_code"])["receipts"][0]
    path = urlsplit(receipt["url"]).path
    assert world.zhejiang.open_page(path).status == 200
    refused = world.binhduong.open_page(path)
    assert refused.status == 404
    assert "Không có biên lai nào với mã này" in refused.text


def test_a_notification_about_the_others_payment_pays_nothing_anywhere(world: World) -> None:
    created = house(world.zhejiang)
    payment_no = start(world.zhejiang, created["payment_code"])
    assert notify(world.binhduong, "binhduong", payment_no, amount_minor=8_050) == "no_order"
    assert read_order(world.zhejiang, created["payment_code"])["status"] == "pending"
    kinds = {row["pk"].partition("#")[0] for row in ledger_rows(world.binhduong.local)}
    assert kinds <= {"T", "CASE"}


def test_a_statement_of_one_province_names_nothing_that_the_other_knows(world: World) -> None:
    payment_no = pay(world.zhejiang, house(world.zhejiang), "bank-of-hangzhou")
    body = statement((payment_no, "SB-1", "80.50"), total="80.50").replace(b"80.50", b"8050")
    body = body.replace(b"CNY", b"VND")
    world.clock.advance(days=1)
    with world.binhduong.serving() as local:
        local.put_statement("sandbox", "binhduong", DAY.isoformat(), "day.csv", body)
        of = AccountDay("sandbox", "binhduong", DAY)
        summary = local.platform.reconciliations.read_summary(of)
    assert summary is not None
    assert dict(summary.break_counts) == {"missing_in_platform": 1}
    with world.zhejiang.serving() as local:
        assert local.platform.reconciliations.read_summary(of) is None


def test_what_one_province_sealed_does_not_open_in_the_other(world: World) -> None:
    house(world.zhejiang)
    ours, theirs = (each.local.settings for each in (world.zhejiang, world.binhduong))
    stolen = Envelope(
        client("kms"),
        world.zhejiang.local.platform.dynamo,
        ours.setup_table,
        key_id=ours.data_key_id,
        province=theirs.province,
        random_bytes=world.zhejiang.local.platform.random_bytes,
    )
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        stolen.seal("王小明".encode(), "payer|1")


def test_no_name_of_a_store_and_no_secret_is_shared(world: World) -> None:
    ours, theirs = (each.local.settings for each in (world.zhejiang, world.binhduong))
    for name in type(ours).__dataclass_fields__:
        assert getattr(ours, name) != getattr(theirs, name) or getattr(ours, name) == "", name
    secrets = {each["Name"] for each in client("secretsmanager").list_secrets()["SecretList"]}
    assert {re.split("/", name)[1] for name in secrets} == {"zhejiang", "binhduong"}
    rows = json.dumps(scan(ours.setup_table), default=str)
    assert "binhduong" not in rows
    assert {account.mode for account in accounts(world.zhejiang)} == {Mode.TEST}


def accounts(province: SeededProvince) -> tuple[Any, ...]:
    return province.local.platform.setup.read_province().channel_accounts


def test_a_unit_that_ended_with_the_merger_takes_no_more_orders(world: World) -> None:
    body = {"reference": "1", "lines": [{"fee_item": "PHI-TRICHLUC-HOTICH"}], "payer": PAYER}
    answers = {
        unit: world.binhduong.call(
            "POST", "/v1/orders", {**body, "payee_unit": unit}, idempotency_key=unit
        )
        for unit in ("BDTPTDM", "HCMPTDM")
    }
    assert answers["HCMPTDM"].status == 201
    assert answers["BDTPTDM"].status == 422
    assert [each["code"] for each in answers["BDTPTDM"].json["errors"]] == ["payee_unit_unknown"]


def test_a_day_before_the_merger_took_the_city_s_orders() -> None:
    with local_cloud(at=Clock().at - timedelta(days=300)) as clock:
        binhduong = bring_up("binhduong", clock)
        assert order(binhduong, "BDTPTDM", "PHI-TRICHLUC-HOTICH")["status"] == "created"
