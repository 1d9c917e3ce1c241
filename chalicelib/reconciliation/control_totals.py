"""Whether a file's own totals are those of its rows. Pure."""

from collections.abc import Iterator

from chalicelib.domain.breaks import AccountDay, Break, BreakKind
from chalicelib.domain.money import Money
from chalicelib.domain.statements import ControlTotals, LineKind, Statement


def judge_totals(of: AccountDay, statement: Statement) -> list[Break]:
    """Rows that could not be read may account for what the readable ones lack, no more."""
    if statement.totals is None:
        return []
    return [
        Break(
            of=of,
            kind=BreakKind.CONTROL_TOTAL_MISMATCH,
            key=name,
            detail={"total": name, "stated": _text(stated), "counted": _text(counted)},
        )
        for name, stated, counted in _stated_and_counted(statement.totals, statement)
        if not _agree(stated, counted, len(statement.bad_rows))
    ]


def _stated_and_counted(
    totals: ControlTotals, statement: Statement
) -> Iterator[tuple[str, int | Money, int | Money]]:
    for kind, count, amount in (
        (LineKind.PAYMENT, totals.payment_count, totals.payment_amount),
        (LineKind.REFUND, totals.refund_count, totals.refund_amount),
    ):
        amounts = [line.amount for line in statement.lines if line.kind is kind]
        if count is not None:
            yield f"{kind}_count", count, len(amounts)
        if amount is not None:
            summed = sum(each.amount_minor for each in amounts if each.currency == amount.currency)
            yield f"{kind}_amount", amount, Money(summed, amount.currency)


def _agree(stated: int | Money, counted: int | Money, bad_rows: int) -> bool:
    if stated == counted:
        return True
    if isinstance(stated, Money) and isinstance(counted, Money):
        return bad_rows > 0 and stated.amount_minor > counted.amount_minor
    if isinstance(stated, int) and isinstance(counted, int):
        return counted < stated <= counted + bad_rows
    return False


def _text(value: int | Money) -> str:
    return f"{value.decimal_text()} {value.currency}" if isinstance(value, Money) else str(value)
