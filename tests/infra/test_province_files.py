import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels.registry import build_channels
from chalicelib.channels.statement_layout import validate_layout
from chalicelib.channels.vietqr.banks import BANKS
from chalicelib.domain.business_day import add_working_days, is_working_day
from chalicelib.domain.catalog import (
    FixedTariff,
    OpenTariff,
    PerUnitTariff,
    RangeTariff,
    ReceiptKind,
)
from chalicelib.domain.province import Mode, Province
from chalicelib.domain.province_document import parse_province
from chalicelib.errors import DataFault
from infra.errandless.account_fields import needed_secrets
from infra.errandless.paths import PROVINCES
from infra.errandless.province_files import (
    NO_HTTP,
    accounts_left_out,
    load_province,
    load_sample_portals,
)
from infra.simulator import published_accounts

SIMULATOR = "http://127.0.0.1:8100"
SANDBOX = {"SIMULATOR_URL": SIMULATOR}
Spoil = Callable[[str, str, str], None]
AFTER_NOTICES = '\n    },\n    "secret_name": "vietqr/quangninh-vietinbank"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of Quảng Ninh that a test may spoil."""
    return Path(shutil.copytree(PROVINCES / "quangninh", tmp_path / "quangninh"))


@pytest.fixture
def spoil(folder: Path) -> Spoil:
    def spoil(file: str, old: str, new: str) -> None:
        content = (folder / file).read_text(encoding="utf-8")
        assert content.count(old) == 1, content.count(old)
        (folder / file).write_text(content.replace(old, new), encoding="utf-8")

    return spoil


@pytest.fixture(scope="module")
def quangninh() -> Province:
    return parse_province(load_province(PROVINCES / "quangninh", SANDBOX))


