"""Our file for each bank: written by the hourly job, once for each revision."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.outbound import Response
from chalicelib.reconciliation.own_file_layout import layout_faults
from tests.channels.stand_ins import StandInHttp
from tests.support.biller_bank import Bank, biller_account, seed_with_banks
from tests.support.clients import client
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import create
from tests.support.seeded import province_document

FOLDER = "own_files/biller/a/2026-03-02/"
LAYOUT = {
    "name": "icbc",
    "extension": "csv",
    "encoding": "gb18030",
    "delimiter": ",",
    "line_end": "\n",
    "amount": "minor",
    "columns": {"payment_no": "缴款码", "transaction_no": "流水号", "amount": "金额"},
    "totals": "合计",
}


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks, StandInHttp(lambda _: Response(200, {}, b""))) as running:
        yield running


def files(province: LocalProvince, prefix: str = FOLDER) -> dict[str, bytes]:
    s3, bucket = client("s3"), province.settings.reports_bucket
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {
        each["Key"].removeprefix(prefix): s3.get_object(Bucket=bucket, Key=each["Key"])[
            "Body"
        ].read()
        for each in listed
    }


def pays(province: LocalProvince, number: str) -> str:
    bank = Bank(province)
    code = create(province, f"k-{number}", reference=f"HS-{number}").json["payment_code"]
    payment_no = bank.locked(code, request_no=f"L-{number}")
    bank.pay(payment_no, f"FT-{number}")
    return payment_no


def test_the_days_file_is_issued_once_and_again_when_late_rows_change_it(
    province: LocalProvince,
) -> None:
    first, second = pays(province, "1"), pays(province, "2")
    assert Bank(province).reverse("FT-2").status == 200
    province.pump()
    province.clock.advance(days=1)
    for _ in range(2):
        province.reconcile_due()
    issued = files(province)
    assert list(issued) == ["standard/r0001.txt"]
    assert issued["standard/r0001.txt"].decode().split("\r\n") == [
        "payment_no|transaction_no|amount|currency|paid_at|business_day|disposition",
        f"{first}|FT-1|50000|VND|2026-03-02T02:00:00Z|2026-03-02|applied",
        f"{second}|FT-2|50000|VND|2026-03-02T02:00:00Z|2026-03-02|reversed",
        "TOTAL|1|50000|VND|1|2026-03-02|50000",
        "",
    ]
    pays(province, "3")
    province.pump()
    for _ in range(2):
        province.reconcile_due()
    again = files(province)
    assert list(again) == ["standard/r0001.txt", "standard/r0002.txt"]
    assert again["standard/r0001.txt"] == issued["standard/r0001.txt"]
    assert "TOTAL|2|100000|VND|1|2026-03-02|50000" in again["standard/r0002.txt"].decode()


def test_a_day_without_money_has_a_file_that_says_so_and_other_channels_have_none(
    province: LocalProvince,
) -> None:
    province.clock.advance(days=1)
    province.reconcile_due()
    everything = files(province, "own_files/")
    assert {name.split("/")[0] for name in everything} == {"biller"}
    assert {name.split("/")[1] for name in everything} == {"a", "b", "c"}
    assert files(province)["standard/r0001.txt"].endswith(b"TOTAL|0|0|VND|0|2026-03-02|0\r\n")


def with_layout(province: LocalProvince, layout: dict[str, Any]) -> None:
    document = province_document()
    account = biller_account("a", "BANK-A")
    document["channel_accounts"] += [account | {"own_file_layout": layout}]
    province.platform.setup.write_province(document)


def test_a_bank_that_asks_for_its_own_form_gets_it_beside_ours(province: LocalProvince) -> None:
    with_layout(province, LAYOUT)
    payment_no = pays(province, "1")
    province.pump()
    province.clock.advance(days=1)
    province.reconcile_due()
    issued = files(province)
    assert list(issued) == ["icbc/r0001.csv", "standard/r0001.txt"]
    assert issued["icbc/r0001.csv"].decode("gb18030").splitlines() == [
        "缴款码,流水号,金额",
        f"{payment_no},FT-1,50000",
        "合计,1,50000",
    ]


def test_a_layout_that_cannot_be_read_stops_no_other_bank(
    province: LocalProvince, capsys: pytest.CaptureFixture[str]
) -> None:
    with_layout(province, {"name": "x"})
    province.clock.advance(days=1)
    with pytest.raises(Exception, match="account-days failed"):
        province.reconcile_due()
    assert "own_file_failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": "standard"}, "name: standard is our own form"),
        ({"name": None}, "name: None is not of its form"),
        ({"encoding": "klingon"}, "encoding: nobody knows 'klingon'"),
        ({"delimiter": "x"}, "delimiter: 'x' is not of its form"),
        ({"colour": "red"}, "unknown key colour"),
        ({"columns": {"payer": "name"}}, "columns: a title for some of payment_no,"),
        ({"columns": {"amount": "金额"}}, "totals: columns must begin with payment_no"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_wrong_with_a_layout_is_said(change: dict[str, Any], fault: str) -> None:
    assert list(layout_faults(LAYOUT)) == []
    (said,) = layout_faults({**LAYOUT, **change})
    assert said.startswith(fault)
