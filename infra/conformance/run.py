"""One run of the kit against a running province: the cases, and what came of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from infra.conformance.adapter import Adapter
from infra.conformance.cases import Kit, Result
from infra.conformance.report import report_html, report_page

SAMPLE = f"node {Path(__file__).with_name('client.mjs')}"
CONFORMS, DOES_NOT = 0, 3


@dataclass(frozen=True)
class Asked:
    """`codes`: payment codes of two unpaid test bills. `report`: `.html`, else Markdown."""

    base_url: str
    partner: str
    signing_key: str
    codes: tuple[str, str]
    adapter: str
    report: Path
    zone: str


def run_kit(asked: Asked, now: Callable[[], float]) -> list[Result]:
    """Runs every case, and writes the report."""
    adapter = Adapter(
        asked.adapter, asked.base_url.rstrip("/"), asked.partner, asked.signing_key, now
    )
    at = datetime.fromtimestamp(int(now()), UTC)
    paid_at = at.isoformat().replace("+00:00", "Z")
    day = at.astimezone(ZoneInfo(asked.zone)).date().isoformat()
    results = list(Kit(adapter.speak, asked.codes, paid_at, day).run())
    write = report_html if asked.report.suffix == ".html" else report_page
    asked.report.write_text(write(results, asked.adapter), encoding="utf-8")
    return results


def failed_of(results: Sequence[Result]) -> list[Result]:
    return [each for each in results if each.faults]


def results_json(results: Sequence[Result], asked: Asked) -> dict[str, Any]:
    return {
        "adapter": asked.adapter,
        "conforms": not failed_of(results),
        "cases": len(results),
        "failed": len(failed_of(results)),
        "report": str(asked.report),
        "results": [
            {
                "name": each.name,
                "call": f"{each.call.method} {each.call.path}",
                "status": each.answer.status,
                "code": each.answer.body.get("code") or each.answer.body.get("result"),
                "passed": not each.faults,
                "faults": list(each.faults),
            }
            for each in results
        ],
    }