def problems_of(folder: Path, substitutions: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(DataFault) as caught:
        load_province(folder, SANDBOX if substitutions is None else substitutions)
    return caught.value.detail.splitlines()[1:]


@pytest.mark.parametrize("province", sorted(each.name for each in PROVINCES.iterdir()))
def test_every_province_loads_as_a_sandbox_and_for_aws(province: str) -> None:
    for substitutions in (SANDBOX, {}):
        loaded = parse_province(load_province(PROVINCES / province, substitutions))
        assert loaded.code == province


def test_quang_ninh_has_each_tariff_rule_and_each_kind_of_receipt(quangninh: Province) -> None:
    rules = {type(item.tariff) for item in quangninh.fee_items}
    assert rules == {FixedTariff, PerUnitTariff, RangeTariff, OpenTariff}
    kinds = {item.receipt_kind for item in quangninh.fee_items}
    assert kinds == set(ReceiptKind) == set(quangninh.receipt_patterns)
    assert {item.is_repeatable for item in quangninh.fee_items} == {True, False}
    assert {item.scheme for item in quangninh.fee_items} >= {"traffic-fines", "education", None}


def test_quang_ninh_s_profile(quangninh: Province) -> None:
    assert (quangninh.currency, quangninh.zone) == ("VND", "Asia/Ho_Chi_Minh")
    assert quangninh.digits == "22"
    assert quangninh.languages == ("vi", "en", "zh")


def test_every_amount_of_quang_ninh_is_marked_as_a_sample(quangninh: Province) -> None:
    assert all(item.is_sample_amount for item in quangninh.fee_items)
    assert all(item.legal_basis for item in quangninh.fee_items)


def test_a_tariff_changes_on_its_day(quangninh: Province) -> None:
    old = quangninh.fee_item_on("QNVPDK", "LP-GCN-DAT", date(2025, 12, 31))
    new = quangninh.fee_item_on("QNVPDK", "LP-GCN-DAT", date(2026, 1, 1))
    assert old is not None
    assert new is not None
    assert (old.tariff, new.tariff) == (FixedTariff(50_000), FixedTariff(100_000))


def test_what_a_district_collected_goes_to_the_communes_after_it(quangninh: Province) -> None:
    code = "LP-HOTICH-KETHON-NN"
    last, first = date(2025, 6, 30), date(2025, 7, 1)
    assert quangninh.fee_item_on("QNTPHL", code, last)
    assert not quangninh.fee_item_on("QNTPHL", code, first)
    assert not quangninh.fee_item_on("QNPHG", code, last)
    assert quangninh.fee_item_on("QNPHG", code, first)
    assert not quangninh.units_by_code["QNTPHL"].is_valid_on(first)


def test_the_test_accounts_meet_the_simulator(quangninh: Province) -> None:
    published = [(code, each["fields"]) for code, each in published_accounts(SIMULATOR)]
    assert {account.mode for account in quangninh.channel_accounts} == {Mode.TEST}
    played = [each for each in quangninh.channel_accounts if each.channel not in ("cash", "pos")]
    for account in played:
        assert (account.channel, account.fields) in published
        assert account.statement_layout is not None
        assert validate_layout(account.statement_layout) == []
    channels = [account.channel for account in quangninh.channel_accounts]
    assert channels == [
        *("vnpay", "sandbox", "vietqr", "vietqr", "biller", "cash", "cash", "pos"),
        "viettelmoney",
    ]


def test_working_days_around_the_holidays_of_2026(quangninh: Province) -> None:
    def is_working(*day: int) -> bool:
        return is_working_day(date(*day), quangninh.holidays, quangninh.worked_weekends)

    assert [is_working(2026, 2, day) for day in (13, 16, 17, 18, 19, 20, 23)] == [
        *(True, False, False, False, False, False, True)
    ]
    assert not is_working(2026, 8, 31)
    assert is_working(2026, 8, 22)
    assert not is_working(2026, 4, 27)
    assert add_working_days(
        date(2026, 8, 28), 1, quangninh.holidays, quangninh.worked_weekends
    ) == date(2026, 9, 3)


def test_for_aws_no_origin_and_no_account_of_a_simulator_remains() -> None:
    folder = PROVINCES / "quangninh"
    document = load_province(folder, {})
    assert document["profile"]["outbound_origins"] == []
    assert document["channel_accounts"] == []
    left_out = accounts_left_out(folder, {})
    assert left_out == (
        *("vnpay/quangninh", "sandbox/quangninh", "vietqr/quangninh"),
        *("vietqr/quangninh-vietinbank", "biller/quangninh"),
        *("cash/bai-chay-1", "cash/so-noi-vu-1", "pos/bai-chay", "viettelmoney/quangninh"),
    )
    assert load_sample_portals(folder, {}) == ()
    assert "127.0.0.1" not in json.dumps(document)


def test_a_sandbox_has_exactly_the_simulator_s_origin() -> None:
    document = load_province(PROVINCES / "quangninh", SANDBOX)
    assert document["profile"]["outbound_origins"] == [SIMULATOR]
    assert accounts_left_out(PROVINCES / "quangninh", SANDBOX) == ()


def add_live_account(folder: Path, **changes: Any) -> None:
    file = folder / "channel_accounts.json"
    accounts = json.loads(file.read_text(encoding="utf-8"))
    live = accounts[0] | {
        "account": "treasury",
        "mode": "live",
        "secret_name": "vnpay/treasury",
        "fields": {
            "tmn_code": "QNPAY001",
            "payment_url": "https://pay.vnpay.vn/vpcpay.html",
            "api_url": "https://pay.vnpay.vn/merchant_webapi/api/transaction",
        },
    }
    file.write_text(json.dumps([*accounts, live | changes]), encoding="utf-8")


def test_a_live_province_never_gets_the_simulator_s_origin(folder: Path) -> None:
    add_live_account(folder)
    live = load_province(folder, {})
    assert [account["account"] for account in live["channel_accounts"]] == ["treasury"]
    assert live["profile"]["outbound_origins"] == []


def test_a_sandbox_never_gets_a_live_account(folder: Path) -> None:
    add_live_account(folder)
    sandbox = load_province(folder, SANDBOX)
    assert {account["mode"] for account in sandbox["channel_accounts"]} == {"test"}
    assert accounts_left_out(folder, SANDBOX) == ("vnpay/treasury",)


def test_a_live_account_may_not_hide_a_placeholder(folder: Path) -> None:
    fields = {
        "tmn_code": "x",
        "payment_url": "${SIMULATOR_URL}/pay",
        "api_url": "https://a.example",
    }
    add_live_account(folder, fields=fields)
    for substitutions in (SANDBOX, {}):
        assert "channel_accounts.json:10: only a test account has placeholders" in problems_of(
            folder, substitutions
        )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("LP-HOCHIEU,QNXNC", "LP-HOCHIEU,QNXXX", "24: payee_units: unknown unit 'QNXXX'"),
        ("lephi,fixed,200000", "lephi,fixed,-5", "24: amount_minor: must be 1 to 999999999999"),
        (
            "lephi,fixed,200000",
            "lephi,fixed,200000.0",
            "24: amount_minor: must be a whole number, not '200000.0'",
        ),
        (
            "lephi,fixed,200000",
            "lephi,fixed,2E+05",
            "24: amount_minor: must be a whole number, not '2E+05'",
        ),
        (
            "lephi,fixed,200000",
            'lephi,fixed,"200,000"',
            "24: amount_minor: must be a whole number, not '200,000'",
        ),
        (
            "lephi,fixed,200000",
            "lephi,fixed,٢٠٠",
            "24: amount_minor: must be a whole number, not '٢٠٠'",
        ),
        ("lephi,fixed,200000", "lephi,fixed,", "24: amount_minor: must be a whole number"),
        ("lephi,fixed,200000", "fee,fixed,200000", "24: receipt_kind: must be one of phi"),
        ("lephi,fixed,200000", "lephi,gift,200000", "24: rule: must be fixed, per_unit"),
        ("lephi,fixed,200000,,", "lephi,open,200000,,9", "24: amount_minor: is not known here"),
        (
            "range,,250000,570000",
            "range,,570001,570000",
            "25: min_minor: is more than max_minor",
        ),
        ("2021-05-22,,false", "22/05/2021,,false", "24: valid_from: must be a date as in"),
        ("2021-05-22,,false", "2021-05-22,2021-05-21,false", "24: valid_to: is before valid_from"),
        ("2021-05-22,,false", "2021-05-22,,no", "24: is_repeatable: must be true or false"),
        ("Passport,", ",", "24: name_en: has no text in the declared language 'en'"),
        (
            "2024-08-01,2025-12-31",
            "2024-08-01,2026-01-01",
            "18: code: overlaps the version of 'LP-GCN-DAT' from 2024-08-01 for 'QNVPDK'",
        ),
        ("Passport", "${SIMULATOR_URL}", "24: name_en: no placeholder is allowed here"),
        ("Passport,", "Pass,port,", "24: has 21 cells, the header 20"),
    ],
)
def test_a_bad_cell_is_named_by_file_row_and_column(
    folder: Path, spoil: Spoil, old: str, new: str, problem: str
) -> None:
    spoil("fee_items.csv", old, new)
    (found,) = problems_of(folder)
    assert found.startswith(f"fee_items.csv:{problem}")


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (
            "payee_units.csv",
            "QNSTC,",
            "QNSTP,",
            "payee_units.csv:3: code: the code 'QNSTP' is there twice",
        ),
        (
            "payee_units.csv",
            "tax_code,",
            "tax_number,",
            "payee_units.csv:1: tax_code: the column is missing",
        ),
        (
            "working_days.csv",
            "2026-05-01,holiday",
            "2026-05-01,party",
            "working_days.csv:26: kind: must be one of holiday, worked_weekend",
        ),
        (
            "working_days.csv",
            "2026-05-01,",
            "2026-05-32,",
            "working_days.csv:26: day: must be a date as in 2026-01-31, not '2026-05-32'",
        ),
        (
            "working_days.csv",
            "2026-05-01,",
            "2026-04-30,",
            "working_days.csv:26: day: is there twice",
        ),
        (
            "working_days.csv",
            "2026-08-22,worked_weekend",
            "2026-08-21,worked_weekend",
            "working_days.csv: day: 2026-08-21 is not a free weekend",
        ),
        ("profile.json", '"22"', '"02"', "profile.json: digits: must look like [1-9][0-9]"),
        ("profile.json", '"country": "VN",', "", "profile.json: country: is missing"),
        ("profile.json", '"VND",', '"VND"', "profile.json:6: is not JSON: Expecting ',' delimiter"),
        (
            "profile.json",
            '"country": "VN"',
            '"country": "VN", "country": "VN"',
            "profile.json: country: is there twice",
        ),
        (
            "profile.json",
            "0203 000 0000",
            "${PHONE}",
            "profile.json: only what begins with sandbox_ has placeholders",
        ),
        (
            "channel_accounts.json",
            '"channel": "sandbox"',
            '"channel": "paypal"',
            "channel_accounts.json:2: channel: unknown channel 'paypal'",
        ),
        (
            "channel_accounts.json",
            '"tmn_code": "ERRLESS1",',
            "",
            "channel_accounts.json:1: fields/tmn_code: is missing",
        ),
        (
            "channel_accounts.json",
            '"tmn_code": "ERRLESS1",',
            '"tmn_code": "ERRLESS1", "hash_secret": "x",',
            "channel_accounts.json:1: fields/hash_secret: is not known here, or only in the secret",
        ),
        (
            "channel_accounts.json",
            '"min_minor": 5000,',
            '"min_minor": 5e3,',
            "channel_accounts.json:1: min_minor: must be a whole number, not 5000.0",
        ),
        (
            "channel_accounts.json",
            '"scale": "minor"',
            '"scale": "cents"',
            "channel_accounts.json:1: statement_layout: amount/scale: must be one of",
        ),
    ],
)
def test_a_bad_value_elsewhere_is_named_by_its_place(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, problem: str
) -> None:
    content = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(content.replace(old, new, 1), encoding="utf-8")
    assert content != (folder / file).read_text(encoding="utf-8")
    assert any(found.startswith(problem) for found in problems_of(folder))


