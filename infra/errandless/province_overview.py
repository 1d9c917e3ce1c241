"""What provinces' folders say, and what is wrong in them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from chalicelib.domain.money import EXPONENTS, Money
from chalicelib.domain.onboarding import Stage
from chalicelib.errors import DataFault
from infra.errandless import province_files as files
from infra.errandless.answers import NOTHING, amount, facts, table
from infra.errandless.deployment import read_deployment
from infra.errandless.failures import OperatorError
from infra.errandless.paths import PROVINCES

Document = dict[str, Any]
# Only to read with: nothing is asked of it.
SANDBOX = {"SIMULATOR_URL": "http://127.0.0.1:8100"}
AWS: Mapping[str, str] = {}
_PLACE = re.compile(r"(?P<file>[^:\s]+)(?::(?P<row>\d+))?: (?P<what>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Overview:
    """`marks`: lines still to be filled in. Counts are 0 where the files have faults."""

    code: str
    country: str
    currency: str
    units: int
    fee_items: int
    accounts: int
    marks: int
    faults: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FileFault:
    """`row`: a table's line, or a list's entry from 1; None: the whole file."""

    file: str
    row: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """`left_out`: accounts that do not count where it is checked for."""

    province: str
    sandbox: bool
    faults: tuple[FileFault, ...]
    left_out: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def list_provinces(provinces: Path = PROVINCES) -> list[Overview]:
    return [_overview(each.parent) for each in sorted(provinces.glob(f"*/{files.PROFILE}"))]


def province_folder(code: str, provinces: Path = PROVINCES) -> Path:
    """Raises: OperatorError"""
    known = sorted(each.parent.name for each in provinces.glob(f"*/{files.PROFILE}"))
    if code not in known:
        listed = ", ".join(known) or "none"
        raise OperatorError(f"There is no province {code!r}; known are: {listed}.")
    return provinces / code


def read_folder(code: str, provinces: Path = PROVINCES) -> Document:
    """As a sandbox reads it. Raises: OperatorError"""
    folder = province_folder(code, provinces)
    try:
        return files.load_province(folder, SANDBOX)
    except DataFault as fault:
        raise OperatorError(f"{fault.detail}\n`province check {code}` lists all.") from fault


def check_province(code: str, *, sandbox: bool, provinces: Path = PROVINCES) -> Check:
    """Read both as a sandbox and, unless only that is asked, as for AWS. Raises: OperatorError"""
    folder = province_folder(code, provinces)
    texts = _faults_of(lambda: files.load_province(folder, SANDBOX))
    texts += _faults_of(lambda: files.load_sample_portals(folder, SANDBOX))
    if not sandbox:
        texts += _faults_of(lambda: files.load_province(folder, AWS))
        texts += _faults_of(lambda: read_deployment(code, provinces))
    faults = tuple(_place(text) for text in dict.fromkeys(texts))
    there = SANDBOX if sandbox else AWS
    return Check(code, sandbox, faults, files.accounts_left_out(folder, there))


def _overview(folder: Path) -> Overview:
    marks = len(files.list_marks(folder))
    try:
        document = files.load_province(folder, SANDBOX)
    except DataFault as fault:
        count = len(_lines(fault))
        return Overview(folder.name, NOTHING, NOTHING, 0, 0, 0, marks, count)
    left_out = files.accounts_left_out(folder, SANDBOX)
    profile = document["profile"]
    return Overview(
        code=folder.name,
        country=profile["country"],
        currency=profile["currency"],
        units=len(document["payee_units"]),
        fee_items=len({item["code"] for item in document["fee_items"]}),
        accounts=len(document["channel_accounts"]) + len(left_out),
        marks=marks,
        faults=0,
    )


def _faults_of(read: Callable[[], object]) -> list[str]:
    try:
        read()
    except DataFault as fault:
        return _lines(fault)
    except OperatorError as error:
        return [str(error)]
    return []


def _lines(fault: DataFault) -> list[str]:
    """The loader's own: a headline, then a line for each."""
    headline, _, rest = fault.detail.partition("\n")
    return rest.splitlines() or [headline]


def _place(text: str) -> FileFault:
    found = _PLACE.match(text)
    if found is None:
        return FileFault("", None, text)
    return FileFault(found["file"], int(found["row"]) if found["row"] else None, text)


def show_province(document: Document, language: str) -> Iterable[RenderableType | str]:
    profile = document["profile"]
    wanted = language if language in profile["languages"] else profile["languages"][0]
    currency = profile["currency"]
    yield facts(f"{profile['code']}: {profile['names'][wanted]}", _profile_rows(profile))
    units = [
        (unit["code"], unit["names"][wanted], _period(unit), _stage(unit))
        for unit in document["payee_units"]
    ]
    yield table(("Unit", "Name", "Valid", "Stage"), units, title="\nPayee units")
    items = [
        (
            item["code"],
            item["names"][wanted],
            _tariff(item["tariff"], currency) + (" sample" if item["is_sample_amount"] else ""),
            item["receipt_kind"],
            len(item["payee_units"]),
            _period(item),
        )
        for item in document["fee_items"]
    ]
    yield table(("Item", "Name", "Tariff", "Receipt", "Units", "Valid"), items, title="\nFee items")
    accounts = [
        (
            account["channel"],
            account["account"],
            account["mode"],
            "all" if account["payee_units"] is None else len(account["payee_units"]),
            _span(account, currency),
            account["secret_name"],
        )
        for account in document["channel_accounts"]
    ]
    headings = ("Channel", "Account", "Mode", "Units", "Limits", "Secret")
    yield table(headings, accounts, title="\nChannel accounts, as a sandbox has them")


def _profile_rows(profile: Mapping[str, Any]) -> list[tuple[str, object]]:
    limits = profile["limits"]
    return [
        ("Country", profile["country"]),
        ("Currency", profile["currency"]),
        ("Time zone", profile["zone"]),
        ("Languages", ", ".join(profile["languages"])),
        ("Payment codes", f"begin with {profile['digits']}"),
        ("Telephone", profile["phone"]),
        ("An order lives", f"{limits['order_seconds'] // 60} minutes, if nothing else is asked"),
        ("Statements due", f"{profile['statement_due']} on the day after"),
        ("Free days", f"{len(profile['holidays'])}, worked: {len(profile['worked_weekends'])}"),
    ]


def _period(record: Mapping[str, Any]) -> str:
    return f"{record['valid_from']} to {record['valid_to'] or 'now'}"


def _stage(unit: Mapping[str, Any]) -> str:
    since = f" since {unit['stage_since']}" if "stage_since" in unit else ""
    return f"{unit.get('stage', Stage.LIVE.value)}{since}"


def _tariff(tariff: Mapping[str, Any], currency: str) -> str:
    match tariff["rule"]:
        case "fixed":
            return _minor(tariff["amount_minor"], currency)
        case "per_unit":
            return f"{_minor(tariff['amount_minor'], currency)} each {tariff['unit_name']}"
        case "range":
            return _span(tariff, currency)
        case _:
            return "as the unit computes"


def _span(limits: Mapping[str, Any], currency: str) -> str:
    return f"{_minor(limits['min_minor'], currency)} to {_minor(limits['max_minor'], currency)}"


def _minor(minor: int, currency: str) -> str:
    assert currency in EXPONENTS
    return amount(Money(minor, currency))
