"""The lists of a report: breaks by kind with what to do about each, and payments that wait."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from chalicelib.domain.break_guide import GUIDE
from chalicelib.domain.breaks import Break, BreakKind
from chalicelib.domain.money import Money
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.reconciliation import report_markup as markup
from chalicelib.reconciliation.report_texts import TEXTS, amount_text, number_text, time_text
from chalicelib.reconciliation.report_words import describe_detail

MAX_ROWS = 1000


def render_breaks(breaks: Sequence[Break], language: str) -> str:
    texts = TEXTS[language]
    if not breaks:
        return escape(texts["none"])
    groups = groupby(breaks[:MAX_ROWS], key=lambda each: each.kind)
    bodies = (_render_kind(kind, list(group), language) for kind, group in groups)
    return "".join(bodies) + _cut(len(breaks), language)


def render_waiting(payments: Sequence[DayPayment], zone: str, language: str) -> str:
    texts = TEXTS[language]
    head = [markup.heading(texts[name]) for name in ("payment_no", "transaction")]
    head.append(markup.heading(texts["amount"], is_figure=True))
    head.append(markup.heading(texts["paid_at"]))
    rows = (
        markup.row(
            markup.number(payment.payment_no),
            markup.number(payment.provider_transaction),
            markup.figure(_amount(payment.amount, language)),
            markup.cell(time_text(payment.paid_at, zone)),
        )
        for payment in payments[:MAX_ROWS]
    )
    return markup.table(head, rows) + _cut(len(payments), language)


def _render_kind(kind: BreakKind, breaks: list[Break], language: str) -> str:
    texts, guidance = TEXTS[language], GUIDE[kind]
    head = [markup.heading(texts["row"], is_figure=True)]
    head += [markup.heading(texts[name]) for name in ("payment_no", "transaction")]
    head += [markup.heading(texts[name], is_figure=True) for name in ("we", "channel")]
    head.append(markup.heading(texts["detail"]))
    return (
        f"<h3>{escape(guidance.title[language])}"
        f' <span class="count">{number_text(len(breaks), language)}</span></h3>'
        f"<p>{escape(guidance.meaning[language])}<br><b>{escape(texts['action'])}:</b>"
        f" {escape(guidance.action[language])}</p>"
        f"{markup.table(head, _break_rows(breaks, language))}"
    )


def _break_rows(breaks: list[Break], language: str) -> Iterator[str]:
    for each in breaks:
        yield markup.row(
            markup.figure("" if each.row_no is None else str(each.row_no)),
            markup.number(each.payment_no),
            markup.number(each.provider_transaction),
            markup.figure(_amount(each.ours, language)),
            markup.figure(_amount(each.theirs, language)),
            markup.cell(describe_detail(each.detail, language), kind="small"),
        )


def _amount(amount: Money | None, language: str) -> str:
    return "" if amount is None else amount_text(amount.amount_minor, amount.currency, language)


def _cut(count: int, language: str) -> str:
    if count <= MAX_ROWS:
        return ""
    shown, of = number_text(MAX_ROWS, language), number_text(count, language)
    return markup.note(TEXTS[language]["first_only"].format(shown=shown, count=of))
