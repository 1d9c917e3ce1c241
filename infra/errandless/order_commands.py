"""`errandless orders`: what payers were asked to pay, and how far it has come."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.cases import public_case_id
from chalicelib.domain.identifiers import build_payment_no, group_payment_code
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payers import Parties, Payer
from chalicelib.domain.receipts import format_number
from infra.errandless.answers import amount, answer, facts, local_time, table
from infra.errandless.arguments import AsJson, Local, Province, read_day
from infra.errandless.console import console
from infra.errandless.explain_command import open_rows
from infra.errandless.failures import OperatorError
from infra.errandless.orders import (
    Advance,
    OrderWish,
    each_party,
    find_orders,
    mask_payer,
    read_order_parties,
    show_payer,
)
from infra.errandless.portals import known_portal
from infra.errandless.province_rows import OpenedProvince, open_province
from infra.errandless.setup_rows import portal_ids, scan_setup
from infra.errandless.story import find

orders_cli = typer.Typer(no_args_is_help=True, help="Finds orders, and shows one.")

_STYLES = {
    "paid": "green",
    "succeeded": "green",
    "pending": "yellow",
    "initiated": "yellow",
    "unknown": "red",
    "expired": "dim",
    "cancelled": "dim",
    "failed": "dim",
}


@orders_cli.command("list")
def list_command(  # noqa: PLR0913 - a parameter is an option
    province: Province,
    *,
    portal: Annotated[str, typer.Option(help="Only of this portal.")] = "",
    status: Annotated[OrderStatus | None, typer.Option(help="Only in this status.")] = None,
    unit: Annotated[str, typer.Option(help="Only of this payee unit.")] = "",
    reference: Annotated[str, typer.Option(help="Only with the unit's own number.")] = "",
    first: Annotated[str, typer.Option("--from", help="Created on this day or later.")] = "",
    last: Annotated[str, typer.Option("--to", help="Created on this day or earlier.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most.")] = 50,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Lists orders of every portal, newest first; no payer is named."""
    wish = OrderWish(
        reference=reference or None,
        status=status,
        payee_unit=unit or None,
        first_day=read_day(first) if first else None,
        last_day=read_day(last) if last else None,
    )
    opened = open_province(province, local=local)
    with _counter() as advance:
        found = find_orders(opened.platform, _portals(opened, portal), wish, limit, advance)
    result = {"orders": [_summary(each) for each in found], "is_cut": len(found) == limit}
    answer(result, lambda: _list_lines(found, limit, opened.zone), as_json=as_json)