def test_all_problems_of_all_files_are_listed_at_once(folder: Path, spoil: Spoil) -> None:
    spoil("payee_units.csv", "QNSXD,", "QN-SXD,")
    spoil("fee_items.csv", "lephi,fixed,200000", "lephi,fixed,x")
    spoil("fee_items.csv", "LP-QUOCTICH-NHAP,", "lp quoc tich,")
    spoil("profile.json", '"22"', '"2"')
    assert [problem.rpartition(": ")[0] for problem in problems_of(folder)] == [
        "fee_items.csv:11: code",
        "fee_items.csv:24: amount_minor",
        "payee_units.csv:4: code",
        "profile.json: digits",
    ]


def test_a_file_from_a_spreadsheet_reads_the_same(folder: Path) -> None:
    expected = load_province(folder, SANDBOX)
    for file in ("fee_items.csv", "payee_units.csv", "working_days.csv"):
        text = (folder / file).read_text(encoding="utf-8")
        content = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
        (folder / file).write_bytes(content + b"\r\n,,,\r\n")
    assert load_province(folder, SANDBOX) == expected


def test_decomposed_accents_are_composed(folder: Path) -> None:
    import unicodedata

    expected = load_province(folder, SANDBOX)
    file = folder / "payee_units.csv"
    text = unicodedata.normalize("NFD", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    assert load_province(folder, SANDBOX) == expected


def test_a_file_that_is_not_utf_8_is_named_with_the_line(folder: Path) -> None:
    file = folder / "payee_units.csv"
    lines = file.read_bytes().split(b"\n")
    lines[4] = "QNX,Hà Nội,a,b,1,c,2,2025-01-01,".encode("latin-1", "replace")
    file.write_bytes(b"\n".join(lines))
    assert problems_of(folder) == ["payee_units.csv:5: is not UTF-8"]


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "fee_items.csv").unlink()
    assert problems_of(folder) == ["fee_items.csv: cannot be read"]


