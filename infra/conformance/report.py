"""What the cases showed, to be read and to be kept."""

from collections.abc import Sequence

from infra.conformance.cases import Result


def report_page(results: Sequence[Result], adapter: str) -> str:
    failed = sum(bool(each.faults) for each in results)
    verdict = "conforms" if not failed else f"does not conform: {failed} cases failed"
    rows = [
        f"| {number} | {each.name} | `{each.call.method} {each.call.path}` | {each.answer.status} |"
        f" {each.answer.body.get('code') or each.answer.body.get('result') or ''} |"
        f" {'; '.join(each.faults) or 'as it must be'} |"
        for number, each in enumerate(results, 1)
    ]
    return "\n".join(
        (
            "# Conformance with the biller interface",
            "",
            f"`{adapter}` {verdict} ({len(results)} cases).",
            "",
            "| | case | call | HTTP | code or result | verdict |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
        )
    )
