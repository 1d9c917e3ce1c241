"""Makes a province's document of its folder. All that is wrong is listed at once, with its place.

profile.json            the profile; `sandbox_outbound_origins`, `sandbox_counters`,
                        `sandbox_bill_sources` and `sandbox_finance_systems` count only in a sandbox
payee_units.csv         one unit a row
fee_items.csv           one version of an item a row; units are separated by `|`
working_days.csv        holidays and worked weekends, each with its source
channel_accounts.json   a list
portals.sample.json     the portals of a sandbox

`${NAME}` stands for what is known at seeding only, and only where no real money is: in test
accounts, sandbox origins and sample portals. What is not filled is left out. A sandbox has no live
accounts. `simulated_at` of an account is for one whose fields name no address of the simulator.
Only a sandbox may say `FILL IN`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from chalicelib.channels.registry import build_channels
from chalicelib.channels.statement_layout import validate_layout
from chalicelib.domain.province import Mode
from chalicelib.domain.province_document import FORMAT, find_faults
from chalicelib.domain.record_reader import Fault
from chalicelib.reconciliation.own_file_layout import layout_faults
from chalicelib.web.pages.texts import LANGUAGES
from infra.errandless.account_fields import field_faults
from infra.errandless.joint_test import report_faults
from infra.errandless.province_records import (
    ITEM_COLUMNS,
    PART_COLUMNS,
    STAGE_COLUMNS,
    UNIT_COLUMNS,
    column_of,
    item_of,
    unit_of,
)
from infra.errandless.source_files import Row, SourceFiles, fill, has_placeholder

Document = dict[str, Any]

PROFILE = "profile.json"
UNITS = "payee_units.csv"
ITEMS = "fee_items.csv"
DAYS = "working_days.csv"
ACCOUNTS = "channel_accounts.json"
PORTALS = "portals.sample.json"
MARK = "FILL IN"

DAY_COLUMNS = ("day", "kind", "name", "certainty", "source")
DAY_KINDS = {"holiday": "holidays", "worked_weekend": "worked_weekends"}
CERTAINTIES = ("decreed", "expected")
# Lists of the profile to which a sandbox adds those that begin with `sandbox_`.
SAMPLE_LISTS = ("counters", "bill_sources", "finance_systems")


@dataclass(frozen=True, slots=True)
class SamplePortal:
    """A sandbox's portal. `operator`: who gets an operator key; `notice_url`: where it is told;
    `clerk`: who takes money at its counters, "" where nobody does."""

    portal_id: str
    names: Mapping[str, str]
    payee_units: tuple[str, ...] | None
    return_urls: tuple[str, ...]
    operator: str
    notice_url: str
    clerk: str = ""


def load_province(folder: Path, substitutions: Mapping[str, str]) -> Document:
    """Raises: DataFault with one line per problem."""
    source = _Source(SourceFiles(folder), substitutions)
    document = source.read()
    if not substitutions:
        for file, row_no in list_marks(folder):
            source.files.problem(file, row_no, "", f"{MARK!r} is still there")
    source.files.refuse_problems()
    return document


def list_marks(folder: Path) -> list[tuple[str, int]]:
    """File and line of everything that is still to be filled in."""
    return [
        (file, number)
        for file in (PROFILE, UNITS, ITEMS, DAYS, ACCOUNTS)
        if (folder / file).is_file()
        for number, line in enumerate((folder / file).read_bytes().splitlines(), 1)
        if MARK.encode() in line
    ]


def accounts_left_out(folder: Path, substitutions: Mapping[str, str]) -> tuple[str, ...]:
    """`channel/account` of those that do not count here: live ones in a sandbox, unfilled ones."""
    source = _Source(SourceFiles(folder), substitutions)
    source.read()
    return tuple(source.left_out)


def load_sample_portals(folder: Path, substitutions: Mapping[str, str]) -> tuple[SamplePortal, ...]:
    """None of them where the placeholders are not filled. Raises: DataFault"""
    files = SourceFiles(folder)
    entries = files.read_json(PORTALS) or []
    files.refuse_problems()
    try:
        filled = [fill(entry, substitutions) for entry in entries]
    except KeyError:
        return ()
    portals = []
    for number, entry in enumerate(filled, 1):
        try:
            portals.append(SamplePortal(**entry))
        except TypeError as error:
            files.problem(PORTALS, number, "", str(error).partition(" ")[2])
    files.refuse_problems()
    return tuple(portals)


class _Source:
    """One reading of one folder. `left_out`: accounts that do not count here."""

    def __init__(self, files: SourceFiles, substitutions: Mapping[str, str]) -> None:
        self.files = files
        self.left_out: list[str] = []
        self._substitutions = substitutions
        self._rows: dict[str, list[int]] = {}

    def read(self) -> Document:
        profile = self._read_profile()
        document: Document = {
            "format": FORMAT,
            "profile": profile,
            "payee_units": self._read_rows("payee_units", UNITS, UNIT_COLUMNS),
            "fee_items": self._read_rows("fee_items", ITEMS, ITEM_COLUMNS),
            "channel_accounts": self._read_accounts(bool(profile.get("outbound_origins"))),
        }
        if self.files.is_whole:
            for fault in find_faults(document):
                self._note(fault)
            self._check_channels(document["channel_accounts"])
            self._check_languages(profile.get("languages"))
            for index, what in report_faults(self.files.folder, document):
                row_no = self._rows["payee_units"][index]
                self.files.problem(UNITS, row_no, "joint_test_report", what)
        return document

    def _check_languages(self, languages: object) -> None:
        known = ", ".join(LANGUAGES)
        for language in languages if isinstance(languages, list) else ():
            if language not in LANGUAGES:
                said = f"no page speaks {language!r}; there are {known}"
                self.files.problem(PROFILE, None, "languages", said)

    def _read_profile(self) -> Document:
        read = self.files.read_json(PROFILE)
        profile: Document = read if isinstance(read, dict) else {}
        origins = profile.pop("sandbox_outbound_origins", [])
        samples = {name: profile.pop(f"sandbox_{name}", []) for name in SAMPLE_LISTS}
        if has_placeholder(profile):
            self.files.problem(PROFILE, None, "", "only what begins with sandbox_ has placeholders")
        for name in ("outbound_origins", *DAY_KINDS.values()):
            if name in profile:
                self.files.problem(PROFILE, None, name, "does not belong here")
        try:
            profile["outbound_origins"] = fill(origins, self._substitutions)
        except KeyError:
            profile["outbound_origins"] = []
        for name, entries in samples.items() if profile["outbound_origins"] else ():
            if entries:
                filled = fill(entries, self._substitutions)
                profile[name] = [*profile.get(name, []), *filled]
        return profile | self._read_days()

    def _read_days(self) -> Document:
        days: dict[str, list[str | None]] = {name: [] for name in DAY_KINDS.values()}
        seen: set[str | None] = set()
        for row in self.files.read_table(DAYS, DAY_COLUMNS):
            kind = DAY_KINDS.get(row.text("kind") or "")
            if kind is None:
                self._say(DAYS, row, "kind", f"must be one of {', '.join(DAY_KINDS)}")
                continue
            if row.text("certainty") not in CERTAINTIES:
                self._say(DAYS, row, "certainty", f"must be one of {', '.join(CERTAINTIES)}")
            if row.text("source") is None:
                self._say(DAYS, row, "source", "is missing")
            if row.text("day") in seen:
                self._say(DAYS, row, "day", "is there twice")
            seen.add(row.text("day"))
            days[kind].append(row.text("day"))
            self._rows.setdefault(kind, []).append(row.row_no)
        return dict(days)

    def _read_rows(self, part: str, file: str, columns: tuple[str, ...]) -> list[Document]:
        more = STAGE_COLUMNS if file == UNITS else PART_COLUMNS
        rows = self.files.read_table(file, columns, "name_", more)
        self._rows[part] = [row.row_no for row in rows]
        return [unit_of(row) if part == "payee_units" else item_of(row) for row in rows]

    def _read_accounts(self, is_sandbox: bool) -> list[Document]:
        entries = self.files.read_json(ACCOUNTS)
        accounts = []
        self._rows["channel_accounts"] = []
        for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
            name = f"{entry.get('channel')}/{entry.get('account')}"
            is_live = entry.get("mode") != Mode.TEST
            if is_live and has_placeholder(entry):
                self.files.problem(ACCOUNTS, number, "", "only a test account has placeholders")
            if is_live and is_sandbox:
                self.left_out.append(name)
                continue
            try:
                filled = fill(entry, self._substitutions)
                filled.pop("simulated_at", None)
                accounts.append(filled)
                self._rows["channel_accounts"].append(number)
            except KeyError:
                self.left_out.append(name)
        return accounts

    def _check_channels(self, accounts: list[Document]) -> None:
        channels = build_channels(NO_HTTP)
        for number, account in zip(self._rows["channel_accounts"], accounts, strict=True):
            channel = channels.get(account.get("channel", ""))
            if channel is None:
                what = f"unknown channel {account.get('channel')!r}"
                self.files.problem(ACCOUNTS, number, "channel", what)
                continue
            for field, what in field_faults(channel, account.get("fields") or {}):
                self.files.problem(ACCOUNTS, number, f"fields/{field}", what)
            for what in validate_layout(account.get("statement_layout") or {}):
                if account.get("statement_layout") is not None:
                    self.files.problem(ACCOUNTS, number, "statement_layout", what)

            own = account.get("own_file_layout")
            for what in () if own is None else layout_faults(own):
                self.files.problem(ACCOUNTS, number, "own_file_layout", what)

    def _note(self, fault: Fault) -> None:
        part, *steps = fault.path
        if part == "profile" and steps and steps[0] in DAY_KINDS.values():
            rows = self._rows.get(str(steps[0]), [])
            row_no = rows[int(steps[1])] if len(steps) > 1 else None
            self.files.problem(DAYS, row_no, "day", fault.what)
        elif part == "profile":
            self.files.problem(PROFILE, None, "/".join(map(str, steps)), fault.what)
        elif len(steps) > 0:
            file = {"payee_units": UNITS, "fee_items": ITEMS}.get(str(part), ACCOUNTS)
            row_no = self._rows[str(part)][int(steps[0])]
            column = "/".join(map(str, steps[1:])) if file == ACCOUNTS else column_of(steps[1:])
            self.files.problem(file, row_no, column, fault.what)

    def _say(self, file: str, row: Row, column: str, what: str) -> None:
        self.files.problem(file, row.row_no, column, what)


class _NoHttp:
    """Channels are only asked what their accounts need."""

    def post(self, *_: object) -> NoReturn:
        raise AssertionError("no channel is called while a province is loaded")

    get = post


NO_HTTP = _NoHttp()
