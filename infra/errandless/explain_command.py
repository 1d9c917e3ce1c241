"""`errandless explain`: any payment's story, in order."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chalicelib.domain.identifiers import group_payment_code
from chalicelib.storage.dynamo import Dynamo
from infra.errandless.journal_source import BucketJournal, FolderJournal
from infra.errandless.journal_story import add_journal
from infra.errandless.province_rows import OpenedProvince, open_province
from infra.errandless.story import Rows, Story, tell


def explain_command(
    province: Annotated[str, typer.Argument(help="Its folder under infra/provinces/.")],
    number: Annotated[
        str,
        typer.Argument(
            help="Payment code or number, receipt (series/number) or its token, or a provider's"
            " transaction; channel#account for what a provider said of no payment."
        ),
    ],
    *,
    journal: Annotated[
        Path | None, typer.Option(help="A folder to which the journal was copied.")
    ] = None,
    from_bucket: Annotated[
        bool, typer.Option("--from-bucket", help="Read the journal from its bucket.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Also what providers said, as it came; it names persons.")
    ] = False,
    local: Annotated[bool, typer.Option("--local", help="What `run` has started.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Tells a payment's story: order, attempts, what providers said, money, receipts, notices."""
    opened = open_province(province, local=local)
    evidence = opened.platform.ledger.evidence if raw else None
    story = tell(replace(open_rows(opened), evidence=evidence), number, with_words=raw)
    if journal is not None:
        add_journal(story, FolderJournal(journal))
    elif from_bucket:
        source = BucketJournal(opened.client("s3"), opened.outputs["JournalBucket"])
        add_journal(story, source)
    if as_json:
        typer.echo(json.dumps(story_as_json(story), indent=2, ensure_ascii=False))
    else:
        show_story(story)


def open_rows(opened: OpenedProvince) -> Rows:
    return Rows(Dynamo(opened.client("dynamodb")), opened.outputs, opened.accounts)


def show_story(story: Story) -> None:
    code = story.payment_code
    title = f"Order {group_payment_code(code)}" if code else "Money of no order"
    table = Table(title=title, title_justify="left")
    for heading in ("When (UTC)", "What", "Which"):
        table.add_column(heading, overflow="fold")
    for event in story.in_order():
        when = event.at.strftime("%Y-%m-%d %H:%M:%S") if event.at else "now"
        table.add_row(when, event.what, event.detail)
    Console(highlight=False).print(table)


def story_as_json(story: Story) -> dict[str, Any]:
    return {
        "payment_code": story.payment_code,
        "events": [
            {
                "at": event.at.isoformat() if event.at else None,
                "what": event.what,
                "detail": event.detail,
            }
            for event in story.in_order()
        ],
    }
