"""`errandless reconcile`: a channel account's day beside its statement, now."""

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chalicelib.domain.break_guide import GUIDE
from chalicelib.domain.breaks import AccountDay, TrackedBreak
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.money import Money
from chalicelib.domain.reconciliations import ReconciliationStatus, Summary, Tally
from chalicelib.reconciliation.report_texts import TEXTS, amount_text
from chalicelib.reconciliation.report_words import describe_detail
from infra.errandless.answers import answer, facts, table
from infra.errandless.arguments import AsJson, Language, Local, Province
from infra.errandless.console import console
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import OpenedProvince, open_province
from infra.errandless.reconciling import Ran, due_days, open_breaks, read_account_day, run_days

BREAKS_FOUND = 3
MAX_SHOWN = 200
_STYLES = {"matched": "green", "breaks": "red", "not_arrived": "yellow", "failed": "red"}


def reconcile_command(
    province: Province,
    channel: Annotated[str, typer.Argument(help="As vnpay; none: all that is due.")] = "",
    account: Annotated[str, typer.Argument(help="The channel account's name.")] = "",
    day: Annotated[str, typer.Argument(help="YYYY-MM-DD, in the province's zone.")] = "",
    *,
    breaks: Annotated[
        bool, typer.Option("--breaks", help="Run nothing: list what is open, and what to do.")
    ] = False,
    lang: Language = "",
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Reconciles one account's day, or all that is due, and shows what does not agree.

    Ends with 0 when everything agrees and 3 when there are breaks or a statement is missing."""
    opened = open_province(province, local=local)
    language = _language(opened, lang)
    days = _days(opened, channel, account, day)
    if breaks:
        found = open_breaks(opened.platform, days, MAX_SHOWN)
        result = {"breaks": [break_json(each, language) for each in found]}
        answer(result, lambda: breaks_lines(found, language), as_json=as_json)
        return
    ran = _run(opened, days if days is not None else due_days(opened.platform))
    found = open_breaks(opened.platform, [ran[0].of], MAX_SHOWN) if len(ran) == 1 else []
    result = {
        "days": [_ran_json(each) for each in ran],
        "breaks": [break_json(each, language) for each in found],
    }
    answer(result, lambda: _ran_lines(ran, found, language), as_json=as_json)
    if any(each.summary is None for each in ran):
        raise typer.Exit(1)
    if not all(_is_matched(each) for each in ran):
        raise typer.Exit(BREAKS_FOUND)


def _ran_lines(
    ran: list[Ran], found: list[TrackedBreak], language: str
) -> Iterator[RenderableType | str]:
    """`found`: the breaks of the only day that there is."""
    if len(ran) == 1 and ran[0].summary:
        yield _summary_facts(ran[0].summary, language)
    else:
        yield _summaries_table(ran, language)
    yield from (f"{_place(each.of)}: {each.note}" for each in ran if each.note)
    if found:
        yield from breaks_lines(found, language)
    elif any(each.summary and each.summary.break_counts for each in ran):
        yield "`errandless reconcile PROVINCE --breaks` lists them with what to do."


def _days(opened: OpenedProvince, channel: str, account: str, day: str) -> list[AccountDay] | None:
    """None: whatever is due."""
    if not channel:
        return None
    if not account or not day:
        raise OperatorError("Say CHANNEL, ACCOUNT and DAY, or none of them.")
    return [read_account_day(opened.platform, channel, account, day)]


def _language(opened: OpenedProvince, asked: str) -> str:
    if asked and asked not in TEXTS:
        raise OperatorError(f"There is no language {asked!r}; there are: {', '.join(TEXTS)}.")
    wanted = asked or opened.platform.setup.read_province().languages[0]
    return wanted if wanted in TEXTS else "en"


def _run(opened: OpenedProvince, days: Sequence[AccountDay]) -> list[Ran]:
    columns = (TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress,
        # What functions log is not what this command answers.
        contextlib.redirect_stdout(io.StringIO()),
    ):
        task = progress.add_task("", total=len(days))

        def advance(of: AccountDay) -> None:
            progress.update(task, description=_place(of), advance=1)

        return run_days(opened.platform, days, advance)


def _is_matched(ran: Ran) -> bool:
    return ran.summary is not None and ran.summary.status is ReconciliationStatus.MATCHED


def _place(of: AccountDay) -> str:
    return f"{of.channel} {of.account} {of.business_day}"


def _summaries_table(ran: list[Ran], language: str) -> RenderableType:
    texts = TEXTS[language]
    headings = (
        *("", texts["day"], ""),
        *(texts["ours"], texts["theirs"], texts["agreeing"], texts["breaks"]),
    )
    rows: list[tuple[str, ...]] = []
    for each in ran:
        place = (f"{each.of.channel} {each.of.account}", str(each.of.business_day))
        if each.summary is None:
            rows.append((*place, "failed", "", "", "", ""))
            continue
        summary = each.summary
        counts = (each.count for each in (summary.ours, summary.theirs, summary.matched))
        broken = sum(summary.break_counts.values())
        rows.append((*place, summary.status.value, *map(str, counts), str(broken)))
    return table(headings, rows, styles=_STYLES, wide=headings[3:])


def _summary_facts(summary: Summary, language: str) -> RenderableType:
    texts = TEXTS[language]
    rows: list[tuple[str, object]] = [
        (texts["ours"], _tally(summary.ours, language)),
        (texts["theirs"], _tally(summary.theirs, language)),
        (texts["agreeing"], _tally(summary.matched, language)),
        (texts["waiting"], _tally(summary.waiting, language)),
    ]
    broken = sum(summary.break_counts.values())
    title = f"{_place(summary.of)}: {summary.status.value}"
    return facts(title, [*rows, (texts["breaks"], broken)])


def _tally(tally: Tally, language: str) -> str:
    sums = [amount_text(minor, currency, language) for currency, minor in tally.amounts.items()]
    return f"{tally.count} ({', '.join(sums)})" if sums else str(tally.count)


def breaks_lines(found: list[TrackedBreak], language: str) -> Iterator[RenderableType | str]:
    """By kind: what it means, what to do, and where."""
    texts = TEXTS[language]
    has_days = len({each.found.of for each in found}) > 1
    headings = (
        *([texts["day"]] if has_days else []),
        *(texts["payment_no"], texts["transaction"]),
        *(texts["we"], texts["channel"], texts["detail"]),
    )
    for kind in sorted({each.found.kind for each in found}, key=list(GUIDE).index):
        of_kind = [each.found for each in found if each.found.kind is kind]
        rows = [
            (
                *([_place(each.of)] if has_days else []),
                *(each.payment_no, each.provider_transaction),
                *(_amount(each.ours, language), _amount(each.theirs, language)),
                (f"{texts['row']} {each.row_no} " if each.row_no else "")
                + describe_detail(each.detail, language),
            )
            for each in of_kind
        ]
        guidance = GUIDE[kind]
        yield table(headings, rows, title=f"\n{guidance.title[language]} ({len(rows)})")
        yield guidance.meaning[language]
        yield f"{texts['action']}: {guidance.action[language]}"
    if not found:
        yield texts["none"]
    if len(found) >= MAX_SHOWN:
        yield f"The newest {MAX_SHOWN}; name an account and a day for its own."


def _amount(money: Money | None, language: str) -> str:
    return amount_text(money.amount_minor, money.currency, language) if money else ""


def _ran_json(ran: Ran) -> dict[str, Any]:
    place = {
        "channel": ran.of.channel,
        "account": ran.of.account,
        "business_day": ran.of.business_day.isoformat(),
        "note": ran.note or None,
    }
    return {**place, **_summary_json(ran.summary)} if ran.summary else {**place, "status": "failed"}


def _summary_json(summary: Summary) -> dict[str, Any]:
    return {
        "status": summary.status.value,
        "ours": _tally_json(summary.ours),
        "theirs": _tally_json(summary.theirs),
        "matched": _tally_json(summary.matched),
        "waiting": _tally_json(summary.waiting),
        "breaks_by_kind": {kind.value: count for kind, count in summary.break_counts.items()},
        "files": [each.key for each in summary.files if each.is_current],
        "run": summary.run,
        "revision": summary.revision,
        "run_at": to_rfc3339(summary.run_at),
    }


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {"count": tally.count, "amounts": dict(tally.amounts)}


def break_json(tracked: TrackedBreak, language: str) -> dict[str, Any]:
    found, guidance = tracked.found, GUIDE[tracked.found.kind]
    return {
        "break_id": found.break_id,
        "channel": found.of.channel,
        "account": found.of.account,
        "business_day": found.of.business_day.isoformat(),
        "kind": found.kind.value,
        "title": guidance.title[language],
        "suggested_action": guidance.action[language],
        "ours": _money_json(found.ours),
        "theirs": _money_json(found.theirs),
        "row_no": found.row_no,
        "payment_no": found.payment_no,
        "provider_transaction": found.provider_transaction,
        "detail": dict(found.detail),
        "first_seen_at": to_rfc3339(tracked.first_seen_at),
    }


def _money_json(money: Money | None) -> dict[str, Any] | None:
    return {"amount_minor": money.amount_minor, "currency": money.currency} if money else None
