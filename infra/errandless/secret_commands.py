"""`errandless secrets` and `errandless data-key`: what a province keeps to itself."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from chalicelib.domain.business_day import to_rfc3339
from infra.errandless.answers import answer, confirm, local_time, table
from infra.errandless.arguments import Account, AsJson, Channel, Local, Province, Yes
from infra.errandless.channel_secrets import (
    AccountSecret,
    check_values,
    drop_previous,
    field_states,
    open_secret,
    read_field_files,
    read_json_values,
    rotate_secret,
    set_secret,
)
from infra.errandless.console import step
from infra.errandless.data_key import rotate_data_key
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import OpenedProvince, open_province

secrets_cli = typer.Typer(no_args_is_help=True, help="Keeps the secrets of channel accounts.")
data_key_cli = typer.Typer(no_args_is_help=True, help="Keeps the key that seals payers' data.")

Values = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME=@FILE]...", help="A field's value from a file; else one is asked."
    ),
]
FromJson = Annotated[
    Path | None,
    typer.Option("--from-json", help='A file of {"name": "value"}; - is standard input.'),
]


@secrets_cli.command("show")
def show_command(
    province: Province,
    channel: Channel,
    account: Account,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Shows which fields there are, how old they are and their fingerprints; never a value."""
    opened = open_province(province, local=local)
    _answer(opened, open_secret(opened, channel, account), as_json=as_json)


@secrets_cli.command("set")
def set_command(
    province: Province,
    channel: Channel,
    account: Account,
    values: Values = None,
    *,
    from_json: FromJson = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Forget the secret that is there.")
    ] = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Writes an account's first secret, from files, JSON or typed without echo."""
    opened = open_province(province, local=local)
    known = open_secret(opened, channel, account)
    given = _read_values(known, values, from_json)
    check_values(known, given, complete=True)
    set_secret(opened, known, given, overwrite=overwrite)
    _answer(opened, open_secret(opened, channel, account), as_json=as_json)


@secrets_cli.command("rotate")
def rotate_command(
    province: Province,
    channel: Channel,
    account: Account,
    values: Values = None,
    *,
    from_json: FromJson = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Writes a new secret and goes on taking the old one; fields not given stay as they are."""
    opened = open_province(province, local=local)
    known = open_secret(opened, channel, account)
    given = _read_values(known, values, from_json)
    check_values(known, given, complete=False)
    rotated = rotate_secret(opened, known, given)
    note = "In a minute every function signs with the new one." if rotated else "It was so before."
    _answer(opened, open_secret(opened, channel, account), as_json=as_json, note=note)


@secrets_cli.command("drop-previous")
def drop_previous_command(
    province: Province,
    channel: Channel,
    account: Account,
    *,
    yes: Yes = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Ends a rotation: what was signed with the old secret is refused from now on."""
    opened = open_province(province, local=local)
    known = open_secret(opened, channel, account)
    if known.secret is not None and known.secret.previous is not None:
        confirm(f"Refuse what {channel} still signs with the old secret?", yes=yes)
    dropped = drop_previous(opened, known)
    note = "" if dropped else "There was no old secret."
    _answer(opened, open_secret(opened, channel, account), as_json=as_json, note=note)


@data_key_cli.command("rotate")
def rotate_data_key_command(
    province: Province, local: Local = False, as_json: AsJson = False
) -> None:
    """Makes a new data key for what is sealed from now on; older ones go on opening theirs."""
    opened = open_province(province, local=local)
    with step("New data key"):
        rotated = rotate_data_key(opened)
    sentence = (
        f"New texts are sealed with {rotated.data_key_id}; {rotated.kept} older keys go on opening"
        " theirs. A function takes the new one up when its process is replaced."
    )
    answer(asdict(rotated), lambda: [sentence], as_json=as_json)


def _read_values(
    known: AccountSecret, values: list[str] | None, from_json: Path | None
) -> dict[str, str]:
    if values and from_json:
        raise OperatorError("Say either NAME=@FILE or --from-json.")
    if values:
        return read_field_files(values)
    if from_json is not None:
        is_input = str(from_json) == "-"
        text = sys.stdin.read() if is_input else from_json.read_text("utf-8")
        return read_json_values(text)
    if not sys.stdin.isatty():
        raise OperatorError("Nothing was given: say NAME=@FILE or --from-json.")
    asked = {each.name: _ask(each.name, each.meaning) for each in known.wanted}
    return {name: value for name, value in asked.items() if value}


def _ask(name: str, meaning: str) -> str:
    """Empty: leave it."""
    text: str = typer.prompt(
        f"{name} ({meaning})", default="", hide_input=True, show_default=False, err=True
    )
    return text


def _answer(opened: OpenedProvince, known: AccountSecret, *, as_json: bool, note: str = "") -> None:
    states, zone = field_states(opened, known), opened.zone
    account = known.account
    result = {
        "channel": account.channel,
        "account": account.account,
        "secret_name": account.secret_name,
        "exists": known.secret is not None,
        "changed_at": to_rfc3339(known.changed_at) if known.changed_at else None,
        "rotating": known.secret is not None and known.secret.previous is not None,
        "missing": list(known.missing),
        "fields": [asdict(each) for each in states],
    }

    def show() -> Iterable[RenderableType | str]:
        yield table(
            ("Field", "Current", "Previous", "Needed", "What it is"),
            [
                (
                    *(each.name, each.current, each.previous),
                    *("yes" if each.is_required else "no", each.meaning),
                )
                for each in states
            ],
            title=f"{account.channel} {account.account}: {account.secret_name}",
        )
        if known.changed_at:
            yield f"Written {local_time(known.changed_at, zone)}. Fingerprints, not values."
        if known.missing:
            yield f"Missing: {', '.join(known.missing)} (secrets set)."
        if note:
            yield note

    answer(result, show, as_json=as_json)