@orders_cli.command("show")
def show_command(
    province: Province,
    number: Annotated[
        str, typer.Argument(help="Payment code, or any number that `explain` takes.")
    ],
    payer: Annotated[
        bool, typer.Option("--payer", help="The payer's name and telephone as they are.")
    ] = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Shows an order; the payer is masked, and his identity number is never shown."""
    opened = open_province(province, local=local)
    code, _ = find(open_rows(opened), number.strip())
    order = opened.platform.ledger.read_order(code) if code else None
    if order is None:
        raise OperatorError(f"There is no order of the number {number} in {province}.")
    parties = read_order_parties(opened.platform, order)
    who = each_party(parties, show_payer if payer else mask_payer)
    answer(_order_json(order, who), lambda: _order_lines(order, who, opened.zone), as_json=as_json)


@contextmanager
def _counter() -> Iterator[Advance]:
    columns = (SpinnerColumn(), TextColumn("{task.completed} orders looked at"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda count: progress.advance(task, count)


def _portals(opened: OpenedProvince, portal: str) -> list[str]:
    if portal:
        return [known_portal(opened.platform, portal).portal_id]
    return portal_ids(scan_setup(opened.client("dynamodb"), opened.outputs["SetupTable"]))


def _list_lines(found: list[Order], limit: int, zone: str) -> Iterator[RenderableType | str]:
    rows = [
        (
            *(group_payment_code(each.payment_code), each.status.value, amount(each.amount)),
            *(local_time(each.created_at, zone), each.payee_unit, each.reference),
        )
        for each in found
    ]
    headings = ("Payment code", "Status", "Amount", "Created", "Unit", "Reference")
    shown = table(headings, rows, styles=_STYLES, wide=("Reference",))
    yield shown if rows else "No order is so."
    if len(found) == limit:
        yield f"The newest {limit}; there may be more (--limit)."


def _order_lines(order: Order, who: Parties, zone: str) -> Iterator[RenderableType | str]:
    yield facts(f"Order {group_payment_code(order.payment_code)}", _order_facts(order, who, zone))
    lines = [
        (
            *(each.fee_item, next(iter(each.names.values()), ""), each.quantity),
            amount(Money(each.amount_minor, order.amount.currency)),
        )
        for each in order.lines
    ]
    yield table(("Fee item", "Name", "Quantity", "Amount"), lines, title="\nFor")
    if order.attempts:
        attempts = [
            (
                build_payment_no(order.payment_code, each.attempt_no),
                *(each.channel, each.account, each.status.value, each.reason),
                *(local_time(each.started_at, zone), each.asks),
            )
            for each in order.attempts
        ]
        headings = ("Number", "Channel", "Account", "Status", "Reason", "Started", "Asked")
        yield table(headings, attempts, title="\nPayments", styles=_STYLES)
    if order.receipts:
        receipts = [
            (
                f"{each.series}/{format_number(each.number)}",
                *(each.kind.value, local_time(each.issued_at, zone)),
            )
            for each in order.receipts
        ]
        yield table(("Receipt", "Kind", "Issued"), receipts, title="\nReceipts")
    for case_id, kind in order.cases.items():
        yield f"A person must decide: {kind} ({public_case_id(case_id)})"


def _order_facts(order: Order, who: Parties, zone: str) -> list[tuple[str, object]]:
    return [
        ("Status", order.status.value + (" (test)" if order.mode.value == "test" else "")),
        ("Amount", amount(order.amount)),
        ("Payee unit", order.payee_unit),
        ("Reference", order.reference),
        ("Portal", order.portal),
        ("Created", local_time(order.created_at, zone)),
        ("Expires", local_time(order.expires_at, zone)),
        ("Paid", local_time(order.paid_at, zone)),
        ("Paid by", order.paid_by),
        ("Looked at again", local_time(order.due_at, zone)),
        ("Payer", f"{who.payer.name} ({who.payer.kind})"),
        ("Telephone", who.payer.phone),
        ("E-mail", who.payer.email),
        ("Paid for", who.debtor and f"{who.debtor.name} ({who.debtor.kind})"),
    ]


def _summary(order: Order) -> dict[str, Any]:
    return {
        "payment_code": order.payment_code,
        "status": order.status.value,
        "mode": order.mode.value,
        "portal": order.portal,
        "payee_unit": order.payee_unit,
        "reference": order.reference,
        "amount_minor": order.amount.amount_minor,
        "currency": order.amount.currency,
        "created_at": to_rfc3339(order.created_at),
        "paid_at": to_rfc3339(order.paid_at) if order.paid_at else None,
    }


def _party_json(party: Payer) -> dict[str, Any]:
    return {name: getattr(party, name) for name in ("kind", "name", "phone", "email")}


def _order_json(order: Order, who: Parties) -> dict[str, Any]:
    return {
        **_summary(order),
        "expires_at": to_rfc3339(order.expires_at),
        "paid_by": order.paid_by,
        "payer": _party_json(who.payer),
        "debtor": None if who.debtor is None else _party_json(who.debtor),
        "lines": [
            {
                "fee_item": each.fee_item,
                "quantity": each.quantity,
                "amount_minor": each.amount_minor,
                "receipt_kind": each.receipt_kind.value,
            }
            for each in order.lines
        ],
        "payments": [
            {
                "payment_no": build_payment_no(order.payment_code, each.attempt_no),
                "channel": each.channel,
                "account": each.account,
                "status": each.status.value,
                "reason": each.reason,
                "asks": each.asks,
                "started_at": to_rfc3339(each.started_at),
                "expires_at": to_rfc3339(each.expires_at),
            }
            for each in order.attempts
        ],
        "receipts": [
            {
                "kind": each.kind.value,
                "series": each.series,
                "number": format_number(each.number),
                "issued_at": to_rfc3339(each.issued_at),
            }
            for each in order.receipts
        ],
        "cases": [
            {"case_id": public_case_id(case_id), "kind": kind}
            for case_id, kind in order.cases.items()
        ],
    }
