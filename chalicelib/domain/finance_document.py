"""The finance systems of a province's profile: `finance_systems`, which older documents have not.

Only `sender`, `portal` and `secret_name` are needed; what is left out is as in China's interface.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from chalicelib.domain.finance_systems import NAMES, AmountForm, FinanceSystem
from chalicelib.domain.record_reader import Record

KEY = "finance_systems"
DAY_FORMATS: Mapping[str, str] = {
    "YYYYMMDD": "%Y%m%d",
    "YYYY-MM-DD": "%Y-%m-%d",
    "DD/MM/YYYY": "%d/%m/%Y",
}
RATES: Mapping[str, int] = {"fraction": 1, "percent": 100, "per_mille": 1000}
STATUSES: Mapping[str, str] = {"0": "unpaid", "1": "paid", "2": "void"}

_SENDER = re.compile(r"[a-z0-9][a-z0-9-]{1,40}")
_PORTAL = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,200}")
_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


def read_finance_systems(profile: Record) -> tuple[FinanceSystem, ...]:
    if not profile.has(KEY):
        return ()
    records = profile.records(KEY)
    systems = tuple(_read_system(record) for record in records)
    for name in ("sender", "portal"):
        counts = Counter(getattr(system, name) for system in systems)
        for index, system in enumerate(systems):
            value = getattr(system, name)
            if value and counts[value] > 1:
                profile.fault(f"{value!r} is there twice", KEY, index, name)
    return systems


def _read_system(record: Record) -> FinanceSystem:
    def text_map(key: str) -> Mapping[str, str]:
        return record.text_map(key) if record.has(key) else {}

    def option(key: str, options: Iterable[str], usual: str) -> str:
        value = record.text(key) if record.has(key) else usual
        if value not in tuple(options):
            record.fault(f"must be one of {', '.join(options)}, not {value!r}", key)
            return usual
        return value

    system = FinanceSystem(
        sender=record.text("sender", _SENDER),
        portal=record.text("portal", _PORTAL),
        secret_name=record.text("secret_name", _SECRET_NAME),
        names=_read_names(record),
        units=text_map("units"),
        items=text_map("items"),
        statuses=_read_statuses(record, text_map("statuses")),
        day_format=DAY_FORMATS[option("days", DAY_FORMATS, "YYYYMMDD")],
        amounts=AmountForm(option("amounts", AmountForm, "decimal")),
        rate_per=RATES[option("rates", RATES, "fraction")],
        surcharge_basis=record.text("surcharge_basis") if record.has("surcharge_basis") else "",
        files_from=record.text("files_from", _TIME) if record.has("files_from") else "01:30",
    )
    record.finish()
    return system


def _read_names(record: Record) -> Mapping[str, Mapping[str, str]]:
    given = record.mapping("names") if record.has("names") else {}
    names = {part: dict(usual) for part, usual in NAMES.items()}
    for part, words in given.items():
        if part not in names or not isinstance(words, Mapping):
            record.fault(f"must have {', '.join(NAMES)}, not {part!r}", "names", part)
            continue
        for ours, theirs in words.items():
            if ours not in names[part] or not isinstance(theirs, str) or not theirs:
                known = ", ".join(names[part])
                record.fault(f"must have texts for {known}, not {ours!r}", "names", part, ours)
                continue
            names[part][ours] = theirs
        if len(set(names[part].values())) < len(names[part]):
            record.fault("one of their words stands for two of ours", "names", part)
    return names


def _read_statuses(record: Record, given: Mapping[str, str]) -> Mapping[str, str]:
    for word, status in given.items():
        if status not in STATUSES.values():
            record.fault("must be unpaid, paid or void", "statuses", word)
    return given or STATUSES
