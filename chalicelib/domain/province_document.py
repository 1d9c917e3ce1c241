"""A province's document (profile, catalogue, channel accounts), read strictly into a `Province`.

The same rules serve whoever publishes a document (`find_faults` names all that is wrong) and the
functions that use it (`parse_province`).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain.bill_sources import read_bill_sources
from chalicelib.domain.catalog import (
    FeeItem,
    FixedTariff,
    OpenTariff,
    PayeeUnit,
    PerUnitTariff,
    RangeTariff,
    ReceiptKind,
    Tariff,
)
from chalicelib.domain.counters import read_counters
from chalicelib.domain.finance_document import read_finance_systems
from chalicelib.domain.money import EXPONENTS, MAX_AMOUNT_MINOR
from chalicelib.domain.onboarding import Onboarding, Stage
from chalicelib.domain.part_rules import PartRule
from chalicelib.domain.province import (
    Acquirer,
    ChannelAccount,
    Mode,
    Province,
    ReceiptPattern,
    Scheme,
    TimeLimits,
)
from chalicelib.domain.province_rules import check_province
from chalicelib.domain.record_reader import Fault, Record
from chalicelib.errors import DataFault

FORMAT = 1
MAX_QUANTITY = 1_000_000
MAX_ORDER_SECONDS = 366 * 86_400
SHOWN_FAULTS = 20

_CODE = re.compile(r"[a-z][a-z0-9_]{1,30}")
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_UNIT = re.compile(r"[A-Z][A-Z0-9]{2,19}")
_ITEM = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_SCHEME = re.compile(r"[a-z][a-z0-9-]{1,40}")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_ACQUIRER = re.compile(r"[A-Z][A-Z0-9-]{1,19}")
_REPORT = re.compile(r"[A-Za-z0-9._-]{1,100}\.json")
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,200}")


def document_version(document: Mapping[str, Any]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of its canonical JSON."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parse_province(document: Mapping[str, Any]) -> Province:
    """Raises: DataFault that names the first faults."""
    province, faults = _read(document)
    if faults:
        shown = "; ".join(str(fault) for fault in faults[:SHOWN_FAULTS])
        raise DataFault("province_document", f"{len(faults)} faults: {shown}")
    return province


def find_faults(document: Mapping[str, Any]) -> tuple[Fault, ...]:
    return tuple(_read(document)[1])


def _read(document: Mapping[str, Any]) -> tuple[Province, list[Fault]]:
    faults: list[Fault] = []
    top = Record(document, (), faults)
    top.whole("format", FORMAT, FORMAT)
    profile = top.record("profile")
    languages = profile.texts("languages", _LANGUAGE)
    units = tuple(_read_unit(record, languages) for record in top.records("payee_units"))
    items = tuple(_read_item(record, languages) for record in top.records("fee_items"))
    accounts = tuple(_read_account(record, languages) for record in top.records("channel_accounts"))
    province = Province(
        code=profile.text("code", _CODE),
        digits=profile.text("digits", re.compile("[1-9][0-9]")),
        names=profile.names("names", languages),
        currency=_read_currency(profile),
        country=profile.text("country", re.compile("[A-Z]{2}")),
        zone=_read_zone(profile),
        languages=languages,
        phone=profile.text("phone"),
        limits=_read_limits(profile.record("limits")),
        statement_due=profile.text("statement_due", re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")),
        receipt_patterns=_read_patterns(profile.record("receipt_patterns")),
        holidays=profile.days("holidays"),
        worked_weekends=profile.days("worked_weekends"),
        outbound_origins=profile.texts("outbound_origins"),
        payee_units=units,
        fee_items=items,
        channel_accounts=accounts,
        payers_choose=_read_payers_choose(profile),
        schemes=_read_schemes(profile, languages),
        finance_systems=read_finance_systems(profile),
        counters=read_counters(profile, languages),
        bill_sources=read_bill_sources(profile),
        version=document_version(document),
    )
    profile.finish()
    top.finish()
    check_province(province, faults)
    return province, faults


def _read_currency(profile: Record) -> str:
    currency = profile.text("currency")
    if currency and currency not in EXPONENTS:
        profile.fault(f"unknown currency {currency!r}", "currency")
    return currency


def _read_zone(profile: Record) -> str:
    zone = profile.text("zone")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        profile.fault(f"unknown time zone {zone!r}", "zone")
    return zone


def _read_payers_choose(profile: Record) -> frozenset[str]:
    """A document of before several accounts does not say it."""
    has = profile.has("payers_choose")
    return frozenset(profile.texts("payers_choose", _CODE) if has else ())


def _read_schemes(profile: Record, languages: tuple[str, ...]) -> tuple[Scheme, ...]:
    """A document of before the entries does not say it."""
    records = profile.records("schemes") if profile.has("schemes") else []
    schemes = []
    for record in records:
        names = {key: record.names(key, languages) for key in ("names", "number_names")}
        if record.has("second_fact_names"):
            names["second_fact_names"] = record.names("second_fact_names", languages)
        code, color = record.text("code", _SCHEME), record.text("color", _COLOR)
        schemes.append(Scheme(code, **names, color=color))
        record.finish()
    return tuple(schemes)


def _read_limits(record: Record) -> TimeLimits:
    limits = TimeLimits(
        order_seconds=record.whole("order_seconds", 60, MAX_ORDER_SECONDS),
        max_order_seconds=record.whole("max_order_seconds", 60, MAX_ORDER_SECONDS),
        grace_seconds=record.whole("grace_seconds", 60, 86_400),
    )
    record.finish()
    if limits.order_seconds > limits.max_order_seconds:
        record.fault("is more than max_order_seconds", "order_seconds")
    return limits


def _read_patterns(record: Record) -> Mapping[ReceiptKind, ReceiptPattern]:
    patterns = {}
    for kind in ReceiptKind:
        if record.has(kind):
            pattern = record.record(kind)
            patterns[kind] = ReceiptPattern(pattern.text("pattern"), pattern.text("serial"))
            pattern.finish()
    record.finish()
    return patterns


def _read_unit(record: Record, languages: tuple[str, ...]) -> PayeeUnit:
    unit = PayeeUnit(
        code=record.text("code", _UNIT),
        names=record.names("names", languages),
        tax_code=record.text("tax_code"),
        address=record.text("address"),
        phone=record.text("phone"),
        valid_from=record.day("valid_from"),
        valid_to=record.optional("valid_to", record.day),
        onboarding=_read_onboarding(record),
    )
    record.finish()
    return unit


def _read_onboarding(unit: Record) -> Onboarding:
    """A unit of before the stages does not say it: it is live."""
    return Onboarding(
        stage=unit.choice("stage", Stage) if unit.has("stage") else Stage.LIVE,
        since=unit.day("stage_since") if unit.has("stage_since") else None,
        report=unit.text("joint_test_report", _REPORT) if unit.has("joint_test_report") else None,
    )


def _read_item(record: Record, languages: tuple[str, ...]) -> FeeItem:
    item = FeeItem(
        code=record.text("code", _ITEM),
        payee_units=record.texts("payee_units"),
        names=record.names("names", languages),
        receipt_kind=record.choice("receipt_kind", ReceiptKind),
        tariff=_read_tariff(record.record("tariff")),
        legal_basis=record.text("legal_basis"),
        valid_from=record.day("valid_from"),
        valid_to=record.optional("valid_to", record.day),
        is_repeatable=record.flag("is_repeatable"),
        is_sample_amount=record.flag("is_sample_amount"),
        scheme=record.optional("scheme", lambda key: record.text(key, _SCHEME)),
        parts=_read_parts(record),
    )
    record.finish()
    return item


def _read_parts(item: Record) -> PartRule | None:
    """An item of before there were parts does not say it: its bills are paid whole."""
    has_least = item.has("min_part_minor")
    least = item.whole("min_part_minor", 1, MAX_AMOUNT_MINOR) if has_least else 1
    allows = item.has("allows_partial") and item.flag("allows_partial")
    return PartRule(least) if allows else None


def _read_tariff(record: Record) -> Tariff:
    def amount(key: str) -> int:
        return record.whole(key, 1, MAX_AMOUNT_MINOR)

    tariff: Tariff
    match record.text("rule"):
        case "fixed":
            tariff = FixedTariff(amount("amount_minor"))
        case "per_unit":
            quantity = record.whole("max_quantity", 1, MAX_QUANTITY)
            tariff = PerUnitTariff(amount("amount_minor"), record.text("unit_name"), quantity)
        case "range":
            tariff = RangeTariff(amount("min_minor"), amount("max_minor"))
        case "open":
            tariff = OpenTariff(amount("max_minor"))
        case other:
            if other:
                record.fault(f"must be fixed, per_unit, range or open, not {other!r}", "rule")
            return OpenTariff()
    record.finish()
    return tariff


def _read_account(record: Record, languages: tuple[str, ...]) -> ChannelAccount:
    units = record.optional("payee_units", record.texts)
    account = ChannelAccount(
        channel=record.text("channel", _CODE),
        account=record.text("account", _ACCOUNT),
        mode=record.choice("mode", Mode),
        names=record.names("names", languages),
        payee_units=None if units is None else frozenset(units),
        currency=record.text("currency"),
        min_minor=record.whole("min_minor", 1, MAX_AMOUNT_MINOR),
        max_minor=record.whole("max_minor", 1, MAX_AMOUNT_MINOR),
        fields=record.text_map("fields"),
        secret_name=record.text("secret_name", _SECRET_NAME),
        statement_layout=record.optional("statement_layout", record.mapping),
        own_file_layout=record.mapping(own) if record.has(own := "own_file_layout") else None,
        closed_reason=record.optional("closed_reason", lambda key: record.names(key, languages)),
        acquirer=_read_acquirer(record, languages),
    )
    record.finish()
    return account


def _read_acquirer(account: Record, languages: tuple[str, ...]) -> Acquirer | None:
    """A document of before several accounts does not say it."""
    if not account.has("acquirer"):
        return None
    record = account.record("acquirer")
    acquirer = Acquirer(record.text("code", _ACQUIRER), record.names("names", languages))
    record.finish()
    return acquirer