def test_a_quoted_line_break_does_not_shift_row_numbers(folder: Path, spoil: Spoil) -> None:
    spoil("fee_items.csv", "Late birth registration charge", '"Late birth\nregistration"')
    spoil("fee_items.csv", "lephi,fixed,200000", "lephi,fixed,x")
    places = [problem.split(": ")[0] for problem in problems_of(folder)]
    assert places == ["fee_items.csv:2", "fee_items.csv:25"]


def test_an_unclosed_quote_is_named(folder: Path, spoil: Spoil) -> None:
    spoil("fee_items.csv", "Late birth", '"Late birth')
    assert any("is not CSV" in problem for problem in problems_of(folder))


def test_sample_portals_are_filled(folder: Path, spoil: Spoil) -> None:
    (portal,) = load_sample_portals(folder, SANDBOX)
    assert portal.notice_url == f"{SIMULATOR}/portal/notices"
    assert f"{SIMULATOR}/portal/" in portal.return_urls
    spoil("portals.sample.json", '"operator"', '"operators"')
    with pytest.raises(DataFault, match=r"portals\.sample\.json:1"):
        load_sample_portals(folder, SANDBOX)


def test_every_channel_says_what_an_account_needs() -> None:
    for channel in build_channels(NO_HTTP).values():
        assert [field.name for field in channel.account_fields if field.is_secret]


