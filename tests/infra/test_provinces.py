"""Provinces are data: what each folder says, and that no code knows any of them."""

import csv
import json
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from chalicelib.checkout.offer_channels import offer_channels
from chalicelib.domain.business_day import is_working_day
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.province import NO_SECRET, Mode, Province
from chalicelib.domain.province_document import parse_province
from infra.errandless.description import simulator_config
from infra.errandless.paths import PROVINCES, ROOT
from infra.errandless.province_files import load_province

SANDBOX = {"SIMULATOR_URL": "http://127.0.0.1:8100"}
HANGZHOU = Path(__file__).parent / "samples" / "hangzhou_fee_items.csv"
CODES = sorted(each.name for each in PROVINCES.iterdir() if each.is_dir())
TODAY = date(2026, 3, 2)
LAST_DAY = date(2025, 6, 30)


def read(code: str) -> Province:
    return parse_province(load_province(PROVINCES / code, SANDBOX))


@pytest.fixture(scope="module")
def zhejiang() -> Province:
    return read("zhejiang")


@pytest.fixture(scope="module")
def binhduong() -> Province:
    return read("binhduong")


def offered(province: Province, unit: str) -> dict[str, str]:
    offers = offer_channels(province, mode=Mode.TEST, payee_unit=unit)
    return {offer.channel: offer.account.account for offer in offers}


def test_zhejiang_has_hangzhous_eighteen_items_in_their_own_words(zhejiang: Province) -> None:
    with HANGZHOU.open(encoding="utf-8", newline="") as file:
        published = [(row["fee_item_zh"], row["fee_item_en"]) for row in csv.DictReader(file)]
    assert len(published) == 18
    assert [(item.names["zh"], item.names["en"]) for item in zhejiang.fee_items] == published


def test_zhejiangs_profile(zhejiang: Province) -> None:
    assert (zhejiang.currency, zhejiang.zone, zhejiang.country) == ("CNY", "Asia/Shanghai", "CN")
    assert (zhejiang.digits, zhejiang.languages) == ("33", ("zh", "en"))
    assert {item.receipt_kind for item in zhejiang.fee_items} == {ReceiptKind.GENERAL}


def test_zhejiangs_receipt_code_has_region_class_kind_and_year(zhejiang: Province) -> None:
    code = zhejiang.receipt_patterns[ReceiptKind.GENERAL].pattern
    assert [code[start : start + 2] for start in range(0, 8, 2)] == ["33", "01", "01", "26"]
    assert len(code) == 8


def test_each_district_has_its_own_bank_and_one_county_no_alipay_yet(zhejiang: Province) -> None:
    for unit, bank in (("HZJJ", "bank-of-hangzhou"), ("XSJY", "icbc"), ("TLJY", "abc")):
        at_the_bank = {"sandbox": bank, "biller": bank}
        assert offered(zhejiang, unit) == {"alipay": "hangzhou", **at_the_bank}
    assert offered(zhejiang, "CAJY") == {"sandbox": "abc", "biller": "abc"}


def test_chinas_working_days_of_2026_are_as_the_state_council_set_them(zhejiang: Province) -> None:
    """国办发明电〔2025〕7号. Compared with PyPI `holidays` 0.109 when it was written: the same."""
    worked = [f"{day:%m-%d}" for day in sorted(zhejiang.worked_weekends) if day.year == 2026]
    assert worked == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    february = [
        day
        for day in range(13, 29)
        if is_working_day(date(2026, 2, day), zhejiang.holidays, zhejiang.worked_weekends)
    ]
    assert february == [13, 14, 24, 25, 26, 27, 28]
    free = [day for day in sorted(zhejiang.holidays) if day.year == 2026]
    assert len(free) == 3 + 9 + 3 + 5 + 3 + 3 + 7


def test_binh_duongs_profile(binhduong: Province) -> None:
    assert (binhduong.currency, binhduong.zone) == ("VND", "Asia/Ho_Chi_Minh")
    assert (binhduong.digits, binhduong.languages) == ("74", ("vi", "en"))
    assert {"vnpay", "vietqr", "sandbox"} <= set(offered(binhduong, "BDBVDK"))


@pytest.mark.parametrize("code", CODES)
def test_no_account_of_the_simulator_reaches_aws(code: str) -> None:
    document = load_province(PROVINCES / code, {})
    assert document["channel_accounts"] == []


def test_what_ended_with_the_merger_has_a_successor_for_every_item(binhduong: Province) -> None:
    units = binhduong.units_by_code
    ended = {unit.code for unit in binhduong.payee_units if unit.valid_to is not None}
    assert {units[code].valid_to for code in ended} == {LAST_DAY}
    assert len(ended) == 9
    for item in binhduong.fee_items:
        if ended & set(item.payee_units):
            assert any(units[code].is_valid_on(LAST_DAY) for code in item.payee_units), item.code
            assert any(units[code].is_valid_on(TODAY) for code in item.payee_units), item.code


@pytest.mark.parametrize("code", CODES)
def test_every_unit_of_today_can_be_paid_in_the_sandbox(code: str) -> None:
    province = read(code)
    units = [unit.code for unit in province.payee_units if unit.is_valid_on(TODAY)]
    assert [unit for unit in units if "sandbox" not in offered(province, unit)] == []


@pytest.mark.parametrize("code", CODES)
def test_every_name_is_there_in_every_language_that_payers_may_choose(code: str) -> None:
    """So a page in one language never falls back to another for a name."""
    province = read(code)
    named = [unit.names for unit in province.payee_units]
    named += [item.names for item in province.fee_items]
    named += [account.names for account in province.channel_accounts]
    assert [names for names in named if not set(province.languages) <= set(names)] == []


def test_provinces_share_no_digits_no_secret_and_no_address() -> None:
    provinces = {code: read(code) for code in CODES}
    assert {code: province.code for code, province in provinces.items()} == {
        code: code for code in CODES
    }
    for one, other in combinations(provinces.values(), 2):
        assert one.digits != other.digits
        shared = {each.secret_name for each in one.channel_accounts} & {
            each.secret_name for each in other.channel_accounts
        }
        assert shared <= {NO_SECRET}


@pytest.mark.parametrize(("code", "hours"), [("zhejiang", 8), ("binhduong", 7)])
def test_the_simulated_sandbox_ends_its_day_with_the_province(code: str, hours: int) -> None:
    met = {"channel": "sandbox", "account": "a", "merchant_id": "errandless-sandbox"}
    told = {"province": code, "base_url": "http://127.0.0.1:8000", "accounts": [met]}
    accounts = json.loads(simulator_config(told))["accounts"]
    assert [each["utc_offset_hours"] for each in accounts if each["channel"] == "sandbox"] == [
        hours
    ]


def test_no_code_knows_a_province() -> None:
    """So the difference in code between two provinces is empty."""
    words = {*CODES, "hangzhou", "hàng châu", "quảng ninh", "bình dương", "浙江", "杭州"}
    files = [
        ROOT / "app.py",
        *(each for each in (ROOT / "chalicelib").rglob("*") if each.is_file()),
    ]
    texts = {
        file: file.read_text("utf-8").lower()
        for file in files
        if file.suffix not in (".pyc", ".ttf")
    }
    assert len(texts) > 100
    found = [(file.name, word) for file, text in texts.items() for word in words if word in text]
    assert found == []
