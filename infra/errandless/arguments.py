"""What many commands are given, so that it is spelled and explained once."""

from datetime import date
from typing import Annotated

import typer

from infra.errandless.failures import OperatorError

Province = Annotated[str, typer.Argument(help="Its folder under infra/provinces/.")]
Channel = Annotated[str, typer.Argument(help="As vnpay.")]
Account = Annotated[str, typer.Argument(help="The channel account's name, as its province has it.")]
Day = Annotated[str, typer.Argument(help="YYYY-MM-DD, in the province's zone.")]
Local = Annotated[bool, typer.Option("--local", help="What `run` has started.")]
AsJson = Annotated[bool, typer.Option("--json", help="The result on standard output, as JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
Language = Annotated[str, typer.Option("--lang", help="vi, en or zh; else the province's first.")]


def read_day(text: str) -> date:
    """Raises: OperatorError"""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise OperatorError(f"{text!r} is not a day; write it as 2026-03-02.")
    return day
