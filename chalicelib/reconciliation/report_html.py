"""The report of a day: one page, no scripts, no outside assets, to look at rather than to read."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from chalicelib.domain.breaks import GUIDE, Break, BreakKind
from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.province import ChannelAccount, Mode, Province
from chalicelib.domain.reconciliations import (
    DayPayment,
    ReconciliationStatus,
    StatementFile,
    Summary,
)
from chalicelib.reconciliation.partition import DayMatch
from chalicelib.reconciliation.report_chart import render_chart
from chalicelib.reconciliation.report_texts import TEXTS, amount_text, number_text, time_text

MAX_ROWS = 1000

STYLE = """
:root{color-scheme:light;--ink:#1c2b33;--soft:#5b6b75;--line:#d9e0e4;--good:#1a7f4b;--bad:#b3261e;
--wait:#8a5a00}
*{box-sizing:border-box}
body{margin:0;background:#f4f6f7;color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem}
section{background:#fff;border:1px solid var(--line);border-radius:.5rem;padding:1rem 1.25rem;
margin:1rem 0;overflow-x:auto}
h1{font-size:1.1rem;margin:0;color:var(--soft);font-weight:600}
h2{font-size:1.1rem;margin:.2rem 0 .8rem}
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
        day = self._summary.of.business_day.strftime("%d/%m/%Y")
        title = f"{self._texts['title']} {self._name(self._account.names)} {day}"
        sections = [self._verdict(), self._sums(), self._chart(), self._breaks()]
        if self._result.waiting:
            sections.append(self._waiting())
        sections.append(self._files())
        run_at = time_text(self._summary.run_at, self._province.zone)
        footer = self._texts["run"].format(run=self._summary.run[:16], time=run_at)
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            '<meta http-equiv="Content-Security-Policy"'
            " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
            f"<body><main>{''.join(sections)}"
            f'<p class="small">{escape(footer)}</p></main></body></html>'
        )

    def _verdict(self) -> str:
        summary, texts = self._summary, self._texts
        count = sum(summary.break_counts.values())
        is_missing = summary.status is ReconciliationStatus.NOT_ARRIVED
        note = texts[f"{summary.status}_note"].format(
            count=self._number(summary.waiting.count if is_missing else summary.matched.count),
            matched=self._number(summary.matched.count),
        )
        verdict = texts[f"{summary.status}_verdict"].format(count=self._number(count))
        test = f' <span class="test">{escape(texts["test"])}</span>'
        heading = (
            f"{self._name(self._province.names)} · {self._name(self._account.names)}"
            f" ({summary.of.channel}/{summary.of.account})"
        )
        day = f"{texts['day']} {summary.of.business_day:%d/%m/%Y}"
        return (
            f'<section class="verdict {summary.status}"><h1>{escape(heading)}</h1>'
            f"<div>{escape(day)}{test if self._account.mode is Mode.TEST else ''}</div>"
            f"<strong>{escape(verdict)}</strong><div>{escape(note)}</div></section>"
        )

    def _sums(self) -> str:
        texts, summary = self._texts, self._summary
        sides = (("ours", summary.ours), ("theirs", summary.theirs), ("agreeing", summary.matched))
        currencies = sorted({*summary.ours.amounts, *summary.theirs.amounts})
        rows = []
        for currency in currencies or [self._account.currency]:
            rows += [
                self._row(
                    texts[name],
                    self._figure(self._number(tally.count)),
                    self._figure(self._amount(tally.amounts.get(currency, 0), currency)),
                )
                for name, tally in sides
            ]
            off = summary.ours.amounts.get(currency, 0) - summary.theirs.amounts.get(currency, 0)
            counts_off = summary.ours.count - summary.theirs.count
            rows.append(
                self._row(
                    texts["difference"],
                    self._figure(self._number(counts_off), is_off=counts_off != 0),
                    self._figure(self._amount(off, currency), is_off=off != 0),
                )
            )
        unpaid = texts["unpaid"].format(count=self._number(summary.unpaid_count))
        note = f'<p class="small">{escape(unpaid)}</p>' if summary.unpaid_count else ""
        head = ("", *(self._figure(texts[name], tag="th") for name in ("count", "amount")))
        return self._section("sums", self._table(head, rows) + note)

    def _chart(self) -> str:
        texts = self._texts
        bars = [(texts["agreeing"], self._summary.matched.count, True)]
        bars += [
            (GUIDE[kind].title[self._language], self._summary.break_counts[kind], False)
            for kind in BreakKind
            if kind in self._summary.break_counts
        ]
        numbers = [self._number(count) for _, count, _ in bars]
        return self._section("chart", render_chart(bars, numbers, texts["chart"]))

    def _breaks(self) -> str:
        found = self._result.breaks
        names = ("kind", "row", "payment_no", "transaction", "ours", "theirs", "action")
        rows = [self._break_row(each) for each in found[:MAX_ROWS]]
        body = self._table([self._texts[name] for name in names], rows) + self._cut(len(found))
        return self._section("breaks", body if found else escape(self._texts["none"]))

    def _break_row(self, each: Break) -> str:
        guidance = GUIDE[each.kind]
        detail = "; ".join(f"{name}: {value}" for name, value in each.detail.items())
        what = (
            f"<b>{escape(guidance.title[self._language])}</b><br>"
            f"{escape(guidance.meaning[self._language])}"
            f'<div class="small">{escape(detail)}</div>'
        )
        ours = self._amount(each.ours.amount_minor, each.ours.currency) if each.ours else ""
        theirs = self._amount(each.theirs.amount_minor, each.theirs.currency) if each.theirs else ""
        return (
            f"<tr><td>{what}</td>{self._figure('' if each.row_no is None else str(each.row_no))}"
            f'<td class="number">{escape(grouped(each.payment_no))}</td>'
            f'<td class="number">{escape(each.provider_transaction)}</td>'
            f"{self._figure(ours)}{self._figure(theirs)}"
            f"<td>{escape(guidance.action[self._language])}</td></tr>"
        )

    def _waiting(self) -> str:
        names = ("payment_no", "transaction", "amount", "paid_at")
        waiting = self._result.waiting
        rows = [self._waiting_row(payment) for payment in waiting[:MAX_ROWS]]
        table = self._table([self._texts[name] for name in names], rows)
        return self._section("waiting", table + self._cut(len(waiting)))

    def _waiting_row(self, payment: DayPayment) -> str:
        amount = self._amount(payment.amount.amount_minor, payment.amount.currency)
        return (
            f'<tr><td class="number">{escape(grouped(payment.payment_no))}</td>'
            f'<td class="number">{escape(payment.provider_transaction)}</td>'
            f"{self._figure(amount)}"
            f"<td>{time_text(payment.paid_at, self._province.zone)}</td></tr>"
        )

    def _files(self) -> str:
        names = ("file", "size", "arrived")
        rows = [self._file_row(file) for file in self._summary.files]
        table = self._table([*(self._texts[name] for name in names), ""], rows)
        return self._section("files", table if rows else escape(self._texts["no_files"]))

    def _file_row(self, file: StatementFile) -> str:
        state = self._texts["current" if file.is_current else "superseded"]
        arrived = time_text(file.arrived_at, self._province.zone)
        name = file.key.rpartition("/")[2]
        return (
            f"<tr><td>{escape(name)}"
            f'<div class="small number">SHA-256 {escape(file.sha256)}</div></td>'
            f"{self._figure(self._number(file.size))}"
            f"<td>{arrived}</td><td>{escape(state)}</td></tr>"
        )

    def _cut(self, count: int) -> str:
        if count <= MAX_ROWS:
            return ""
        text = self._texts["first_only"].format(
            shown=self._number(MAX_ROWS), count=self._number(count)
        )
        return f'<p class="small">{escape(text)}</p>'

    def _section(self, name: str, body: str) -> str:
        return f"<section><h2>{escape(self._texts[name])}</h2>{body}</section>"

    def _table(self, head: Sequence[str], rows: Iterable[str]) -> str:
        cells = "".join(
            cell if cell.startswith("<th") else f"<th>{escape(cell)}</th>" for cell in head
        )
        return f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def _row(self, name: str, *figures: str) -> str:
        return f"<tr><td>{escape(name)}</td>{''.join(figures)}</tr>"

    def _figure(self, text: str, *, is_off: bool = False, tag: str = "td") -> str:
        off = " off" if is_off else ""
        return f'<{tag} class="figure{off}">{escape(text)}</{tag}>'

    def _name(self, names: Mapping[str, str]) -> str:
        return names.get(self._language) or names.get("en") or next(iter(names.values()), "")

    def _number(self, value: int) -> str:
        return number_text(value, self._language)

    def _amount(self, amount_minor: int, currency: str) -> str:
        return amount_text(amount_minor, currency, self._language)


def grouped(payment_no: str) -> str:
    """Ours in groups of three, as printed on paper."""
    if split_payment_no(payment_no) is None:
        return payment_no
    return " ".join(payment_no[start : start + 3] for start in range(0, len(payment_no), 3))
