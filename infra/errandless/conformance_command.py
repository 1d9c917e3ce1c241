"""`errandless conformance`: runs a bank's adapter through every case of the biller interface."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from infra.conformance.run import (
    CONFORMS,
    DOES_NOT,
    SAMPLE,
    Asked,
    failed_of,
    results_json,
    run_kit,
)
from infra.errandless.answers import answer, table
from infra.errandless.arguments import AsJson
from infra.errandless.failures import OperatorError

KEY_VARIABLE = "BILLER_SIGNING_KEY"


def conformance_command(
    base_url: Annotated[str, typer.Option(help="Of the province, without /biller.")],
    partner: Annotated[str, typer.Option(help="The account's partner code.")],
    codes: Annotated[str, typer.Option(help="Two unpaid test bills: CODE,CODE.")],
    *,
    adapter: Annotated[str, typer.Option(help="The program that makes the calls.")] = SAMPLE,
    report: Annotated[
        Path, typer.Option(dir_okay=False, help="To write: .html, else Markdown.")
    ] = Path("conformance.md"),
    zone: Annotated[str, typer.Option(help="Of the province.")] = "Asia/Ho_Chi_Minh",
    as_json: AsJson = False,
) -> None:
    """Runs a bank's adapter through every case of the biller interface, before its cut-off.

    The account's signing key is read from the variable BILLER_SIGNING_KEY. Ends with 0 when the
    adapter conforms, with 3 when it does not."""
    signing_key = os.environ.get(KEY_VARIABLE)
    if not signing_key:
        raise OperatorError(f"Set {KEY_VARIABLE} to the account's signing key.")
    first, _, second = codes.partition(",")
    if not first or not second:
        raise OperatorError("--codes takes two payment codes of unpaid test bills: CODE,CODE")
    asked = Asked(base_url, partner, signing_key, (first, second), adapter, report, zone)
    results = run_kit(asked, time.time)
    failed = failed_of(results)
    rows = [
        (number, each.name, each.answer.status, "; ".join(each.faults) or "passed")
        for number, each in enumerate(results, 1)
    ]
    verdict = "conforms" if not failed else f"does not conform: {len(failed)} cases failed"
    sentence = f"{adapter} {verdict} ({len(results)} cases); {report} says it too."
    shown = table(("No", "Case", "HTTP", "Verdict"), rows, wide=("Verdict",))
    answer(results_json(results, asked), lambda: [shown, sentence], as_json=as_json)
    raise typer.Exit(DOES_NOT if failed else CONFORMS)
