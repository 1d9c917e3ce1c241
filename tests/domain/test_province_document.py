import copy
import hashlib
import json
from datetime import date
from typing import Any

import pytest

from chalicelib.domain.catalog import (
    FixedTariff,
    OpenTariff,
    PerUnitTariff,
    RangeTariff,
    ReceiptKind,
)
from chalicelib.domain.province import Acquirer, Mode, ReceiptPattern, Scheme, TimeLimits
from chalicelib.domain.province_document import document_version, find_faults, parse_province
from chalicelib.errors import DataFault
from tests.domain.province_documents import Document, account, item, small_document, unit


def faults_of(document: Document) -> list[str]:
    return [str(fault) for fault in find_faults(document)]


def changed(path: str, value: Any) -> Document:
    """A small document with one value replaced; `...` takes it away."""
    document = small_document()
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = document
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


SCHEME: Document = {
    "code": "exams",
    "names": {"vi": "Thi", "en": "Exams"},
    "number_names": {"vi": "Số báo danh", "en": "Candidate number"},
    "color": "#12406e",
}


def with_scheme(**changes: Any) -> Document:
    document = small_document()
    document["profile"]["schemes"] = [SCHEME | changes]
    document["fee_items"][1]["scheme"] = "exams"
    return document


def test_a_scheme_is_the_units_of_its_items() -> None:
    province = parse_province(with_scheme())
    scheme = province.scheme_of("exams")
    assert scheme == Scheme("exams", SCHEME["names"], SCHEME["number_names"], "#12406e")
    assert province.units_of_scheme("exams") == ("UNITA", "UNITB")
    assert province.scheme_of("fines") is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"code": "fines"}, "profile/schemes/0/code: has the items of 0 units, and 1 to 50"),
        ({"code": "fines"}, "fee_items/1/scheme: unknown scheme 'exams'"),
        ({"color": "red"}, "profile/schemes/0/color: must look like #[0-9a-f]{6}, not 'red'"),
        ({"color": "#7788ff"}, "profile/schemes/0/color: is too light to be scanned"),
        ({"names": {"vi": "Thi"}}, "profile/schemes/0/names/en: has no text in the declared"),
        ({"icon": "x"}, "profile/schemes/0/icon: is not known here"),
    ],
)
def test_what_is_wrong_with_a_scheme(changes: Document, fault: str) -> None:
    assert [each for each in faults_of(with_scheme(**changes)) if each.startswith(fault)]


def test_a_scheme_has_one_entry() -> None:
    document = with_scheme()
    document["profile"]["schemes"] *= 2
    assert "profile/schemes/0/code: the code 'exams' is there twice" in faults_of(document)


def test_every_part_of_a_document_is_read() -> None:
    document = small_document()
    document["fee_items"][0] |= {"scheme": "exams", "valid_to": "2026-12-31"}
    document["channel_accounts"][0] |= {
        "payee_units": ["UNITA"],
        "statement_layout": {"encoding": "utf-8"},
        "closed_reason": {"vi": "Bảo trì", "en": "Maintenance"},
    }
    province = parse_province(document)
    assert (province.code, province.digits, province.currency) == ("quangninh", "22", "VND")
    assert province.limits == TimeLimits(900, 86400, 900)
    assert province.receipt_patterns == {ReceiptKind.PHI: ReceiptPattern("01BLP0-001", "QN-26E")}
    assert province.holidays == {date(2026, 1, 1)}
    assert province.worked_weekends == {date(2026, 8, 22)}
    first_item = province.fee_item_on("UNITA", "FEE-1", date(2026, 3, 1))
    assert first_item is not None
    assert first_item.tariff == FixedTariff(50_000)
    assert first_item.valid_to == date(2026, 12, 31)
    assert first_item.scheme == "exams"
    channel = province.account_of("vnpay", "quangninh")
    assert channel is not None
    assert channel.mode is Mode.TEST
    assert channel.payee_units == frozenset({"UNITA"})
    assert channel.closed_reason == {"vi": "Bảo trì", "en": "Maintenance"}
    assert province.units_by_code["UNITB"].valid_to is None


@pytest.mark.parametrize(
    ("tariff", "read"),
    [
        ({"rule": "fixed", "amount_minor": 8000}, FixedTariff(8000)),
        (
            {"rule": "per_unit", "amount_minor": 2000, "unit_name": "trang", "max_quantity": 500},
            PerUnitTariff(2000, "trang", 500),
        ),
        ({"rule": "range", "min_minor": 1, "max_minor": 9}, RangeTariff(1, 9)),
        ({"rule": "open", "max_minor": 9}, OpenTariff(9)),
    ],
)
def test_each_tariff_rule_is_read(tariff: Document, read: object) -> None:
    document = changed("fee_items/0/tariff", tariff)
    assert parse_province(document).fee_items[0].tariff == read