@pytest.mark.parametrize(
    ("was", "is_now", "told"),
    [
        ('"970415"', '"970499"', "fields/bank_bin: must be one of 970403, 970405, 970407, 970415,"),
        ('"970415"', '"97041"', "fields/bank_bin: must be one of"),
        (
            '"SIMULATEDCTG1"',
            '"11 4000"',
            "fields/account_number: must look like [A-Z0-9]{4,19}, not '11 4000'",
        ),
        (
            f'"casso sepay sepay-key payos"{AFTER_NOTICES}',
            f'"casso swift"{AFTER_NOTICES}',
            "fields/notices: must be one of casso, sepay, sepay-key, payos, not 'swift'",
        ),
    ],
)
def test_a_bank_account_that_no_bank_has_is_told(
    folder: Path, spoil: Spoil, was: str, is_now: str, told: str
) -> None:
    spoil("channel_accounts.json", was, is_now)
    (problem,) = problems_of(folder)
    assert problem.startswith(f"channel_accounts.json:4: {told}")


def test_the_known_banks_have_the_numbers_that_napas_gave_them() -> None:
    known = {BANKS[number]: number for number in ("970436", "970415", "970418", "970405")}
    assert known == {
        "Vietcombank": "970436",
        "VietinBank": "970415",
        "BIDV": "970418",
        "Agribank": "970405",
    }


def test_an_account_is_told_which_secrets_its_notices_need(quangninh: Province) -> None:
    channel = build_channels(NO_HTTP)["vietqr"]
    account = quangninh.account_of("vietqr", "quangninh")
    assert account is not None
    assert needed_secrets(channel, account.fields) == (
        *("casso_key", "sepay_secret", "sepay_api_key", "payos_checksum_key"),
    )
    assert needed_secrets(channel, {**account.fields, "notices": "payos"}) == (
        "payos_checksum_key",
    )
    assert needed_secrets(build_channels(NO_HTTP)["vnpay"], {}) == ("hash_secret",)
