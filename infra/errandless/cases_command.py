"""`errandless cases`: what persons must decide, and their decisions, in a province's tables."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from chalicelib.checkout.case_rules import Refund
from chalicelib.checkout.decide_case import (
    Asked,
    CaseDesk,
    Decided,
    assign_money,
    confirm_refund,
    decide_refund,
    dismiss_case,
    read_case,
    release_case,
    take_case,
)
from chalicelib.domain.case_representation import describe_case, describe_money
from chalicelib.domain.cases import (
    Case,
    CaseKind,
    CaseState,
    case_due_at,
    public_case_id,
    read_public_case_id,
)
from chalicelib.domain.money import Money
from chalicelib.domain.portals import Scope
from chalicelib.domain.province import Province as ProvinceData
from chalicelib.storage import keys
from chalicelib.storage.views import CaseSearch
from chalicelib.wiring import Platform
from infra.errandless.answers import amount, answer, facts, local_time, table
from infra.errandless.arguments import AsJson, Local, Province, read_day
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import open_province

cases_cli = typer.Typer(no_args_is_help=True, help="Lists what persons must decide, and decides.")

CaseId = Annotated[str, typer.Argument(help="As `cases list` shows it.")]
By = Annotated[
    str, typer.Option("--as", help="Who decides: a person who has a key for `finance:write`.")
]
Why = Annotated[str, typer.Option("--reason", help="Kept with the decision.")]
PAGE = 100
_STYLES = {"open": "yellow", "refund_due": "yellow", "closed": "dim", "late": "red"}


@cases_cli.command("list")
def list_command(
    province: Province,
    *,
    kind: Annotated[CaseKind | None, typer.Option(help="Only of this kind.")] = None,
    state: Annotated[CaseState | None, typer.Option(help="Only in this state.")] = None,
    owner: Annotated[str | None, typer.Option(help='Only of this person; "" for nobody.')] = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Lists the cases that are not closed, newest first."""
    platform = open_province(province, local=local).platform
    data, now = platform.setup.read_province(), platform.now()
    found = list(find_cases(platform, CaseSearch(kind, state, owner)))
    result = {"cases": [describe_case(each, data, now) for each in found]}
    answer(result, lambda: _list_lines(found, data, now), as_json=as_json)


@cases_cli.command("show")
def show_command(
    province: Province, case_id: CaseId, local: Local = False, as_json: AsJson = False
) -> None:
    """Shows a case with its money and its decisions."""
    platform = open_province(province, local=local).platform
    case = read_case(_desk(platform), _read_id(case_id))
    _answer_case(platform, case, as_json)


@cases_cli.command("take")
def take_command(
    province: Province, case_id: CaseId, by: By, local: Local = False, as_json: AsJson = False
) -> None:
    """Makes a case yours, so that others see that somebody works on it."""
    platform = open_province(province, local=local).platform
    _answer_decided(platform, take_case(_desk(platform), _ask(platform, case_id, by)), as_json)


@cases_cli.command("release")
def release_command(
    province: Province, case_id: CaseId, by: By, local: Local = False, as_json: AsJson = False
) -> None:
    """Leaves a case to whoever takes it."""
    platform = open_province(province, local=local).platform
    _answer_decided(platform, release_case(_desk(platform), _ask(platform, case_id, by)), as_json)


