"""A new channel's files. It is the sandbox's own protocol under another name, with nothing in its
table of statuses, so that it works where its provider's document is not needed: what is to be
replaced by it is marked `FILL IN`. The sandbox is always whole, and so is what is made of it."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.errandless.answers import answer
from infra.errandless.arguments import AsJson
from infra.errandless.failures import OperatorError
from infra.errandless.paths import ROOT

EXAMPLE = "sandbox"
DEFAULT_PROVINCE = "binhduong"
CHANNEL, REGISTRY = "chalicelib/channels/{}.py", "chalicelib/channels/registry.py"
WIRE, SIDE = "tests/channels/{}_wire.py", "infra/simulator/{}.py"
ACCOUNTS = "infra/provinces/{}/channel_accounts.json"
FILES_READ = (*(path.format(EXAMPLE) for path in (CHANNEL, WIRE, SIDE)), REGISTRY)
MARK = "FILL IN"

_CODE = re.compile("[a-z][a-z0-9]{1,20}", re.ASCII)
_TABLE = re.compile(r"(?<=\nSTATUSES: Mapping\[str, Verdict\] = \{).*?(?=\n\}\n)", re.DOTALL)
_FIRST_SENTENCE = re.compile(r'\A"""[^\n]*')


@dataclass(frozen=True, slots=True)
class NewChannel:
    """`written`: whole new files; `changed`: files with one more entry. By their paths."""

    written: Mapping[str, str]
    changed: Mapping[str, str]

    @property
    def files(self) -> tuple[str, ...]:
        return (*self.written, *self.changed)


def create_channel(code: str, province: str = DEFAULT_PROVINCE, root: Path = ROOT) -> NewChannel:
    """Raises: OperatorError, and nothing is written."""
    _require_free(code, province, root)
    new = NewChannel(
        written={
            CHANNEL.format(code): _channel(code, root),
            WIRE.format(code): _renamed(WIRE, code, root),
            SIDE.format(code): _renamed(SIDE, code, root),
        },
        changed={
            REGISTRY: _registry(code, root),
            ACCOUNTS.format(province): _accounts(code, root / ACCOUNTS.format(province)),
        },
    )
    for path, text in (*new.written.items(), *new.changed.items()):
        (root / path).write_text(text, encoding="utf-8")
    return new


def _require_free(code: str, province: str, root: Path) -> None:
    if not _CODE.fullmatch(code):
        raise OperatorError(f"{code!r} is no name: small letters and digits, as in momo.")
    taken = [
        path.format(code) for path in (CHANNEL, WIRE, SIDE) if (root / path.format(code)).exists()
    ]
    if taken or (root / "chalicelib/channels" / code).exists():
        raise OperatorError(f"{code} is there already: {', '.join(taken) or 'its folder'}.")
    if not (root / ACCOUNTS.format(province)).is_file():
        raise OperatorError(f"There is no province {province!r}.")


def _renamed(path: str, code: str, root: Path) -> str:
    text = (root / path.format(EXAMPLE)).read_text("utf-8")
    for word in (str.lower, str.capitalize, str.upper):
        text = text.replace(word(EXAMPLE), word(code))
    return text


def _channel(code: str, root: Path) -> str:
    text = _renamed(CHANNEL, code, root)
    first = f'"""{code.capitalize()}. {MARK}: what it is, its documents by title and section.'
    text = _FIRST_SENTENCE.sub(lambda _: first, text, count=1)
    text, emptied = _TABLE.subn(f"\n    # {MARK}: what each of its codes says of the money.", text)
    if emptied != 1:
        raise OperatorError(f"{CHANNEL.format(EXAMPLE)} has no table of statuses to empty.")
    return text


def _registry(code: str, root: Path) -> str:
    text = (root / REGISTRY).read_text("utf-8")
    line = f'    "{code}": "{code}:{code.capitalize()}",\n'
    example = f'    "{EXAMPLE}": '
    return text.replace(example, f"{line}{example}", 1)


def _accounts(code: str, file: Path) -> str:
    """The province's own sandbox account, for the new channel."""
    text = file.read_text("utf-8")
    entries: list[dict[str, Any]] = json.loads(text)
    known = next((each for each in entries if each["channel"] == EXAMPLE), None)
    if known is None:
        raise OperatorError(f"{file} has no {EXAMPLE} account to begin with.")
    entry = json.loads(json.dumps(known).replace(EXAMPLE, code))
    entry["names"] = dict.fromkeys(entry["names"], f"{code.capitalize()} (test)")
    written = json.dumps([entry], indent=2, ensure_ascii=False)[1:]
    return text.rstrip().removesuffix("]").rstrip() + "," + written + "\n"


def new_channel_command(
    name: Annotated[str, typer.Argument(help="Its code in URLs: small letters, as momo.")],
    province: Annotated[
        str, typer.Option(help="Which province gets a test account.")
    ] = DEFAULT_PROVINCE,
    as_json: AsJson = False,
) -> None:
    """Writes a channel that works with the simulator, and says what is still to be filled in."""
    new = create_channel(name, province)
    _tidy(new.written)
    lines = [
        *(f"written  {path}" for path in new.written),
        *(f"changed  {path}" for path in new.changed),
        f"What to fill in from its provider's document: grep -n '{MARK}' and",
        "infra/guides/add-a-channel.md. How far it is:",
        f"  python -m pytest -q tests/channels -k {name}",
    ]
    result = {"written": list(new.written), "changed": list(new.changed)}
    answer(result, lambda: lines, as_json=as_json)


def _tidy(files: Mapping[str, str]) -> None:
    """Imports are sorted by name, and the new name may sort elsewhere."""
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists():
        subprocess.run(
            [ruff, "check", "-q", "--select", "I", "--fix", *files], cwd=ROOT, check=False
        )
        subprocess.run([ruff, "format", "-q", *files], cwd=ROOT, check=False)
