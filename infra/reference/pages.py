"""Which pages there are, and how the README's generated parts are replaced."""

import re
from collections.abc import Sequence
from pathlib import Path

from infra.errandless.paths import ROOT
from infra.reference.commands import commands_page, commands_table
from infra.reference.error_codes import error_codes_page
from infra.reference.routes import routes_page
from infra.reference.states import states_page

FOLDER = ROOT / "infra" / "reference"
README = ROOT / "README.md"
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def build_pages() -> dict[Path, str]:
    """Each file's whole text, as it should be."""
    return {
        FOLDER / "commands.md": commands_page(),
        FOLDER / "error_codes.md": error_codes_page(),
        FOLDER / "routes.md": routes_page(),
        FOLDER / "states.md": states_page(),
        README: _readme(),
    }


def write_pages() -> list[str]:
    """The files that changed, from the project's root."""
    changed = []
    for path, text in build_pages().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(str(path.relative_to(ROOT)))
    return changed


def _readme() -> str:
    parts = {"commands": commands_table}
    return PART.sub(
        lambda match: match.group(1) + parts[match.group(2)]() + match.group(3),
        README.read_text(),
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
