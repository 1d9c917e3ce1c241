"""What must hold between the parts of a province's document. Unreadable rows are left alone."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

from chalicelib.domain.bill_sources import is_reachable
from chalicelib.domain.catalog import FeeItem, PayeeUnit, PerUnitTariff, RangeTariff
from chalicelib.domain.colors import is_dark
from chalicelib.domain.counters import check_counters
from chalicelib.domain.money import EXPONENTS, MAX_AMOUNT_MINOR
from chalicelib.domain.province import ChannelAccount, Mode, Province
from chalicelib.domain.record_reader import Fault, Path
from chalicelib.domain.web_addresses import read_web_address

# A payer's number is looked up for each of them; a larger scheme is one scheme for each district.
MAX_SCHEME_UNITS = 50

_FOREVER = date.max


def check_province(province: Province, faults: list[Fault]) -> None:
    unreadable = frozenset(fault.path[:2] for fault in faults)
    _Rules(province, faults, unreadable).check()


class _Rules:
    def __init__(
        self, province: Province, faults: list[Fault], unreadable: frozenset[Path]
    ) -> None:
        self._province = province
        self._faults = faults
        self._unreadable = unreadable

    def check(self) -> None:
        self._check_profile()
        self._check_units()
        self._check_items()
        self._check_versions()
        self._check_accounts()
        self._check_schemes()
        self._check_counters()
        self._check_bill_sources()

    def _fault(self, what: str, *path: str | int) -> None:
        if path[:2] not in self._unreadable:
            self._faults.append(Fault(path, what))

    def _check_profile(self) -> None:
        province = self._province
        for day in sorted(province.worked_weekends):
            if day.weekday() < 5 or day in province.holidays:
                self._fault(f"{day} is not a free weekend", "profile", "worked_weekends")
        for origin in province.outbound_origins:
            address = read_web_address(origin)
            if address is None or address.path != "/" or address.has_query or origin.endswith("/"):
                self._fault(
                    f"{origin!r} is not scheme://host[:port]", "profile", "outbound_origins"
                )
        if province.outbound_origins and any(
            account.mode is Mode.LIVE for account in province.channel_accounts
        ):
            what = "only a sandbox, where every channel account is a test account, may have any"
            self._fault(what, "profile", "outbound_origins")

    def _check_units(self) -> None:
        seen: dict[str, int] = {}
        for index, unit in enumerate(self._province.payee_units):
            if seen.setdefault(unit.code, index) != index:
                self._fault(f"the code {unit.code!r} is there twice", "payee_units", index, "code")
            self._check_period(unit, "payee_units", index)

    def _check_items(self) -> None:
        for index, item in enumerate(self._province.fee_items):
            self._check_period(item, "fee_items", index)
            self._check_tariff(item, index)
            self._check_payees(item, index)
            if item.receipt_kind not in self._province.receipt_patterns:
                what = f"the profile has no receipt pattern for {item.receipt_kind}"
                self._fault(what, "fee_items", index, "receipt_kind")

    def _check_period(self, record: PayeeUnit | FeeItem, part: str, index: int) -> None:
        if record.valid_to is not None and record.valid_to < record.valid_from:
            self._fault("is before valid_from", part, index, "valid_to")

    def _check_tariff(self, item: FeeItem, index: int) -> None:
        match item.tariff:
            case RangeTariff(low, high) if low > high:
                self._fault("is more than max_minor", "fee_items", index, "tariff", "min_minor")
            case PerUnitTariff(each, _, most) if each * most > MAX_AMOUNT_MINOR:
                what = f"times amount_minor is more than {MAX_AMOUNT_MINOR}"
                self._fault(what, "fee_items", index, "tariff", "max_quantity")
            case _:
                pass

    def _check_payees(self, item: FeeItem, index: int) -> None:
        if not item.payee_units:
            self._fault("is missing", "fee_items", index, "payee_units")
        is_in_order, units = _is_in_order(item), self._province.units_by_code
        for code in item.payee_units:
            unit = units.get(code)
            if unit is None:
                self._unknown_unit(code, "fee_items", index)
            elif is_in_order and not _overlap(unit, item) and _is_in_order(unit):
                what = f"the unit {code!r} does not exist while the item is valid"
                self._fault(what, "fee_items", index, "payee_units")

    def _unknown_unit(self, code: str, part: str, index: int) -> None:
        if "" not in self._province.units_by_code:  # else its own row may be the unreadable one
            self._fault(f"unknown unit {code!r}", part, index, "payee_units")

    def _check_versions(self) -> None:
        """A code may come again with another tariff, once its earlier version has ended."""
        counts = Counter(item.code for item in self._province.fee_items)
        versions: defaultdict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
        for index, item in enumerate(self._province.fee_items):
            for unit in item.payee_units if counts[item.code] > 1 else ():
                versions[unit, item.code].append((item.valid_from, index))
        for (unit, code), rows in versions.items():
            for (_, first), (_, second) in pairwise(sorted(rows)):
                earlier, later = (self._province.fee_items[index] for index in (first, second))
                if _overlap(earlier, later):
                    what = (
                        f"overlaps the version of {code!r} from {earlier.valid_from} for {unit!r}"
                    )
                    self._fault(what, "fee_items", second, "code")

    def _check_accounts(self) -> None:
        seen: dict[tuple[str, str], int] = {}
        for index, account in enumerate(self._province.channel_accounts):
            if seen.setdefault((account.channel, account.account), index) != index:
                what = f"{account.channel}/{account.account} is there twice"
                self._fault(what, "channel_accounts", index, "account")
            if account.currency != self._province.currency in EXPONENTS:
                what = f"must be the province's currency, not {account.currency!r}"
                self._fault(what, "channel_accounts", index, "currency")
            if account.min_minor > account.max_minor:
                self._fault("is more than max_minor", "channel_accounts", index, "min_minor")
            for code in sorted(account.payee_units or ()):
                if code not in self._province.units_by_code:
                    self._unknown_unit(code, "channel_accounts", index)
            if account.mode is Mode.LIVE:
                self._check_live_addresses(account, index)
        self._check_choice()

    def _check_choice(self) -> None:
        """A payer who is to choose must be told between whom."""
        for index, account in enumerate(self._province.channel_accounts):
            if account.channel in self._province.payers_choose and account.acquirer is None:
                what = f"is missing: payers choose between the accounts of {account.channel!r}"
                self._fault(what, "channel_accounts", index, "acquirer")

    def _check_schemes(self) -> None:
        """Where there are any: each leads to something, and each item's is one of them."""
        known = Counter(scheme.code for scheme in self._province.schemes)
        for index, scheme in enumerate(self._province.schemes):
            where = ("profile", "schemes", index)
            if known[scheme.code] > 1:
                self._fault(f"the code {scheme.code!r} is there twice", *where, "code")
            units = len(self._province.units_of_scheme(scheme.code))
            if not 0 < units <= MAX_SCHEME_UNITS:
                what = f"has the items of {units} units, and 1 to {MAX_SCHEME_UNITS} can be asked"
                self._fault(what, *where, "code")
            if scheme.color and not is_dark(scheme.color):
                self._fault("is too light to be scanned on white paper", *where, "color")
        for index, item in enumerate(self._province.fee_items if known else ()):
            if item.scheme is not None and item.scheme not in known:
                self._fault(f"unknown scheme {item.scheme!r}", "fee_items", index, "scheme")

    def _check_bill_sources(self) -> None:
        for index, source in enumerate(self._province.bill_sources):
            where = ("profile", "bill_sources", index)
            if source.payee_unit not in self._province.units_by_code:
                self._fault(f"unknown payee unit {source.payee_unit!r}", *where, "payee_unit")
            if source.scheme is not None and self._province.scheme_of(source.scheme) is None:
                self._fault(f"unknown scheme {source.scheme!r}", *where, "scheme")
            if not is_reachable(source, self._province.outbound_origins):
                self._fault("is asked over https alone", *where, "url")

    def _check_counters(self) -> None:
        province = self._province
        check_counters(
            province.counters,
            province.units_by_code,
            province.channel_accounts,
            lambda name, index, what: self._fault(what, "profile", "counters", index, name),
        )

    def _check_live_addresses(self, account: ChannelAccount, index: int) -> None:
        for name, text in account.fields.items():
            if "://" not in text:
                continue
            address = read_web_address(text)
            if address is None or address.scheme != "https" or address.is_loopback:
                what = f"a live account needs a public https address, not {text!r}"
                self._fault(what, "channel_accounts", index, "fields", name)


def _is_in_order(record: PayeeUnit | FeeItem) -> bool:
    """Not where a date could not be read: its stand-in is the first day of all."""
    return record.valid_from > date.min and record.valid_from <= (record.valid_to or _FOREVER)


def _overlap(one: PayeeUnit | FeeItem, other: PayeeUnit | FeeItem) -> bool:
    return one.valid_from <= (other.valid_to or _FOREVER) and other.valid_from <= (
        one.valid_to or _FOREVER
    )