def test_the_version_is_the_hash_of_the_canonical_json() -> None:
    document = {"b": [1, "ấ"], "a": None}
    canonical = '{"a":null,"b":[1,"ấ"]}'
    expected = hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]
    assert document_version(document) == expected


def test_the_version_depends_on_content_alone() -> None:
    document = small_document()
    shuffled = json.loads(json.dumps(document, sort_keys=True, indent=3))
    assert parse_province(shuffled).version == parse_province(document).version
    other = changed("profile/phone", "0203 000 0009")
    assert parse_province(other).version != parse_province(document).version


def test_reading_does_not_change_the_document() -> None:
    document = small_document()
    before = copy.deepcopy(document)
    parse_province(document)
    assert document == before


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("format", 2, "format: must be 1 to 1, not 2"),
        ("extra", 1, "extra: is not known here"),
        ("profile/digits", "02", "profile/digits: must look like [1-9][0-9], not '02'"),
        ("profile/digits", 22, "profile/digits: must be text, not 22"),
        ("profile/currency", "USD", "profile/currency: unknown currency 'USD'"),
        ("profile/zone", "Asia/Hanoi2", "profile/zone: unknown time zone 'Asia/Hanoi2'"),
        ("profile/zone", "../etc/passwd", "profile/zone: unknown time zone '../etc/passwd'"),
        ("profile/code", "quảngninh", "profile/code: must look like"),
        ("profile/languages", ["vi", "vi"], "profile/languages: names the same thing twice"),
        ("profile/names", {"vi": "Q"}, "profile/names/en: has no text in the declared language"),
        ("profile/statement_due", "24:00", "profile/statement_due: must look like"),
        ("profile/limits/grace_seconds", 0, "profile/limits/grace_seconds: must be 60 to 86400"),
        (
            "profile/limits/order_seconds",
            90000,
            "profile/limits/order_seconds: is more than max_order_seconds",
        ),
        ("profile/holidays", ["2026-02-30"], "profile/holidays/0: must be a date as in"),
        ("profile/holidays", ["20260101"], "profile/holidays/0: must be a date as in"),
        ("profile/holidays", ["2026-W01-1"], "profile/holidays/0: must be a date as in"),
        (
            "profile/worked_weekends",
            ["2026-08-21"],
            "profile/worked_weekends: 2026-08-21 is not a free weekend",
        ),
        ("profile/worked_weekends", "2026-08-22", "profile/worked_weekends: must be a list"),
        ("profile/receipt_patterns/fee", {}, "profile/receipt_patterns/fee: is not known here"),
        (
            "profile/outbound_origins",
            ["http://127.0.0.1:8100/"],
            "profile/outbound_origins: 'http://127.0.0.1:8100/' is not scheme://host[:port]",
        ),
        ("payee_units/0/code", "", "payee_units/0/code: is missing"),
        ("payee_units/0/code", "UNIT#A", "payee_units/0/code: must look like"),
        ("payee_units/0/phone", ..., "payee_units/0/phone: is missing"),
        ("payee_units/0/address", "a\tb", "payee_units/0/address: has control characters"),
        ("payee_units/0/address", " a", "payee_units/0/address: has control characters, outer"),
        ("payee_units/0/address", "a" * 1001, "payee_units/0/address: has control characters"),
        ("payee_units", [unit("UNITA"), unit("UNITB"), unit("UNITB")], "2/code: the code 'UNITB'"),
        ("payee_units/0/valid_to", "2025-06-30", "payee_units/0/valid_to: is before valid_from"),
        ("payee_units/0/valid_from", None, "payee_units/0/valid_from: must be a date"),
        ("fee_items/0/code", "fee 1", "fee_items/0/code: must look like"),
        ("fee_items/0/payee_units", [], "fee_items/0/payee_units: is missing"),
        ("fee_items/0/payee_units", ["UNITZ"], "fee_items/0/payee_units: unknown unit 'UNITZ'"),
        (
            "fee_items/1/payee_units",
            ["UNITA", "UNITA"],
            "fee_items/1/payee_units: names the same thing twice",
        ),
        ("fee_items/0/names/en", ..., "fee_items/0/names/en: has no text in the declared"),
        ("fee_items/0/names/en", "", "fee_items/0/names/en: is missing"),
        ("fee_items/0/receipt_kind", "fee", "fee_items/0/receipt_kind: must be one of phi, lephi"),
        (
            "fee_items/0/receipt_kind",
            "lephi",
            "fee_items/0/receipt_kind: the profile has no receipt pattern for lephi",
        ),
        ("fee_items/0/is_repeatable", "no", "fee_items/0/is_repeatable: must be true or false"),
        ("fee_items/0/is_repeatable", 0, "fee_items/0/is_repeatable: must be true or false"),
        ("fee_items/0/valid_to", "2025-06-30", "fee_items/0/valid_to: is before valid_from"),
        ("fee_items/0/tariff/rule", "free", "fee_items/0/tariff/rule: must be fixed, per_unit"),
        ("fee_items/0/tariff/amount_minor", 5e4, "must be a whole number, not 50000.0"),
        ("fee_items/0/tariff/amount_minor", "5.0E+04", "must be a whole number, not '5.0E+04'"),
        ("fee_items/0/tariff/amount_minor", True, "must be a whole number, not True"),
        ("fee_items/0/tariff/amount_minor", -5, "must be 1 to 999999999999, not -5"),
        ("fee_items/0/tariff/amount_minor", 0, "must be 1 to 999999999999, not 0"),
        ("fee_items/0/tariff/amount_minor", 10**12, "must be 1 to 999999999999"),
        ("fee_items/0/tariff/max_minor", 9, "fee_items/0/tariff/max_minor: is not known here"),
        (
            "fee_items/0/tariff",
            {"rule": "range", "min_minor": 10, "max_minor": 9},
            "fee_items/0/tariff/min_minor: is more than max_minor",
        ),
        (
            "fee_items/0/tariff",
            {"rule": "per_unit", "amount_minor": 10**9, "unit_name": "x", "max_quantity": 10**4},
            "fee_items/0/tariff/max_quantity: times amount_minor is more than 999999999999",
        ),
        ("channel_accounts/0/mode", "demo", "channel_accounts/0/mode: must be one of test, live"),
        ("channel_accounts/0/currency", "CNY", "must be the province's currency, not 'CNY'"),
        ("channel_accounts/0/account", "a/b", "channel_accounts/0/account: must look like"),
        ("channel_accounts/0/min_minor", 10**9, "min_minor: is more than max_minor"),
        ("channel_accounts/0/payee_units", ["X"], "payee_units: unknown unit 'X'"),
        ("channel_accounts/0/fields", {"a": 1}, "channel_accounts/0/fields/a: must be text"),
        ("channel_accounts/0/secret_name", "a b", "channel_accounts/0/secret_name: must look"),
        ("channel_accounts/0/statement_layout", ..., "statement_layout: must be an object"),
        ("channel_accounts/0/closed_reason", {"vi": "x"}, "closed_reason/en: has no text"),
    ],
)
def test_one_wrong_value_is_one_fault_with_its_place(path: str, value: Any, fault: str) -> None:
    faults = faults_of(changed(path, value))
    assert len(faults) == 1, faults
    assert fault in faults[0]


