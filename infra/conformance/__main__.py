"""python -m infra.conformance --base-url URL --partner CODE --codes CODE,CODE [--adapter COMMAND]

Runs a bank's adapter through every case of the biller interface, against a running province, and
writes a report. The signing key is read from the variable BILLER_SIGNING_KEY. Ends with 0 when the
adapter conforms, with 3 when it does not.
"""

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from infra.conformance.adapter import Adapter
from infra.conformance.cases import Kit
from infra.conformance.report import report_page

SAMPLE = f"node {Path(__file__).with_name('client.mjs')}"


def main() -> int:
    asked = _arguments()
    key = os.environ.get("BILLER_SIGNING_KEY")
    if not key:
        raise SystemExit("set BILLER_SIGNING_KEY to the account's signing key")
    first, _, second = asked.codes.partition(",")
    if not first or not second:
        raise SystemExit("--codes takes two payment codes of unpaid test bills")
    adapter = Adapter(asked.adapter, asked.base_url.rstrip("/"), asked.partner, key, time.time)
    now = datetime.now(UTC).replace(microsecond=0)
    paid_at = now.isoformat().replace("+00:00", "Z")
    day = now.astimezone(ZoneInfo(asked.zone)).date().isoformat()
    results = list(Kit(adapter.speak, (first, second), paid_at, day).run())
    page = report_page(results, asked.adapter)
    Path(asked.report).write_text(page, encoding="utf-8")
    print(page)
    return 3 if any(each.faults for each in results) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="infra.conformance", description=__doc__)
    parser.add_argument("--base-url", required=True, help="of the province, without /biller")
    parser.add_argument("--partner", required=True, help="the account's partner code")
    parser.add_argument("--codes", required=True, help="two unpaid test bills: CODE,CODE")
    parser.add_argument("--adapter", default=SAMPLE, help="program that makes the calls")
    parser.add_argument("--report", default="conformance.md", help="file to write")
    parser.add_argument("--zone", default="Asia/Ho_Chi_Minh", help="of the province")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
