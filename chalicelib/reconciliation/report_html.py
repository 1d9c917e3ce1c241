"""The report of a day: one page, no scripts, no outside assets, to look at rather than to read."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from chalicelib.domain.break_guide import GUIDE
from chalicelib.domain.breaks import BreakKind
from chalicelib.domain.province import ChannelAccount, Mode, Province
from chalicelib.domain.reconciliations import (
    DayPayment,
    ReconciliationStatus,
    StatementFile,
    Summary,
)
from chalicelib.reconciliation import report_markup as markup
from chalicelib.reconciliation.partition import DayMatch, tally
from chalicelib.reconciliation.report_chart import render_chart
from chalicelib.reconciliation.report_lists import render_breaks, render_waiting
from chalicelib.reconciliation.report_texts import TEXTS, amount_text, number_text, time_text

STYLE = """
:root{color-scheme:light;--ink:#1c2b33;--soft:#5b6b75;--line:#d9e0e4;--good:#1a7f4b;--bad:#b3261e;
--wait:#8a5a00}
*{box-sizing:border-box}
body{margin:0;background:#f4f6f7;color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem}
section{background:#fff;border:1px solid var(--line);border-radius:.5rem;padding:1rem 1.25rem;
margin:1rem 0;overflow-x:auto}
h1{font-size:1.1rem;margin:0;color:var(--soft);font-weight:600}
h2{font-size:1.15rem;margin:.2rem 0 .8rem}
h3{font-size:1rem;margin:1.4rem 0 .2rem;border-left:.3rem solid var(--bad);padding-left:.5rem}
h3+p{margin:.2rem 0 .5rem}
.count{background:#f7dedc;color:#7a1a14;border-radius:1rem;padding:0 .55rem;font-size:.9rem}
.verdict{border-left:.6rem solid var(--tone)}
.verdict strong{display:block;font-size:2rem;line-height:1.2;color:var(--tone);margin:.4rem 0}
.matched{--tone:var(--good)}.breaks{--tone:var(--bad)}.not_arrived{--tone:var(--wait)}
.test{display:inline-block;background:#fff3d6;color:#6b4700;border-radius:.3rem;padding:.1rem .5rem}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600;white-space:nowrap}
.figure{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.off{color:var(--bad);font-weight:600}
.number{font-family:ui-monospace,monospace;font-size:.85rem;overflow-wrap:anywhere}
.small{color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
@media print{body{background:#fff}section{break-inside:auto}}
"""


def render_html(
    province: Province,
    account: ChannelAccount,
    summary: Summary,
    result: DayMatch,
    language: str,
) -> bytes:
    page = _Page(province, account, summary, result, language)
    return page.render().encode()


class _Page:
    def __init__(
        self,
        province: Province,
        account: ChannelAccount,
        summary: Summary,
        result: DayMatch,
        language: str,
    ) -> None:
        self._province = province
        self._account = account
        self._summary = summary
        self._result = result
        self._language = language
        self._texts = TEXTS[language]

    def render(self) -> str:
        texts, summary, result = self._texts, self._summary, self._result
        title = f"{texts['title']} {self._name(self._account.names)} {self._day()}"
        sections = [
            self._verdict(),
            markup.section(texts["sums"], self._sums()),
            markup.section(texts["chart"], self._chart()),
            markup.section(texts["breaks"], render_breaks(result.breaks, self._language)),
        ]
        if result.waiting:
            waiting = render_waiting(result.waiting, self._province.zone, self._language)
            sections.append(markup.section(texts["waiting"], waiting))
        sections.append(markup.section(texts["files"], self._files()))
        run_at = time_text(summary.run_at, self._province.zone)
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            '<meta http-equiv="Content-Security-Policy"'
            " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
            f"<body><main>{''.join(sections)}"
            f"{markup.note(texts['run'].format(run=summary.run[:16], time=run_at))}"
            "</main></body></html>"
        )

    def _verdict(self) -> str:
        summary, texts = self._summary, self._texts
        is_missing = summary.status is ReconciliationStatus.NOT_ARRIVED
        counted = summary.waiting.count if is_missing else summary.matched.count
        note = texts[f"{summary.status}_note"].format(count=self._number(counted))
        breaks = self._number(sum(summary.break_counts.values()))
        verdict = texts[f"{summary.status}_verdict"].format(count=breaks)
        test = f' <span class="test">{escape(texts["test"])}</span>'
        heading = (
            f"{self._name(self._province.names)} · {self._name(self._account.names)}"
            f" ({summary.of.channel}/{summary.of.account})"
        )
        return (
            f'<section class="verdict {summary.status}"><h1>{escape(heading)}</h1>'
            f"<div>{escape(texts['day'])} {self._day()}"
            f"{test if self._account.mode is Mode.TEST else ''}</div>"
            f"<strong>{escape(verdict)}</strong><div>{escape(note)}</div></section>"
        )

    def _sums(self) -> str:
        texts, summary = self._texts, self._summary
        sides = (("ours", summary.ours), ("theirs", summary.theirs), ("agreeing", summary.matched))
        currencies = sorted({*summary.ours.amounts, *summary.theirs.amounts})
        rows = []
        for currency in currencies or [self._account.currency]:
            figures = [
                (texts[name], tally.count, tally.amounts.get(currency, 0)) for name, tally in sides
            ]
            (_, our_count, ours), (_, their_count, theirs), _ = figures
            rows += [self._sum_row(*each, currency) for each in figures]
            off = (texts["difference"], our_count - their_count, ours - theirs)
            rows.append(self._sum_row(*off, currency, is_difference=True))
        head = [
            markup.heading(""),
            *(markup.heading(texts[name], is_figure=True) for name in ("count", "amount")),
        ]
        went = self._gone("refunds", self._result.refunded)
        notes = (*went, *self._gone("reversed", self._result.reversed), *self._unpaid())
        return markup.table(head, rows) + "".join(map(markup.note, notes))

    def _gone(self, text: str, payments: Iterable[DayPayment]) -> Iterator[str]:
        sums = tally(payment.amount for payment in payments)
        if sums.count:
            amounts = ", ".join(
                amount_text(minor, currency, self._language)
                for currency, minor in sums.amounts.items()
            )
            count = self._number(sums.count)
            yield self._texts[text].format(count=count, amount=amounts)

    def _unpaid(self) -> Iterator[str]:
        if self._summary.unpaid_count:
            count = self._number(self._summary.unpaid_count)
            yield self._texts["unpaid"].format(count=count)

    def _sum_row(
        self, name: str, count: int, minor: int, currency: str, *, is_difference: bool = False
    ) -> str:
        amount = amount_text(minor, currency, self._language)
        return markup.row(
            markup.cell(name),
            markup.figure(self._number(count), is_off=is_difference and count != 0),
            markup.figure(amount, is_off=is_difference and minor != 0),
        )

    def _chart(self) -> str:
        bars = [(self._texts["agreeing"], self._summary.matched.count, True)]
        bars += [
            (GUIDE[kind].title[self._language], self._summary.break_counts[kind], False)
            for kind in BreakKind
            if kind in self._summary.break_counts
        ]
        numbers = [self._number(count) for _, count, _ in bars]
        return render_chart(bars, numbers, self._texts["chart"])

    def _files(self) -> str:
        if not self._summary.files:
            return escape(self._texts["no_files"])
        head = [
            markup.heading(self._texts["file"]),
            markup.heading(self._texts["size"], is_figure=True),
            markup.heading(self._texts["arrived"]),
            markup.heading(""),
        ]
        return markup.table(head, [self._file_row(file) for file in self._summary.files])

    def _file_row(self, file: StatementFile) -> str:
        name = file.key.rpartition("/")[2]
        return markup.row(
            f'<td>{escape(name)}<div class="small">SHA-256 {escape(file.sha256)}</div></td>',
            markup.figure(self._number(file.size)),
            markup.cell(time_text(file.arrived_at, self._province.zone)),
            markup.cell(self._texts["current" if file.is_current else "superseded"]),
        )

    def _day(self) -> str:
        return f"{self._summary.of.business_day:%d/%m/%Y}"

    def _name(self, names: Mapping[str, str]) -> str:
        return names.get(self._language) or names.get("en") or next(iter(names.values()), "")

    def _number(self, value: int) -> str:
        return number_text(value, self._language)
