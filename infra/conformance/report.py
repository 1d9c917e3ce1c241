"""What the cases showed, to be read and to be kept: Markdown, or one page of HTML."""

from collections.abc import Sequence
from html import escape

from infra.conformance.cases import Result

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;"
    "padding:.4rem .6rem;border-bottom:1px solid #d9e0e4}.passed td:last-child{color:#1a7f4b}"
    ".failed td{background:#f7dedc}.failed td:last-child{color:#7a1a14;font-weight:600}"
)
HEADINGS = ("", "case", "call", "HTTP", "code or result", "verdict")


def _verdict(results: Sequence[Result]) -> str:
    failed = sum(bool(each.faults) for each in results)
    verdict = "conforms" if not failed else f"does not conform: {failed} cases failed"
    return f"{verdict} ({len(results)} cases)."


def _cells(number: int, each: Result) -> tuple[str, ...]:
    return (
        str(number),
        each.name,
        f"{each.call.method} {each.call.path}",
        str(each.answer.status),
        str(each.answer.body.get("code") or each.answer.body.get("result") or ""),
        "; ".join(each.faults) or "as it must be",
    )


def report_page(results: Sequence[Result], adapter: str) -> str:
    rows = []
    for number, each in enumerate(results, 1):
        no, name, call, *rest = _cells(number, each)
        rows.append(f"| {' | '.join((no, name, f'`{call}`', *rest))} |")
    return "\n".join(
        (
            "# Conformance with the biller interface",
            "",
            f"`{adapter}` {_verdict(results)}",
            "",
            f"| {' | '.join(HEADINGS)} |",
            "|" + " --- |" * len(HEADINGS),
            *rows,
            "",
        )
    )


def report_html(results: Sequence[Result], adapter: str) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in HEADINGS)
    rows = "".join(
        f'<tr class="{"failed" if each.faults else "passed"}">'
        + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(number, each))
        + "</tr>"
        for number, each in enumerate(results, 1)
    )
    title = "Conformance with the biller interface"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>"
        f"<p><code>{escape(adapter)}</code> {escape(_verdict(results))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )
