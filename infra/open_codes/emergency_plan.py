"""A unit's plan for the day on which it cannot reach the platform, as a page to print.

Names come from the province's catalogue, batches from the platform where it can be asked, and
people from `infra/provinces/<code>/emergency.json`, where there is one:

    {"<unit, or *>": {"sheets_at": {"vi": "..."}, "contacts": [
        {"role": {"vi": "..."}, "name": "...", "phone": "..."}]}}

What is not known is a line to be filled in by hand.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from chalicelib.domain.catalog import PayeeUnit
from chalicelib.domain.money import Money
from chalicelib.domain.province import Province
from chalicelib.domain.province_document import parse_province
from chalicelib.web.pages.formats import format_amount, format_day
from chalicelib.web.pages.html import Child, Html, element, join, trusted
from chalicelib.web.pages.texts import LANGUAGES, Texts, load_texts
from infra.errandless.failures import OperatorError
from infra.errandless.paths import PROVINCES
from infra.errandless.province_files import load_province

_FOLDER = Path(__file__).parent
CONTACTS = "emergency.json"
BLANK_LINES = 3
DRILL = "Drill"


@dataclass(frozen=True, slots=True)
class Contact:
    role: Mapping[str, str]
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class People:
    """`sheets_at`: where a unit keeps its sheets, by language; empty: not known."""

    contacts: tuple[Contact, ...] = ()
    sheets_at: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`batches`: as the API tells them, None where it was not asked."""

    province: Province
    unit: PayeeUnit
    people: People
    batches: Sequence[Mapping[str, Any]] | None
    today: date


def write_plan(
    province_code: str,
    unit_code: str,
    language: str,
    batches: Sequence[Mapping[str, Any]] | None = None,
    *,
    today: date,
    provinces: Path = PROVINCES,
) -> str:
    """Raises: OperatorError for an unknown unit or language, and for contacts that are not so."""
    folder = provinces / province_code
    province = parse_province(load_province(folder, {}))
    unit = province.units_by_code.get(unit_code)
    if unit is None:
        known = ", ".join(sorted(province.units_by_code)[:10])
        raise OperatorError(f"There is no unit {unit_code!r} in {province_code}; some: {known}.")
    chosen = language or province.languages[0]
    if chosen not in LANGUAGES:
        raise OperatorError(f"There is no plan in {chosen!r}; there are {', '.join(LANGUAGES)}.")
    people = read_people(folder / CONTACTS, unit_code)
    return render_plan(Plan(province, unit, people, batches, today), chosen)


def read_people(file: Path, unit: str) -> People:
    if not file.exists():
        return People()
    try:
        known = json.loads(file.read_text("utf-8"))
        found = known.get(unit) or known.get("*") or {}
        contacts = tuple(
            Contact(dict(each["role"]), str(each["name"]), str(each["phone"]))
            for each in found.get("contacts", ())
        )
        return People(contacts, found.get("sheets_at"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OperatorError(f"{file} is not as a plan's contacts are: {error!r}.") from error


def render_plan(plan: Plan, language: str) -> str:
    words: dict[str, Any] = json.loads(
        (_FOLDER / "plan_texts" / f"{language}.json").read_text("utf-8")
    )
    texts = load_texts(language)
    unit_name = texts.choose(plan.unit.names)[0]
    province_name = texts.choose(plan.province.names)[0]
    places = {"province": plan.province.code, "unit": plan.unit.code}
    made = format_day(plan.today, texts)
    main = element(
        "main",
        element("h1", words["title"]),
        element("p", element("strong", f"{words['for']}: {unit_name} ({plan.unit.code})")),
        element("p", f"{province_name} · {words['made']} {made} · {plan.province.version}"),
        _section(words, "when", places),
        element("h2", words["who"]),
        _people(plan, words, texts),
        element("h2", words["which"]),
        _batches(plan, words, texts),
        element("p", f"{words['where']}: {_sheets_at(plan.people, texts, words)}"),
        *(_section(words, name, places) for name in ("check", "sell", "bind", "after", "drill")),
        _table([words["signed"]], [[""]] * BLANK_LINES, is_blank=True),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", f"{words['title']} {plan.unit.code}"),
        element("style", trusted((_FOLDER / "plan.css").read_text("utf-8"))),
    )
    return "<!doctype html>" + element("html", head, element("body", main), lang=language)


def _section(words: Mapping[str, Any], name: str, places: Mapping[str, str]) -> Html:
    steps = (element("li", step.format(**places)) for step in words[f"{name}_steps"])
    return join(element("h2", words[name]), element("ol", *steps))


def _people(plan: Plan, words: Mapping[str, Any], texts: Texts) -> Html:
    fill = f"({words['fill']})"
    rows: list[list[str]] = [
        [texts.choose(each.role)[0], each.name, each.phone] for each in plan.people.contacts
    ] or [["", fill, fill]] * BLANK_LINES
    rows.append([words["unit_phone"], texts.choose(plan.unit.names)[0], plan.unit.phone])
    province = texts.choose(plan.province.names)[0]
    rows.append([words["province_phone"], province, plan.province.phone])
    return _table([words["role"], words["name"], words["phone"]], rows)


def _sheets_at(people: People, texts: Texts, words: Mapping[str, Any]) -> str:
    return texts.choose(people.sheets_at)[0] if people.sheets_at else f"({words['fill']})"


def _batches(plan: Plan, words: Mapping[str, Any], texts: Texts) -> Html:
    names = ("batch", "item", "amount", "codes", "until", "purpose")
    headings = [words[name] for name in names]
    own = [
        each
        for each in plan.batches or ()
        if each["payee_unit"] == plan.unit.code and _can_be_sold(each)
    ]
    if not own:
        blank = _table(headings, [[""] * len(names)] * BLANK_LINES, is_blank=True)
        return join(element("p", words["no_batches"]), blank)
    rows = [
        [
            each["batch"],
            "; ".join(texts.choose(line["names"])[0] for line in each["lines"]),
            format_amount(Money(each["amount_minor"], each["currency"]), texts),
            str(each["count"]),
            format_day(date.fromisoformat(each["valid_until"]), texts),
            each["purpose"],
        ]
        for each in own
    ]
    return _table(headings, rows)


def _can_be_sold(batch: Mapping[str, Any]) -> bool:
    """`unused`: how many of its codes are, where they were counted."""
    is_drill = batch["purpose"] == DRILL
    return batch["state"] == "issued" and not is_drill and batch.get("unused") != 0


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[Child]], *, is_blank: bool = False
) -> Html:
    head = element("tr", *(element("th", each, scope="col") for each in headings))
    body = (element("tr", *(element("td", cell) for cell in row)) for row in rows)
    return element(
        "table",
        element("thead", head),
        element("tbody", *body),
        class_="blank" if is_blank else None,
    )