@cases_cli.command("assign")
def assign_command(
    province: Province,
    case_id: CaseId,
    payment_code: Annotated[str, typer.Argument(help="Of the order that the money pays.")],
    *,
    by: By,
    reason: Why,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Pays another order, of exactly this amount, with the case's money."""
    platform = open_province(province, local=local).platform
    code = "".join(payment_code.split())
    asked = _ask(platform, case_id, by)
    _answer_decided(platform, assign_money(_desk(platform), asked, code, reason), as_json)


@cases_cli.command("refund")
def refund_command(
    province: Province,
    case_id: CaseId,
    *,
    by: By,
    reason: Why,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Decides that the money goes back; another person confirms it with `refunded`."""
    platform = open_province(province, local=local).platform
    asked = _ask(platform, case_id, by)
    _answer_decided(platform, decide_refund(_desk(platform), asked, reason), as_json)


@cases_cli.command("refunded")
def refunded_command(
    province: Province,
    case_id: CaseId,
    *,
    by: By,
    reference: Annotated[str, typer.Option(help="The bank's or channel's own number of it.")],
    amount_minor: Annotated[int, typer.Option("--amount", help="In minor units, all of it.")],
    on: Annotated[str, typer.Option("--on", help="The day it went, YYYY-MM-DD.")],
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Confirms that the money went back; not by whoever decided it."""
    platform = open_province(province, local=local).platform
    currency = platform.setup.read_province().currency
    refund = Refund(reference, Money(amount_minor, currency), read_day(on))
    asked = _ask(platform, case_id, by)
    _answer_decided(platform, confirm_refund(_desk(platform), asked, refund), as_json)


@cases_cli.command("dismiss")
def dismiss_command(
    province: Province,
    case_id: CaseId,
    *,
    by: By,
    reason: Why,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Closes a case in which nothing is to be done; not one about money that we hold."""
    platform = open_province(province, local=local).platform
    asked = _ask(platform, case_id, by)
    _answer_decided(platform, dismiss_case(_desk(platform), asked, reason), as_json)


def find_cases(platform: Platform, search: CaseSearch) -> Iterator[Case]:
    """As the ledger has them: the list may be seconds behind."""
    cursor: str | None = None
    while True:
        page = platform.views.list_open_cases(search, PAGE, cursor)
        by_id = platform.cases.read_many(page.case_ids)
        listed = [by_id[case_id] for case_id in page.case_ids if case_id in by_id]
        yield from (case for case in listed if case.is_listed and search.wants(case))
        cursor = page.cursor
        if cursor is None:
            return


def _desk(platform: Platform) -> CaseDesk:
    return CaseDesk(platform.ledger, platform.cases, platform.setup.read_province())


def _ask(platform: Platform, case_id: str, by: str) -> Asked:
    """Raises: OperatorError"""
    now = platform.now()
    live = (
        key
        for key in platform.setup.list_keys(keys.person_holder(by))
        if key.revoked_at is None or key.revoked_at > now
    )
    if not any(Scope.FINANCE_WRITE in key.scopes for key in live):
        raise OperatorError(f"{by} has no live key for finance:write, so nothing was decided.")
    return Asked(_read_id(case_id), by, now)


def _read_id(text: str) -> str:
    case_id = read_public_case_id(text)
    if case_id is None:
        raise OperatorError(f"{text} is not a case's id; `cases list` shows them.")
    return case_id


def _answer_decided(platform: Platform, decided: Decided, as_json: bool) -> None:
    _answer_case(platform, decided.case, as_json)


def _answer_case(platform: Platform, case: Case, as_json: bool) -> None:
    data, now = platform.setup.read_province(), platform.now()
    result = describe_case(case, data, now)
    money = platform.ledger.read_transaction(case.transaction_key) if case.has_money else None
    result["transaction"] = describe_money(money) if money else None
    answer(result, lambda: _case_lines(case, result, data), as_json=as_json)


def _list_lines(
    found: list[Case], data: ProvinceData, now: datetime
) -> Iterator[RenderableType | str]:
    rows = []
    for case in found:
        due_at = case_due_at(case, data)
        until = "late" if now > due_at else local_time(due_at, data.zone)
        hours = (now - case.opened_at) // timedelta(hours=1)
        facts_of = (case.kind.value, case.state.value, amount(case.amount), hours, case.owner)
        rows.append((*facts_of, until, public_case_id(case.case_id)))
    headings = ("Kind", "State", "Amount", "Hours", "Owner", "Until", "Case")
    yield table(headings, rows, styles=_STYLES, wide=("Case",)) if rows else "Nothing is to decide."


def _case_lines(
    case: Case, described: dict[str, Any], data: ProvinceData
) -> Iterator[RenderableType | str]:
    language = "en"
    money = described["transaction"] or {}
    yield facts(
        described["title"][language],
        [
            ("State", case.state.value),
            ("Owner", case.owner),
            ("Amount", amount(case.amount)),
            ("Payment number", case.payment_no),
            ("Transaction", money.get("provider_transaction")),
            ("Account", " ".join(money[name] for name in ("channel", "account")) if money else ""),
            ("What was said", _words_of(money.get("provider_transaction"), data)),
            ("Opened", local_time(case.opened_at, data.zone)),
            ("Decide until", local_time(case_due_at(case, data), data.zone)),
            ("Meaning", described["meaning"][language]),
            ("To do", described["suggested_action"][language]),
            ("Case", described["case_id"]),
        ],
    )
    rows = [
        (local_time(each.at, data.zone), each.event.value, each.by, _how(each_described))
        for each, each_described in zip(case.decisions, described["decisions"], strict=True)
    ]
    if rows:
        yield table(("When", "Decision", "By", "How"), rows, title="\nDecisions")


def _words_of(provider_transaction: str | None, data: ProvinceData) -> str:
    """Memo and payer's name, without which nobody finds out whose money it is."""
    told = f"errandless explain {data.code} {provider_transaction} --raw"
    return told if provider_transaction else ""


def _how(decision: dict[str, Any]) -> str:
    parts = (decision[name] for name in ("assigned_to", "reference", "refunded_on", "reason"))
    return ", ".join(part for part in parts if part)