def test_many_faults_are_all_found_in_one_reading() -> None:
    document = small_document()
    document["payee_units"][0]["phone"] = ""
    document["payee_units"][1]["valid_to"] = "never"
    document["fee_items"][0]["tariff"]["amount_minor"] = "x"
    document["fee_items"][1]["payee_units"] = ["UNITQ"]
    document["channel_accounts"][0]["mode"] = "live"
    assert [fault.path[:2] for fault in find_faults(document)] == [
        ("payee_units", 0),
        ("payee_units", 1),
        ("fee_items", 0),
        ("fee_items", 1),
        ("channel_accounts", 0),
    ]


def test_a_document_with_faults_is_never_read_in_part() -> None:
    document = changed("payee_units/1/valid_to", "never")
    with pytest.raises(DataFault, match="1 faults: payee_units/1/valid_to"):
        parse_province(document)


@pytest.mark.parametrize("value", [None, 1, "x", [], {}])
def test_anything_that_is_no_document_is_a_data_fault(value: Any) -> None:
    with pytest.raises(DataFault):
        parse_province(value)


def test_an_item_may_come_again_once_its_earlier_version_has_ended() -> None:
    document = small_document()
    document["fee_items"] = [
        item("FEE-1", "UNITA", valid_to="2025-12-31"),
        item("FEE-1", "UNITA", valid_from="2026-01-01"),
        item("FEE-1", "UNITB"),
    ]
    province = parse_province(document)
    old, new = province.fee_items[:2]
    assert province.fee_item_on("UNITA", "FEE-1", date(2025, 12, 31)) == old
    assert province.fee_item_on("UNITA", "FEE-1", date(2026, 1, 1)) == new
    assert province.fee_item_on("UNITA", "FEE-1", date(2025, 6, 30)) is None
    assert province.fee_item_on("UNITA", "FEE-2", date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("first_to", "second_from", "overlaps"),
    [
        (None, "2026-01-01", True),
        ("2026-01-01", "2026-01-01", True),
        ("2025-12-31", "2026-01-01", False),
        ("2025-12-31", "2025-07-01", True),
    ],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_versions_of_an_item_may_not_overlap(
    first_to: str | None, second_from: str, overlaps: bool, is_reversed: bool
) -> None:
    document = small_document()
    document["fee_items"] = [
        item("FEE-1", "UNITA", "UNITB", valid_to=first_to),
        item("FEE-1", "UNITB", valid_from=second_from),
    ]
    if is_reversed:
        document["fee_items"].reverse()
    faults = faults_of(document)
    assert len(faults) == overlaps
    assert all("overlaps the version of 'FEE-1'" in fault for fault in faults)


def test_an_item_must_be_valid_while_its_unit_exists() -> None:
    document = small_document()
    document["payee_units"].append(unit("OLD", valid_from="2020-01-01", valid_to="2025-06-30"))
    document["fee_items"].append(item("FEE-3", "OLD", valid_from="2025-07-01"))
    assert faults_of(document) == [
        "fee_items/2/payee_units: the unit 'OLD' does not exist while the item is valid"
    ]
    document["fee_items"][2]["valid_from"] = "2025-06-30"
    assert faults_of(document) == []


def test_a_channel_account_is_named_once() -> None:
    document = small_document()
    document["channel_accounts"] += [account("sandbox"), account("vnpay")]
    assert faults_of(document) == ["channel_accounts/2/account: vnpay/quangninh is there twice"]


LIVE_FIELDS = {"api_url": "https://pay.example/api"}


def test_origins_that_only_a_sandbox_needs_are_refused_beside_a_live_account() -> None:
    document = changed("profile/outbound_origins", ["http://127.0.0.1:8100"])
    assert faults_of(document) == []
    document["channel_accounts"].append(
        account("vnpay", account="live", mode="live", fields=LIVE_FIELDS)
    )
    (fault,) = faults_of(document)
    assert "profile/outbound_origins: only a sandbox" in fault


@pytest.mark.parametrize(
    "url", ["http://pay.example/api", "https://127.0.0.1/api", "https://localhost/api", "ftp://x/y"]
)
def test_a_live_account_only_speaks_to_public_https(url: str) -> None:
    live = account("vnpay", account="live", mode="live", fields={"api_url": url})
    document = changed("channel_accounts", [live])
    (fault,) = faults_of(document)
    assert "channel_accounts/0/fields/api_url: a live account needs a public https" in fault
    document["channel_accounts"][0]["fields"] = LIVE_FIELDS
    assert faults_of(document) == []


def test_an_account_names_its_acquirer_and_payers_choose_where_the_profile_says_so() -> None:
    document = small_document()
    bank: Document = {"code": "VCB", "names": {"vi": "Vietcombank", "en": "Vietcombank"}}
    document["channel_accounts"] = [
        account("vietqr", account="vcb", acquirer=bank),
        account("vietqr", account="bidv", acquirer=bank | {"code": "BIDV"}),
        account("vnpay"),
    ]
    document["profile"]["payers_choose"] = ["vietqr"]
    province = parse_province(document)
    assert province.payers_choose == {"vietqr"}
    acquirers = [each.acquirer for each in province.channel_accounts]
    assert acquirers == [Acquirer("VCB", bank["names"]), Acquirer("BIDV", bank["names"]), None]


def test_a_document_of_before_several_accounts_is_read_as_it_was() -> None:
    province = parse_province(small_document())
    assert province.payers_choose == frozenset()
    assert province.channel_accounts[0].acquirer is None


def test_a_choice_between_nameless_accounts_is_a_fault() -> None:
    assert faults_of(changed("profile/payers_choose", ["vietqr", "vnpay"])) == [
        "channel_accounts/0/acquirer: is missing: payers choose between the accounts of 'vnpay'",
    ]
    bad = changed("channel_accounts/0/acquirer", {"code": "vcb", "names": {"vi": "VCB"}})
    assert [fault.partition(":")[0] for fault in faults_of(bad)] == [
        "channel_accounts/0/acquirer/code",
        "channel_accounts/0/acquirer/names/en",
    ]
