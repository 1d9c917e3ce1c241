"""A new province's folder. It loads and runs as a sandbox at once; `FILL IN` marks what is still to
be said, and nothing that has a mark is seeded to AWS."""

import csv
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from chalicelib.errors import DataFault
from infra.errandless import province_files as files
from infra.errandless.failures import OperatorError
from infra.errandless.paths import PROVINCES
from infra.errandless.province_records import ITEM_COLUMNS, UNIT_COLUMNS
from infra.simulator import STATEMENT_LAYOUTS, channel_fields

SIMULATOR = "${SIMULATOR_URL}"
DEPLOYMENT = "deployment.json"


@dataclass(frozen=True, slots=True)
class NewProvince:
    """`digits`: the first two of every payment code, which no other province has."""

    code: str
    digits: str
    currency: str
    country: str
    zone: str
    languages: tuple[str, ...]
    region: str


def create_province(new: NewProvince, today: date, provinces: Path = PROVINCES) -> Path:
    """The folder. Raises: OperatorError, and nothing is written."""
    folder = provinces / new.code
    if folder.exists():
        raise OperatorError(f"{folder} is there already.")
    _require_free_digits(new, provinces)
    contents = _contents(new, today)
    _require_loading(contents)
    folder.mkdir()
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _require_free_digits(new: NewProvince, provinces: Path) -> None:
    for profile in sorted(provinces.glob(f"*/{files.PROFILE}")):
        if json.loads(profile.read_text("utf-8")).get("digits") == new.digits:
            raise OperatorError(f"The digits {new.digits} belong to {profile.parent.name}.")


def _require_loading(contents: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in contents.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        try:
            files.load_province(Path(folder), {"SIMULATOR_URL": "http://127.0.0.1:8100"})
        except DataFault as fault:
            problems = fault.detail.partition("\n")[2] or fault.detail
            raise OperatorError(f"No province can be made of this:\n{problems}") from fault


def _contents(new: NewProvince, today: date) -> dict[str, str]:
    begin = date(today.year, 1, 1).isoformat()
    return {
        files.PROFILE: _json(_profile(new)),
        files.UNITS: _units(new, begin),
        files.ITEMS: _items(new, begin),
        files.DAYS: _days(begin),
        files.ACCOUNTS: _json([_sandbox_account(new)]),
        files.PORTALS: _json([_portal(new)]),
        DEPLOYMENT: _json(
            {"region": new.region, "public_base_url": f"https://pay.{new.code}.example"}
        ),
    }


def _mark(what: str) -> str:
    return f"{files.MARK}: {what}"


def _names(new: NewProvince, what: str) -> dict[str, str]:
    return {language: _mark(f"{what} ({language})") for language in new.languages}


def _profile(new: NewProvince) -> dict[str, Any]:
    return {
        "code": new.code,
        "digits": new.digits,
        "names": _names(new, "the province"),
        "currency": new.currency,
        "country": new.country,
        "zone": new.zone,
        "languages": list(new.languages),
        "phone": _mark("whom a payer calls"),
        "limits": {"order_seconds": 1800, "max_order_seconds": 2_592_000, "grace_seconds": 900},
        "statement_due": "09:00",
        "receipt_patterns": {
            "general": {
                "pattern": _mark("what the finance department registered"),
                "serial": _mark("its serial"),
            }
        },
        "sandbox_outbound_origins": [SIMULATOR],
    }


def _units(new: NewProvince, begin: str) -> str:
    names = _names(new, "a payee unit")
    head, *tail = UNIT_COLUMNS
    cells = ["EXAMPLE", *names.values(), "0", _mark("its address"), _mark("its phone"), begin, ""]
    return _table([head, *_name_columns(new), *tail], [cells])


def _items(new: NewProvince, begin: str) -> str:
    code, units, *rest = ITEM_COLUMNS
    item = {
        "receipt_kind": "general",
        "rule": "fixed",
        "amount_minor": "10000",
        "legal_basis": _mark("the law or decree"),
        "valid_from": begin,
        "is_repeatable": "false",
        "is_sample_amount": "true",
    }
    names = _names(new, "a fee item").values()
    cells = ["EXAMPLE-FEE", "EXAMPLE", *names, *(item.get(column, "") for column in rest)]
    return _table([code, units, *_name_columns(new), *rest], [cells])


def _days(begin: str) -> str:
    source = _mark("the decree; add every holiday and worked weekend")
    return _table(files.DAY_COLUMNS, [[begin, "holiday", "1.1.", "expected", source]])


def _sandbox_account(new: NewProvince) -> dict[str, Any]:
    names = dict.fromkeys(new.languages, "Sandbox (no real money)")
    return {
        "channel": "sandbox",
        "account": new.code.replace("_", "-"),
        "mode": "test",
        "names": names,
        "payee_units": None,
        "currency": new.currency,
        "min_minor": 1,
        "max_minor": 999_999_999_999,
        "fields": channel_fields(SIMULATOR)["sandbox"]["fields"],
        "secret_name": f"sandbox/{new.code}",
        "statement_layout": STATEMENT_LAYOUTS["sandbox"],
        "closed_reason": None,
    }


def _portal(new: NewProvince) -> dict[str, Any]:
    return {
        "portal_id": "demo",
        "names": dict.fromkeys(new.languages, "Demo portal"),
        "payee_units": None,
        "return_urls": ["https://portal.example/", f"{SIMULATOR}/portal/"],
        "operator": "demo operator",
        "notice_url": f"{SIMULATOR}/portal/notices",
    }


def _name_columns(new: NewProvince) -> list[str]:
    return [f"name_{language}" for language in new.languages]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
