"""`errandless figures`: what the law, or the public, asks of a province."""

from datetime import date, timedelta
from typing import Annotated, Any

import typer

from chalicelib.domain.electronic_share import (
    ElectronicShare,
    percent_text,
    times_as_large,
)
from chalicelib.domain.money import Money
from chalicelib.domain.province import Mode
from chalicelib.reconciliation.electronic_share_of_day import shares_of_day
from infra.errandless.answers import amount, answer, table
from infra.errandless.arguments import AsJson, Local, Province, read_day
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import OpenedProvince, open_province

figures_cli = typer.Typer(no_args_is_help=True, help="Computes figures from the ledger's rows.")

MAX_DAYS = 366
TOTAL = "all"


@figures_cli.command("electronic-share")
def electronic_share_command(
    province: Province,
    *,
    day: Annotated[str, typer.Option(help="The first day, as 2026-03-02.")],
    until: Annotated[str, typer.Option(help="The last day; else the first alone.")] = "",
    against: Annotated[str, typer.Option(help="As many days from this one, to compare with.")] = "",
    mode: Annotated[Mode, typer.Option(help="Of real money, or of tests.")] = Mode.LIVE,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Says which part of the payments and of the money was not in cash, by payee unit."""
    first = read_day(day)
    last = read_day(until) if until else first
    if not 0 <= (last - first).days < MAX_DAYS:
        raise OperatorError(f"From --day to --until is one day to {MAX_DAYS}.")
    opened = open_province(province, local=local)
    now = _shares(opened, first, last, mode)
    start = read_day(against) if against else None
    before = _shares(opened, start, start + (last - first), mode) if start else {}
    rows = [_row(unit, share, before.get(unit)) for unit, share in now.items()]
    result = {"from": first.isoformat(), "to": last.isoformat(), "mode": mode.value, "units": rows}
    currency = opened.platform.setup.read_province().currency
    headings = ("Payee unit", "Payments", "Money", "Not in cash: payments", "money", "Times")
    answer(
        result,
        lambda: [table(headings, [_cells(each, currency) for each in rows])],
        as_json=as_json,
    )


def _shares(
    opened: OpenedProvince, first: date, last: date, mode: Mode
) -> dict[str, ElectronicShare]:
    """By payee unit; under TOTAL of all of them."""
    parts = opened.platform
    province = parts.setup.read_province()
    found: dict[str, ElectronicShare] = {}
    for back in range((last - first).days + 1):
        day = first + timedelta(days=back)
        for unit, share in shares_of_day(parts.ledger, parts.views, province, day, mode).items():
            found[unit] = found.get(unit, ElectronicShare()) + share
    return {TOTAL: sum(found.values(), ElectronicShare()), **dict(sorted(found.items()))}


def _row(unit: str, share: ElectronicShare, before: ElectronicShare | None) -> dict[str, Any]:
    times = times_as_large(share.of_payments, before.of_payments if before else None)
    return {
        "payee_unit": None if unit == TOTAL else unit,
        "payments": share.payments,
        "electronic_payments": share.electronic_payments,
        "amount_minor": share.amount_minor,
        "electronic_minor": share.electronic_minor,
        "of_payments": percent_text(share.of_payments),
        "of_money": percent_text(share.of_money),
        "before_of_payments": percent_text(before.of_payments) if before else None,
        "times": None if times is None else f"{float(times):.2f}",
    }


def _cells(row: dict[str, Any], currency: str) -> tuple[str, ...]:
    return (
        row["payee_unit"] or TOTAL,
        str(row["payments"]),
        amount(Money(row["amount_minor"], currency)),
        f"{row['of_payments'] or '-'} %",
        f"{row['of_money'] or '-'} %",
        row["times"] or "",
    )
